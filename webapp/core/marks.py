"""Marks of frames by the user: approved and thereby locked, starred, flagged, a note."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class FrameMarks:
    """One frame's marks. ``locked``: approved, and never made again by any bulk action."""

    locked: bool = False
    star: bool = False
    flag: bool = False
    note: str = ""

    @property
    def empty(self) -> bool:
        """Return whether there is no mark."""
        return self == FrameMarks()


Marks = Mapping[str, FrameMarks]
"""The marks of a project's frames by `Frame.id`."""


def to_json(marks: Marks) -> dict[str, Any]:
    """Return plain JSON values without empty marks."""
    return {ident: asdict(mark) for ident, mark in sorted(marks.items()) if not mark.empty}


def from_json(data: Any) -> dict[str, FrameMarks]:
    """Read what `to_json` wrote; what does not fit is left out."""
    if not isinstance(data, dict):
        return {}
    return {str(ident): _mark(each) for ident, each in data.items() if isinstance(each, dict)}


def locked(marks: Marks) -> frozenset[str]:
    """Return the ids of the locked frames."""
    return frozenset(ident for ident, mark in marks.items() if mark.locked)


def _mark(data: dict[str, Any]) -> FrameMarks:
    note = data.get("note")
    return FrameMarks(
        data.get("locked") is True,
        data.get("star") is True,
        data.get("flag") is True,
        note[:LONGEST_NOTE] if isinstance(note, str) else "",
    )
