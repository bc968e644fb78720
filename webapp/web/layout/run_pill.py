"""Wording of the run pill in the app bar. Pure."""

from __future__ import annotations

from webapp.core.run.states import Cause, RunState
from webapp.state import frame_scope
from webapp.state.project_state import ProjectState
from webapp.web import urls
from webapp.web.layout.widgets import (
    RunPill,
)


def pill(state: ProjectState, connected: bool) -> RunPill | None:
    """Build the run pill; ``None`` when there is nothing to show."""
    run, counts = state.run, state.counts()
    kind, text = {
        RunState.STARTING: ("live", "Starting"),
        RunState.GENERATING: ("live", "Generating") if connected else ("bg", "In background"),
        RunState.PAUSING: ("paused", "Paused"),
        RunState.PAUSED: ("paused", "Paused"),
        RunState.STOPPING: ("paused", "Stopping"),
        RunState.STOPPED: ("paused", "Stopped"),
        RunState.INTERRUPTED: ("warn", "Interrupted"),
        RunState.FAILED: ("warn", "Needs attention"),
        RunState.PARTIAL: ("warn", "Some failed") if frame_scope.failed(state) else ("", ""),
        RunState.DONE: ("done", "Images done"),
    }.get(run.state, ("", ""))
    if not kind or not counts.total:
        return None
    if run.state is RunState.PAUSED and run.cause not in ("", Cause.USER):
        kind = "warn"  # it needs the user
    if not run.open and counts.done == counts.total:
        kind, text = ("warn", "Needs attention") if state.project.unread_prompts else ("done", "Images done")
    elif run.state is RunState.DONE:
        return None  # images were removed since: nothing to show before the next run
    return RunPill(kind, run.active, text, counts.done, counts.total, urls.step(state.project.name, "images"))
