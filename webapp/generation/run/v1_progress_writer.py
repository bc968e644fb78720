"""Keeps the progress files of a run up to date, beside the calls that are on their way."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Protocol

import gevent

from webapp.core.project import Frame, Project
from webapp.errors import Step8Error

EVERY = 0.5
"""Seconds at least between two times that progress is written."""

SHARE = 0.05
"""The part of the time that writing may take: of a large project every image is looked at for it."""


class ProgressStore(Protocol):
    """Where progress is written for v1."""

    def write_progress(self, folder: Any, project: Project, style: str, done: Collection[Frame]) -> None: ...


class V1ProgressWriter:
    """The progress files of one run. ``done`` answers the frames that have an image, ``failed`` hears what the disk
    refused, ``ended`` that a write is over; ``clock`` is monotonic."""

    def __init__(
        self,
        store: ProgressStore,
        folder: Any,
        project: Project,
        done: Callable[[], list[Frame]],
        failed: Callable[[Step8Error], None],
        ended: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._folder = folder
        self._project = project
        self._done = done
        self._failed = failed
        self._ended = ended
        self._clock = clock
        self._changed: set[str] = set()
        self._due = 0.0
        self._writer: gevent.Greenlet[..., None] | None = None

    def changed(self, style: str) -> None:
        """One more frame of this style has its image."""
        self._changed.add(style)

    @property
    def writing(self) -> bool:
        """Whether files are being written: what the disk says of them is not known yet."""
        return self._writer is not None

    def due_in(self) -> float | None:
        """Seconds until something is to be written; ``None``: not before something changes, or is written."""
        return max(0.0, self._due - self._clock()) if self._changed and not self._writer else None

    def write_if_due(self) -> None:
        """Begin to write what changed, when its time has come."""
        if self.due_in() == 0.0:
            self._writer = gevent.spawn(self._write)

    def settle(self) -> None:
        """Write everything that changed. When this returns it stands there, or ``failed`` has heard why not."""
        while self._writer or self._changed:
            if not self._writer:
                self._writer = gevent.spawn(self._write)
            self._writer.join()

    def _write(self) -> None:
        began = self._clock()
        changed, self._changed = sorted(self._changed), set()
        done = self._done()
        try:
            for style in changed:
                there = [frame for frame in done if frame.style == style]
                self._store.write_progress(self._folder, self._project, style, there)
        except Step8Error as error:
            self._failed(error)
        finally:
            now = self._clock()
            self._due = now + max(EVERY, (now - began) / SHARE)
            self._writer = None
            self._ended()
