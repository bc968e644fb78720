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

from collections.abc import Callable, Mapping

from webapp.coordination.live_state import Message
from webapp.web.live.live_message import LiveMessage
from webapp.web.live.wire import UNKNOWN, ResumePoint, SseEvent, StreamPosition, chunk

HELD = 64
"""Messages kept while a snapshot is read: more than six seconds of the fastest project."""

PARTS = 256
"""Parts one page may be behind; beyond that a snapshot is cheaper than the backlog."""

LISTENING = "listening"
"""The event by which hints begin, or begin anew."""

EVENTS = 16
"""Named events kept for one page; the newest count."""


class Follower:
    """One connection that follows a project. ``wake`` is called when there is something to do for it.

    Subclasses say what taking news means. Whoever serves the connection reads a snapshot when `needs_snapshot` says so.
    There may be thousands, so an idle one holds next to nothing.
    """

    __slots__ = ("_held", "_live", "_sent", "_server", "needs_snapshot", "place", "ticket", "wake")

    def __init__(self, wake: Callable[[], None], mark: ResumePoint = UNKNOWN) -> None:
        self.wake = wake
        self.place: StreamPosition | None = None  # the newest it has taken
        self.needs_snapshot = False
        self.ticket = 0  # rises whenever a snapshot that is being read stops being enough
        self._sent = mark.place
        self._server = mark.server
        self._live = False
        self._held: list[LiveMessage] = []

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

    def hear(self, news: LiveMessage) -> None:
        """A message was published."""
        self._hear(news)

    def caught_up(self, ticket: int, place: StreamPosition | None) -> bool:
        """A snapshot was read that shows everything up to ``place``; ``ticket`` is what it was when its reading began.

        False: forget that snapshot. Redis was lost meanwhile, and may count the same numbers again when it is back.
        """
        if ticket != self.ticket:
            return False
        self.place = place
        self._live, self.needs_snapshot = True, False
        held, self._held = self._held, []
        for news in held:
            self._hear(news, late=True)
        return True

    def announce(self, event: SseEvent) -> None:
        """A named event for everybody who watches. Not part of the news; ignored here."""

    def show(self, parts: Mapping[str, bytes]) -> None:
        """Show these parts until the next snapshot. Ignored here."""

    def _hear(self, news: LiveMessage, late: bool = False) -> None:
        if self._live:
            self._step(news, late)
        elif len(self._held) < HELD:
            self._held.append(news)
        else:  # whoever missed one is shown a snapshot anyway
            self._held = [*self._held[1:], news]

    def _step(self, news: LiveMessage, late: bool) -> None:
        here, there = self.place, news.place
        if here and here.epoch == there.epoch and there.number <= here.number:
            return
        next_one = there.number == 1 if here is None else (here.epoch, here.number + 1) == (there.epoch, there.number)
        if next_one and self._take(news, late):
            self.place = there
            self.wake()
        else:
            self._look_anew()

    def _look_anew(self) -> None:
        self._live, self.needs_snapshot = False, True
        self.ticket += 1
        self._held.clear()
        self.wake()

    def _take(self, news: LiveMessage, late: bool) -> bool:
        """Take in news; ``late``: it was published before the snapshot it follows was taken.

        False: it could not be, and a snapshot must make up for it.
        """
        raise NotImplementedError


class PageFollower(Follower):
    """A page: of each part it wants the newest state, never a backlog."""

    __slots__ = ("_alone", "_events", "_limit", "_parts")

    def __init__(self, wake: Callable[[], None], mark: ResumePoint = UNKNOWN, limit: int = PARTS) -> None:
        super().__init__(wake, mark)
        self._limit = limit
        self._alone: LiveMessage | None = None  # all that waits, when that is the changes of one news
        self._parts: dict[str, bytes] = {}
        self._events: list[bytes] = []

    def take_snapshot(self, ticket: int, place: StreamPosition | None, parts: Mapping[str, bytes]) -> None:
        """Replace what waits by the parts of a snapshot, unless that came too late."""
        waiting, self._parts = self._waiting(), dict(parts)
        if not self.caught_up(ticket, place):
            self._parts = waiting

    def announce(self, event: SseEvent) -> None:
        """Pass it on with the next write."""
        self._events = [*self._events[1 - EVENTS :], bytes(event)]
        self.wake()

    def show(self, parts: Mapping[str, bytes]) -> None:
        """Show these parts until the next snapshot; the page's place stays what it is."""
        self._parts = {**self._waiting(), **parts}
        self.wake()

    def drain(self, chunked: bool = False) -> bytes:
        """All that waits, in one piece: a single unnamed event with the newest place as its id; b"" for nothing.

        ``chunked``: as a piece of an answer in that form.
        """
        if self._alone is not None and not self._events:
            news, self._alone = self._alone, None
            self._sent = self.place or self._sent
            return news.event(self._id(), chunked)
        written, self._events = b"".join(self._events), []
        if parts := self._waiting():
            written += b"".join(parts.values()) + self._id() + b"\n"
            self._parts = {}
            self._sent = self.place or self._sent
        return chunk(written) if chunked and written else written

    def ping(self) -> bytes:
        """A heartbeat the page can see; nothing may wait (drain first)."""
        self._sent = self.place or self._sent
        return f"event: ping\ndata: {self._sent or ''}\n".encode() + self._id() + b"\n"

    def _id(self) -> bytes:
        if self.place is None:
            return b""
        return f"id: {self.place}@{self._server}\n".encode() if self._server else f"id: {self.place}\n".encode()

    def _waiting(self) -> dict[str, bytes]:
        """The parts that wait, to be changed."""
        news, self._alone = self._alone, None
        return dict(news.changes) if news else self._parts

    def _take(self, news: LiveMessage, late: bool) -> bool:
        parts = news.parts
        if parts is None:
            return False
        fresh = parts if late else news.changes
        if not self._parts and self._alone is None and not late and len(fresh) <= self._limit:
            self._alone = news
            return True
        self._parts = {**self._waiting(), **fresh}
        if len(self._parts) <= self._limit:
            return True
        self._parts = {}
        self.place = self._sent  # what was cleared has not been seen
        return False


class HintFollower(PageFollower):
    """A page that only wants to be told that something changed; it never falls behind, since it reads that itself."""

    __slots__ = ()

    def listening(self, server: str) -> None:
        """Hints come from now on, and some may have been missed."""
        self._start_anew()

    def announce(self, event: SseEvent) -> None:
        """Pass it on with the next write; who takes none for long is told to read everything."""
        if len(self._events) < EVENTS:
            super().announce(event)
        else:
            self._start_anew()

    def _start_anew(self) -> None:
        self._events.clear()
        super().announce(SseEvent("", type=LISTENING))


class MessageFollower(Follower):
    """A program: it wants the messages themselves, in order."""

    __slots__ = ("_limit", "_messages")

    def __init__(self, wake: Callable[[], None], limit: int = PARTS) -> None:
        super().__init__(wake)
        self._limit = limit
        self._messages: list[Message] = []

    def drain(self) -> list[Message]:
        """The messages that waited."""
        messages, self._messages = self._messages, []
        return messages

    def _take(self, news: LiveMessage, late: bool) -> bool:
        self._messages.append(news.message)
        if len(self._messages) <= self._limit:
            return True
        self._messages.clear()
        return False
