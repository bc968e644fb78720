"""Small JSON objects in a project's folder: read leniently, kept aside when they cannot be read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from webapp.core.datafiles import json5
from webapp.core.datafiles.source_text import decode
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.os_calls import PRIVATE, PUBLIC
from webapp.errors import BadFile

MAX_FILE = 5_000_000


def parse_object(folder: Folder, file: str) -> dict[str, Any] | None:
    """Return the object in a file, or None when there is no such file.

    Raises:
        BadFile: it cannot be read as an object.
    """
    data = folder.files.read(file, MAX_FILE)
    if data is None:
        return None
    value = json5.read(decode(data, file), file)
    if not isinstance(value, dict):
        raise BadFile(file, "this is not an object { … }.", 1)
    return value


def read_object(folder: Folder, file: str) -> dict[str, Any]:
    """Return the object in a file; empty when there is none or it cannot be read."""
    try:
        return parse_object(folder, file) or {}
    except BadFile:
        return {}


def write_object(folder: Folder, file: str, data: dict[str, Any]) -> None:
    """Write an object; in ``.step8`` for the app's user alone."""
    folder.files.write_whole(file, json5.write(data).encode(), PRIVATE if file.startswith(f"{STATE}/") else PUBLIC)


def keep_aside(folder: Folder, file: str, now: float) -> None:
    """Rename a damaged file to ``<file>.corrupt-<time>``, never over another, before a new one is written."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    target, number = f"{file}.corrupt-{stamp}", 1
    while folder.files.exists(target):
        number += 1
        target = f"{file}.corrupt-{stamp}-{number}"
    folder.files.move(file, target)
