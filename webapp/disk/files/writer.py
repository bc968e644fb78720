"""Writer of one folder; like the reader it never follows a link.

A file is written whole or not at all: under another name, synced, then renamed, and the folder synced too. What the
disk refuses is raised as `DiskTrouble` with a plain sentence.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from typing import BinaryIO

from webapp.disk.files.os_calls import (
    PRIVATE,
    PUBLIC,
    TEMPORARY,
    discard,
    open_alone,
    rename_exclusively,
    sync,
    sync_folder,
    write_all,
    write_synced,
)
from webapp.disk.files.reader import (
    OPEN_FILE,
    FolderReader,
    Inside,
    parts_of,
)
from webapp.errors import LeaseLost

_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})

__all__ = ["FolderWriter", "Inside"]


class FolderWriter(FolderReader):
    """Reads and writes below one folder. Not: native threads; callers pass their whole work to `run_native`."""

    def write_whole(self, path: Inside, data: bytes, mode: int = PUBLIC, *, synced: bool = True) -> None:
        """Write a file in place of one of that name: a reader sees the old content or the new, no mixture.

        One that is not ``synced`` may be missing or cut off after a power failure: for what can be made again.
        """
        *folders, name = parts_of(path)
        with self._changing(path), self._folder(folders, create=True) as folder:
            for last in (False, True):
                temporary = f".{name}.{secrets.token_hex(8)}{TEMPORARY}"
                try:
                    write_synced(folder, temporary, data, mode, wait=synced)
                    os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
                    break
                except FileNotFoundError:  # another worker's recovery removed the temporary file
                    if last:
                        raise
                except OSError:
                    discard(folder, temporary)
                    raise
            if synced:
                sync_folder(folder)

    def write_new(self, path: Inside, data: bytes, mode: int = PUBLIC) -> None:
        """Write and sync a file for internal use, replacing what an earlier try left under that name."""
        *folders, name = parts_of(path)
        with self._changing(path), self._folder(folders, create=True) as folder:
            discard(folder, name)
            write_synced(folder, name, data, mode)

    @contextlib.contextmanager
    def writing(self, path: Inside, mode: int = PUBLIC) -> Iterator[BinaryIO]:
        """Open a new file to be written (and read) piece by piece; synced at the end.

        Nothing of it stays when the block raises. A name that is taken is refused.
        """
        *folders, name = parts_of(path)
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
        """Append lines (without the last line end) to a file, synced. A line that a crash cut off is closed first."""
        *folders, name = parts_of(path)
        with self._changing(path), self._folder(folders, create=True) as folder:
            handle = open_alone(folder, name, _APPEND, mode)
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
        """Append whole lines to a file, not synced: a power failure may lose the newest.

        A file that would grow beyond ``limit`` bytes is first renamed to ``older`` in the same folder, in place of what
        has that name. A line that a crash cut off before is closed first.
        """
        *folders, name = parts_of(path)
        with self._changing(path), self._folder(folders, create=True) as folder:
            while True:
                handle = open_alone(folder, name, _APPEND, mode)
                try:
                    size = os.fstat(handle).st_size
                    if size and size + len(data) > limit:
                        os.replace(name, parts_of(older)[-1], src_dir_fd=folder, dst_dir_fd=folder)
                        continue
                    torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                    write_all(handle, (b"\n" if torn else b"") + data)
                    return
                finally:
                    os.close(handle)

    def revise(self, path: Inside, revision: Callable[[BinaryIO], bytes | None], mode: int = PRIVATE) -> None:
        """Replace an appended file by what ``revision`` returns for it, whole or not at all; None: it stays.

        A process that appends meanwhile waits, and appends to the new file. Where the disk knows no locks, a line that
        is added at that very moment may be lost. No effect when there is no such file.
        """
        *folders, name = parts_of(path)
        with (
            self._changing(path),
            contextlib.suppress(FileNotFoundError),
            self._folder(folders) as folder,
            open(open_alone(folder, name, OPEN_FILE), "rb") as file,
        ):
            data = revision(file)
            if data is not None:
                self.write_whole(path, data, mode)

    def link_new(self, temporary: Inside, path: Inside) -> bool:
        """Give a finished file its final name in the same folder, never overwriting. Returns False when the name is
        taken.

        The temporary name is gone afterwards only if the final one was free.

        Raises:
            LeaseLost: the temporary file is gone, so another worker has begun its recovery of this project.
        """
        *folders, name = parts_of(path)
        source = parts_of(temporary)[-1]
        with self._changing(path), self._folder(folders) as folder:
            try:
                os.link(source, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            except FileExistsError:
                return False
            except FileNotFoundError:
                if os.fstat(folder).st_nlink == 0:
                    raise  # the folder itself was deleted
                raise LeaseLost(
                    "Another worker drives this project now."
                ) from None  # its recovery removed the temporary file
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
        """Give a file another name as well, atomically in place of what has that name.

        Where the disk knows no links it becomes a copy, of at most ``limit`` bytes.
        """
        *folders, name = parts_of(path)
        *new_folders, new_name = parts_of(new)
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
        *folders, name = parts_of(path)
        *new_folders, new_name = parts_of(new)
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
        """Remove a file or a link, if there is one."""
        *folders, name = parts_of(path)
        with self._changing(path), contextlib.suppress(FileNotFoundError), self._folder(folders) as folder:
            os.unlink(name, dir_fd=folder)

    def remove_folder(self, path: Inside) -> None:
        """Remove an empty folder, if there is one."""
        *folders, name = parts_of(path)
        with self._changing(path), contextlib.suppress(FileNotFoundError), self._folder(folders) as folder:
            os.rmdir(name, dir_fd=folder)

    def make_folder(self, path: Inside) -> None:
        """Make a folder and those above it, unless they exist."""
        with self._changing(path), self._folder(parts_of(path), create=True):
            pass

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other threads and processes of this machine out while a file is read, changed and written.

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
