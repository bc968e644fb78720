"""Wording of the banner: every sentence it can say. Pure: the time is an argument.

The exact texts are part of the product's contract; they are found by role and text.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from webapp.core.frames import Counts, Status
from webapp.core.limits.account_pressure import LONG_SILENCE
from webapp.core.limits.key_states import Why
from webapp.core.run.states import Cause, Run, RunState
from webapp.providers.table import PROVIDERS
from webapp.state.project_state import ProjectState
from webapp.web.images import offered_actions
from webapp.web.layout.widgets import (
    Banner,
    Button,
)
from webapp.web.layout.words import clock

CONNECTING = "Connecting to server..."
BACKGROUND = "⚠ Generation continues in background. You can navigate to other steps."
STOPPING = "⚠ Stopping. The current images are finished first."
PAUSED = "⚠ Paused. Progress has been saved."
STOPPED = "⚠ Generation stopped. Progress has been saved. Click Start to resume."
INTERRUPTED = "⚠ Generation was interrupted. Progress has been saved. Click Start to resume."
SUCCESS = "✓ All images generated successfully!"
CONNECTION_LOST = "⚠ Connection lost. Generation continues in background. Reconnecting..."
NOT_CONNECTED = "Failed to connect to server"


def error_text(sentence: str) -> str:
    """The text of an error's banner."""
    return f"✗ Error: {sentence}"


def error_banner(sentence: str, sub: str = "", button: Button | None = None) -> Banner:
    """Build the banner of an error; ``button`` goes on all the same."""
    return Banner("error", error_text(sentence), sub, button=button)


@dataclass(frozen=True, slots=True)
class ClientBanners:
    """Banners that the page's script shows by itself, from ``<template>`` elements."""

    lost: Banner
    unreachable: Banner
    unsaved: Banner


CLIENT_BANNERS = ClientBanners(
    lost=Banner("warning", CONNECTION_LOST),
    unreachable=replace(error_banner(NOT_CONNECTED, "Your images are safe."), unreachable=True),
    unsaved=error_banner(NOT_CONNECTED, "The last change may not be saved. Try it again."),
)


def banner(state: ProjectState, connected: bool, now: float) -> Banner:
    """Build the one banner of Step 8. ``connected``: this viewer follows the run live."""
    run, counts = state.run, state.counts()
    if run.open and not connected and run.state is not RunState.STOPPING:
        return Banner("warning", BACKGROUND, f"Last update {clock(now)}. Reconnect to watch live.")
    match run.state:
        case RunState.STARTING:
            slow = now - run.changed_at > 5
            return Banner("info", CONNECTING, "Waiting for a worker that is free to generate." if slow else "")
        case RunState.GENERATING:
            waiting = _waiting(state.now, run.provider, now)
            return Banner("warning", waiting) if waiting else Banner("info", _processing(state.now), quiet=True)
        case RunState.PAUSING | RunState.PAUSED:
            return Banner("warning", _paused(run), _goes_on(state, counts))
        case RunState.STOPPING:
            return Banner("warning", STOPPING, f"{counts.generating} still in work." if counts.generating else "")
        case RunState.FAILED:
            return error_banner(run.reason)
    if run.state is RunState.PARTIAL and counts.done == counts.total and (flawed := len(state.failed_redos)):
        text = f"⚠ {counts.done} of {counts.total} images exist. {flawed} could not be made anew."
        return Banner("warning", text, "The images they had are kept. Retry failed tries them again.")
    unread = state.project.unread_prompts
    if counts.total and counts.done == counts.total and unread:
        text = f"⚠ {counts.done} of {counts.total} images exist, but not all prompts can be used."
        return Banner("warning", text, str(unread[0]))
    if counts.total and counts.done == counts.total:
        made = counts.complete
        sub = f"{made} generated in this run, {counts.exists} already existed." if made else ""
        return Banner("success", SUCCESS, sub)
    if run.state is RunState.STOPPED:
        return Banner("warning", STOPPED)
    if run.state is RunState.INTERRUPTED:
        return Banner("warning", INTERRUPTED, _remaining(state))
    if run.state is RunState.PARTIAL and counts.error:
        text = f"⚠ {counts.done} of {counts.total} images generated. {counts.error} failed."
        sub = "Retry failed tries them again, or go on and choose from the others."
        return Banner("warning", text, sub, action=("Show the failed images", "#filter-error"))
    text = f"Progress loaded: {counts.done}/{counts.total} images already exist."
    return Banner("info", text, _resumes(state, counts))


def _paused(run: Run) -> str:
    return f"⚠ Paused: {run.reason}" if run.reason else PAUSED


def _goes_on(state: ProjectState, counts: Counts) -> str:
    if counts.generating:
        return f"{counts.generating} still in work."
    first = next(iter(state.queue), None)
    if state.run.cause == Cause.BUDGET:
        return f"{_remaining(state)} Write a higher budget and click Resume."
    return f"Resume continues with Beat {first.beat}." if first else ""


def _remaining(state: ProjectState) -> str:
    left = [frame for frame, status in state.status.items() if status is Status.PENDING]
    cost = offered_actions.about(offered_actions.total(state, left))
    price = f", {cost}" if left and cost != "free" else ""
    return f"{len(left)} image{'s are' if len(left) != 1 else ' is'} left{price}."


def _processing(now: dict[str, Any] | None) -> str:
    if not now or "style" not in now:
        return CONNECTING
    return f"[{now.get('style')}] Processing Beat {now.get('beat')}... ({now.get('done')}/{now.get('total')})"


def _waiting(progress: dict[str, Any] | None, provider: str, now: float) -> str:
    until, why = (progress or {}).get("until"), (progress or {}).get("why")
    if not isinstance(until, (int, float)) or until <= now:
        return ""
    seconds = math.ceil(until - now)
    if why == Why.DOWN:
        return f"⚠ {_label(str((progress or {}).get('who') or provider))} does not answer. Next try in {seconds} s."
    if seconds > LONG_SILENCE:
        who = _label(str((progress or {}).get("who") or provider))
        return f"⚠ {who} asks for {math.ceil(seconds / 60)} min without a call. Then one call tries again."
    return f"⚠ All keys are cooling down. Next request in {seconds} s."


def _label(provider: str) -> str:
    kind = PROVIDERS.get(provider)
    return kind.label if kind else "The provider"


def _resumes(state: ProjectState, counts: Counts) -> str:
    first = next((frame for frame, s in state.status.items() if s in (Status.PENDING, Status.ERROR)), None)
    if first is None:
        return ""
    if not counts.done:
        return f"Start Generation makes {counts.total} image{'s' if counts.total != 1 else ''}."
    return f"Start Generation skips them and resumes from Beat {first.beat}."
