"""Trash of projects: ``.trash`` in the projects root, kept for 30 days, then removed for good.

The name and title of a project are written into it before it is moved, so an entry is complete by itself.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from webapp.core.v1_progress import iso_time
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.json_files import read_object, write_object
from webapp.disk.files.native_threads import run_native
from webapp.disk.files.os_calls import FOLDER_MODE
from webapp.disk.library import ARRIVING, Library
from webapp.disk.records import MAX_TITLE, read_title
from webapp.errors import BadInput, DiskTrouble, NotFound

log = logging.getLogger("step8.trash")

TRASH = ".trash"
NOTE = f"{STATE}/trash.json"
DAYS = 30
DAY = 86_400.0
LEFTOVER = DAY
"""Seconds after which a folder that never became a project is the rest of a crash."""

_ENTRY = re.compile(r"(?P<name>.+)-(?P<time>[0-9]{8}T[0-9]{6}Z)(?:-[0-9]+)?\Z")


@dataclass(frozen=True, slots=True)
class DeletedProject:
    """A deleted project. ``entry`` is its name in the trash, ``name`` the one it had; times are epoch seconds."""

    entry: str
    name: str
    title: str
    deleted_at: float

    @property
    def until(self) -> float:
        """Return when it is removed for good."""
        return self.deleted_at + DAYS * DAY


class ProjectTrash:
    """The trash of a projects root. ``clock`` gives epoch seconds."""

    def __init__(self, library: Library, clock: Callable[[], float]) -> None:
        self._library = library
        self._clock = clock

    def put(self, folder: Folder, still: Callable[[], bool] = lambda: False) -> DeletedProject:
        """Move a project to the trash. When ``still`` is true afterwards the project goes back at once.

        Raises:
            BadInput: ``still`` was true.
            DiskTrouble: the disk refuses; the project is where it was.
        """
        trashed = run_native(self._put, folder)
        if still():
            run_native(self._put_back, folder, trashed.entry)
            raise BadInput("A run of this project has just begun. Stop it first, then delete the project.")
        return trashed

    def entries(self) -> list[DeletedProject]:
        """Return the deleted projects, newest first."""
        return run_native(self._entries)

    def restore(self, entry: str) -> Folder:
        """Move a deleted project back; under another name when its own is taken by now.

        Raises:
            NotFound: there is no such entry.
            DiskTrouble: the disk refuses.
        """
        return run_native(self._restore, entry)

    def purge(self) -> list[str]:
        """Remove for good what is older than 30 days, and what a crash left of unfinished projects.

        Returns the names. An entry of unknown age is kept.
        """
        return run_native(self._purge)

    @property
    def _home(self) -> Path:
        return self._library.root.resolve() / TRASH

    def _put(self, folder: Folder) -> DeletedProject:
        now = self._clock()
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
        trashed = DeletedProject("", folder.name, read_title(folder), now)
        write_object(
            folder, NOTE, {"name": trashed.name, "title": trashed.title, "deletedAt": iso_time(now), "time": now}
        )
        entry = self._moved(folder, f"{folder.path.name}-{stamp}")
        log.info("project=%s moved to the trash as %s", folder.name, entry)
        return DeletedProject(entry, trashed.name, trashed.title, now)

    def _moved(self, folder: Folder, base: str) -> str:
        for number in range(1, 1000):
            entry = base if number == 1 else f"{base}-{number}"
            place = self._home / entry
            try:
                self._home.mkdir(mode=FOLDER_MODE, exist_ok=True)
                if self._home.is_symlink():
                    raise NotADirectoryError(errno.ENOTDIR, f"{TRASH} is a link")
                place.mkdir(mode=FOLDER_MODE)  # the name is reserved; a folder may be renamed over an empty one
            except FileExistsError:
                continue
            except OSError as error:
                raise _refused(error) from error
            try:
                os.rename(folder.path, place)
            except OSError as error:
                place.rmdir()
                raise _refused(error) from error
            return entry
        raise DiskTrouble("The trash is full of projects of this name. Empty it by hand.")

    def _put_back(self, folder: Folder, entry: str) -> None:
        os.rename(self._home / entry, folder.path)
        folder.files.remove(NOTE)

    def _entries(self) -> list[DeletedProject]:
        found = [self._read(name) for name in self._names()]
        return sorted(found, key=lambda trashed: -trashed.deleted_at)

    def _names(self) -> list[str]:
        try:
            with os.scandir(self._home) as entries:
                return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return []

    def _read(self, entry: str) -> DeletedProject:
        """Return an entry by its note; what the note lacks is read from the entry's name."""
        note = read_object(Folder(entry, self._home / entry), NOTE)
        name, title, time = (note.get(key) for key in ("name", "title", "time"))
        match = _ENTRY.match(entry)
        plain = match["name"] if match else entry
        if isinstance(time, bool) or not isinstance(time, (int, float)) or not 0 < time < 1e11:
            stamp = datetime.strptime(match["time"], "%Y%m%dT%H%M%SZ") if match else None
            time = stamp.replace(tzinfo=UTC).timestamp() if stamp else self._clock()
        name = name if isinstance(name, str) and name else plain
        return DeletedProject(
            entry, name, title[:MAX_TITLE] if isinstance(title, str) and title else plain, float(time)
        )

    def _restore(self, entry: str) -> Folder:
        if entry not in self._names():
            raise NotFound("This project is not in the trash (any more). Reload the page.")
        trashed = self._read(entry)
        folder = self._adopt(entry, trashed.name)
        folder.files.remove(NOTE)
        log.info("project=%s restored from the trash", folder.name)
        return folder

    def _adopt(self, entry: str, name: str) -> Folder:
        plain = re.sub(r"[^\w -]+", "-", name.rpartition("/")[2]).strip(" -")[:60] or "project"
        names = [name, *(f"{plain}-{number}" for number in range(2, 1000))]
        for candidate in names:
            try:
                return self._library.adopt(self._home / entry, candidate)
            except BadInput:  # taken meanwhile, or a name that was never one
                continue
        raise BadInput("No free name is left for this project. Rename its folder in the trash by hand.")

    def _purge(self) -> list[str]:
        now, gone = self._clock(), []
        old = [self._home / item.entry for item in self._entries() if item.until <= now]
        for path in (*old, *self._leftovers(now)):
            try:
                shutil.rmtree(path)
            except OSError as error:
                log.warning("%s could not be removed for good (%s)", path.name, error.strerror)
            else:
                gone.append(path.name)
        if gone:
            log.info("removed for good: %s", ", ".join(gone))
        return gone

    def _leftovers(self, now: float) -> list[Path]:
        try:
            with os.scandir(self._library.root) as entries:
                return [
                    Path(entry.path)
                    for entry in entries
                    if entry.name.startswith(ARRIVING)
                    and entry.is_dir(follow_symlinks=False)
                    and entry.stat(follow_symlinks=False).st_mtime < now - LEFTOVER
                ]
        except OSError:
            return []


def _refused(error: OSError) -> DiskTrouble:
    return DiskTrouble(f"The project could not be deleted ({error.strerror}). Check the projects folder and its disk.")
