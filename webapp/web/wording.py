"""A project's standing in the words of the page: banner, buttons, figures, cells. Pure: the time is handed in.

The exact texts are part of the product's contract; they are found by role and text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from webapp.core.frames import WORDS, Counts, Status
from webapp.core.keys import AccountView, KeyState, Why
from webapp.core.money import dollars, estimate, per_image
from webapp.core.project import Frame
from webapp.core.run import State
from webapp.generation.equipment import Source
from webapp.providers import PROVIDERS
from webapp.web import addresses
from webapp.web.standing import Standing
from webapp.web.views import Banner, Button, Cell, Controls, Group, LogLine, Pill, Row, Stats, StyleHead

CONNECTING = "Connecting to server..."
BACKGROUND = "⚠ Generation continues in background. You can navigate to other steps."
STOPPING = "⚠ Stopping. The current images are finished first."
STOPPED = "⚠ Generation stopped. Progress has been saved. Click Start to resume."
INTERRUPTED = "⚠ Generation was interrupted. Progress has been saved. Click Start to resume."
SUCCESS = "✓ All images generated successfully!"


def banner(standing: Standing, connected: bool, now: float) -> Banner:
    """The one banner. ``connected``: this viewer follows the run live."""
    run, counts = standing.run, standing.counts()
    if run.active and not connected:
        return Banner("warning", BACKGROUND, f"Last update {_clock(now)}. Reconnect to watch live.")
    match run.state:
        case State.STARTING:
            slow = now - run.changed_at > 5
            return Banner("info", CONNECTING, "Waiting for a worker that is free to generate." if slow else "")
        case State.GENERATING:
            waiting = _waiting(standing.now, run.provider, now)
            return Banner("warning", waiting) if waiting else Banner("info", _processing(standing.now), quiet=True)
        case State.STOPPING:
            return Banner("warning", STOPPING, f"{counts.generating} still in work." if counts.generating else "")
        case State.FAILED:
            return Banner("error", f"✗ Error: {run.reason}")
    if counts.total and counts.done == counts.total:
        made = counts.complete
        sub = f"{made} generated in this run, {counts.exists} already existed." if made else ""
        return Banner("success", SUCCESS, sub)
    if run.state is State.STOPPED:
        return Banner("warning", STOPPED)
    if run.state is State.INTERRUPTED:
        return Banner("warning", INTERRUPTED)
    if run.state is State.PARTIAL and counts.error:
        text = f"⚠ {counts.done} of {counts.total} images generated. {counts.error} failed."
        sub = "Start Generation tries them again, or go on and choose from the others."
        return Banner("warning", text, sub, action=("Show the failed images", "#filter-error"))
    text = f"Progress loaded: {counts.done}/{counts.total} images already exist."
    return Banner("info", text, _resumes(standing, counts))


def controls(standing: Standing, connected: bool) -> Controls:
    """The buttons that make sense now."""
    name, run = standing.project.name, standing.run
    if run.active:
        stop = Button(
            "Stop",
            f"{addresses.command(name, 'stop')}?run={run.id}",
            icon="stop",
            kind="stop",
            disabled=run.state is State.STOPPING,
        )
        if connected:
            leave = Button(
                "Disconnect (Continue in Background)",
                addresses.command(name, "disconnect"),
                icon="unplug",
                wide=True,
                key="d",
            )
            return Controls((stop, leave), connected=True)
        back = Button("Reconnect", addresses.command(name, "reconnect"), icon="plug", kind="primary", key="d")
        return Controls((back, stop), connected=False)
    counts = standing.counts()
    complete = counts.done == counts.total and counts.total > 0
    start = Button(
        "Start Generation",
        addresses.command(name, "start"),
        icon="play",
        kind="" if complete else "primary",
        key="s",
    )
    onward = Button(
        "Next: Select", href=addresses.step(name, "select"), icon="arrow-right", kind="primary" if complete else ""
    )
    ended = complete or run.state is State.PARTIAL
    return Controls((start, onward) if ended and counts.done else (start,), connected=False)


def stats(standing: Standing, source: Source, keys: Sequence[tuple[str, AccountView]], now: float) -> Stats:
    """The figures of the run panel. ``keys`` are those of the provider, masked, with what is known of them."""
    counts = standing.counts()
    parts = [f"{n} {word}" for n, word in ((counts.generating, "generating"), (counts.error, "failed")) if n]
    if counts.pending or not parts:
        parts.append(f"{counts.pending} to go")
    title, small, value, sub = _time(standing, counts, now)
    cost_value, cost_small, cost_sub = _cost(standing, counts, source)
    lines = [(source.label, "" if source.offline else source.model)]
    if source.per_minute:
        lines.append(("Pace", f"{source.per_minute:g} requests a minute"))
    lines.append(("At once", f"{source.parallel} image{'s' if source.parallel != 1 else ''}"))
    lines += [(f"Key {number} {masked}", key_note(view)) for number, (masked, view) in enumerate(keys, 1)]
    return Stats(
        counts=counts,
        overall_sub=" · ".join(parts),
        time_title=title,
        time_small=small,
        time_value=value,
        time_sub=sub,
        cost_value=cost_value,
        cost_small=cost_small,
        cost_sub=cost_sub,
        source_title="Provider",
        source_lines=tuple(lines),
        spoken=_spoken(standing, counts),
    )


def pill(standing: Standing, connected: bool) -> Pill | None:
    """The run in the app bar, on every step; ``None`` when there is none to tell of."""
    run, counts = standing.run, standing.counts()
    kind, text = {
        State.STARTING: ("live", "Starting"),
        State.GENERATING: ("live", "Generating") if connected else ("bg", "In background"),
        State.STOPPING: ("paused", "Stopping"),
        State.STOPPED: ("paused", "Stopped"),
        State.INTERRUPTED: ("warn", "Interrupted"),
        State.FAILED: ("warn", "Needs attention"),
        State.PARTIAL: ("warn", "Some failed"),
        State.DONE: ("done", "Images done"),
    }.get(run.state, ("", ""))
    if not kind or not counts.total:
        return None
    if not run.active and counts.done == counts.total:
        kind, text = "done", "Images done"
    elif run.state is State.DONE:
        return None  # pictures were removed since: nothing to tell before the next run
    return Pill(kind, run.active, text, counts.done, counts.total, addresses.step(standing.project.name, "images"))


def cell(standing: Standing, frame: Frame) -> Cell:
    """One frame in the matrix."""
    status = standing.status[frame]
    sign, word = WORDS[status]
    news = standing.fact(frame)
    version = standing.versions.get(frame, "")
    name = standing.project.name
    return Cell(
        id=frame.id,
        style=frame.style,
        number=frame.beat,
        status=status.value,
        sign=sign,
        word=word,
        meta=_meta(status, news),
        since=news.since if news and status is Status.GENERATING else 0.0,
        thumb=addresses.thumb(name, frame, version) if version else "",
        href=addresses.details(name, frame),
    )


def groups(standing: Standing) -> tuple[Group, ...]:
    """The matrix: beats by shot, a cell per style."""
    project = standing.project
    styles = [style.name for style in project.styles]
    by_shot: dict[str, list[Row]] = {}
    for shot, number in project.rows():
        frames = [Frame(style, shot, number) for style in styles]
        beats = [beat for beat in map(project.beat, frames) if beat]
        cells = tuple(cell(standing, frame) if frame in standing.status else None for frame in frames)
        row = Row(f"beat-{shot}-{number}".replace(".", "_"), number, beats[0].phrase, cells)
        by_shot.setdefault(shot, []).append(row)
    return tuple(group(standing, shot, tuple(rows)) for shot, rows in by_shot.items())


def group(standing: Standing, shot: str, rows: tuple[Row, ...] = ()) -> Group:
    """The head of one shot, with its rows when they are wanted."""
    counts = standing.group(shot)
    return Group(f"shot-{shot}".replace(".", "_"), f"Shot {shot}", counts.done, counts.total, rows)


def heads(standing: Standing) -> tuple[StyleHead, ...]:
    """The columns' heads."""
    return tuple(head(standing, style.name) for style in standing.project.styles)


def head(standing: Standing, style: str) -> StyleHead:
    """One column's head."""
    counts = standing.counts(style)
    return StyleHead(style, counts.done, counts.total, counts.error)


def log_line(line: Mapping[str, Any]) -> LogLine:
    """One line of activity, as far as it can be read."""
    at = line.get("at")
    seconds = float(at) if isinstance(at, (int, float)) and 0 < at < 1e11 else 0.0
    return LogLine(seconds, _clock(seconds), str(line.get("text", "")), str(line.get("kind", "info")))


def source_line(source: Source) -> str:
    """What makes the pictures and what one costs, for the head of the page."""
    if source.offline:
        return f"{source.label} · free"
    price = f"{per_image(source.price)} per image" if source.price else "free" if source.price == 0 else "price unknown"
    return f"{source.label} · {source.model} · {price}"


def _processing(now: dict[str, Any] | None) -> str:
    if not now:
        return CONNECTING
    return f"[{now.get('style')}] Processing Beat {now.get('beat')}... ({now.get('done')}/{now.get('total')})"


def _waiting(told: dict[str, Any] | None, provider: str, now: float) -> str:
    """That no call may begin for a while, and why, while that is so; "" otherwise."""
    until, why = (told or {}).get("until"), (told or {}).get("why")
    if not isinstance(until, (int, float)) or until <= now:
        return ""
    seconds = math.ceil(until - now)
    if why == Why.DOWN:
        return f"⚠ {_label(provider)} does not answer. Next try in {seconds} s."
    return f"⚠ All keys are cooling down. Next request in {seconds} s."


def _label(provider: str) -> str:
    kind = PROVIDERS.get(provider)
    return kind.label if kind else "The provider"


def key_note(view: AccountView) -> str:
    """What is known of a key, in a few words."""
    match view.state:
        case KeyState.COOLING:
            return f"Cooling down {math.ceil(view.wait)} s"
        case KeyState.SPENT:
            return "Spent: no credit left"
        case KeyState.REFUSED:
            return "Refused: check this key"
    return f"{view.in_flight} running" if view.in_flight else "Ready"


def _resumes(standing: Standing, counts: Counts) -> str:
    first = next((frame for frame, s in standing.status.items() if s in (Status.PENDING, Status.ERROR)), None)
    if first is None:
        return ""
    if not counts.done:
        return f"Start Generation makes {counts.total} image{'s' if counts.total != 1 else ''}."
    return f"Start Generation skips them and resumes from Beat {first.beat}."


def _meta(status: Status, news: Any) -> str:
    if status is Status.PENDING:
        return "Not started yet" if not news or not news.tries else f"Waiting to try again after {news.tries} tries"
    if status is Status.EXISTS:
        return "Saved earlier"
    if news is None:
        return ""
    if status is Status.ERROR:
        return str(news.error)
    if status is Status.GENERATING:
        return f"try {news.tries + 1}" if news.tries else ""
    parts = [f"{news.seconds:.1f} s"]
    if news.cost:
        parts.append(per_image(news.cost))
    if news.note:
        parts.append(news.note)
    return " · ".join(parts)


def _time(standing: Standing, counts: Counts, now: float) -> tuple[str, str, str, str]:
    """(title, small, value, sub) of the time figure."""
    run = standing.run
    if not run.id:
        return "Time", "", "–", ""
    if not run.active:
        took = max(0.0, run.changed_at - run.started_at)
        word = "Finished" if run.state in (State.DONE, State.PARTIAL) else "Stopped"
        return "Time", "", word, f"took {length(took)} · {_clock(run.changed_at)[:5]}"
    left = counts.pending + counts.generating
    elapsed = now - run.started_at
    if counts.complete < 3 or elapsed <= 0:
        return "Time left", "", "–", "known after the first images"
    rate = counts.complete / elapsed
    seconds = left / rate
    return "Time left", "about", length(seconds), f"done at {_clock(now + seconds)[:5]} · {rate * 60:.1f}/min"


def length(seconds: float) -> str:
    """A length of time, as rough as it is known: "20 s", "6 min", "2 h 10 min"."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s" if seconds < 10 else f"{round(seconds / 10) * 10 or 10} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _cost(standing: Standing, counts: Counts, source: Source) -> tuple[str, str, str]:
    """(value, small, sub) of the cost figure."""
    if source.price == 0:
        sub = "Offline sketches, not AI images" if source.offline else "Runs on your own machine"
        return "Free", "", sub
    wanted = counts.total - counts.exists
    whole = estimate(wanted, source.price)
    spent = standing.spent()
    each = f"{per_image(source.price)} per image" if source.price else "The price of this model is not known"
    sub = f"{each}{f' · price of {source.price_date}' if source.price_date else ''}"
    if source.budget is not None:
        sub = f"Ends at the {dollars(source.budget)} budget · {each}"
    return dollars(spent), f"of {dollars(whole)} estimated" if whole else "", sub


def _spoken(standing: Standing, counts: Counts) -> str:
    """What a screen reader says: it changes at each tenth of the way, and when the run changes its state."""
    run = standing.run
    failed = f", {counts.error} failed" if counts.error else ""
    if run.state is State.GENERATING:
        return f"{counts.percent // 10 * 10} percent of {counts.total} images done{failed}."
    if run.active:
        return "Generation is stopping." if run.state is State.STOPPING else "Generation is starting."
    return f"{counts.done} of {counts.total} images done{failed}." if run.id else ""


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at).strftime("%H:%M:%S") if at > 0 else "--:--:--"
