"""Calls of the operating system on open handles, made durable, and what it refuses as plain sentences."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import logging
import os
from pathlib import PurePosixPath

from webapp.errors import DiskTrouble, FolderGone

log = logging.getLogger("step8.disk")

FOLDER_MODE = 0o755
PUBLIC = 0o644
PRIVATE = 0o600
"""The modes of a project's own files, and of those in ``.step8``."""

TEMPORARY = ".tmp"

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_CANNOT_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF})


def write_synced(folder: int, name: str, data: bytes, mode: int, *, wait: bool = True) -> None:
    """Make a new file with this content, synced unless ``wait`` is False; nothing of it stays when that fails."""
    handle = os.open(name, _CREATE, mode, dir_fd=folder)
    try:
        write_all(handle, data)
        if wait:
            sync(handle)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)
        raise
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes) -> None:
    """Write every byte; the system may take fewer at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(handle, rest) :]


def sync(handle: int) -> None:
    """Sync to the medium: on macOS a plain fsync stops at the disk's own cache."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(handle, full)
            return
    os.fsync(handle)


def sync_folder(folder: int) -> None:
    """Make new and changed names in the folder durable, where the disk can."""
    try:
        os.fsync(folder)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC:
            raise
        _warn_that_folders_cannot_be_synced(os.fstat(folder).st_dev)


@functools.cache
def _warn_that_folders_cannot_be_synced(device: int) -> None:
    log.warning("device=%s cannot sync folders: after a power failure the newest files may be missing", device)


def discard(folder: int, name: str) -> None:
    """Remove a file that may not be there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def rename_exclusively(folder: int, source: str, name: str) -> bool:
    """Rename without overwriting, where the disk has no hard links (FAT, some network shares).

    A plain rename would overwrite, so only the creator of the claim file may do it, after checking that the name is
    free. A claim that a crash left behind is removed with the temporary files at the next start.
    """
    claim = f"{name}.claim{TEMPORARY}"
    os.close(os.open(claim, _CREATE, PRIVATE, dir_fd=folder))
    try:
        if name in os.listdir(folder):
            return False
        os.rename(source, name, src_dir_fd=folder, dst_dir_fd=folder)
        return True
    finally:
        os.unlink(claim, dir_fd=folder)


def open_alone(folder: int, name: str, flags: int, mode: int = 0) -> int:
    """Open the file that has this name now, locked against others who open it so, until it is closed."""
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


MISSING = frozenset({errno.ENOENT, errno.ESTALE})

_AGAIN = "then go on."
_FORBIDDEN = f"The app may not write in {{place}}. Give it the permission, {_AGAIN}"
_UNKNOWN = f"The disk refuses to write {{path}} ({{why}}). Check it, {_AGAIN}"
_SENTENCES = {
    errno.ENOSPC: f"The disk is full. Free some space, {_AGAIN}",
    errno.EDQUOT: f"Your disk quota is used up. Free some space, {_AGAIN}",
    errno.EROFS: f"The project's disk is read-only. Make it writable, {_AGAIN}",
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EFBIG: f"The disk refuses a file of this size ({{path}}). Raise the limit, {_AGAIN}",
    errno.ENOTDIR: f"A file or a link stands where a folder must be ({{path}}). Move it away, {_AGAIN}",
    errno.ELOOP: f"A link stands where a file or folder must be ({{path}}). Move it away, {_AGAIN}",
    errno.EISDIR: f"A folder stands where a file must be ({{path}}). Move it away, {_AGAIN}",
    errno.EIO: f"The disk reports an error ({{path}}). Check the disk, {_AGAIN}",
    errno.EMFILE: "The app has too many files open. Raise the limit (ulimit -n) and start the app again.",
    errno.ENFILE: f"The machine has too many files open. Close some programs, {_AGAIN}",
}


def disk_trouble(error: OSError, path: str | PurePosixPath) -> DiskTrouble:
    """Return the error as one sentence. ``path`` is what was being written, relative to the project."""
    if error.errno in MISSING:
        return folder_gone()
    inside = PurePosixPath(path).parent
    place = "the project's folder" if inside == PurePosixPath(".") else f"the project's folder {inside}"
    sentence = _SENTENCES.get(error.errno or 0, _UNKNOWN)
    return DiskTrouble(sentence.format(path=path, place=place, why=error.strerror))


def folder_gone() -> FolderGone:
    """Return the error for a project's folder, or a part of it, that vanished during use."""
    return FolderGone(f"The project's folder is gone (deleted, renamed or unmounted). Bring it back, {_AGAIN}")


FEWEST_INODES = 64
"""Files that a disk must have room for: an image needs several, and so do the files beside it."""


def free_bytes(status: os.statvfs_result) -> int:
    """The bytes that may still be written on a disk; 0 when it has no inodes for them. Some disks count none at all."""
    out_of_inodes = status.f_files > 0 and status.f_favail < FEWEST_INODES
    return 0 if out_of_inodes else status.f_bavail * status.f_frsize
