"""Bounded reading of a project's files for pages: whole or not at all, never through a link."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any, BinaryIO

from webapp.core.datafiles.source_text import decode
from webapp.disk.files.folder import Folder
from webapp.errors import BadFile

MOST_BYTES = 4_000_000
MOST_FILES = 5000


def has(folder: Folder, file: str) -> bool:
    """True when the project has this file, regular and not empty."""
    inside, _, name = file.rpartition("/")
    status = folder.files.stats(inside or ".", [name]).get(name)
    return status is not None and status.st_size > 0


def listed(folder: Folder, inside: str, pattern: re.Pattern[str]) -> list[str]:
    """Names of the regular files in a folder of the project that match the pattern; "2" comes before "10"."""
    with contextlib.suppress(BadFile):
        names = [name for name in folder.files.names(inside) if pattern.fullmatch(name)]
        return sorted(folder.files.stats(inside, names[:MOST_FILES]), key=_natural)
    return []


def read_text(folder: Folder, file: str) -> str | None:
    """The text of a file, ``None`` when there is none.

    Raises BadFile: it is too large to show, or not text.
    """
    body = folder.files.read(file, MOST_BYTES)
    return None if body is None else decode(body, file)


def read_json(folder: Folder, file: str) -> Any:
    """The data of a JSON file, ``None`` when there is none.

    Raises BadFile: it is too large, or not JSON.
    """
    text = read_text(folder, file)
    if text is None:
        return None
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadFile(file, f"not valid JSON: {error.msg}.", error.lineno) from error
    except (RecursionError, ValueError) as error:  # nested a thousand deep; a number of ten thousand digits
        raise BadFile(file, "not usable JSON: it is nested too deep or holds an absurd number.") from error


def open_file(folder: Folder, file: str) -> BinaryIO | None:
    """Open a regular file of the project for reading; ``None`` when there is none that may be read."""
    with contextlib.suppress(BadFile):
        handle = folder.files.open(file)
        return None if handle is None else open(handle, "rb", closefd=True)
    return None


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    pieces = re.split(r"(\d+)", name)
    return tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece.lower()) for piece in pieces)
