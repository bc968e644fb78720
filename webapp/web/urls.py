"""URLs of a project's pages and images, for templates that are rendered outside of a request too."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from webapp.core.project import Frame
from webapp.operations.result import UndoCommand, UndoName

OF_ONE_FRAME = (UndoName.MARK, UndoName.CHOOSE)
"""The commands whose address names their frame."""


def project(name: str) -> str:
    """The start of all addresses of a project."""
    return f"/p/{quote(name)}"


def step(name: str, slug: str) -> str:
    """One of the 13 steps."""
    return f"{project(name)}/{slug}"


def costs(name: str) -> str:
    """The costs page."""
    return f"{project(name)}/costs"


def frame_costs(name: str, frame: Frame) -> str:
    """The attempts at a frame, on the costs page."""
    return f"{costs(name)}?{urlencode({'style': frame.style, 'beat': frame.beat})}#attempts"


def activity(name: str) -> str:
    """The activity page."""
    return f"{project(name)}/activity"


def command(name: str, verb: str) -> str:
    """A command of Step 8: start, stop, disconnect, reconnect."""
    return f"{project(name)}/images/{verb}"


def events(name: str, live: str) -> str:
    """The live stream, from the change after the one that the page shows."""
    return f"{project(name)}/events?since={quote(live)}"


def details(name: str, frame: Frame) -> str:
    """The details of a frame."""
    return f"{project(name)}/frames/{quote(frame.id)}"


def image(name: str, frame: Frame, version: str) -> str:
    """The image in full size; each version has its own URL."""
    return f"{project(name)}/image/{quote(frame.id)}?v={quote(version)}"


def thumb(name: str, frame: Frame, version: str) -> str:
    """The thumbnail; each version has its own URL."""
    return f"{project(name)}/thumb/{quote(frame.id)}?v={quote(version)}"


def rows(name: str, block: int) -> str:
    """The rows of one block of a long matrix."""
    return f"{project(name)}/images/rows?block={block}"


def restore(entry: str) -> str:
    """The command that restores a project from the trash."""
    return f"/trash/{quote(entry, safe='')}/restore"


def frame_command(name: str, frame: Frame, verb: str) -> str:
    """A command for one frame: mark, choose, delete, restore."""
    return f"{details(name, frame)}/{verb}"


def undo(name: str, undo: UndoCommand) -> str:
    """Where the command is posted that takes another one back."""
    if undo.name in OF_ONE_FRAME:
        return f"{project(name)}/frames/{quote(undo.frames[0])}/{undo.name.value}"
    return command(name, undo.name.value)


def action_menu(name: str, **scope: str) -> str:
    """The menu of actions for a style, a shot or a beat."""
    return f"{project(name)}/images/sheet?{urlencode(scope)}"


def ask(name: str, what: str, *fields: tuple[str, str]) -> str:
    """The confirmation of a command that costs money in bulk or deletes."""
    return f"{project(name)}/images/ask?{urlencode((('do', what), *fields))}"


def history_image(name: str, frame: Frame, number: int, version: str) -> str:
    """One image of a frame's history."""
    return f"{details(name, frame)}/history/{number}?v={quote(version)}"
