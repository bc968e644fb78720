"""Tree of a project: every file in its folder, found and copied without following a link."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from typing import BinaryIO

from webapp.disk.files.folder import STATE
from webapp.disk.files.os_calls import TEMPORARY
from webapp.disk.files.writer import FolderWriter
from webapp.errors import BadFile, DiskTrouble

DEEPEST = 16
PIECE = 1024 * 1024
RESERVE = 64_000_000
"""Bytes of the disk that a copy leaves free."""

KEPT_STATE = (f"{STATE}/project.json", f"{STATE}/settings.json", f"{STATE}/marks.json")
"""The files of ``.step8`` that belong to the project and not to its past runs."""


def files_below(
    files: FolderWriter, folder: str = ".", leave: Collection[str] = ()
) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the regular files below a folder with their stats, sorted; no links, sockets and half-written files.

    ``leave`` names folders directly below it that are not entered.
    """
    try:
        names = [name for name in files.names(folder) if not (name[0] == "." and name.endswith(TEMPORARY))]
    except BadFile:  # a link, or a folder that may not be read
        return
    there = files.stats(folder, names)
    for name in names:
        path = name if folder == "." else f"{folder}/{name}"
        if name in there:
            yield path, there[name]
        elif name not in leave and path.count("/") < DEEPEST:
            yield from files_below(files, path)


def project_files(files: FolderWriter) -> Iterator[tuple[str, os.stat_result]]:
    """Yield the files of a copy of the project: all but ``.step8``, and of that title, settings and marks."""
    yield from files_below(files, leave=(STATE,))
    kept = files.stats(STATE, [path.rpartition("/")[2] for path in KEPT_STATE])
    yield from ((f"{STATE}/{name}", status) for name, status in kept.items())


def copy_project(source: FolderWriter, target: FolderWriter) -> None:
    """Copy a project into an empty folder.

    Raises:
        DiskTrouble: the disk is too full, or refuses.
        BadFile: a file may not be read.
    """
    found = list(project_files(source))
    check_space(target, sum(status.st_size for _, status in found))
    for path, _ in found:
        handle = source.open(path)
        if handle is None:
            continue  # deleted meanwhile
        with open(handle, "rb") as old, target.writing(path) as new:
            pour(old, new)


def pour(old: BinaryIO, new: BinaryIO) -> None:
    """Copy the rest of one file into another, a piece at a time."""
    while piece := old.read(PIECE):
        new.write(piece)


def check_space(files: FolderWriter, size: int) -> None:
    """Refuse before anything is written when the disk has no room for so many bytes.

    Raises:
        DiskTrouble: it has not.
    """
    if files.free_space() < size + RESERVE:
        needed = max(1, (size + RESERVE) // 1_000_000)
        raise DiskTrouble(f"The disk has too little room: {needed:,} MB are needed. Free some space, then try again.")


def remove(files: FolderWriter, path: str) -> None:
    """Remove a file, a link, or a folder with everything in it, if there is one.

    Raises:
        DiskTrouble: the disk refuses.
    """
    try:
        names = files.names(path)
    except BadFile:  # a file or a link
        files.remove(path)
        return
    for name in names:
        remove(files, f"{path}/{name}")
    files.remove_folder(path)
