"""What a message looks like on a page: rendered once for all its viewers, and only what they do not show already."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping

from webapp.coordination.live_state import Message
from webapp.core.run.states import Run
from webapp.web.live.wire import StreamPosition, chunk, framed

log = logging.getLogger(__name__)

WHOLE_EVERY = 2.0
"""Seconds after which a part that looks as before is sent again all the same."""


class SentParts:
    """The parts that every live page of a project shows for certain, so that only others need to be sent.

    Every news has all the parts of the run, most of them as they were. What the newest one told, all pages show that
    follow without a gap; what a snapshot shows otherwise (by the clock, or because the folder changed in between) is no
    longer certain.

    The answers to clicks change a page too, and one that was long on its way may show what is over. So all the parts go
    out when the run's state changes, which is what most clicks do, and every `WHOLE_EVERY` seconds. ``clock`` is
    monotonic.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._parts: dict[str, bytes] = {}
        self._place: StreamPosition | None = None
        self._run: tuple[str, int] | None = None
        self._whole_at = -math.inf

    def changes(self, place: StreamPosition, parts: dict[str, bytes], run: Run | None) -> dict[str, bytes]:
        """Those of the news' parts that are not shown yet; from now on they all are. ``run`` is as it tells it."""
        now, state = self._clock(), (run.id, run.seq) if run else None
        whole = state != self._run or now - self._whole_at >= WHOLE_EVERY
        self._whole_at = now if whole else self._whole_at
        before = self._parts if self._place and self._place.before(place) and not whole else {}
        self._parts, self._place, self._run = parts, place, state
        return {key: part for key, part in parts.items() if before.get(key) != part}

    def differ(self, snapshot: Mapping[str, bytes]) -> None:
        """Some pages are shown this snapshot."""
        self._parts = {key: part for key, part in self._parts.items() if snapshot.get(key) == part}


class LiveMessage:
    """One message, rendered when the first follower needs it and never again."""

    __slots__ = ("_changes", "_failed", "_parts", "_render", "_shown", "_written", "message", "place")

    def __init__(
        self,
        message: Message,
        place: StreamPosition,
        render: Callable[[Message], Mapping[str, str]],
        shown: SentParts | None = None,
    ) -> None:
        self.message = message
        self.place = place
        self._render = render
        self._shown = shown
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
                shown, run = self._shown, self.message.run
                self._changes = shown.changes(self.place, self._parts, run) if shown else self._parts
            except Exception:
                self._failed = True
                log.exception("live change %s could not be rendered", self.place)
        return self._parts

    @property
    def changes(self) -> dict[str, bytes]:
        """Those of its parts that pages do not show which have followed up to it; after `parts` only."""
        return self._changes

    def event(self, ident: bytes, chunked: bool) -> bytes:
        """Its changes as one event with this id line, made once for all who are written the same."""
        key = ident, chunked
        if key not in self._written:
            event = b"".join(self._changes.values()) + ident + b"\n" if self._changes else b""
            self._written[key] = chunk(event) if chunked and event else event
        return self._written[key]
