"""Buttons of the run panel. Pure."""

from __future__ import annotations

from dataclasses import replace

from webapp.core.project import Frame
from webapp.core.run.states import Cause, Run, RunState
from webapp.state import frame_scope
from webapp.state.project_state import ProjectState
from webapp.web import urls
from webapp.web.images import offered_actions
from webapp.web.layout.widgets import (
    Amount,
    Button,
    Controls,
)


def controls(state: ProjectState, connected: bool) -> Controls:
    """Build the buttons that make sense now."""
    name, run, counts = state.project.name, state.run, state.counts()
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
    failed = frame_scope.failed(state)
    if failed:
        start = replace(start, kind="")
    elif complete:
        onwards = (replace(onward, kind="primary"),)
    first = (_retry(name, state, failed), start) if failed else (start,)
    return Controls((*first, *onwards), connected=False)


def _pause_or_resume(name: str, run: Run) -> Button:
    if not run.pausing:
        return Button("Pause", f"{urls.command(name, 'pause')}?run={run.id}", icon="pause", key="p")
    amount = None
    if run.cause == Cause.BUDGET:
        amount = Amount("budget", "New budget, in US dollars")
    action = f"{urls.command(name, 'resume')}?run={run.id}"
    return Button("Resume", action, icon="play", kind="primary", key="p", amount=amount)


def _retry(name: str, state: ProjectState, failed: list[Frame]) -> Button:
    """Build the button that retries all failures; count and price are beside its label."""
    number, sum_ = len(failed), offered_actions.about(offered_actions.total(state, failed))
    return Button(
        "Retry failed",
        urls.command(name, "retry-failed"),
        icon="retry",
        kind="primary",
        note=f"{number} · {sum_}",
        described=f"{number} image{'s' if number != 1 else ''}, {sum_}",
    )
