"""What the user says of a frame: approved and thereby locked, starred, flagged, a note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class FrameMarks:
    """One frame's marks. ``locked``: approved, and never made again, whatever bulk action runs."""

    locked: bool = False
    star: bool = False
    flag: bool = False
    note: str = ""

    @property
    def empty(self) -> bool:
        """Whether it says nothing."""
        return self == FrameMarks()


Marks = Mapping[str, FrameMarks]
"""The marks of a project's frames by `Frame.id`."""


def to_json(marks: Marks) -> dict[str, Any]:
    """As plain JSON values; marks that say nothing are left out."""
    return {ident: asdict(mark) for ident, mark in sorted(marks.items()) if not mark.empty}


def from_json(data: Any) -> dict[str, FrameMarks]:
    """Read what `to_json` wrote; what does not fit is left out."""
    if not isinstance(data, dict):
        return {}
    return {str(ident): _mark(each) for ident, each in data.items() if isinstance(each, dict)}


def locked(marks: Marks) -> frozenset[str]:
    """The frames that are locked."""
    return frozenset(ident for ident, mark in marks.items() if mark.locked)


def _mark(data: dict[str, Any]) -> FrameMarks:
    note = data.get("note")
    return FrameMarks(
        data.get("locked") is True,
        data.get("star") is True,
        data.get("flag") is True,
        note[:LONGEST_NOTE] if isinstance(note, str) else "",
    )
