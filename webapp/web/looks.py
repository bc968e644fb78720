"""What a page shows of all frames at one moment, and which of them look another way at the next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.core.frames import FrameNews, Status
from webapp.core.marks import Mark
from webapp.core.project import Frame


@dataclass(frozen=True, slots=True)
class Looks:
    """What a page shows of all frames at one moment: of each frame what is known of it, and what all of them share."""

    status: Mapping[Frame, Status]
    version: Mapping[Frame, str]
    news: Mapping[Frame, FrameNews]
    changed: Mapping[Frame, tuple[str, ...]]
    blocked: Mapping[Frame, bool]
    marks: Mapping[Frame, Mark]
    place: Mapping[Frame, int]
    redo: Mapping[Frame, bool]
    wishes: bool
    prices: Mapping[str, int | None]

    def differing(self, after: Looks) -> list[Frame]:
        """The frames that look another way after that, in story order. Costs little where little changed."""
        if self.wishes != after.wishes:
            return list(after.status)
        styles = {style for style, price in after.prices.items() if self.prices.get(style) != price}
        found = {frame for frame in after.status if frame.style in styles} if styles else set()
        for name in PER_FRAME:
            found |= _unequal(getattr(self, name), getattr(after, name))
        return [frame for frame in after.status if frame in found] if found else []


PER_FRAME = ("status", "version", "news", "changed", "blocked", "marks", "place", "redo")


def _unequal(before: Mapping[Frame, object], after: Mapping[Frame, object]) -> set[Frame]:
    """The keys whose values differ, or that only one of the two has."""
    if before == after:
        return set()
    nothing = object()
    gone = {frame for frame in before if frame not in after}
    return gone | {frame for frame, value in after.items() if before.get(frame, nothing) != value}
