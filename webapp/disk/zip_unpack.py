"""Unpacking of a ZIP into a new project, after everything about it was checked.

Nothing is written before `webapp.core.zip_rules` has passed its table of contents; then everything is counted again
while it is unpacked, below the new project's folder alone.
"""

from __future__ import annotations

import contextlib
import json
import struct
import zipfile
import zlib
from typing import BinaryIO

from webapp.core import zip_rules
from webapp.core.zip_rules import UnzipPlan, ZipEntry
from webapp.disk.files.writer import FolderWriter
from webapp.disk.project_tree import PIECE, check_space
from webapp.disk.records import one_line
from webapp.errors import BadInput

DAMAGED = "This file is no ZIP, or it is cut off or damaged. Choose the ZIP of a project's folder."
TOO_LARGE = "This ZIP is too large, or packed in a way that is not read here. Pack one project's folder, as usual."
MAX_TITLE_FILE = 100_000

_END = struct.Struct("<4s4H2LH")  # the record at the end of every ZIP: counts, size and place of the table of contents
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError)
_LONGEST_COMMENT = 0xFFFF
_UTF8 = 0x0800


class ZipUnpacker:
    """One ZIP that is being read. ``file`` is seekable; it is not closed here."""

    def __init__(self, file: BinaryIO) -> None:
        """Read and check the table of contents.

        Raises:
            BadInput: this ZIP cannot become a project.
        """
        _check_end(file)
        try:
            self._zip = zipfile.ZipFile(file)
            self._entries = [_entry(info) for info in self._zip.infolist()]
        except (*_BROKEN, OSError) as error:
            raise BadInput(DAMAGED) from error
        self.plan: UnzipPlan = zip_rules.plan(self._entries)

    def title(self) -> str:
        """Return the title the ZIP gives its project; else the name of its folder, or ""."""
        if self.plan.title is not None and self._entries[self.plan.title].size <= MAX_TITLE_FILE:
            with contextlib.suppress(ValueError, RecursionError, BadInput):
                facts = json.loads(self._read(self.plan.title))
                if isinstance(facts, dict) and isinstance(facts.get("title"), str) and one_line(facts["title"]):
                    return one_line(facts["title"])
        return one_line(self.plan.folder)

    def unpack(self, files: FolderWriter) -> None:
        """Write everything below this empty folder.

        Raises:
            BadInput: the ZIP holds something else than its table of contents says.
            DiskTrouble: the disk has too little room, or refuses.
        """
        check_space(files, sum(self._entries[place].size for place, _ in self.plan.files))
        for place, path in self.plan.files:
            with files.writing(path) as new:
                self._pour(place, new)

    def _pour(self, place: int, new: BinaryIO) -> None:
        left = self._entries[place].size
        try:
            with self._zip.open(self._zip.infolist()[place]) as packed:
                while piece := packed.read(PIECE):
                    left -= len(piece)
                    if left < 0:
                        raise BadInput(DAMAGED)
                    new.write(piece)
        except _BROKEN as error:
            raise BadInput(DAMAGED) from error
        if left:
            raise BadInput(DAMAGED)

    def _read(self, place: int) -> bytes:
        try:
            return self._zip.read(self._zip.infolist()[place])
        except _BROKEN as error:
            raise BadInput(DAMAGED) from error


def _check_end(file: BinaryIO) -> None:
    """Check the record at the end first: reading a table of contents of a million lines takes a gigabyte."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - _LONGEST_COMMENT - 20))  # 20: what announces a ZIP of the large kind
    tail = file.read()
    place = tail.rfind(b"PK\5\6")
    if place < 0 or len(tail) - place < _END.size:
        raise BadInput(DAMAGED)
    _, disk, first, here, count, table, start, comment = _END.unpack_from(tail, place)
    if place + _END.size + comment != len(tail) or disk or first or here != count:
        raise BadInput(DAMAGED)
    if tail[max(0, place - 20) : place].startswith(b"PK\6\7") or 0xFFFF in (here, count) or start == 0xFFFFFFFF:
        raise BadInput(TOO_LARGE)
    if count > zip_rules.MAX_ENTRIES or table > zip_rules.MAX_TABLE:
        raise BadInput(f"This ZIP holds more than {zip_rules.MAX_ENTRIES:,} files. Choose the ZIP of one project.")


def _entry(info: zipfile.ZipInfo) -> ZipEntry:
    length = len(info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437", "replace"))
    return ZipEntry(
        name=_name(info),
        size=info.file_size,
        packed=info.compress_size,
        start=info.header_offset,
        end=info.header_offset + 30 + length + info.compress_size,
        flags=info.flag_bits,
        method=info.compress_type,
        mode=info.external_attr >> 16,
    )


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _UTF8:
        return info.orig_filename
    try:  # some programs write UTF-8 without the flag
        return info.orig_filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.orig_filename
