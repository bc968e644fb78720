"""The one reader and writer of a project's folder.

Every path is relative to that folder and is walked part by part from a handle on it, never through a link, so nothing
outside can be read or written, whatever lies in the folder. A file is written whole or not at all: under another name,
synced, then renamed, and the folder synced too. What the disk refuses is raised as `DiskTrouble` with a plain sentence.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from webapp.disk.durable import (
    FOLDER_MODE,
    PRIVATE,
    PUBLIC,
    TEMPORARY,
    discard,
    rename_exclusively,
    sync,
    sync_folder,
    write_all,
    write_synced,
)
from webapp.disk.trouble import MISSING, disk_trouble, folder_gone
from webapp.errors import BadFile, LeaseLost

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_OPEN_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})

Inside = str | PurePosixPath
"""A path relative to the project's folder, with slashes."""


class Files:
    """The files below one folder. ``base`` itself is never created; once it is gone or replaced, everything is refused.

    Nothing here runs in a native thread by itself; the callers hand their whole piece of work to `pool.run_native`.
    """

    def __init__(self, base: Path) -> None:
        self.base = base
        self._identity = _identity(base)

    # reading

    def read(self, path: Inside, limit: int) -> bytes | None:
        """The whole content of a regular file, or ``None`` when there is none of that name.

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
        """A handle for reading a regular file, or ``None`` when there is none of that name. The caller closes it.

        Raises:
            BadFile: as for `read`.
        """
        *folders, name = _parts(path)
        try:
            with self._folder(folders) as folder:
                handle = os.open(name, _OPEN_FILE, dir_fd=folder)
        except OSError as error:
            if error.errno in MISSING:
                return None
            raise BadFile(str(path), _unreadable(error)) from error
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return handle
        os.close(handle)
        raise BadFile(str(path), "this is not a regular file. Replace it by one.")

    def names(self, folder: Inside) -> list[str]:
        """What lies in a folder, sorted; nothing when there is no such folder.

        Raises:
            BadFile: it is a link, no folder, or may not be read.
        """
        try:
            with self._folder(_parts(folder)) as handle:
                return sorted(os.listdir(handle))
        except OSError as error:
            if error.errno == errno.ENOENT:
                return []
            raise BadFile(str(folder), _unreadable(error)) from error

    def stats(self, folder: Inside, names: Iterable[str]) -> dict[str, os.stat_result]:
        """The regular files of these names that are in the folder."""
        found: dict[str, os.stat_result] = {}
        with contextlib.suppress(OSError), self._folder(_parts(folder)) as handle:
            for name in names:
                with contextlib.suppress(OSError):
                    status = os.stat(name, dir_fd=handle, follow_symlinks=False)
                    if stat.S_ISREG(status.st_mode):
                        found[name] = status
        return found

    def exists(self, path: Inside) -> bool:
        """Whether anything has this name, even a broken link."""
        *folders, name = _parts(path)
        try:
            with self._folder(folders) as folder:
                os.stat(name, dir_fd=folder, follow_symlinks=False)
        except OSError as error:
            if error.errno in MISSING:
                return False
            raise disk_trouble(error, path) from error
        return True

    # writing

    def write_whole(self, path: Inside, data: bytes, mode: int = PUBLIC, *, synced: bool = True) -> None:
        """Put a file there, replacing the one of that name: a reader sees the old content or the new, no mixture.

        One that is not ``synced`` may be missing or cut off after a power failure: for what can be made again.
        """
        *folders, name = _parts(path)
        with self._changing(path), self._folder(folders, create=True) as folder:
            for last in (False, True):
                temporary = f".{name}.{secrets.token_hex(8)}{TEMPORARY}"
                try:
                    write_synced(folder, temporary, data, mode, wait=synced)
                    os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                    break
                except FileNotFoundError:  # another worker's recovery swept the temporary file away
                    if last:
                        raise
                except OSError:
                    discard(folder, temporary)
                    raise
            if synced:
                sync_folder(folder)

    def write_new(self, path: Inside, data: bytes, mode: int = PUBLIC) -> None:
        """Write and sync a file for our own use, replacing what an earlier try left under that name."""
        *folders, name = _parts(path)
        with self._changing(path), self._folder(folders, create=True) as folder:
            discard(folder, name)
            write_synced(folder, name, data, mode)

    @contextlib.contextmanager
    def writing(self, path: Inside, mode: int = PUBLIC) -> Iterator[BinaryIO]:
        """A new file to be written (and read again) piece by piece, synced at the end.

        Nothing of it stays when the block raises. A name that is taken is refused.
        """
        *folders, name = _parts(path)
        with self._changing(path), self._folder(folders, create=True) as folder:
            handle = os.open(name, _CREATE, mode, dir_fd=folder)
            try:
                with open(handle, "w+b") as file:
                    yield file
                    file.flush()
                    sync(handle)
            except BaseException:
                discard(folder, name)
                raise
            sync_folder(folder)

    def append_synced(self, path: Inside, line: bytes, mode: int = PRIVATE) -> None:
        """Add a line or several (without the last end) to a file, synced. One that a crash cut off is closed first."""
        *folders, name = _parts(path)
        with self._changing(path), self._folder(folders, create=True) as folder:
            handle = _open_alone(folder, name, _APPEND, mode)
            try:
                size = os.fstat(handle).st_size
                torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                write_all(handle, (b"\n" if torn else b"") + line + b"\n")
                with contextlib.suppress(OSError):
                    fcntl.flock(handle, fcntl.LOCK_UN)  # others need not wait for the disk
                sync(handle)
            finally:
                os.close(handle)
            if not size:
                sync_folder(folder)

    def append(self, path: Inside, data: bytes, older: Inside, limit: int, mode: int = PRIVATE) -> None:
        """Add whole lines to a file, not synced: a power failure may lose the newest.

        One that would grow beyond ``limit`` bytes is first renamed to ``older`` in the same folder, in place of what
        has that name. A line that a crash cut off before is closed first.
        """
        *folders, name = _parts(path)
        with self._changing(path), self._folder(folders, create=True) as folder:
            while True:
                handle = _open_alone(folder, name, _APPEND, mode)
                try:
                    size = os.fstat(handle).st_size
                    if size and size + len(data) > limit:
                        os.replace(name, _parts(older)[-1], src_dir_fd=folder, dst_dir_fd=folder)
                        continue
                    torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                    write_all(handle, (b"\n" if torn else b"") + data)
                    return
                finally:
                    os.close(handle)

    def revise(self, path: Inside, revision: Callable[[BinaryIO], bytes | None], mode: int = PRIVATE) -> None:
        """Replace a file that is appended to by what ``revision`` makes of it, whole or not at all; ``None``: it stays.

        Nobody can append meanwhile: whoever waits to do so appends to the new file. Where the disk knows no locks, a
        line that is added at the very moment may be lost. It is no error when there is no such file.
        """
        *folders, name = _parts(path)
        with (
            self._changing(path),
            contextlib.suppress(FileNotFoundError),
            self._folder(folders) as folder,
            open(_open_alone(folder, name, _OPEN_FILE), "rb") as file,
        ):
            data = revision(file)
            if data is not None:
                self.write_whole(path, data, mode)

    def link_new(self, temporary: Inside, path: Inside) -> bool:
        """Give a finished file its final name in the same folder, never overwriting: ``False`` when the name is taken.

        The temporary name is gone afterwards only if the final one was free.

        Raises:
            LeaseLost: the temporary file is gone, so another worker has begun its recovery of this project.
        """
        *folders, name = _parts(path)
        source = _parts(temporary)[-1]
        with self._changing(path), self._folder(folders) as folder:
            try:
                os.link(source, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            except FileExistsError:
                return False
            except FileNotFoundError:
                if os.fstat(folder).st_nlink == 0:
                    raise  # the folder itself was deleted
                raise LeaseLost("Another worker drives this project now.") from None  # its recovery swept our file away
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                if not rename_exclusively(folder, source, name):
                    return False
            else:
                os.unlink(source, dir_fd=folder)
            sync_folder(folder)
            return True

    def second_name(self, path: Inside, new: Inside, limit: int) -> None:
        """Give a file another name as well, at once in place of whatever has that name. Where the disk knows no links
        it becomes a copy, of at most ``limit`` bytes."""
        *folders, name = _parts(path)
        *new_folders, new_name = _parts(new)
        temporary = f".{new_name}.{secrets.token_hex(8)}{TEMPORARY}"
        with (
            self._changing(path),
            self._folder(folders) as source,
            self._folder(new_folders, create=True) as target,
        ):
            try:
                os.link(name, temporary, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                write_synced(target, temporary, self.read(path, limit) or b"", PUBLIC)
            os.replace(temporary, new_name, src_dir_fd=target, dst_dir_fd=target)
            discard(target, temporary)  # a rename between two names of one file does nothing
            sync_folder(target)

    def move(self, path: Inside, new: Inside) -> None:
        """Rename a file, a folder or a link as such. An earlier file of the new name is replaced."""
        *folders, name = _parts(path)
        *new_folders, new_name = _parts(new)
        with (
            self._changing(path),
            self._folder(folders) as source,
            self._folder(new_folders, create=True) as target,
        ):
            os.rename(name, new_name, src_dir_fd=source, dst_dir_fd=target)
            sync_folder(target)
            if folders != new_folders:
                sync_folder(source)

    def remove(self, path: Inside) -> None:
        """Remove a file or a link. It is no error when there is none."""
        *folders, name = _parts(path)
        with self._changing(path), contextlib.suppress(FileNotFoundError), self._folder(folders) as folder:
            os.unlink(name, dir_fd=folder)

    def remove_folder(self, path: Inside) -> None:
        """Remove an empty folder. It is no error when there is none."""
        *folders, name = _parts(path)
        with self._changing(path), contextlib.suppress(FileNotFoundError), self._folder(folders) as folder:
            os.rmdir(name, dir_fd=folder)

    def make_folder(self, path: Inside) -> None:
        """Make sure that a folder is there, and those above it, below the project's own."""
        with self._changing(path), self._folder(_parts(path), create=True):
            pass

    def may_write(self, folder: Inside) -> bool:
        """Whether new files may be put into an existing folder, by its permissions; True if there is none."""
        try:
            with self._folder(_parts(folder)) as handle:
                return os.access(".", os.W_OK | os.X_OK, dir_fd=handle)
        except OSError as error:
            return error.errno == errno.ENOENT

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other threads and processes of this machine out while a file is read, changed and written back.

        For the user's own settings and choices; where the disk knows no locks, the last writer wins. Not to be nested.
        """
        with self._changing("."):
            handle = self._open_base()
        try:
            with contextlib.suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def free_space(self) -> int:
        """Bytes that may still be written on this disk."""
        with self._changing("."), self._folder([]) as folder:
            status = os.fstatvfs(folder)
            return status.f_bavail * status.f_frsize

    @contextlib.contextmanager
    def _changing(self, path: Inside) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise disk_trouble(error, path) from error

    @contextlib.contextmanager
    def _folder(self, parts: list[str], create: bool = False) -> Iterator[int]:
        """A handle on a folder below the base, reached without following a link."""
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


def _open_alone(folder: int, name: str, flags: int, mode: int = 0) -> int:
    """A handle on the file that has this name now, locked against others who open it so, until it is closed."""
    while True:
        handle = os.open(name, flags, mode, dir_fd=folder)
        try:
            with contextlib.suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_EX)
            ours = os.fstat(handle)
            with contextlib.suppress(FileNotFoundError):
                if os.path.samestat(ours, os.stat(name, dir_fd=folder, follow_symlinks=False)):
                    return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # it was replaced while we waited


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


def _parts(path: Inside) -> list[str]:
    """The parts of a path. What could lead elsewhere is a mistake of ours, since paths are built from checked names."""
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
