"""What a command answers: one sentence, and the command that takes it back as data.

A page makes a form of that, the JSON API a body to be sent; see `webapp.web.layout.command_result` and
`webapp.web.api.frames`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from webapp.core.project import Frame

FieldValue = str | bool | int | tuple[str, ...]


class UndoName(StrEnum):
    """The commands that take another one back."""

    START = "start"
    UNDO_REGENERATE = "undo-regenerate"
    MOVE = "move"
    ORDER = "order"
    HOLD = "hold"
    RELEASE = "release"
    MARK = "mark"
    CHOOSE = "choose"
    RESTORE = "restore"


@dataclass(frozen=True, slots=True)
class UndoCommand:
    """A command with everything it needs. ``frames`` are names of frames: ``<id>``, or ``<id>@<version>`` where the
    command is for that image only."""

    name: UndoName
    frames: tuple[str, ...] = ()
    fields: tuple[tuple[str, FieldValue], ...] = ()
    label: str = "Undo"


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command did, in one sentence; ``undo`` is ``None`` where nothing takes it back."""

    text: str
    undo: UndoCommand | None = None


def frame_names(frames: Sequence[Frame]) -> str:
    """Frames as a sentence names them: one by style and beat, more by their number."""
    if len(frames) == 1:
        return f"[{frames[0].style}] Beat {frames[0].beat}"
    return f"{len(frames)} images"


def agreeing(frames: Sequence[Frame], one: str, several: str) -> str:
    """The word that agrees with `frame_names` in number."""
    return one if len(frames) == 1 else several
