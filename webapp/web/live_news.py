"""What a message looks like on a page: rendered once for all its viewers, and only what they do not show already."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from webapp.coordination.board import Message
from webapp.web.live_event import chunk, framed
from webapp.web.live_place import Place

log = logging.getLogger(__name__)


class Shown:
    """The parts that every live page of a project shows for certain, so that only others need to be sent.

    Every news has all the parts of the run, most of them as they were. What the newest one told, all pages show that
    follow without a gap; what a snapshot shows otherwise (by the clock, or because the folder changed in between) is no
    longer certain.
    """

    def __init__(self) -> None:
        self._parts: dict[str, bytes] = {}
        self._place: Place | None = None

    def changes(self, place: Place, parts: dict[str, bytes]) -> dict[str, bytes]:
        """Those of the news' parts that are not shown yet; from now on they all are."""
        before = self._parts if self._place and self._place.before(place) else {}
        self._parts, self._place = parts, place
        return {key: part for key, part in parts.items() if before.get(key) != part}

    def differ(self, snapshot: Mapping[str, bytes]) -> None:
        """Some pages are shown this snapshot."""
        self._parts = {key: part for key, part in self._parts.items() if snapshot.get(key) == part}


class News:
    """One message, rendered when the first follower needs it and never again."""

    __slots__ = ("_changes", "_failed", "_parts", "_render", "_shown", "_written", "message", "place")

    def __init__(
        self,
        message: Message,
        place: Place,
        render: Callable[[Message], Mapping[str, str]],
        shown: Shown | None = None,
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
                self._changes = self._shown.changes(self.place, self._parts) if self._shown else self._parts
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
