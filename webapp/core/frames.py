"""Live state of a frame during a run, and counts of frames by status."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from webapp.core.json_values import read_record, values_of


class Status(enum.StrEnum):
    """The status of a frame, in the words of the page."""

    PENDING = "pending"
    GENERATING = "generating"
    COMPLETE = "complete"  # made by the newest run
    EXISTS = "exists"  # was there before
    ERROR = "error"


WORDS = {
    Status.PENDING: ("◦", "Pending"),
    Status.GENERATING: ("⟳", "Generating..."),
    Status.COMPLETE: ("✓", "Complete"),
    Status.EXISTS: ("✓", "Exists"),
    Status.ERROR: ("✗", "Error"),
}
"""Sign and word for each status, exactly as in the contract."""


@dataclass(frozen=True, slots=True)
class FrameNews:
    """The newest live state of a frame, as in the live state in Redis and in events.

    ``seconds`` the image took; ``since`` when its call began (epoch); ``cost`` in micro-dollars, None when unknown;
    ``image`` the version of its file; ``error`` one sentence; ``seq`` the change it came with.
    """

    style: str
    shot: str
    beat: str
    status: Status
    run: str = ""
    since: float = 0.0
    seconds: float = 0.0
    tries: int = 0
    cost: int | None = None
    image: str = ""
    error: str = ""
    note: str = ""
    seq: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return values_of(self)

    @classmethod
    def from_json(cls, data: object) -> FrameNews | None:
        """Read what `to_json` wrote. Returns None for anything else: content of Redis is untrusted input."""
        return read_record(_USUAL, data, {"status": Status})


_USUAL = FrameNews("", "", "", Status.PENDING)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many frames of one style, or of all, have which status."""

    pending: int = 0
    generating: int = 0
    complete: int = 0
    exists: int = 0
    error: int = 0

    @classmethod
    def of(cls, statuses: Iterable[Status]) -> Counts:
        """Count them."""
        every = list(statuses)
        return cls(*(every.count(status) for status in Status))

    @property
    def total(self) -> int:
        """Return the number of frames."""
        return self.pending + self.generating + self.complete + self.exists + self.error

    @property
    def done(self) -> int:
        """Return the number of images on disk."""
        return self.complete + self.exists

    @property
    def percent(self) -> int:
        """Return the part that is done in whole percent, rounded down: 100 means every one."""
        return self.done * 100 // self.total if self.total else 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def to_json(self) -> dict[str, int]:
        """Return plain JSON values."""
        return values_of(self)

    @classmethod
    def from_json(cls, data: Any) -> Counts:
        """Read what `to_json` wrote; anything else counts as 0."""
        if not isinstance(data, dict):
            return cls()
        return cls(**{f.name: n for f in fields(cls) if isinstance(n := data.get(f.name), int)})
