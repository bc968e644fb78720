"""What the disk refuses, in plain words."""

from __future__ import annotations

import errno
from pathlib import PurePosixPath

from webapp.errors import DiskTrouble, FolderGone

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
    """The trouble as one sentence. ``path`` is what was being written, relative to the project."""
    if error.errno in MISSING:
        return folder_gone()
    inside = PurePosixPath(path).parent
    place = "the project's folder" if inside == PurePosixPath(".") else f"the project's folder {inside}"
    sentence = _SENTENCES.get(error.errno or 0, _UNKNOWN)
    return DiskTrouble(sentence.format(path=path, place=place, why=error.strerror))


def folder_gone() -> FolderGone:
    """The project's folder, or a part of it, vanished while it was being used."""
    return FolderGone(f"The project's folder is gone (deleted, renamed or unmounted). Bring it back, {_AGAIN}")
