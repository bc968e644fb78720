"""Where a page is in the news of its project, as it travels over the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass

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

    def before(self, other: Place) -> bool:
        """Whether the other is later in the same epoch."""
        return self.epoch == other.epoch and self.number < other.number

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
