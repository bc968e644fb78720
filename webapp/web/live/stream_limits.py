"""How many may watch: in all, of one visitor, and of programs. Nothing here waits or writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from webapp.web.live.followers import Follower, MessageFollower
from webapp.web.live.project_channel import Subscription


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """At most so many streams in a process, of one visitor, and of v1.1 clients, each of which holds up a
    request of the server for as long as it listens."""

    all: int = 500
    each: int = 50
    programs: int = 500


class OpenStreams:
    """Those that are taken."""

    def __init__(self, limits: StreamLimits) -> None:
        self._limits = limits
        self._taken: set[Subscription] = set()
        self._of_visitor: Counter[str] = Counter()
        self._of_programs = 0

    def __len__(self) -> int:
        return len(self._taken)

    def __iter__(self) -> Iterator[Subscription]:
        return iter(list(self._taken))

    def __contains__(self, seat: object) -> bool:
        return seat in self._taken

    @property
    def full(self) -> bool:
        """Whether there is none left."""
        return len(self._taken) >= self._limits.all

    @property
    def packed(self) -> bool:
        """Whether there is none left for a program."""
        return self.full or self._of_programs >= self._limits.programs

    def free_for(self, follower: Follower, visitor: str) -> bool:
        """Whether this one may have a seat; a ``visitor`` of no name is not counted."""
        too_many = bool(visitor) and self._of_visitor[visitor] >= self._limits.each
        return not too_many and not (self.packed if isinstance(follower, MessageFollower) else self.full)

    def take(self, seat: Subscription) -> None:
        """This one is taken."""
        self._taken.add(seat)
        self._of_visitor[seat.visitor] += 1
        self._of_programs += isinstance(seat.follower, MessageFollower)

    def free(self, seat: Subscription) -> None:
        """It is free again."""
        self._taken.remove(seat)
        self._of_visitor[seat.visitor] -= 1
        if not self._of_visitor[seat.visitor]:
            del self._of_visitor[seat.visitor]
        self._of_programs -= isinstance(seat.follower, MessageFollower)
