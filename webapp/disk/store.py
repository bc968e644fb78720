"""What is in a project's folder, as plain values. The folder is the truth; what was read is kept by file stamp."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from webapp.core import marks
from webapp.core.ledger import Ledger
from webapp.core.marks import Mark
from webapp.core.plan import Plan
from webapp.core.progress import Progress, iso_time
from webapp.core.project import Frame, Project
from webapp.core.run import Run
from webapp.core.settings import ProjectSettings
from webapp.core.style_wording import StyleWording, with_wordings
from webapp.disk import progress_files, selections, titles
from webapp.disk.books import Books
from webapp.disk.folder import STATE, Folder
from webapp.disk.images import Album, Image
from webapp.disk.objects import keep_aside, parse_object, read_object, write_object
from webapp.disk.pool import run_native
from webapp.disk.prompt_files import PromptFiles
from webapp.disk.prompt_store import PromptStore
from webapp.disk.reference_store import ReferenceStore
from webapp.disk.selection_past import Change, last_change
from webapp.errors import BadFile, NotFound

SETTINGS = f"{STATE}/settings.json"
RUN = f"{STATE}/run.json"
PLAN = f"{STATE}/plan.json"
MARKS = f"{STATE}/marks.json"
MAX_PROJECTS = 1024
"""Projects whose beats are held in memory."""


__all__ = ["Image", "Store"]


class Store(PromptStore, ReferenceStore):
    """Reads and writes projects. ``clock`` gives seconds since the epoch, for the times that files carry.

    Every method raises `DiskTrouble` when the project's folder is gone or refuses to be written.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        PromptStore.__init__(self, clock)
        ReferenceStore.__init__(self)
        self._album = Album()
        self._books = Books()
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

    def undo_selection(self, folder: Folder, change: str | None, now: float) -> Change | None:
        """Take back the last change of the choices if it has that id, or whichever it is. Answers it, if it was."""
        return run_native(selections.undo, folder, change, now)

    def last_selection(self, folder: Folder) -> Change | None:
        """The last change of the choices, if it can be taken back."""
        return run_native(last_change, folder)

    def selection_is_current(self, folder: Folder, project: Project, beat_number: str, style: str) -> bool:
        """Whether the copy in ``selected_images`` is the style's image as it is now."""
        return run_native(selections.is_current, folder, self._album, project, beat_number, style)

    def write_book(self, folder: Folder, text: str) -> None:
        """Keep the book the project is made from."""
        run_native(folder.files.write_whole, "book.txt", text.encode("utf-8", "replace"))

    def title(self, folder: Folder) -> str:
        """The project's title; its folder's name when it has none."""
        return titles.read_title(folder)

    def set_title(self, folder: Folder, title: str) -> None:
        """Give the project a title."""
        run_native(self._set_title, folder, title)

    def archived(self, folder: Folder) -> bool:
        """Whether the list of projects leaves it out."""
        return titles.is_archived(folder)

    def set_archived(self, folder: Folder, archived: bool) -> None:
        """Put the project out of the way, or back into the list."""
        run_native(self._set_archived, folder, iso_time(self._clock()) if archived else None)

    def settings(self, folder: Folder) -> dict[str, Any]:
        """The project's own settings as they were written; empty when there are none or they cannot be read."""
        return read_object(folder, SETTINGS)

    def write_settings(self, folder: Folder, data: dict[str, Any]) -> None:
        """Replace the project's own settings. Ones that could not be read are kept aside."""
        run_native(self._write_settings, folder, data)

    def change_settings(self, folder: Folder, change: Callable[[ProjectSettings], ProjectSettings]) -> ProjectSettings:
        """Replace the project's own settings by what ``change`` makes of them, and answer that. No change is lost to
        another one at the same time.

        Whatever ``change`` raises leaves them as they were.
        """
        return run_native(self._change_settings, folder, change)

    def plan(self, folder: Folder) -> Plan:
        """How the user arranged the project's work."""
        return Plan.from_json(run_native(read_object, folder, PLAN))

    def change_plan(self, folder: Folder, change: Callable[[Plan], Plan]) -> Plan:
        """Replace the plan by what ``change`` makes of it, and answer that; as `change_settings`."""
        return run_native(self._change_plan, folder, change)

    def marks(self, folder: Folder) -> dict[str, Mark]:
        """What the user says of the project's frames, by `Frame.id`."""
        return marks.from_json(run_native(read_object, folder, MARKS))

    def change_marks(self, folder: Folder, change: Callable[[dict[str, Mark]], dict[str, Mark]]) -> dict[str, Mark]:
        """Replace the marks by what ``change`` makes of them, and answer that; as `change_settings`."""
        return run_native(self._change_marks, folder, change)

    def save_wording(self, folder: Folder, changed: Mapping[str, StyleWording]) -> None:
        """Keep these styles' wording among the project's settings; everything else in them stays."""
        self.change_settings(folder, lambda kept: replace(kept, extra=with_wordings(kept.extra, changed)))

    def run(self, folder: Folder) -> Run:
        """The newest run as it was last written; an idle one when there never was any."""
        return Run.from_json(read_object(folder, RUN))

    def write_run(self, folder: Folder, run: Run) -> None:
        """Replace the record of the newest run."""
        run_native(write_object, folder, RUN, run.to_json())

    def ledger(self, folder: Folder) -> Ledger:
        """The project's attempts and what they cost, as its journal tells them now. To be read only.

        Raises:
            BadFile: the journal is no regular file, or may not be read.
        """
        return self._books.ledger(folder)

    def _change_plan(self, folder: Folder, change: Callable[[Plan], Plan]) -> Plan:
        with folder.files.locked():
            plan = change(Plan.from_json(read_object(folder, PLAN)))
            write_object(folder, PLAN, plan.to_json())
            return plan

    def _change_marks(self, folder: Folder, change: Callable[[dict[str, Mark]], dict[str, Mark]]) -> dict[str, Mark]:
        with folder.files.locked():
            changed = change(marks.from_json(read_object(folder, MARKS)))
            write_object(folder, MARKS, marks.to_json(changed))
            return changed

    def _project(self, folder: Folder) -> Project:
        found = self._prompts.read(folder)
        problem = selections.selections_problem(folder)
        problems = (*found.problems, problem) if problem else found.problems
        title = titles.read_title(folder)
        known = self._projects.get(folder.name)
        if known and known.styles is found.styles and (known.title, known.problems) == (title, problems):
            return known
        project = Project(folder.name, title, found.styles, problems)
        while len(self._projects) >= MAX_PROJECTS:
            self._projects.pop(next(iter(self._projects)), None)
        self._projects[folder.name] = project
        return project

    def _set_title(self, folder: Folder, title: str) -> None:
        with folder.files.locked():
            titles.write_title(folder, title)

    def _set_archived(self, folder: Folder, since: str | None) -> None:
        with folder.files.locked():
            titles.set_archived(folder, since)

    def _write_settings(self, folder: Folder, data: dict[str, Any]) -> None:
        with folder.files.locked():
            self._replace_settings(folder, data)

    def _change_settings(self, folder: Folder, change: Callable[[ProjectSettings], ProjectSettings]) -> ProjectSettings:
        with folder.files.locked():
            changed = change(ProjectSettings.from_json(read_object(folder, SETTINGS)))
            self._replace_settings(folder, changed.to_json())
            return changed

    def _replace_settings(self, folder: Folder, data: dict[str, Any]) -> None:
        try:
            parse_object(folder, SETTINGS)
        except BadFile:
            keep_aside(folder, SETTINGS, self._clock())
        write_object(folder, SETTINGS, data)
