"""A follower's subscription to a channel of this process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import gevent
from gevent.event import Event as Signal

from webapp.web.live.followers import Follower
from webapp.web.live.wire import StreamPosition


@dataclass(frozen=True)
class PageSnapshot:
    """Parts that bring a page up to ``position``."""

    position: StreamPosition | None
    parts: Mapping[str, bytes]


class Channel:
    """A Redis channel that is followed in this process. ``confirmed``: Redis delivers it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.followers: dict[Follower, None] = {}
        self.confirmed = Signal()

    def receive(self, payload: bytes) -> bool:
        """Hand a published payload to the followers. False when it is not valid on this channel."""
        raise NotImplementedError

    def snapshot(self, since: str) -> PageSnapshot:
        """Read what brings a page from ``since`` up to now, on channels whose followers ask for it."""
        raise NotImplementedError

    def show_outage(self) -> None:
        """Show on the followers' pages that Redis is away; nothing by default."""

    def close(self) -> None:
        """Give up all work in progress; nothing by default."""


class Subscription:
    """One follower on one channel. Must be ended when its stream ends; ending it twice is harmless."""

    def __init__(
        self,
        channel: Channel,
        follower: Follower,
        visitor: str,
        closed: Signal,
        unsubscribe: Callable[[Subscription], None],
    ) -> None:
        self.channel = channel
        self.follower = follower
        self.visitor = visitor
        self._closed = closed
        self._unsubscribe = unsubscribe

    def ready(self, seconds: float) -> bool:
        """Wait at most that long until Redis delivers the channel. False: it does not, or the process is ending."""
        gevent.wait([self.channel.confirmed, self._closed], timeout=seconds, count=1)
        return self.channel.confirmed.is_set() and not self.closing

    @property
    def closing(self) -> bool:
        """Whether the process is ending."""
        return bool(self._closed.is_set())

    def end(self) -> None:
        """Unsubscribe."""
        self._unsubscribe(self)
