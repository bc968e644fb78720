"""Who has seen what: one connection's place in the news of a project.

Pure: no socket, no Redis, no clock. A follower hears every message, takes those that follow on from what it has, and
asks for a snapshot whenever it cannot know that it has everything. The rules::

    news at or before its place     skipped: old news never overwrites newer
    news right after its place      taken
    any other news                  something was missed → snapshot
    Redis (re)connected             something may have been missed → snapshot
    news while a snapshot is read   held, and taken after it by the same rules
"""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from webapp.coordination.board import Message
from webapp.web.live_event import Event, framed

log = logging.getLogger(__name__)

HELD = 64
"""Messages kept while a snapshot is read: more than six seconds of the fastest project."""

PARTS = 256
"""Parts one page may be behind; beyond that a snapshot is cheaper than the backlog."""

PLACE = re.compile(r"([0-9A-Za-z]{1,32})-([0-9]{1,15})\Z")
SERVER = re.compile(r"[0-9a-z]{1,40}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """A point in a project's news: the number rises by one with each message of an epoch."""

    epoch: str
    number: int

    @classmethod
    def read(cls, text: str) -> Place | None:
        """Read ``<epoch>-<number>``; ``None`` for anything else (it comes from clients and from Redis)."""
        match = PLACE.match(text)
        return cls(match[1], int(match[2])) if match else None

    def __str__(self) -> str:
        return f"{self.epoch}-{self.number}"


@dataclass(frozen=True, slots=True)
class Mark:
    """What a page says it has: a place, and the Redis server that counted it (``None`` when the page does not know).

    A Redis server that crashed may have lost its last second and count those numbers again. So a place counts only with
    the server it comes from. On the wire: ``<epoch>-<number>@<server>``.
    """

    place: Place | None = None
    server: str | None = None

    @classmethod
    def read(cls, text: str) -> Mark:
        """Read an event id or the ``since`` of a page; nonsense reads as knowing nothing."""
        place, _, server = text.partition("@")
        return cls(Place.read(place), server if SERVER.match(server) else None)

    @classmethod
    def newest(cls, last_event_id: str, since: str) -> Mark:
        """Where to go on: what the stream said last, or what the page was rendered with, whichever is newer.

        Of two epochs the stream's is the newer one: it was told after the page was made.
        """
        told, shown = cls.read(last_event_id), cls.read(since)
        if told.place is None:
            return shown
        if shown.place and shown.place.epoch == told.place.epoch and shown.place.number > told.place.number:
            return shown
        return told


UNKNOWN = Mark()


class News:
    """One message, rendered when the first follower needs it and never again."""

    def __init__(self, message: Message, place: Place, render: Callable[[Message], Mapping[str, str]]) -> None:
        self.message = message
        self.place = place
        self._render = render
        self._parts: dict[str, bytes] | None = None
        self._failed = False

    @property
    def parts(self) -> dict[str, bytes] | None:
        """Its parts as data lines, by key; ``None`` when they could not be rendered (logged once)."""
        if self._parts is None and not self._failed:
            try:
                self._parts = framed(self._render(self.message))
            except Exception:
                self._failed = True
                log.exception("live change %s could not be rendered", self.place)
        return self._parts


class Follower:
    """One connection that follows a project. ``wake`` is called when there is something to do for it.

    Subclasses say what taking news means. Whoever serves the connection reads a snapshot when `needs_snapshot` says so.
    """

    def __init__(self, wake: Callable[[], None], mark: Mark = UNKNOWN) -> None:
        self.wake = wake
        self.place: Place | None = None  # the newest it has taken
        self.needs_snapshot = False
        self.ticket = 0  # rises whenever a snapshot that is being read stops being enough
        self._sent = mark.place
        self._server = mark.server
        self._live = False
        self._held: deque[News] = deque(maxlen=HELD)

    @property
    def since(self) -> str:
        """What the other end certainly has, for the snapshot; "" asks for everything."""
        return str(self._sent) if self._sent else ""

    def listening(self, server: str) -> None:
        """Redis confirmed that news will come from now on. ``server`` names it; "" when it would not say."""
        if self._server is not None and (server != self._server or not server):
            self._sent = self.place = None  # it may count again what was counted before
        self._server = server
        self._look_anew()

    def lost(self) -> None:
        """Redis went away: nothing is certain until it is `listening` again."""
        self._live = self.needs_snapshot = False
        self.ticket += 1
        self._held.clear()

    def hear(self, news: News) -> None:
        """A message was published."""
        if self._live:
            self._step(news)
        else:
            self._held.append(news)

    def caught_up(self, ticket: int, place: Place | None) -> bool:
        """A snapshot was read that shows everything up to ``place``; ``ticket`` is what it was when its reading began.

        False: forget that snapshot. Redis was lost meanwhile, and may count the same numbers again when it is back.
        """
        if ticket != self.ticket:
            return False
        self.place = place
        self._live, self.needs_snapshot = True, False
        held, self._held = self._held, deque(maxlen=HELD)
        for news in held:
            self.hear(news)
        return True

    def announce(self, event: Event) -> None:
        """A named event for everybody who watches. Not part of the news; ignored here."""

    def show(self, parts: Mapping[str, bytes]) -> None:
        """Show these parts until the next snapshot. Ignored here."""

    def _step(self, news: News) -> None:
        here, there = self.place, news.place
        if here and here.epoch == there.epoch and there.number <= here.number:
            return
        next_one = there.number == 1 if here is None else (here.epoch, here.number + 1) == (there.epoch, there.number)
        if next_one and self._take(news):
            self.place = there
            self.wake()
        else:
            self._look_anew()

    def _look_anew(self) -> None:
        self._live, self.needs_snapshot = False, True
        self.ticket += 1
        self._held.clear()
        self.wake()

    def _take(self, news: News) -> bool:
        """Take in news. False: it could not be, and a snapshot must make up for it."""
        raise NotImplementedError


class PageFollower(Follower):
    """A page: of each part it wants the newest state, never a backlog."""

    def __init__(self, wake: Callable[[], None], mark: Mark = UNKNOWN, limit: int = PARTS) -> None:
        super().__init__(wake, mark)
        self._limit = limit
        self._parts: dict[str, bytes] = {}
        self._events: deque[bytes] = deque(maxlen=16)

    def take_snapshot(self, ticket: int, place: Place | None, parts: Mapping[str, bytes]) -> None:
        """Replace what waits by the parts of a snapshot, unless that came too late."""
        waiting, self._parts = self._parts, dict(parts)
        if not self.caught_up(ticket, place):
            self._parts = waiting

    def announce(self, event: Event) -> None:
        """Pass it on with the next write."""
        self._events.append(bytes(event))
        self.wake()

    def show(self, parts: Mapping[str, bytes]) -> None:
        """Show these parts until the next snapshot; the page's place stays what it is."""
        self._parts.update(parts)
        self.wake()

    def drain(self) -> bytes:
        """All that waits, in one piece: a single unnamed event with the newest place as its id; b"" for nothing."""
        written = b"".join(self._events)
        self._events.clear()
        if self._parts:
            written += b"".join(self._parts.values()) + self._id() + b"\n"
            self._parts.clear()
            self._sent = self.place or self._sent
        return written

    def ping(self) -> bytes:
        """A heartbeat the page can see; nothing may wait (drain first)."""
        self._sent = self.place or self._sent
        return f"event: ping\ndata: {self._sent or ''}\n".encode() + self._id() + b"\n"

    def _id(self) -> bytes:
        if self.place is None:
            return b""
        return f"id: {self.place}@{self._server}\n".encode() if self._server else f"id: {self.place}\n".encode()

    def _take(self, news: News) -> bool:
        parts = news.parts
        if parts is None:
            return False
        self._parts.update(parts)
        if len(self._parts) <= self._limit:
            return True
        self._parts.clear()
        self.place = self._sent  # what was cleared has not been seen
        return False


class MessageFollower(Follower):
    """A program: it wants the messages themselves, in order."""

    def __init__(self, wake: Callable[[], None], limit: int = PARTS) -> None:
        super().__init__(wake)
        self._limit = limit
        self._messages: list[Message] = []

    def drain(self) -> list[Message]:
        """The messages that waited."""
        messages, self._messages = self._messages, []
        return messages

    def _take(self, news: News) -> bool:
        self._messages.append(news.message)
        if len(self._messages) <= self._limit:
            return True
        self._messages.clear()
        return False
