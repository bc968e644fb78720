"""Publishes what a command changed in a project's folder: to the driver of its run, and to every open page."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

from webapp.coordination.live_state import LiveState
from webapp.core.frames import FrameNews, Status
from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.disk.logs.activity_log import ActivityLog
from webapp.disk.project_store import ProjectStore
from webapp.errors import CoordinationDown, DiskTrouble
from webapp.generation.control import Control
from webapp.state.project_state import ProjectState


class ChangePublisher:
    """Publishes changes that were stored before. ``clock`` gives seconds since the epoch.

    Without Redis nothing is published and nothing fails: the folder is right, and pages are when loaded anew.
    """

    def __init__(
        self,
        store: ProjectStore,
        control: Control,
        live_state: LiveState,
        activity_log: ActivityLog,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._control = control
        self._live_state = live_state
        self._activity_log = activity_log
        self._clock = clock

    def images_changed(self, folder: Folder, state: ProjectState, frames: Iterable[Frame], text: str) -> None:
        """Publish which of these frames have an image now, with ``text`` as a line of activity.

        Effect: writes the progress files of their styles; wakes the driver.
        """
        frames, project = list(frames), self._store.project(folder)
        there = self._store.images.of_project(folder, project)
        for style in dict.fromkeys(frame.style for frame in frames):
            self._store.write_progress(folder, project, style, [frame for frame in there if frame.style == style])
        news = []
        for frame in frames:
            image = there.get(frame)
            status, version = (Status.EXISTS, image.version) if image else (Status.PENDING, "")
            news.append(FrameNews(frame.style, frame.shot, frame.beat, status, run=state.run.id, image=version))
        self.wake_driver(folder)
        self.log(folder, text, news)

    def wake_driver(self, folder: Folder) -> None:
        """Let the driver of the project's run read the folder again before its next call."""
        with contextlib.suppress(CoordinationDown):
            self._control.arrange(folder, lambda plan: plan)

    def log(self, folder: Folder, text: str, news: Iterable[FrameNews] = ()) -> None:
        """Add a line to the activity log and publish it with ``news``; every open page updates by that."""
        line = {"at": self._clock(), "kind": "info", "text": text}
        with contextlib.suppress(DiskTrouble):  # the command's own answer says the same
            self._activity_log.write(folder, [line])
        with contextlib.suppress(CoordinationDown):
            self._live_state.post(folder.id, frames=news, log=[line])
