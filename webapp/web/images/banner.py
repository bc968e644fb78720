"""A project's standing in the words of the page: banner, buttons, figures, cells. Pure: the time is handed in.

The exact texts are part of the product's contract; they are found by role and text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from webapp.core.frames import Counts, Status
from webapp.core.limits.key_states import Why
from webapp.core.money.amounts import per_image
from webapp.core.project import Frame
from webapp.core.run.states import Cause, Run, RunState
from webapp.generation.makers.provider_overview import StyleSource
from webapp.providers.table import PROVIDERS
from webapp.state import frame_scope
from webapp.state.project_state import ProjectState
from webapp.web import urls
from webapp.web.images import offered_actions
from webapp.web.layout.widgets import (
    Amount,
    Banner,
    Button,
    Controls,
    LogLine,
    RunPill,
)

CONNECTING = "Connecting to server..."
BACKGROUND = "⚠ Generation continues in background. You can navigate to other steps."
STOPPING = "⚠ Stopping. The current images are finished first."
PAUSED = "⚠ Paused. Progress has been saved."
STOPPED = "⚠ Generation stopped. Progress has been saved. Click Start to resume."
INTERRUPTED = "⚠ Generation was interrupted. Progress has been saved. Click Start to resume."
SUCCESS = "✓ All images generated successfully!"


def banner(standing: ProjectState, connected: bool, now: float) -> Banner:
    """The one banner. ``connected``: this viewer follows the run live."""
    run, counts = standing.run, standing.counts()
    if run.open and not connected and run.state is not RunState.STOPPING:
        return Banner("warning", BACKGROUND, f"Last update {clock(now)}. Reconnect to watch live.")
    match run.state:
        case RunState.STARTING:
            slow = now - run.changed_at > 5
            return Banner("info", CONNECTING, "Waiting for a worker that is free to generate." if slow else "")
        case RunState.GENERATING:
            waiting = _waiting(standing.now, run.provider, now)
            return Banner("warning", waiting) if waiting else Banner("info", _processing(standing.now), quiet=True)
        case RunState.PAUSING | RunState.PAUSED:
            return Banner("warning", _paused(run), _goes_on(standing, counts))
        case RunState.STOPPING:
            return Banner("warning", STOPPING, f"{counts.generating} still in work." if counts.generating else "")
        case RunState.FAILED:
            return Banner("error", f"✗ Error: {run.reason}")
    if run.state is RunState.PARTIAL and counts.done == counts.total and (flawed := len(standing.flawed)):
        text = f"⚠ {counts.done} of {counts.total} images exist. {flawed} could not be made anew."
        return Banner("warning", text, "The images they had are kept. Retry failed tries them again.")
    if counts.total and counts.done == counts.total:
        made = counts.complete
        sub = f"{made} generated in this run, {counts.exists} already existed." if made else ""
        return Banner("success", SUCCESS, sub)
    if run.state is RunState.STOPPED:
        return Banner("warning", STOPPED)
    if run.state is RunState.INTERRUPTED:
        return Banner("warning", INTERRUPTED, _remaining(standing))
    if run.state is RunState.PARTIAL and counts.error:
        text = f"⚠ {counts.done} of {counts.total} images generated. {counts.error} failed."
        sub = "Retry failed tries them again, or go on and choose from the others."
        return Banner("warning", text, sub, action=("Show the failed images", "#filter-error"))
    text = f"Progress loaded: {counts.done}/{counts.total} images already exist."
    return Banner("info", text, _resumes(standing, counts))


def controls(standing: ProjectState, connected: bool) -> Controls:
    """The buttons that make sense now."""
    name, run, counts = standing.project.name, standing.run, standing.counts()
    onward = Button("Next: Select", href=urls.step(name, "select"), icon="arrow-right")
    onwards = (onward,) if counts.done else ()  # as soon as there is something to choose from
    if run.open:
        stop = Button(
            "Stop",
            f"{urls.command(name, 'stop')}?run={run.id}",
            icon="stop",
            kind="stop",
            disabled=run.state is RunState.STOPPING,
        )
        if run.state is RunState.STOPPING and connected:
            return Controls((stop, *onwards), connected=True)
        if connected:
            leave = Button(
                "Disconnect (Continue in Background)",
                urls.command(name, "disconnect"),
                icon="unplug",
                wide=True,
                key="d",
            )
            return Controls((_pause_or_resume(name, run), stop, leave, *onwards), connected=True)
        back = Button("Reconnect", urls.command(name, "reconnect"), icon="plug", kind="primary", key="d")
        return Controls((back, stop, *onwards), connected=False)
    complete = counts.done == counts.total and counts.total > 0
    start = Button(
        "Start Generation",
        urls.command(name, "start"),
        icon="play",
        kind="" if complete else "primary",
        key="s",
    )
    failed = frame_scope.failed(standing)
    if failed:
        start = replace(start, kind="")
    elif complete:
        onwards = (replace(onward, kind="primary"),)
    first = (_retry(name, standing, failed), start) if failed else (start,)
    return Controls((*first, *onwards), connected=False)


def pill(standing: ProjectState, connected: bool) -> RunPill | None:
    """The run in the app bar, on every step; ``None`` when there is none to tell of."""
    run, counts = standing.run, standing.counts()
    kind, text = {
        RunState.STARTING: ("live", "Starting"),
        RunState.GENERATING: ("live", "Generating") if connected else ("bg", "In background"),
        RunState.PAUSING: ("paused", "Paused"),
        RunState.PAUSED: ("paused", "Paused"),
        RunState.STOPPING: ("paused", "Stopping"),
        RunState.STOPPED: ("paused", "Stopped"),
        RunState.INTERRUPTED: ("warn", "Interrupted"),
        RunState.FAILED: ("warn", "Needs attention"),
        RunState.PARTIAL: ("warn", "Some failed") if frame_scope.failed(standing) else ("", ""),
        RunState.DONE: ("done", "Images done"),
    }.get(run.state, ("", ""))
    if not kind or not counts.total:
        return None
    if run.state is RunState.PAUSED and run.cause not in ("", Cause.USER):
        kind = "warn"  # it needs somebody
    if not run.open and counts.done == counts.total:
        kind, text = "done", "Images done"
    elif run.state is RunState.DONE:
        return None  # pictures were removed since: nothing to tell before the next run
    return RunPill(kind, run.active, text, counts.done, counts.total, urls.step(standing.project.name, "images"))


def log_line(line: Mapping[str, Any]) -> LogLine:
    """One line of activity, as far as it can be read."""
    at = line.get("at")
    seconds = float(at) if isinstance(at, (int, float)) and 0 < at < 1e11 else 0.0
    return LogLine(seconds, clock(seconds), str(line.get("text", "")), str(line.get("kind", "info")))


def source_line(sources: Mapping[str, StyleSource]) -> str:
    """What makes the pictures of each style and what one costs, for the head of the page."""
    makers: dict[str, list[str]] = {}
    for style, source in sources.items():
        makers.setdefault(_maker(source), []).append(style)
    if len(makers) == 1:
        return next(iter(makers))
    return " + ".join(f"{maker} ({', '.join(styles)})" for maker, styles in makers.items())


def offline_tag(sources: Mapping[str, StyleSource]) -> str:
    """What must be said of pictures that are no AI output; "" when there are none."""
    drawn = [style for style, source in sources.items() if source.offline]
    if len(drawn) == len(sources):
        return "Offline sketches, not AI images"
    return f"{', '.join(drawn)}: offline sketches, not AI images" if drawn else ""


def _maker(source: StyleSource) -> str:
    if source.offline:
        return f"{source.label} · free"
    price = f"{per_image(source.price)} per image" if source.price else "free" if source.price == 0 else "price unknown"
    return f"{source.label} · {source.model} · {price}"


def _pause_or_resume(name: str, run: Run) -> Button:
    """The one button for a pause; only for the run the page shows."""
    if not run.pausing:
        return Button("Pause", f"{urls.command(name, 'pause')}?run={run.id}", icon="pause", key="p")
    amount = None
    if run.cause == Cause.BUDGET:
        amount = Amount("budget", "New budget, in US dollars")
    action = f"{urls.command(name, 'resume')}?run={run.id}"
    return Button("Resume", action, icon="play", kind="primary", key="p", amount=amount)


def _retry(name: str, standing: ProjectState, failed: list[Frame]) -> Button:
    """Everything that failed, tried once more; its count and price stand beside its name."""
    number, sum_ = len(failed), offered_actions.about(offered_actions.total(standing, failed))
    return Button(
        "Retry failed",
        urls.command(name, "retry-failed"),
        icon="retry",
        kind="primary",
        note=f"{number} · {sum_}",
        described=f"{number} image{'s' if number != 1 else ''}, {sum_}",
    )


def _paused(run: Run) -> str:
    return f"⚠ Paused: {run.reason}" if run.reason else PAUSED


def _goes_on(standing: ProjectState, counts: Counts) -> str:
    """What a pause still does, and where it will go on."""
    if counts.generating:
        return f"{counts.generating} still in work."
    first = next(iter(standing.line), None)
    if standing.run.cause == Cause.BUDGET:
        return f"{_remaining(standing)} Write a higher budget and click Resume."
    return f"Resume continues with Beat {first.beat}." if first else ""


def _remaining(standing: ProjectState) -> str:
    """How many images are still to be made, and what they would cost."""
    left = [frame for frame, status in standing.status.items() if status is Status.PENDING]
    cost = offered_actions.about(offered_actions.total(standing, left))
    price = f", {cost}" if left and cost != "free" else ""
    return f"{len(left)} image{'s are' if len(left) != 1 else ' is'} left{price}."


def _processing(now: dict[str, Any] | None) -> str:
    if not now or "style" not in now:
        return CONNECTING
    return f"[{now.get('style')}] Processing Beat {now.get('beat')}... ({now.get('done')}/{now.get('total')})"


def _waiting(told: dict[str, Any] | None, provider: str, now: float) -> str:
    """That no call may begin for a while, and why, while that is so; "" otherwise. ``provider`` is the run's first."""
    until, why = (told or {}).get("until"), (told or {}).get("why")
    if not isinstance(until, (int, float)) or until <= now:
        return ""
    seconds = math.ceil(until - now)
    if why == Why.DOWN:
        return f"⚠ {_label(str((told or {}).get('who') or provider))} does not answer. Next try in {seconds} s."
    return f"⚠ All keys are cooling down. Next request in {seconds} s."


def _label(provider: str) -> str:
    kind = PROVIDERS.get(provider)
    return kind.label if kind else "The provider"


def _resumes(standing: ProjectState, counts: Counts) -> str:
    first = next((frame for frame, s in standing.status.items() if s in (Status.PENDING, Status.ERROR)), None)
    if first is None:
        return ""
    if not counts.done:
        return f"Start Generation makes {counts.total} image{'s' if counts.total != 1 else ''}."
    return f"Start Generation skips them and resumes from Beat {first.beat}."


def clock(at: float) -> str:
    """A moment as HH:MM:SS on this machine's clock."""
    return datetime.fromtimestamp(at).strftime("%H:%M:%S") if at > 0 else "--:--:--"
