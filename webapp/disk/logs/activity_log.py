"""Activity log of a project: ``.step8/activity.jsonl``, and one older file once that is full.

Only appended to, not synced: it is for people to read and decides nothing. Read from its end, so the newest lines of a
long file come as fast as those of a short one.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from webapp.core.activity_line import ActivityFilter, ActivityLine
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.native_threads import run_native

FILE = f"{STATE}/activity.jsonl"
OLDER = f"{STATE}/activity.1.jsonl"
FULL = 5_000_000
"""Bytes at which a file is renamed to the older one."""

BLOCK = 65_536
MAX_LINE = 100_000


class ActivityLog:
    """The activity logs of all projects. ``full`` is the size in bytes at which a file becomes the older one."""

    def __init__(self, full: int = FULL) -> None:
        self._full = full

    def write(self, folder: Folder, lines: Iterable[Mapping[str, Any]]) -> None:
        """Append lines, each with an id of its own.

        Raises:
            DiskTrouble: they could not be written.
        """
        text = b"".join(_line(line) for line in lines)
        if text:
            run_native(folder.files.append, FILE, text, OLDER, self._full)

    def newest(self, folder: Folder, wanted: ActivityFilter, most: int, before: str = "") -> list[ActivityLine]:
        """Return the newest wanted lines, newest first, at most ``most``; only those before the line ``before``.

        No line is before an id that is not there any more.

         Raises:
            BadFile: the log is no regular file, or may not be read.
        """
        return run_native(self._newest, folder, wanted, most, before)

    def read(self, folder: Folder, wanted: ActivityFilter) -> Iterator[ActivityLine]:
        """Yield every wanted line, oldest first.

        Raises:
            BadFile: as for `newest`.
        """
        for file in (OLDER, FILE):
            handle = folder.files.open(file)
            if handle is None:
                continue
            with open(handle, "rb") as lines:
                while part := run_native(lines.readlines, BLOCK):
                    yield from (line for line in map(_read, part) if line and wanted.fits(line))

    def _newest(self, folder: Folder, wanted: ActivityFilter, most: int, before: str) -> list[ActivityLine]:
        found: list[ActivityLine] = []
        passed = not before
        for line in self._backwards(folder):
            if not passed:
                passed = line.id == before
            elif wanted.fits(line):
                found.append(line)
                if len(found) >= most:
                    break
        return found

    def _backwards(self, folder: Folder) -> Iterator[ActivityLine]:
        for file in (FILE, OLDER):
            handle = folder.files.open(file)
            if handle is None:
                continue
            with open(handle, "rb") as whole:
                yield from filter(None, map(_read, _from_its_end(whole)))


def _from_its_end(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file, the last one first. A line longer than `MAX_LINE` comes in pieces."""
    at = os.fstat(file.fileno()).st_size
    rest = b""
    while at > 0:
        start = max(0, at - BLOCK)
        file.seek(start)
        first, *lines = (file.read(at - start) + rest).split(b"\n")
        at = start
        yield from reversed(lines)
        rest = first if len(first) <= MAX_LINE else b""
    yield rest


def _line(line: Mapping[str, Any]) -> bytes:
    return json.dumps({**line, "id": secrets.token_hex(6)}, separators=(",", ":")).encode() + b"\n"


def _read(line: bytes) -> ActivityLine | None:
    try:
        return ActivityLine.from_json(json.loads(line)) if line else None
    except (ValueError, RecursionError):
        return None
