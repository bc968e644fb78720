"""Folder of one project: its name, its id, its files."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from webapp.disk.files.disk_probe import try_out, try_to_write
from webapp.disk.files.native_threads import run_native
from webapp.disk.files.os_calls import disk_trouble
from webapp.disk.files.writer import FolderWriter
from webapp.errors import BadFile

STATE = ".step8"
IMAGES = "generated_images"


@dataclass(frozen=True, slots=True)
class Folder:
    """A project's folder, made by `Library.find`. Everything below is reached through ``files`` alone.

    ``name`` is its path relative to the projects root ("demo", "client/film"); ``path`` is absolute, links resolved;
    ``storage`` is the id of the storage that holds it.
    """

    name: str
    path: Path
    make_files: Callable[[Path], FolderWriter] = field(default=FolderWriter, compare=False, repr=False)
    storage: str = ""
    files: FolderWriter = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", self.make_files(self.path))

    @property
    def id(self) -> str:
        """Return 16 hexadecimal characters, opaque and stable, for keys that must hold no user text.

        The same on every machine that shares the storage, and another one for a project of this name elsewhere.
        """
        name = f"{self.storage}/{self.name}".encode("utf-8", "surrogateescape")
        return hashlib.blake2s(name, digest_size=8).hexdigest()

    @property
    def state(self) -> Path:
        """Return the folder of the app's own files about the project."""
        return self.path / STATE

    def check_writable(self) -> None:
        """Write files wherever a run will write, check that the disk keeps its promises, and remove them again.

        Raises:
            DiskTrouble: the folder refuses or its disk does not keep its promises, with what to do about it.
        """
        run_native(self._check_writable)

    def free_space(self) -> int:
        """Return the bytes that may still be written on the project's disk.

        Raises:
            DiskTrouble: the folder is gone.
        """
        return run_native(self.files.free_space)

    def _check_writable(self) -> None:
        try_out(self.files, "")
        disk = self.files.device(".")
        for place in (f"{STATE}/spool", IMAGES):
            if self.files.device(place) in (None, disk):
                try_to_write(self.files, f"{place}/")
            else:  # something else is mounted there
                try_out(self.files, f"{place}/")
        for folder in self._image_folders():
            if not self.files.may_write(folder):
                raise disk_trouble(PermissionError(errno.EACCES, ""), f"{folder}/image")

    def _image_folders(self) -> list[str]:
        found: list[str] = []
        for style in self._below(IMAGES):
            found += [style, *self._below(style)]
        return found

    def _below(self, folder: str) -> list[str]:
        try:
            return [f"{folder}/{name}" for name in self.files.names(folder) if not name.startswith(".")]
        except BadFile:  # a file, or a link that is not followed: nothing is ever written there
            return []
