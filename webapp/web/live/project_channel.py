"""What somebody watches in this process: a channel and who follows it; of a project, the snapshots they share."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import gevent
from gevent.event import Event as Signal
from gevent.lock import BoundedSemaphore

from webapp.coordination.live_state import Message, channel, read_message
from webapp.coordination.redis_client import UNREACHABLE
from webapp.errors import CoordinationDown
from webapp.web.live.followers import Follower
from webapp.web.live.live_message import LiveMessage, SentParts
from webapp.web.live.wire import StreamPosition, framed, read_event

if TYPE_CHECKING:
    from webapp.disk.files.folder import Folder

log = logging.getLogger(__name__)


class Parts(Protocol):
    """What live changes look like. Keys are DOM ids, values ``<hx-partial>`` blocks; called outside any Flask context.

    Of two parts with one key only the newest is sent, so a part is always the whole of its element. Lines that are
    added to a list have a key of their own each ("log-<id>-<n>").
    """

    def changed(self, folder: Folder, message: Message) -> Mapping[str, str]:
        """The parts a message changes. Called once per process and message, and only while somebody watches."""

    def since(self, folder: Folder, live: str) -> tuple[str, Mapping[str, str]]:
        """A snapshot: the newest change id ("" when there is none), and what brings a page from ``live`` up to it.

        Everything that has no change number of its own (banner, controls, statistics, the log as one whole list under
        one key) is always among the parts; cells only when they are newer than ``live``, all of them when it is "" or
        of another epoch.
        """

    def outage(self, folder: Folder) -> Mapping[str, str]:
        """What to show while no news can come because Redis is away. The next snapshot must undo it."""


@dataclass(frozen=True)
class PageSnapshot:
    """Parts that bring a page up to ``place``."""

    place: StreamPosition | None
    parts: Mapping[str, bytes]


class Channel:
    """The channel ``name``, while somebody follows it in this process. ``confirmed``: Redis delivers it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.followers: dict[Follower, None] = {}
        self.confirmed = Signal()

    def hear(self, payload: bytes) -> bool:
        """Tell the followers what was published; False when it is nothing that may be told."""
        raise NotImplementedError

    def snapshot(self, since: str) -> PageSnapshot:
        """What brings a page from ``since`` up to now, where pages have such a thing."""
        raise NotImplementedError

    def tell_outage(self) -> None:
        """Show that no news can come."""

    def close(self) -> None:
        """Nobody follows any more."""


class ProjectChannel(Channel):
    """One project that somebody watches in this process."""

    def __init__(self, folder: Folder, parts: Parts) -> None:
        super().__init__(channel(folder.id))
        self.folder = folder
        self._parts = parts
        self._shown = SentParts(time.monotonic)
        self._gate = BoundedSemaphore(1)
        self._next: dict[str, gevent.Greenlet[..., Any]] = {}
        self._reading: set[gevent.Greenlet[..., Any]] = set()

    def hear(self, payload: bytes) -> bool:
        """News and named events; anything else is no message of ours, since anybody may write to a channel."""
        message = read_message(payload)
        place = StreamPosition.read(message.id) if message else None
        if message and place:
            news = self.news(message, place)
            for follower in list(self.followers):
                follower.hear(news)
        elif event := read_event(payload):
            for follower in list(self.followers):
                follower.announce(event)
        else:
            return False
        return True

    def news(self, message: Message, place: StreamPosition) -> LiveMessage:
        """A message as the room's followers are told it."""
        return LiveMessage(message, place, lambda told: self._parts.changed(self.folder, told), self._shown)

    def tell_outage(self) -> None:
        """Show on every page that Redis is away, until its next snapshot."""
        parts = framed(self._parts.outage(self.folder))
        for follower in list(self.followers):
            follower.show(parts)

    def snapshot(self, since: str) -> PageSnapshot:
        """A snapshot whose reading begins after this call, shared with everybody who asks for the same meanwhile.

        A reading that has begun already may lack what the asker is waiting for. One is read at a time: when a thousand
        pages come back together, they share two.

        Raises:
            CoordinationDown: it could not be read; worth another try.
        """
        reading = self._next.get(since)
        if reading is None:
            reading = self._next[since] = gevent.spawn(self._read, since)
            self._reading.add(reading)
            reading.link(self._reading.discard)
        answer = reading.get()
        if isinstance(answer, PageSnapshot):
            return answer
        raise answer if isinstance(answer, Exception) else CoordinationDown(UNREACHABLE)

    def close(self) -> None:
        """Give up what is being read."""
        gevent.killall(list(self._reading), block=False)

    def _read(self, since: str) -> PageSnapshot | Exception:
        with self._gate:
            self._next.pop(since, None)
            try:
                newest, rendered = self._parts.since(self.folder, since)
                parts = framed(rendered)
                self._shown.differ(parts)  # news from now on is held by those who wait for it, and told them in full
                return PageSnapshot(StreamPosition.read(newest), parts)
            except CoordinationDown as error:
                return error
            except Exception as error:
                log.exception("a snapshot of %s could not be made", self.folder.name)
                return error


class House(Protocol):
    """The hub, as a seat in it needs it."""

    @property
    def closed(self) -> Signal: ...

    def leave(self, seat: Subscription) -> None: ...


class Subscription:
    """A follower's place in a room. Leave it exactly when the stream ends; leaving twice does no harm."""

    def __init__(self, hub: House, room: Channel, follower: Follower, visitor: str) -> None:
        self._hub = hub
        self.room = room
        self.follower = follower
        self.visitor = visitor

    def ready(self, seconds: float) -> bool:
        """Wait at most that long until Redis has confirmed that news will come."""
        gevent.wait([self.room.confirmed, self._hub.closed], timeout=seconds, count=1)
        return self.room.confirmed.is_set() and not self.closing

    @property
    def closing(self) -> bool:
        """Whether the process is ending."""
        return bool(self._hub.closed.is_set())

    def snapshot(self, since: str) -> PageSnapshot:
        """What brings a page from ``since`` up to now. See `ProjectChannel.snapshot`."""
        return self.room.snapshot(since)

    def leave(self) -> None:
        """Give it back."""
        self._hub.leave(self)
