"""Commands for whole projects: rename, copy, import, archive, delete, restore."""

from __future__ import annotations

import contextlib
import unicodedata
from typing import BinaryIO

from webapp.coordination.live_state import LiveState
from webapp.disk.files.folder import Folder
from webapp.disk.new_projects import NewProjects
from webapp.disk.project_store import ProjectStore
from webapp.disk.project_trash import DeletedProject, ProjectTrash
from webapp.errors import AlreadyRunning, BadInput, CoordinationDown
from webapp.generation.control import Control

LONGEST_TITLE = 120


def checked_title(text: str) -> str:
    """A typed title with single blanks.

    Raises:
        BadInput: it is empty or too long.
    """
    title = " ".join(text.split())
    if not title:
        raise BadInput("Give the project a title.")
    if len(title) > LONGEST_TITLE:
        raise BadInput(f"The title is longer than {LONGEST_TITLE} characters. Shorten it.")
    return title


class ProjectOperations:
    """Commands for whole projects. Each clears what Redis holds of another project that had the folder's name."""

    def __init__(
        self,
        store: ProjectStore,
        new_projects: NewProjects,
        trash: ProjectTrash,
        control: Control,
        live_state: LiveState,
    ) -> None:
        self._store = store
        self._new_projects = new_projects
        self._trash = trash
        self._control = control
        self._live_state = live_state

    def rename(self, folder: Folder, title: str) -> str:
        """Give the project another title; its folder keeps its name. Returns the title.

        Raises:
            BadInput: the title cannot be used.
        """
        self._store.records.set_title(folder, checked_title(title))
        return self._store.records.title(folder)

    def duplicate(self, folder: Folder, title: str = "") -> Folder:
        """Copy the project without run and history. Returns the copy.

        Raises:
            BadInput: the title cannot be used.
            DiskTrouble: the disk has too little room, or refuses; nothing was made.
        """
        return self._fresh(self._new_projects.duplicate(folder, checked_title(title) if title.strip() else ""))

    def import_zip(self, file: BinaryIO, title: str = "", file_name: str = "") -> Folder:
        """Make a project from a ZIP of a project's folder.

        Raises:
            BadInput: the ZIP or the title cannot be used; nothing was written.
            DiskTrouble: the disk has too little room, or refuses; nothing was made.
        """
        title = checked_title(title) if title.strip() else ""
        return self._fresh(self._new_projects.take_in(file, title, file_name))

    def archive(self, folder: Folder, archived: bool) -> None:
        """Take the project out of the list, or put it back. Twice changes nothing.

        Raises:
            AlreadyRunning: a run is there: what costs money stays in sight.
        """
        if archived:
            self._check_idle(folder, "archive")
        if self._store.records.archived(folder) != archived:
            self._store.records.set_archived(folder, archived)

    def delete(self, folder: Folder, typed: str) -> DeletedProject:
        """Move the project to the trash, once its title was typed.

        Raises:
            BadInput: something else was typed.
            AlreadyRunning: a run is there.
            DiskTrouble: the disk refuses; the project is where it was.
        """
        title = self._store.records.title(folder)
        if _comparable(typed) != _comparable(title):
            raise BadInput(f"Nothing was deleted. Type the title as it stands here: {title}")
        self._check_idle(folder, "delete")
        deleted = self._trash.put(folder, still=lambda: self._open_in_redis(folder))
        self._forget(folder)
        return deleted

    def restore(self, entry: str) -> Folder:
        """Bring a project back from the trash.

        Raises:
            NotFound: it is not there.
        """
        return self._fresh(self._trash.restore(entry))

    def busy(self, folder: Folder) -> bool:
        """Whether a run of the project is open, also a paused one."""
        return self._control.run(folder).open

    def _check_idle(self, folder: Folder, verb: str) -> None:
        if self.busy(folder):
            raise AlreadyRunning(
                f"A run of this project is active or paused. Stop it in Step 8 first, then {verb} the project."
            )

    def _open_in_redis(self, folder: Folder) -> bool:
        """True while a run is open, by Redis alone: the folder is being moved."""
        with contextlib.suppress(CoordinationDown):
            run = self._live_state.run(folder.id)
            return run is not None and run.open
        return False

    def _fresh(self, folder: Folder) -> Folder:
        self._forget(folder)
        return folder

    def _forget(self, folder: Folder) -> None:
        with contextlib.suppress(CoordinationDown):  # the folder is the truth; a higher number there wins later
            self._live_state.forget(folder.id, folder.name)


def _comparable(title: str) -> str:
    return unicodedata.normalize("NFC", " ".join(title.split()))
