"""A command's result as a page shows it: the sentence, and the form that takes the command back. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.operations.result import CommandResult, FieldValue, UndoCommand, UndoName
from webapp.web import urls


@dataclass(frozen=True, slots=True)
class ResultView:
    """What a command did (`layout/_command_result.html`), and the form that takes it back: its ``action``, "" where
    nothing does, its ``fields`` and the ``label`` of its button."""

    text: str
    action: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    label: str = "Undo"


def result_view(project: str, result: CommandResult) -> ResultView:
    """The view of a result of a command for the project of that name."""
    undo = result.undo
    if undo is None:
        return ResultView(result.text)
    return ResultView(result.text, urls.undo(project, undo), _fields(undo), undo.label)


def _fields(undo: UndoCommand) -> tuple[tuple[str, str], ...]:
    fields = tuple((name, _text(value)) for name, value in undo.fields)
    if not undo.frames or undo.name in urls.OF_ONE_FRAME:
        return fields
    return (("frame" if undo.name is UndoName.MOVE else "frames", " ".join(undo.frames)), *fields)


def _text(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return " ".join(value) if isinstance(value, tuple) else str(value)
