"""Reader of one folder: every path is walked part by part from a handle on it, never through a link.

So nothing outside can be reached, whatever lies in the folder. What the disk refuses is raised as `BadFile` or
`DiskTrouble` with a plain sentence.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath

from webapp.disk.files.os_calls import FOLDER_MODE, MISSING, disk_trouble, folder_gone, free_bytes, sync_folder
from webapp.errors import BadFile

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC

Inside = str | PurePosixPath
"""A path relative to the project's folder, with slashes."""


class FolderReader:
    """Reads below ``base``, which is never created; once it is gone or replaced, everything is refused."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self._identity = _identity(base)

    def read(self, path: Inside, limit: int) -> bytes | None:
        """Return the whole content of a regular file, or None when there is none of that name.

        Raises:
            BadFile: it is larger than ``limit``, not a regular file, or may not be read.
        """
        handle = self.open(path)
        if handle is None:
            return None
        with open(handle, "rb", closefd=True) as file:
            if os.fstat(handle).st_size > limit:
                raise BadFile(str(path), f"the file is larger than {limit / 1_000_000:g} MB. Make it smaller.")
            return file.read(limit)

    def open(self, path: Inside) -> int | None:
        """Return a handle for reading a regular file, or None when there is none of that name. The caller closes it.

        Raises:
            BadFile: as for `read`.
        """
        *folders, name = parts_of(path)
        try:
            with self._folder(folders) as folder:
                handle = os.open(name, OPEN_FILE, dir_fd=folder)
        except OSError as error:
            if error.errno in MISSING:
                return None
            raise BadFile(str(path), _unreadable(error)) from error
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return handle
        os.close(handle)
        raise BadFile(str(path), "this is not a regular file. Replace it by one.")

    def names(self, folder: Inside) -> list[str]:
        """Return the names in a folder, sorted; none when there is no such folder.

        Raises:
            BadFile: it is a link, no folder, or may not be read.
        """
        try:
            with self._folder(parts_of(folder)) as handle:
                return sorted(os.listdir(handle))
        except OSError as error:
            if error.errno == errno.ENOENT:
                return []
            raise BadFile(str(folder), _unreadable(error)) from error

    def stats(self, folder: Inside, names: Iterable[str]) -> dict[str, os.stat_result]:
        """Return the stats of those names that are regular files in the folder."""
        found: dict[str, os.stat_result] = {}
        with contextlib.suppress(OSError), self._folder(parts_of(folder)) as handle:
            for name in names:
                with contextlib.suppress(OSError):
                    status = os.stat(name, dir_fd=handle, follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        found[name] = status
        return found

    def each(
        self, folder: Inside, names: Iterable[str]
    ) -> Iterator[tuple[str, os.stat_result, Callable[[], int | None]]]:
        """Yield those names that are regular files in the folder, with stats and a function that opens the file.

        That returns a handle, which the caller closes, or None when the file is no regular one any more. The folder
        stays open meanwhile, so the way to it is walked once for a thousand files.
        """
        with contextlib.suppress(OSError), self._folder(parts_of(folder)) as handle:
            for name in names:
                with contextlib.suppress(OSError):
                    status = os.stat(name, dir_fd=handle, follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        yield name, status, functools.partial(_open_regular, handle, name)

    def device(self, folder: Inside) -> int | None:
        """Return the id of the disk that a folder lies on; None when there is no such folder."""
        with contextlib.suppress(OSError), self._folder(parts_of(folder)) as handle:
            return os.fstat(handle).st_dev
        return None

    def exists(self, path: Inside) -> bool:
        """Return whether anything has this name, even a broken link."""
        *folders, name = parts_of(path)
        try:
            with self._folder(folders) as folder:
                os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if error.errno in MISSING:
                return False
            raise disk_trouble(error, path) from error
        return True

    def may_write(self, folder: Inside) -> bool:
        """Return whether new files may be put into an existing folder, by its permissions; True if there is none."""
        try:
            with self._folder(parts_of(folder)) as handle:
                return os.access(".", os.W_OK | os.X_OK, dir_fd=handle)
        except OSError as error:
            return error.errno == errno.ENOENT

    def free_space(self) -> int:
        """Return the bytes that may still be written on this disk; 0 when it has no room for another file's name."""
        with self._changing("."), self._folder([]) as folder:
            return free_bytes(os.fstatvfs(folder))

    @contextlib.contextmanager
    def _changing(self, path: Inside) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise disk_trouble(error, path) from error

    @contextlib.contextmanager
    def _folder(self, parts: list[str], create: bool = False) -> Iterator[int]:
        """Open a folder below the base, without following a link."""
        handle = self._open_base()
        try:
            for part in parts:
                inner = _enter(handle, part, create)
                os.close(handle)
                handle = inner
            yield handle
        finally:
            os.close(handle)

    def _open_base(self) -> int:
        try:
            handle = os.open(self.base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in MISSING:
                raise folder_gone() from error
            raise disk_trouble(error, ".") from error
        status = os.fstat(handle)
        if (status.st_dev, status.st_ino) != self._identity:
            os.close(handle)
            raise folder_gone()
        return handle


def _open_regular(folder: int, name: str) -> int | None:
    try:
        handle = os.open(name, OPEN_FILE, dir_fd=folder)
    except OSError:
        return None
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    return None


def _enter(handle: int, part: str, create: bool) -> int:
    try:
        return os.open(part, _OPEN_FOLDER, dir_fd=handle)
    except FileNotFoundError:
        if not create:
            raise
    with contextlib.suppress(FileExistsError):
        os.mkdir(part, FOLDER_MODE, dir_fd=handle)
        sync_folder(handle)
    return os.open(part, _OPEN_FOLDER, dir_fd=handle)


def parts_of(path: Inside) -> list[str]:
    """Return the parts of a path.

    Raises:
       ValueError: it could lead elsewhere. That is a fault of the program, since paths are built from checked names.
    """
    text = str(path)
    parts = [part for part in text.split("/") if part != "."]
    if text.startswith("/") or "\0" in text or ".." in parts or "" in parts:
        raise ValueError(f"{text!r} is not a path inside a project.")
    return parts


def _identity(base: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(base)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _unreadable(error: OSError) -> str:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return "this is a link, or inside one, or not in a folder; links are not followed. Put the file itself there."
    if error.errno in (errno.EACCES, errno.EPERM):
        return "the app may not read it. Give it the permission."
    return f"it cannot be read ({error.strerror})."
