"""Store of projects: what is in their folders, as plain values. What was read is kept until the file changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame, Project
from webapp.core.v1_progress import Progress
from webapp.disk import progress_files
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.images.completeness import CompleteImages
from webapp.disk.logs.ledger_cache import LedgerCache
from webapp.disk.prompts.changes import PromptStore
from webapp.disk.prompts.files import PromptFiles
from webapp.disk.records import RecordStore
from webapp.disk.selections import SelectionStore
from webapp.disk.style_reference import ReferenceStore
from webapp.errors import NotFound

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
