"""What every export format is: the shape the rest of the product relies on, and what one is made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from webapp.disk.files.folder import Folder
from webapp.disk.project_store import ProjectStore
from webapp.exports.requests import ExportOption, ExportRequest
from webapp.exports.story import Story, read_story
from webapp.fonts import FontFor

FindProgram = Callable[[], str | None]
"""Where a program is; ``None`` when this machine has none."""


class ExportProgress(Protocol):
    """Receives how far an export is, after each piece of work; also from native threads.

    Raises:
        Cancelled: stop now; what is half made is removed.
    """

    def __call__(self, done: int, total: int, note: str) -> None: ...


@dataclass(frozen=True, slots=True)
class ExportTools:
    """What formats need of this machine. ``clock`` gives seconds since the epoch."""

    store: ProjectStore
    font_for: FontFor
    find_ffmpeg: FindProgram
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class ExportTask:
    """One export to make: what is asked for, and the path of the result in the project."""

    folder: Folder
    request: ExportRequest
    path: str
    progress: ExportProgress
    tools: ExportTools

    def story(self) -> Story:
        """Read the project as it is now.

        Raises:
            BadInput: it has no prompts.
        """
        return read_story(self.tools.store, self.folder)


def _nothing(tools: ExportTools) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Format:
    """A line of the table of formats.

    ``make`` writes the result, called in a greenlet: what blocks goes to a native thread there. Raises of it: BadInput,
    Cancelled, DiskTrouble.
    """

    label: str
    noun: str
    """On its button, and at the end of the result's file name."""
    note: str
    """What it is, on the export page; ``{length}`` stands for how long the story is, if that is known."""
    suffix: str
    mime: str
    make: Callable[[ExportTask], None]
    needs_images: bool = True
    """Whether there must be a story with images; else it takes the folder as it is."""
    one_image: bool = False
    """Whether each beat is shown by one image, so that all styles cannot be asked for."""
    options: tuple[ExportOption, ...] = ()
    hint: str = ""
    printable: bool = False
    """Whether Step 8 prints the same."""
    obstacle: Callable[[ExportTools], str] = _nothing
    """Why it cannot be made on this machine, in one sentence; "" when it can."""
