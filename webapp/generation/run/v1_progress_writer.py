"""Writer of a run's progress files, which v1 reads, beside the calls that are on their way."""

from __future__ import annotations

from collections.abc import Callable

import gevent

from webapp.core.project import Frame
from webapp.errors import Step8Error

EVERY = 0.5
"""Seconds at least between two writes of progress."""

SHARE = 0.05
"""The part of the time that writing may take: of a large project every image is looked at for it."""


class V1ProgressWriter:
    """Writes the progress files of the styles that changed, one write at a time and not too often.

    ``write`` stores the frames of a style that have an image, ``done`` answers those of all styles, ``on_failure`` gets
    what the disk refused, ``on_end`` is called when a write is over; ``clock`` is monotonic.
    """

    def __init__(
        self,
        write: Callable[[str, list[Frame]], None],
        done: Callable[[], list[Frame]],
        on_failure: Callable[[Step8Error], None],
        on_end: Callable[[], None],
        clock: Callable[[], float],
    ) -> None:
        self._write = write
        self._done = done
        self._on_failure = on_failure
        self._on_end = on_end
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
        """Seconds until something is to be written; None: not before something changes, or is written."""
        return max(0.0, self._due - self._clock()) if self._changed and not self._writer else None

    def write_if_due(self) -> None:
        """Begin to write what changed, when its time has come."""
        if self.due_in() == 0.0:
            self._writer = gevent.spawn(self._write_changed)

    def flush(self) -> None:
        """Write everything that changed. When this returns it is on disk, or ``on_failure`` got why not."""
        while self._writer or self._changed:
            if not self._writer:
                self._writer = gevent.spawn(self._write_changed)
            self._writer.join()

    def _write_changed(self) -> None:
        began = self._clock()
        changed, self._changed = sorted(self._changed), set()
        done = self._done()
        try:
            for style in changed:
                self._write(style, [frame for frame in done if frame.style == style])
        except Step8Error as error:
            self._on_failure(error)
        finally:
            now = self._clock()
            self._due = now + max(EVERY, (now - began) / SHARE)
            self._writer = None
            self._on_end()
