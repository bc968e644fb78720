"""What is in a project's folder, as plain values. The folder is the truth; what was read is kept by file stamp."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame, Project
from webapp.core.v1_progress import Progress
from webapp.disk import progress_files, records, selections
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.images.completeness import CompleteImages, Image
from webapp.disk.logs.ledger_cache import LedgerCache
from webapp.disk.prompts.changes import PromptStore
from webapp.disk.prompts.files import PromptFiles
from webapp.disk.records import RecordStore
from webapp.disk.selection_undo import SelectionChange, last_change
from webapp.disk.style_reference import ReferenceStore
from webapp.errors import NotFound

MAX_PROJECTS = 1024
"""Projects whose beats are held in memory."""


__all__ = ["Image", "ProjectStore"]


class ProjectStore(PromptStore, RecordStore, ReferenceStore):
    """Reads and writes projects. ``clock`` gives seconds since the epoch, for the times that files carry.

    Every method raises `DiskTrouble` when the project's folder is gone or refuses to be written.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        PromptStore.__init__(self, clock)
        RecordStore.__init__(self, clock)
        ReferenceStore.__init__(self)
        self._album = CompleteImages()
        self._books = LedgerCache()
        self._prompts = PromptFiles()
        self._projects: dict[str, Project] = {}

    def project(self, folder: Folder) -> Project:
        """The project with all its styles. Files that cannot be used are in ``problems``; they never raise."""
        return run_native(self._project, folder)

    def images(self, folder: Folder, project: Project) -> dict[Frame, Image]:
        """The frames that have a complete image, in story order."""
        return self._album.images(folder, project.frames())

    def image(self, folder: Folder, frame: Frame) -> Image | None:
        """The frame's complete image, or ``None``."""
        return self._album.image(folder, frame)

    def progress(self, folder: Folder, style: str) -> Progress:
        """What the style's progress file says; it may lag behind the images. An unreadable one says nothing."""
        return progress_files.read_progress(folder, style)

    def write_progress(
        self, folder: Folder, project: Project, style: str, done: Collection[Frame], *, seen: bool = False
    ) -> None:
        """Put the style's progress file right: frames that are ``done`` or were listed, if their image is complete.

        ``seen``: the images of those that are done were looked at just now.

        Raises:
            NotFound: the project has no such style.
        """
        known = project.style(style)
        if known is None:
            raise NotFound("The project has no such style. Check its prompts in Step 7.")
        run_native(progress_files.write_progress, folder, self._album, known, done, self._clock(), seen)

    def selections(self, folder: Folder) -> dict[str, Any]:
        """The choices of step 9; empty when their file cannot be read, which `project` then tells as a problem."""
        return selections.read_selections(folder)

    def select(self, folder: Folder, beat_number: str | float, style: str, flagged: bool, now: float) -> None:
        """Choose the style's image for a beat, in any spelling of its number; it is copied to ``selected_images``.

        Raises:
            BadInput: this is no beat number.
            NotFound: the style has no such beat, or no image of it yet.
        """
        project = self.project(folder)
        run_native(selections.select, folder, self._album, project, beat_number, style, flagged, now)

    def flag(self, folder: Folder, beat_number: str | float, flagged: bool, now: float) -> None:
        """Flag what is chosen for a beat, or take the flag off.

        Raises:
            BadInput: this is no beat number.
            NotFound: nothing is chosen for the beat.
        """
        run_native(selections.flag, folder, beat_number, flagged, now)

    def clear_selection(self, folder: Folder, beat_number: str | float, now: float) -> bool:
        """Take back what is chosen for a beat, its copy in ``selected_images`` too. Answers whether there was anything.

        Raises:
            BadInput: this is no beat number.
        """
        return run_native(selections.clear, folder, beat_number, now)

    def select_open(self, folder: Folder, style: str, expected: int | None, now: float) -> tuple[str, ...]:
        """Choose one style for every beat without a choice that has an image in it. Answers those beats.

        Raises:
            NotFound: the project has no such style.
            BadInput: the beats are not as many as ``expected``; ``None`` expects any number.
        """
        project = self.project(folder)
        return run_native(selections.select_open, folder, self._album, project, style, expected, now)

    def undo_selection(self, folder: Folder, change: str | None, now: float) -> SelectionChange | None:
        """Take back the last change of the choices if it has that id, or whichever it is. Answers it, if it was."""
        return run_native(selections.undo, folder, change, now)

    def last_selection(self, folder: Folder) -> SelectionChange | None:
        """The last change of the choices, if it can be taken back."""
        return run_native(last_change, folder)

    def selection_is_current(self, folder: Folder, project: Project, beat_number: str, style: str) -> bool:
        """Whether the copy in ``selected_images`` is the style's image as it is now."""
        return run_native(selections.is_current, folder, self._album, project, beat_number, style)

    def write_book(self, folder: Folder, text: str) -> None:
        """Keep the book the project is made from."""
        run_native(folder.files.write_whole, "book.txt", text.encode("utf-8", "replace"))

    def ledger(self, folder: Folder) -> Ledger:
        """The project's attempts and what they cost, as its journal tells them now. To be read only.

        Raises:
            BadFile: the journal is no regular file, or may not be read.
        """
        return self._books.ledger(folder)

    def _project(self, folder: Folder) -> Project:
        found = self._prompts.read(folder)
        problem = selections.selections_problem(folder)
        problems = (*found.problems, problem) if problem else found.problems
        title = records.read_title(folder)
        known = self._projects.get(folder.name)
        if known and known.styles is found.styles and (known.title, known.problems) == (title, problems):
            return known
        project = Project(folder.name, title, found.styles, problems)
        while len(self._projects) >= MAX_PROJECTS:
            self._projects.pop(next(iter(self._projects)), None)
        self._projects[folder.name] = project
        return project
