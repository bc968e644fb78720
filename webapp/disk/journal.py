"""What happened to a project's money and pictures, one JSON object a line: ``.step8/journal.jsonl``.

Only ever added to, each record synced before `Journal.append` returns. Records hold ids, numbers and plain words, no
secret and no prompt text. A line that a crash cut off is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from webapp.disk.folder import STATE, Folder
from webapp.disk.pool import run_native

FILE = f"{STATE}/journal.jsonl"
MAX_LINE = 1_000_000


class Journal:
    """The journal of one project."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def append(self, record: dict[str, Any]) -> None:
        """Write a record down, durably.

        Raises:
            DiskTrouble: it could not be written. A part of it may be in the file; it will be passed over.
        """
        line = json.dumps(record, separators=(",", ":")).encode()
        run_native(self._folder.files.append_synced, FILE, line)

    def records(self) -> Iterator[dict[str, Any]]:
        """Every whole record, oldest first, read one line at a time.

        Raises:
            BadFile: the journal is no regular file, or may not be read.
        """
        handle = self._folder.files.open(FILE)
        if handle is None:
            return
        with open(handle, "rb") as file:
            while line := file.readline(MAX_LINE):
                record = _record(line)
                if record is not None:
                    yield record


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
