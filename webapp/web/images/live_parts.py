"""The live update: each changed part rendered once, with the partial the page itself is made of.

A part is an ``<hx-partial>`` block under a key that is the DOM id it replaces, so that newer news of the same part
replaces older news that still waits for a slow viewer. Runs outside of any request: templates get nothing but their
view.
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
    banner as wording,
)
from webapp.web.images import (
    long_matrix,
    matrix,
    run_figures,
    run_panel,
)
from webapp.web.images.run_figures import summary_line
from webapp.web.layout.command_result import ResultView
from webapp.web.layout.page_frame import images_step
from webapp.web.layout.widgets import Banner, Button

MOST_PROJECTS = 64
"""Standings kept per process for projects that are being watched; a forgotten one is read anew."""

Drawn = tuple[dict[str, Any], str]
"""What a part was given, and the HTML it became."""

MOST_CELLS = 600
"""Cells of a long matrix that a snapshot brings; beyond that the page reads its rows anew."""


class LiveParts:
    """Renders changes. ``clock`` gives seconds since the epoch."""

    def __init__(self, reader: StateReader, templates: Environment, clock: Callable[[], float]) -> None:
        self._reader = reader
        self._templates = templates
        self._clock = clock
        self._standings: OrderedDict[str, ProjectState] = OrderedDict()
        self._drawn: dict[str, dict[str, Drawn]] = {}

    def changed(self, folder: Folder, message: Message) -> dict[str, str]:
        """The parts one message changes."""
        shown = self._standings.get(folder.id)
        standing = (
            shown if shown and _follows(shown.live, message) else self._remember(folder, self._reader.snapshot(folder))
        )
        missed = _differing(shown, standing) if shown and shown is not standing else []
        heard = standing.hear(message)
        files = self._reader.snapshot(folder, heard)
        frames = dict.fromkeys((*missed, *self._reader.update(files, standing, heard)))
        parts = self._of_frames(standing, frames)
        parts.update(self._of_run(folder, standing, files))
        for number, line in enumerate(message.log):
            parts[f"log-{message.id}-{number}"] = self._render(lines=[wording.log_line(line)])
        return parts

    def since(self, folder: Folder, live: str) -> tuple[str, dict[str, str]]:
        """The newest change, and everything that changed after ``live``: all of it when that is not known."""
        files = self._reader.snapshot(folder)
        standing = self._remember(folder, files)
        epoch, _, number = live.partition("-")
        known = bool(live) and epoch == standing.live.partition("-")[0] and number.isdecimal()
        if known:
            ids = [i for i, news in standing.news.items() if news.seq > int(number) and i in standing.by_id]
            frames: Collection[Frame] = dict.fromkeys([*(standing.by_id[i] for i in ids), *_noted(standing)])
        else:
            frames = standing.status
        parts = {}
        if len(frames) > MOST_CELLS and long_matrix.is_long(standing):
            parts["renew"] = self._render(renew=standing.live)  # the page has a part of the rows, and reads that anew
        else:
            parts = self._of_frames(standing, frames)
        parts.update(self._of_run(folder, standing, files))
        parts["log-list"] = self._render(log=[wording.log_line(line) for line in standing.log])
        return standing.live, parts

    def outage(self, folder: Folder) -> dict[str, str]:
        """What to show while Redis is away: the truth, which is that nothing can be told."""
        banner = Banner("error", f"✗ Error: {UNREACHABLE}")
        return {"banner": self._render(banner=banner)}

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
        """What the answer to a click replaces, in one piece.

        ``problem`` is a sentence that kept it from working, ``remedy`` a button that goes on all the same.
        With ``switch`` the stream is opened or closed too; opened, it begins with everything, since the page may have
        missed anything meanwhile.
        """
        files, now = self._reader.snapshot(folder), self._clock()
        standing = self._reader.state(files)
        banner = (
            Banner("error", f"✗ Error: {problem}", button=remedy)
            if problem
            else wording.banner(standing, connected, now)
        )
        stream = {"events": urls.events(folder.name, "") if connected else ""} if switch else {}
        parts = self._render(
            controls=wording.controls(standing, connected),
            banner=banner,
            **self._panel(folder, standing, files, now),
            pill=wording.pill(standing, connected),
            summary=summary_line(self._reader.summary(files, standing.run)),
            queue=matrix.queue(standing),
            sheet=None,
            done=done,
            **stream,
        )
        return parts if problem else _dated(standing, parts)

    def done(self, folder: Folder, connected: bool, before: ProjectState, **more: Any) -> str:
        """What the answer to a command for frames replaces: everything that looks another way than ``before``.

        ``more`` are further views for whoever gave it: done, sheet, frame, banner.
        """
        files, now = self._reader.snapshot(folder), self._clock()
        standing = self._reader.state(files)
        frames = _differing(before, standing)
        shots = dict.fromkeys(frame.shot for frame in frames)
        parts = self._render(
            cells=[matrix.cell(standing, frame) for frame in frames],
            heads=matrix.heads(standing),
            groups=[matrix.group(standing, shot) for shot in shots],
            counts=standing.counts(),
            marked=matrix.marked(standing),
            queue=matrix.queue(standing),
            controls=wording.controls(standing, connected),
            **self._panel(folder, standing, files, now),
            pill=wording.pill(standing, connected),
            **{"banner": wording.banner(standing, connected, now), **more},
        )
        return parts if "banner" in more else _dated(standing, parts)

    def _remember(self, folder: Folder, files: FolderSnapshot) -> ProjectState:
        standing = self._reader.state(files)
        self._standings[folder.id] = standing
        self._standings.move_to_end(folder.id)
        while len(self._standings) > MOST_PROJECTS:
            forgotten, _ = self._standings.popitem(last=False)
            self._drawn.pop(forgotten, None)
        return standing.copy()

    def _of_frames(self, standing: ProjectState, frames: Iterable[Frame]) -> dict[str, str]:
        parts = {}
        shots: dict[str, None] = {}
        for frame in frames:
            parts[f"cell-{frame.id}"] = self._render(cells=[matrix.cell(standing, frame)])
            shots[frame.shot] = None
        for shot in shots:
            group = matrix.group(standing, shot)
            parts[f"count-{group.id}"] = self._render(groups=[group])
        return parts

    def _of_run(self, folder: Folder, standing: ProjectState, files: FolderSnapshot) -> dict[str, str]:
        now, counts = self._clock(), standing.counts()
        views: dict[str, dict[str, Any]] = {f"style-{head.name}": {"heads": [head]} for head in matrix.heads(standing)}
        views["counts"] = {"counts": counts}
        views |= {name: {name: view} for name, view in self._panel(folder, standing, files, now).items()}
        views["marked"] = {"marked": matrix.marked(standing)}
        views["queue"] = {"queue": matrix.queue(standing)}
        views["step"] = {"step": images_step(folder.name, counts)}
        views["runpill"] = {"pill": wording.pill(standing, True)}
        views["controls"] = {"controls": wording.controls(standing, True)}
        views["banner"] = {"banner": wording.banner(standing, True, now)}
        views["summary"] = {"summary": summary_line(self._reader.summary(files, standing.run))}
        before = self._drawn.get(folder.id, {})
        drawn = {key: _drawn_before(before.get(key), view) or self._draw(view) for key, view in views.items()}
        self._drawn[folder.id] = drawn
        return {key: html for key, (_, html) in drawn.items()}

    def _panel(self, folder: Folder, standing: ProjectState, files: FolderSnapshot, now: float) -> dict[str, object]:
        """The parts of the run panel that follow the settings."""
        means = self._reader.resources(files)
        return {
            "stats": run_figures.stats(standing, means, now, self._reader.remaining(files, standing, means)),
            "speed": run_panel.speed(folder.name, means.outlook),
            "budget": run_panel.budget_form(folder.name, means),
        }

    def _draw(self, views: dict[str, Any]) -> Drawn:
        return views, self._render(**views)

    def _render(self, **views: Any) -> str:
        return self._templates.get_template("images/_live_parts.html").render(**views)


def _drawn_before(drawn: Drawn | None, views: dict[str, Any]) -> Drawn | None:
    """What was drawn of a part, if it looks the same now: most parts do, most of the time."""
    return drawn if drawn and drawn[0] == views else None


def _dated(standing: ProjectState, parts: str) -> str:
    """Parts that say which change they show, so that they replace nothing that a quicker live update showed."""
    return f"<!--live {standing.live}-->{parts}"


def _differing(before: ProjectState, after: ProjectState) -> list[Frame]:
    """The frames that look another way."""
    return before.looks().differing(after.looks())


def _noted(standing: ProjectState) -> list[Frame]:
    """The frames of which more is told than their news say; nobody knows since when that is so."""
    truths = standing.truths
    marked = [standing.by_id[ident] for ident in truths.marks if ident in standing.by_id]
    return [*truths.changed, *truths.blocked, *marked, *standing.line[:COMING_SHOWN]]


def _follows(live: str, message: Message) -> bool:
    epoch, _, number = live.partition("-")
    return epoch == message.epoch and number.isdecimal() and int(number) + 1 == message.number
