"""Live updates of Step 8: each changed part rendered once, with the same partial as in the page.

A part is an ``<hx-partial>`` block whose key is the DOM id it replaces, so that a newer version of a part replaces an
older one that still waits for a slow viewer. Runs outside of a request: templates get nothing but their view.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from typing import Any

from jinja2 import Environment

from webapp.coordination.live_state import Message
from webapp.coordination.redis_client import UNREACHABLE
from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.state.folder_snapshot import FolderSnapshot
from webapp.state.frame_facts import COMING_SHOWN
from webapp.state.project_state import ProjectState
from webapp.state.state_reader import StateReader
from webapp.web import urls
from webapp.web.images import (
    banner,
    controls,
    long_matrix,
    matrix,
    run_figures,
    run_panel,
)
from webapp.web.images.run_figures import summary_line
from webapp.web.layout import run_pill
from webapp.web.layout.command_result import ResultView
from webapp.web.layout.step_catalog import images_step
from webapp.web.layout.widgets import Button

MOST_PROJECTS = 64
"""States kept per process of projects that are being watched; a dropped one is read anew."""

Drawn = tuple[dict[str, Any], str]
"""What a part was given, and the HTML it became."""

MOST_CELLS = 600
"""Cells of a long matrix that a snapshot brings; beyond that the page reads its rows anew."""


class LiveParts:
    """Renderer of changed parts. ``clock`` gives seconds since the epoch."""

    def __init__(self, reader: StateReader, templates: Environment, clock: Callable[[], float]) -> None:
        self._reader = reader
        self._templates = templates
        self._clock = clock
        self._states: OrderedDict[str, ProjectState] = OrderedDict()
        self._drawn: dict[str, dict[str, Drawn]] = {}

    def changed(self, folder: Folder, message: Message) -> dict[str, str]:
        """Render the parts that one message changes, by key."""
        shown = self._states.get(folder.id)
        state = (
            shown if shown and _follows(shown.live, message) else self._remember(folder, self._reader.snapshot(folder))
        )
        missed = _differing(shown, state) if shown and shown is not state else []
        changed = state.apply(message)
        files = self._reader.snapshot(folder, changed)
        frames = dict.fromkeys((*missed, *self._reader.update(files, state, changed)))
        parts = self._of_frames(state, frames)
        parts.update(self._of_run(folder, state, files))
        for number, line in enumerate(message.log):
            parts[f"log-{message.id}-{number}"] = self._render(lines=[run_panel.log_line(line)])
        return parts

    def since(self, folder: Folder, live: str) -> tuple[str, dict[str, str]]:
        """Return the newest change and render all that changed after ``live``; every part when that is unknown."""
        files = self._reader.snapshot(folder)
        state = self._remember(folder, files)
        epoch, _, number = live.partition("-")
        known = bool(live) and epoch == state.live.partition("-")[0] and number.isdecimal()
        if known:
            ids = [i for i, news in state.news.items() if news.seq > int(number) and i in state.by_id]
            frames: Collection[Frame] = dict.fromkeys([*(state.by_id[i] for i in ids), *_noted(state)])
        else:
            frames = state.status
        parts = {}
        if len(frames) > MOST_CELLS and long_matrix.is_long(state):
            parts["renew"] = self._render(renew=state.live)  # the page has a part of the rows, and reads that anew
        else:
            parts = self._of_frames(state, frames)
        parts.update(self._of_run(folder, state, files))
        parts["log-list"] = self._render(log=[run_panel.log_line(line) for line in state.log])
        return state.live, parts

    def outage(self, folder: Folder) -> dict[str, str]:
        """Render what a page shows while Redis is unreachable."""
        return {"banner": self._render(banner=banner.error_banner(UNREACHABLE))}

    def answer(
        self,
        folder: Folder,
        connected: bool,
        *,
        problem: str = "",
        remedy: Button | None = None,
        switch: bool = False,
        done: ResultView | None = None,
    ) -> str:
        """Render everything that a command for the run replaces.

        ``problem``: why it did not work; ``remedy``: a button that goes on all the same. ``switch`` opens or closes the
        live stream too; opened, it begins with everything, since the page may have missed changes.
        """
        files, now = self._reader.snapshot(folder), self._clock()
        state = self._reader.state(files)
        shown = banner.error_banner(problem, button=remedy) if problem else banner.banner(state, connected, now)
        stream = {"events": urls.events(folder.name, "") if connected else ""} if switch else {}
        parts = self._render(
            controls=controls.controls(state, connected),
            banner=shown,
            **self._panel(folder, state, files, now),
            pill=run_pill.pill(state, connected),
            summary=summary_line(self._reader.summary(files, state.run)),
            queue=matrix.queue(state),
            sheet=None,
            done=done,
            **stream,
        )
        return parts if problem else _dated(state, parts)

    def done(self, folder: Folder, connected: bool, before: ProjectState, **more: Any) -> str:
        """Render everything that a command for frames replaces: what differs from ``before``.

        ``more`` are further views for this viewer: done, sheet, frame, banner.
        """
        files, now = self._reader.snapshot(folder), self._clock()
        state = self._reader.state(files)
        frames = _differing(before, state)
        shots = dict.fromkeys(frame.shot for frame in frames)
        parts = self._render(
            cells=[matrix.cell(state, frame) for frame in frames],
            heads=matrix.heads(state),
            groups=[matrix.group(state, shot) for shot in shots],
            counts=state.counts(),
            marked=matrix.marked(state),
            queue=matrix.queue(state),
            controls=controls.controls(state, connected),
            **self._panel(folder, state, files, now),
            pill=run_pill.pill(state, connected),
            **{"banner": banner.banner(state, connected, now), **more},
        )
        return parts if "banner" in more else _dated(state, parts)

    def _remember(self, folder: Folder, files: FolderSnapshot) -> ProjectState:
        state = self._reader.state(files)
        self._states[folder.id] = state
        self._states.move_to_end(folder.id)
        while len(self._states) > MOST_PROJECTS:
            forgotten, _ = self._states.popitem(last=False)
            self._drawn.pop(forgotten, None)
        return state.copy()

    def _of_frames(self, state: ProjectState, frames: Iterable[Frame]) -> dict[str, str]:
        parts = {}
        shots: dict[str, None] = {}
        for frame in frames:
            parts[f"cell-{frame.id}"] = self._render(cells=[matrix.cell(state, frame)])
            shots[frame.shot] = None
        for shot in shots:
            group = matrix.group(state, shot)
            parts[f"count-{group.id}"] = self._render(groups=[group])
        return parts

    def _of_run(self, folder: Folder, state: ProjectState, files: FolderSnapshot) -> dict[str, str]:
        now, counts = self._clock(), state.counts()
        views: dict[str, dict[str, Any]] = {f"style-{head.name}": {"heads": [head]} for head in matrix.heads(state)}
        views["counts"] = {"counts": counts}
        views |= {name: {name: view} for name, view in self._panel(folder, state, files, now).items()}
        views["marked"] = {"marked": matrix.marked(state)}
        views["queue"] = {"queue": matrix.queue(state)}
        views["step"] = {"step": images_step(folder.name, counts)}
        views["runpill"] = {"pill": run_pill.pill(state, True)}
        views["controls"] = {"controls": controls.controls(state, True)}
        views["banner"] = {"banner": banner.banner(state, True, now)}
        views["summary"] = {"summary": summary_line(self._reader.summary(files, state.run))}
        before = self._drawn.get(folder.id, {})
        drawn = {key: _drawn_before(before.get(key), view) or self._draw(view) for key, view in views.items()}
        self._drawn[folder.id] = drawn
        return {key: html for key, (_, html) in drawn.items()}

    def _panel(self, folder: Folder, state: ProjectState, files: FolderSnapshot, now: float) -> dict[str, object]:
        means = self._reader.resources(files)
        return {
            "stats": run_figures.stats(state, means, now, self._reader.remaining(files, state, means)),
            "speed": run_panel.speed(folder.name, means.overview),
            "budget": run_panel.budget_form(folder.name, means),
        }

    def _draw(self, views: dict[str, Any]) -> Drawn:
        return views, self._render(**views)

    def _render(self, **views: Any) -> str:
        return self._templates.get_template("images/run/_live_parts.html").render(**views)


def _drawn_before(drawn: Drawn | None, views: dict[str, Any]) -> Drawn | None:
    return drawn if drawn and drawn[0] == views else None


def _dated(state: ProjectState, parts: str) -> str:
    return f"<!--live {state.live}-->{parts}"


def _differing(before: ProjectState, after: ProjectState) -> list[Frame]:
    return before.looks().differing(after.looks())


def _noted(state: ProjectState) -> list[Frame]:
    facts = state.facts
    marked = [state.by_id[ident] for ident in facts.marks if ident in state.by_id]
    return [*facts.changed, *facts.blocked, *marked, *state.queue[:COMING_SHOWN]]


def _follows(live: str, message: Message) -> bool:
    epoch, _, number = live.partition("-")
    return epoch == message.epoch and number.isdecimal() and int(number) + 1 == message.number
