"""The figures of the run panel: how far, how long, how much, and the state of the keys. Pure: the time is handed in."""

from __future__ import annotations

import math
from collections.abc import Sequence

from webapp.core.frames import Counts
from webapp.core.keys import AccountView, KeyState
from webapp.core.money import dollars, estimate, per_image
from webapp.core.run import State
from webapp.generation.equipment import Source
from webapp.web.standing import Standing
from webapp.web.views import Stats
from webapp.web.wording import clock


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


def _time(standing: Standing, counts: Counts, now: float) -> tuple[str, str, str, str]:
    """(title, small, value, sub) of the time figure."""
    run = standing.run
    if not run.id:
        return "Time", "", "–", ""
    if not run.open:
        took = max(0.0, run.changed_at - run.started_at)
        word = "Finished" if run.state in (State.DONE, State.PARTIAL) else "Stopped"
        return "Time", "", word, f"took {length(took)} · {clock(run.changed_at)[:5]}"
    left = counts.pending + counts.generating
    elapsed = run.worked_until(now)
    if run.pausing:
        goes_on = f"about {length(left * elapsed / counts.complete)} left when resumed" if counts.complete >= 3 else ""
        return "Time left", "", "Paused", goes_on
    if counts.complete < 3 or elapsed <= 0:
        return "Time left", "", "–", "known after the first images"
    rate = counts.complete / elapsed
    seconds = left / rate
    return "Time left", "about", length(seconds), f"done at {clock(now + seconds)[:5]} · {rate * 60:.1f}/min"


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
    if run.pausing:
        return f"Generation is paused. {counts.done} of {counts.total} images done{failed}."
    if run.active:
        return "Generation is stopping." if run.state is State.STOPPING else "Generation is starting."
    return f"{counts.done} of {counts.total} images done{failed}." if run.id else ""
