"""One change as the pages of a project show it: rendered once for all of them, and only where they differ from it."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping

from webapp.coordination.messages import Message
from webapp.core.run.states import Run
from webapp.web.live.wire import StreamPosition, chunk, framed

log = logging.getLogger(__name__)

WHOLE_EVERY = 2.0
"""Seconds after which unchanged parts are sent again all the same."""


class SentParts:
    """The parts that every live page of a project shows for certain, so that they need not be sent again.

    Every change has all the parts of the run, most of them unchanged. What the newest one contained is shown by all
    pages that follow without a gap; where a snapshot differs (by the clock, or because the folder changed in between) a
    part is no longer certain.

    The answers to clicks change a page too, and a slow one may show what is over. So all the parts are sent when the
    run's state changes, which is what most clicks do, and every `WHOLE_EVERY` seconds. ``clock`` is monotonic.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._parts: dict[str, bytes] = {}
        self._newest: StreamPosition | None = None  # of messages and snapshots
        self._run: tuple[str, int] | None = None
        self._whole_at = -math.inf

    def changes(self, position: StreamPosition, parts: dict[str, bytes], run: Run | None) -> dict[str, bytes]:
        """Those of a change's parts that pages do not show yet. Effect: from now on all its parts count as shown.

        Not those of a change that is rendered late, when some pages show it or a newer one by a snapshot.
        """
        if self._newest and self._newest.epoch == position.epoch and not self._newest.before(position):
            self._keep_equal(parts)
            return parts
        now, state = self._clock(), (run.id, run.seq) if run else None
        whole = state != self._run or now - self._whole_at >= WHOLE_EVERY
        self._whole_at = now if whole else self._whole_at
        before = self._parts if self._newest and self._newest.before(position) and not whole else {}
        self._parts, self._newest, self._run = parts, position, state
        return {key: part for key, part in parts.items() if before.get(key) != part}

    def add_snapshot(self, position: StreamPosition | None, parts: Mapping[str, bytes]) -> None:
        """Forget the parts in which a snapshot that some pages show differs."""
        self._keep_equal(parts)
        if position and not (self._newest and position.before(self._newest)):
            self._newest = position

    def _keep_equal(self, parts: Mapping[str, bytes]) -> None:
        self._parts = {key: part for key, part in self._parts.items() if parts.get(key) == part}


class LiveMessage:
    """One message, rendered when the first follower needs it and never again."""

    __slots__ = ("_changes", "_failed", "_parts", "_render", "_sent", "_written", "message", "position")

    def __init__(
        self,
        message: Message,
        position: StreamPosition,
        render: Callable[[Message], Mapping[str, str]],
        sent: SentParts | None = None,
    ) -> None:
        self.message = message
        self.position = position
        self._render = render
        self._sent = sent
        self._parts: dict[str, bytes] | None = None
        self._changes: dict[str, bytes] = {}
        self._written: dict[tuple[bytes, bool], bytes] = {}
        self._failed = False

    @property
    def parts(self) -> dict[str, bytes] | None:
        """Its parts as data lines, by key; ``None`` when they could not be rendered (logged once)."""
        if self._parts is None and not self._failed:
            try:
                self._parts = framed(self._render(self.message))
                sent, run = self._sent, self.message.run
                self._changes = sent.changes(self.position, self._parts, run) if sent else self._parts
            except Exception:
                self._failed = True
                log.exception("live change %s could not be rendered", self.position)
        return self._parts

    @property
    def changes(self) -> dict[str, bytes]:
        """Those of its parts that pages do not show which followed up to it. Valid only after `parts`."""
        return self._changes

    def event(self, ident: bytes, chunked: bool) -> bytes:
        """Its changes as one event with this id line, made once for all who get the same bytes."""
        key = ident, chunked
        if key not in self._written:
            event = b"".join(self._changes.values()) + ident + b"\n" if self._changes else b""
            self._written[key] = chunk(event) if chunked and event else event
        return self._written[key]
