"""Store of projects: what is in their folders, as plain values. What was read is kept until the file changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from webapp.core.marks import FrameMarks
from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame, Project
from webapp.core.prompts.edits import Entries
from webapp.core.prompts.wording import StyleWording
from webapp.core.run.states import Run
from webapp.core.settings.project_settings import ProjectSettings
from webapp.core.v1_progress import Progress
from webapp.core.work_plan import WorkPlan
from webapp.disk import progress_files
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.images.completeness import CompleteImages, Image
from webapp.disk.logs.ledger_cache import LedgerCache
from webapp.disk.prompts.changes import Decide, PromptStore
from webapp.disk.prompts.files import PromptFiles
from webapp.disk.prompts.history import PromptHistory
from webapp.disk.records import RecordStore
from webapp.disk.selection_undo import SelectionChange
from webapp.disk.selections import SelectionStore
from webapp.disk.style_reference import ReferenceStore
from webapp.errors import NotFound

__all__ = ["Image", "ProjectStore"]

MAX_PROJECTS = 1024
"""Projects whose beats are held in memory."""


class ProjectStore:
    """Reads and writes projects: ``prompts``, ``records``, ``selections``, complete ``images``, style ``reference``.

    ``clock`` gives epoch seconds, for the times in files. Every method, also of the parts, raises `DiskTrouble` when
    the project's folder is gone or cannot be written.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.prompts = PromptStore(clock)
        self.records = RecordStore(clock)
        self.images = CompleteImages()
        self.selections = SelectionStore(self.project, self.images)
        self.reference = ReferenceStore()
        self._clock = clock
        self._prompt_files = PromptFiles()
        self._ledgers = LedgerCache()
        self._projects: dict[str, Project] = {}

    def project(self, folder: Folder) -> Project:
        """Return the project with all its styles. Files that cannot be used are in ``problems``; they never raise."""
        return run_native(self._project, folder)

    def ledger(self, folder: Folder) -> Ledger:
        """Return the ledger of the project's journal. To be read only: it is shared.

        Raises:
            BadFile: the journal is no regular file, or may not be read.
        """
        return self._ledgers.ledger(folder)

    def progress(self, folder: Folder, style: str) -> Progress:
        """Return the style's progress file, which may lag behind the images; an unreadable one lists nothing."""
        return progress_files.read_progress(folder, style)

    def write_progress(
        self, folder: Folder, project: Project, style: str, done: Collection[Frame], *, seen: bool = False
    ) -> None:
        """Write the style's progress file: frames that are ``done`` or were listed, if their image is complete.

        ``seen``: the images of those that are done were read just now.

        Raises:
            NotFound: the project has no such style.
        """
        known = project.style(style)
        if known is None:
            raise NotFound("The project has no such style. Check its prompts in Step 7.")
        run_native(progress_files.write_progress, folder, self.images, known, done, self._clock(), seen)

    def write_book(self, folder: Folder, text: str) -> None:
        """Write the book the project is made from."""
        run_native(folder.files.write_whole, "book.txt", text.encode("utf-8", "replace"))

    def _project(self, folder: Folder) -> Project:
        found = self._prompt_files.read(folder)
        problem = self.selections.problem(folder)
        problems = (*found.problems, problem) if problem else found.problems
        title = self.records.title(folder)
        known = self._projects.get(folder.name)
        if known and known.styles is found.styles and (known.title, known.problems) == (title, problems):
            return known
        project = Project(folder.name, title, found.styles, problems)
        while len(self._projects) >= MAX_PROJECTS:
            self._projects.pop(next(iter(self._projects)), None)
        self._projects[folder.name] = project
        return project

    # flat calls, until their callers say which part they mean

    def image(self, folder: Folder, frame: Frame) -> Image | None:
        return self.images.image(folder, frame)

    def select(self, folder: Folder, beat_number: str | float, style: str, flagged: bool, now: float) -> None:
        self.selections.select(folder, beat_number, style, flagged, now)

    def flag(self, folder: Folder, beat_number: str | float, flagged: bool, now: float) -> None:
        self.selections.flag(folder, beat_number, flagged, now)

    def clear_selection(self, folder: Folder, beat_number: str | float, now: float) -> bool:
        return self.selections.clear(folder, beat_number, now)

    def select_open(self, folder: Folder, style: str, expected: int | None, now: float) -> tuple[str, ...]:
        return self.selections.select_open(folder, style, expected, now)

    def undo_selection(self, folder: Folder, change: str | None, now: float) -> SelectionChange | None:
        return self.selections.undo(folder, change, now)

    def last_selection(self, folder: Folder) -> SelectionChange | None:
        return self.selections.last_change(folder)

    def selection_is_current(self, folder: Folder, project: Project, beat_number: str, style: str) -> bool:
        return self.selections.is_current(folder, project, beat_number, style)

    def save_prompts(self, folder: Folder, style: str, entries: Sequence[dict[str, Any]]) -> None:
        self.prompts.save(folder, style, entries)

    def change_prompts(self, folder: Folder, what: str, decide: Decide) -> tuple[str, ...]:
        return self.prompts.change(folder, what, decide)

    def prompt_history(self, folder: Folder) -> PromptHistory:
        return self.prompts.history(folder)

    def undo_prompts(self, folder: Folder, seq: int, forward: bool = False) -> None:
        self.prompts.undo(folder, seq, forward)

    def prompts_before(self, folder: Folder, seq: int, style: str) -> Entries:
        return self.prompts.entries_before(folder, seq, style)

    def loose_prompts(self, folder: Folder, style: str) -> list[Any]:
        return self.prompts.loose_entries(folder, style)

    def reference_digest(self, folder: Folder, elsewhere: Path | None = None) -> str:
        return self.reference.digest(folder, elsewhere)

    def set_reference(self, folder: Folder, body: bytes) -> None:
        self.reference.write(folder, body)

    def remove_reference(self, folder: Folder) -> None:
        self.reference.remove(folder)

    def has_reference(self, folder: Folder) -> bool:
        return self.reference.exists(folder)

    def title(self, folder: Folder) -> str:
        return self.records.title(folder)

    def set_title(self, folder: Folder, title: str) -> None:
        self.records.set_title(folder, title)

    def archived(self, folder: Folder) -> bool:
        return self.records.archived(folder)

    def set_archived(self, folder: Folder, archived: bool) -> None:
        self.records.set_archived(folder, archived)

    def settings(self, folder: Folder) -> dict[str, Any]:
        return self.records.settings(folder)

    def write_settings(self, folder: Folder, data: dict[str, Any]) -> None:
        self.records.write_settings(folder, data)

    def change_settings(self, folder: Folder, change: Callable[[ProjectSettings], ProjectSettings]) -> ProjectSettings:
        return self.records.change_settings(folder, change)

    def plan(self, folder: Folder) -> WorkPlan:
        return self.records.plan(folder)

    def change_plan(self, folder: Folder, change: Callable[[WorkPlan], WorkPlan]) -> WorkPlan:
        return self.records.change_plan(folder, change)

    def marks(self, folder: Folder) -> dict[str, FrameMarks]:
        return self.records.marks(folder)

    def change_marks(
        self, folder: Folder, change: Callable[[dict[str, FrameMarks]], dict[str, FrameMarks]]
    ) -> dict[str, FrameMarks]:
        return self.records.change_marks(folder, change)

    def save_wording(self, folder: Folder, changed: Mapping[str, StyleWording]) -> None:
        self.records.save_wording(folder, changed)

    def run(self, folder: Folder) -> Run:
        return self.records.run(folder)

    def write_run(self, folder: Folder, run: Run) -> None:
        self.records.write_run(folder, run)
