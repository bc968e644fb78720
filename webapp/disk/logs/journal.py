"""Journal of a project's attempts and runs, one JSON object a line: ``.step8/journal.jsonl``.

Only appended to, each record synced before `Journal.append` returns; a long one is compacted now and then, see
`webapp.core.money.compaction`. Records hold ids, numbers, plain words and a provider's own text on a failure, scrubbed:
no secret, and no prompt. A line that a crash cut off is ignored.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from webapp.core.money.compaction import Compaction
from webapp.core.money.ledger import Ledger
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.native_threads import run_native

FILE = f"{STATE}/journal.jsonl"
MAX_LINE = 1_000_000
LONG = 2_000_000
"""Bytes from which on a journal is compacted; some 5,000 attempts."""

_FIRST = 200


@dataclass(frozen=True, slots=True)
class JournalPosition:
    """The position of a reader. ``first`` is how the file begins: no two journals of a project begin alike."""

    first: bytes = b""
    offset: int = 0


class Journal:
    """The journal of one project."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    def append(self, record: dict[str, Any]) -> None:
        """Append a record, synced.

        Raises:
           DiskTrouble: it could not be written. A part of it may be in the file, and is ignored.
        """
        self.append_all([record])

    def append_all(self, records: list[dict[str, Any]]) -> None:
        """Append records with a single sync.

        Raises:
            DiskTrouble: they could not be written. Any part of them may be in the file.
        """
        run_native(self._folder.files.append_synced, FILE, b"\n".join(map(_line, records)))

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield every whole record, oldest first, read one line at a time.

        Raises:
            BadFile: the journal is no regular file, or may not be read.
        """
        handle = self._folder.files.open(FILE)
        if handle is None:
            return
        with open(handle, "rb") as file:
            yield from _records(file)

    def since(self, mark: JournalPosition) -> tuple[list[dict[str, Any]], JournalPosition, bool]:
        """Return the records after ``mark``, the position after them, and whether it is a new file, read from its
        start.

        Raises:
            BadFile: as for `records`.
        """
        return run_native(self._since, mark)

    def compact(self, longer_than: int = LONG) -> int:
        """Rewrite a journal of more than ``longer_than`` bytes without the records that `Compaction` drops.

        Returns how many attempts are kept as sums only. For the worker that drives the project; one that lost it may
        still append its last outcome meanwhile, which then goes into the new file.

        Raises:
            DiskTrouble: it could not be written; the journal is as it was.
        """
        return run_native(self._compact, longer_than)

    def _since(self, mark: JournalPosition) -> tuple[list[dict[str, Any]], JournalPosition, bool]:
        handle = self._folder.files.open(FILE)
        if handle is None:
            return [], JournalPosition(), mark != JournalPosition()
        with open(handle, "rb") as file:
            first = file.read(_FIRST)
            new_file = not mark.first or not first.startswith(mark.first) or os.fstat(handle).st_size < mark.offset
            offset = 0 if new_file else mark.offset
            file.seek(offset)
            found = []
            while line := file.readline(MAX_LINE):
                record = _record(line)
                if record is None and not line.endswith(b"\n") and len(line) < MAX_LINE:
                    break  # being written, or cut off: whoever adds the next record ends this line
                offset += len(line)
                if record is not None:
                    found.append(record)
            return found, JournalPosition(first.partition(b"\n")[0], offset), new_file and mark != JournalPosition()

    def _compact(self, longer_than: int) -> int:
        dropped = 0

        def revise(file: BinaryIO) -> bytes | None:
            nonlocal dropped
            if os.fstat(file.fileno()).st_size <= longer_than:
                return None
            compaction = Compaction(Ledger.sum(_records(file)))
            if not compaction.worthwhile:
                return None
            dropped = compaction.dropped
            file.seek(0)
            return _compacted(file, compaction)

        self._folder.files.revise(FILE, revise)
        return dropped


def _compacted(file: BinaryIO, compaction: Compaction) -> bytes:
    head = {"what": "compacted", "id": secrets.token_hex(8), "dropped": compaction.dropped}
    lines = [_line(record) for record in (head, *compaction.sums())]
    while line := file.readline(MAX_LINE):
        record = _record(line)
        if record is not None and record.get("what") != "compacted" and compaction.keeps(record):
            lines.append(line.rstrip(b"\r\n"))
    return b"\n".join([*lines, b""])


def _records(file: BinaryIO) -> Iterator[dict[str, Any]]:
    while line := file.readline(MAX_LINE):
        record = _record(line)
        if record is not None:
            yield record


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, separators=(",", ":")).encode()


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None
