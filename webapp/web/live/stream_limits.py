"""Limits of open streams: in a process, of one visitor, of v1.1 clients. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.web.live.followers import Follower, MessageFollower
from webapp.web.live.subscription import Subscription


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """At most so many streams in a process, of one visitor, and of v1.1 clients, each of which occupies a request of
    the server for as long as it is open."""

    all: int = 500
    each: int = 50
    v1: int = 500


LIMITS = StreamLimits()


class OpenStreams:
    """The subscriptions of the streams that are open."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._open: set[Subscription] = set()
        self._by_visitor: Counter[str] = Counter()
        self._v1 = 0

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(list(self._open))

    def __contains__(self, subscription: object) -> bool:
        return subscription in self._open

    @property
    def full(self) -> bool:
        """Whether no further stream may be opened."""
        return len(self._open) >= self._limits.all

    @property
    def full_for_v1(self) -> bool:
        """Whether no further stream of a v1.1 client may be opened."""
        return self.full or self._v1 >= self._limits.v1

    def allows(self, follower: Follower, visitor: str) -> bool:
        """Whether this follower may open a stream; the visitor "" has no limit of its own."""
        too_many = bool(visitor) and self._by_visitor[visitor] >= self._limits.each
        return not too_many and not (self.full_for_v1 if isinstance(follower, MessageFollower) else self.full)

    def add(self, subscription: Subscription) -> None:
        """Count an opened stream."""
        self._open.add(subscription)
        self._by_visitor[subscription.visitor] += 1
        self._v1 += isinstance(subscription.follower, MessageFollower)

    def remove(self, subscription: Subscription) -> None:
        """Stop counting an ended stream."""
        self._open.remove(subscription)
        self._by_visitor[subscription.visitor] -= 1
        if not self._by_visitor[subscription.visitor]:
            del self._by_visitor[subscription.visitor]
        self._v1 -= isinstance(subscription.follower, MessageFollower)
