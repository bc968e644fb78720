"""Followers: what one stream has received of a channel, and what it still needs.

Pure: no socket, no Redis, no clock. A follower receives every message, accepts those that follow on from what it has,
and asks for a snapshot whenever it cannot know that it has everything. The rules::

    change at or before its position     skipped: an older change never overwrites a newer one
    change right after its position      accepted
    any other change                     something was missed → snapshot
    Redis (re)connected                  something may have been missed → snapshot
    change while a snapshot is read      held, and judged after it by the same rules
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from webapp.coordination.messages import Message
from webapp.web.live.live_message import LiveMessage
from webapp.web.live.wire import UNKNOWN, ResumePoint, SseEvent, StreamPosition, chunk

HELD = 64
"""Changes kept while a snapshot is read: more than six seconds of the fastest project."""

PARTS = 256
"""Parts one page may be behind; beyond that a snapshot is cheaper than the backlog."""

LISTENING = "listening"
"""The event by which hints begin, or begin anew."""

EVENTS = 16
"""Named events kept for one page, the newest ones."""


class Follower:
    """One stream on one channel. ``wake`` is called when there is something to do for it.

    Subclasses decide what accepting a change means. When `needs_snapshot` is set, the owner of the stream reads one and
    reports it with `caught_up`. There may be thousands, so an idle one holds next to nothing.
    """

    __slots__ = ("_held", "_live", "_sent", "_server", "needs_snapshot", "position", "ticket", "wake")

    def __init__(self, wake: Callable[[], None], resume: ResumePoint = UNKNOWN) -> None:
        self.wake = wake
        self.position: StreamPosition | None = None  # the newest change it accepted
        self.needs_snapshot = False
        self.ticket = 0  # rises whenever a snapshot that is being read stops being enough
        self._sent = resume.position
        self._server = resume.server
        self._live = False
        self._held: list[LiveMessage] = []

    @property
    def since(self) -> str:
        """The change the client certainly has, where its snapshot may begin; "" for none."""
        return str(self._sent) if self._sent else ""

    def connected(self, server: str) -> None:
        """Redis delivers from now on. ``server`` is its id; "" when unknown."""
        if self._server is not None and (server != self._server or not server):
            self._sent = self.position = None  # it may use the same numbers again for other changes
        self._server = server
        self._request_snapshot()

    def disconnected(self) -> None:
        """Redis is away: nothing is certain until it is `connected` again."""
        self._live = self.needs_snapshot = False
        self.ticket += 1
        self._held.clear()

    def receive(self, change: LiveMessage) -> None:
        """Take a published change."""
        self._receive(change)

    def caught_up(self, ticket: int, position: StreamPosition | None) -> bool:
        """Report a snapshot that shows everything up to ``position``; ``ticket`` is the one its reading began with.

        False: drop that snapshot. Redis was lost meanwhile, and may use the same numbers for other changes.
        """
        if ticket != self.ticket:
            return False
        self.position = position
        self._live, self.needs_snapshot = True, False
        held, self._held = self._held, []
        for change in held:
            self._receive(change, late=True)
        return True

    def add_event(self, event: SseEvent) -> None:
        """Take a named event for all followers of the channel, beside its changes. Ignored by default."""

    def add_parts(self, parts: Mapping[str, bytes]) -> None:
        """Take parts to show until the next snapshot. Ignored by default."""

    def _receive(self, change: LiveMessage, late: bool = False) -> None:
        if self._live:
            self._advance(change, late)
        elif len(self._held) < HELD:
            self._held.append(change)
        else:  # with a gap in them a snapshot follows anyway
            self._held = [*self._held[1:], change]

    def _advance(self, change: LiveMessage, late: bool) -> None:
        here, there = self.position, change.position
        if here and here.epoch == there.epoch and there.number <= here.number:
            return
        next_one = there.number == 1 if here is None else (here.epoch, here.number + 1) == (there.epoch, there.number)
        if next_one and self._accept(change, late):
            self.position = there
            self.wake()
        else:
            self._request_snapshot()

    def _request_snapshot(self) -> None:
        self._live, self.needs_snapshot = False, True
        self.ticket += 1
        self._held.clear()
        self.wake()

    def _accept(self, change: LiveMessage, late: bool) -> bool:
        """Accept a change; ``late``: it was published before the snapshot it follows was read.

        False: it could not be, and a snapshot must make up for it.
        """
        raise NotImplementedError


class PageFollower(Follower):
    """The stream of a page: of each part it needs the newest state, never a backlog."""

    __slots__ = ("_events", "_limit", "_parts", "_single")

    def __init__(self, wake: Callable[[], None], resume: ResumePoint = UNKNOWN, limit: int = PARTS) -> None:
        super().__init__(wake, resume)
        self._limit = limit
        self._single: LiveMessage | None = None  # all that waits, when that is exactly one change
        self._parts: dict[str, bytes] = {}
        self._events: list[bytes] = []

    def add_snapshot(self, ticket: int, position: StreamPosition | None, parts: Mapping[str, bytes]) -> None:
        """Replace what waits by the parts of a snapshot, unless `caught_up` drops it."""
        waiting, self._parts = self._waiting(), dict(parts)
        if not self.caught_up(ticket, position):
            self._parts = waiting

    def add_event(self, event: SseEvent) -> None:
        """Send it with the next write."""
        self._events = [*self._events[1 - EVENTS :], bytes(event)]
        self.wake()

    def add_parts(self, parts: Mapping[str, bytes]) -> None:
        """Show these parts until the next snapshot; the page's position stays what it is."""
        self._parts = {**self._waiting(), **parts}
        self.wake()

    def drain(self, chunked: bool = False) -> bytes:
        """Take all that waits: named events, then one unnamed event with the newest position as its id; b"" for none.

        ``chunked``: as a chunk of HTTP's chunked coding.
        """
        if self._single is not None and not self._events:
            change, self._single = self._single, None
            self._sent = self.position or self._sent
            return change.event(self._id(), chunked)
        written, self._events = b"".join(self._events), []
        if parts := self._waiting():
            written += b"".join(parts.values()) + self._id() + b"\n"
            self._parts = {}
            self._sent = self.position or self._sent
        return chunk(written) if chunked and written else written

    def ping(self) -> bytes:
        """A heartbeat that the page can see. Nothing may wait: drain first."""
        self._sent = self.position or self._sent
        return f"event: ping\ndata: {self._sent or ''}\n".encode() + self._id() + b"\n"

    def _id(self) -> bytes:
        if self.position is None:
            return b""
        return f"id: {self.position}@{self._server}\n".encode() if self._server else f"id: {self.position}\n".encode()

    def _waiting(self) -> dict[str, bytes]:
        change, self._single = self._single, None
        return dict(change.changes) if change else self._parts

    def _accept(self, change: LiveMessage, late: bool) -> bool:
        parts = change.parts
        if parts is None:
            return False
        fresh = parts if late else change.changes
        if not self._parts and self._single is None and not late and len(fresh) <= self._limit:
            self._single = change
            return True
        self._parts = {**self._waiting(), **fresh}
        if len(self._parts) <= self._limit:
            return True
        self._parts = {}
        self.position = self._sent  # what was cleared has not been sent
        return False


class HintFollower(PageFollower):
    """The stream of hints. It never needs a snapshot: the page reads by itself what has changed."""

    __slots__ = ()

    def connected(self, server: str) -> None:
        """Hints arrive from now on, and some may have been missed."""
        self._begin_anew()

    def add_event(self, event: SseEvent) -> None:
        """Send it with the next write; a client too far behind gets `LISTENING` and reads everything."""
        if len(self._events) < EVENTS:
            super().add_event(event)
        else:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._events.clear()
        super().add_event(SseEvent("", type=LISTENING))


class MessageFollower(Follower):
    """The stream of a v1.1 client: it needs the messages themselves, in order."""

    __slots__ = ("_limit", "_messages")

    def __init__(self, wake: Callable[[], None], limit: int = PARTS) -> None:
        super().__init__(wake)
        self._limit = limit
        self._messages: list[Message] = []

    def drain(self) -> list[Message]:
        """Take the messages that wait."""
        messages, self._messages = self._messages, []
        return messages

    def _accept(self, change: LiveMessage, late: bool) -> bool:
        self._messages.append(change.message)
        if len(self._messages) <= self._limit:
            return True
        self._messages.clear()
        return False
