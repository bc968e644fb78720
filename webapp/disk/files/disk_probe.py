"""Probe of a disk: whether it keeps the promises that a run is built on, tried with files of the app's own.

Two workers may be on two machines, so what counts is what the disk itself guarantees: a name is given once, a rename
replaces a file whole, a line is added at the end. Shares exist that only pretend to.
"""

from __future__ import annotations

import secrets

from webapp.disk.files.os_calls import PRIVATE
from webapp.disk.files.writer import FolderWriter
from webapp.errors import DiskTrouble, LeaseLost

_CURE = "Put the projects on a local disk or an NFSv4 share, then go on."
_TAKEN = f"The project's disk gives one name to two files, so images could overwrite each other. {_CURE}"
_TORN = f"The project's disk does not replace a file as a whole, so progress could be lost. {_CURE}"
_LOST = f"The project's disk loses lines that are added to a file, so costs could be lost. {_CURE}"

ONE, OTHER = b"one", b"other"


def try_out(files: FolderWriter, place: str) -> None:
    """Link, rename, sync and append in the folder ``place`` ("" or with a slash at its end), and tidy up.

    Raises:
        DiskTrouble: something is refused, or is not done as promised; with what to do about it.
    """
    name = _name(place)
    other = f"{name}-2"
    try:
        _try_names(files, name, other)
        _try_lines(files, name)
    finally:
        for left in (name, other, f"{name}.tmp", f"{other}.tmp"):
            files.remove(left)


def try_to_write(files: FolderWriter, place: str) -> None:
    """Write and sync a file in the folder ``place`` of a disk that was tried out, and tidy up.

    Raises:
        DiskTrouble: it is refused.
    """
    name = f"{_name(place)}.tmp"
    try:
        files.write_new(name, ONE, PRIVATE)
    finally:
        files.remove(name)


def _name(place: str) -> str:
    return f"{place}.probe-{secrets.token_hex(4)}"


def _try_names(files: FolderWriter, name: str, other: str) -> None:
    files.write_new(f"{name}.tmp", ONE, PRIVATE)
    files.write_new(f"{other}.tmp", OTHER, PRIVATE)
    try:
        given, again = files.link_new(f"{name}.tmp", name), files.link_new(f"{other}.tmp", name)
    except LeaseLost:  # what was just written is not there
        raise DiskTrouble(_TORN) from None
    if not given or again or _content(files, name) != ONE:
        raise DiskTrouble(_TAKEN)
    files.write_new(other, OTHER, PRIVATE)
    files.move(other, name)
    if _content(files, name) != OTHER or files.exists(other):
        raise DiskTrouble(_TORN)


def _try_lines(files: FolderWriter, name: str) -> None:
    files.append_synced(name, b"a line")
    files.append_synced(name, b"another")
    if _content(files, name) != OTHER + b"\na line\nanother\n":
        raise DiskTrouble(_LOST)


def _content(files: FolderWriter, name: str) -> bytes | None:
    return files.read(name, 100)
