"""Entries of ZIP files, written in pieces."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime

FIRST_TIME, LAST_TIME = 315_532_800.0, 4_354_819_198.0
"""1980 and 2107, in epoch seconds: the times that a ZIP can name."""


def write_text(archive: zipfile.ZipFile, name: str, text: str) -> None:
    """Add a text as a compressed entry, in UTF-8."""
    write_entry(archive, name, (text.encode("utf-8", "replace"),), zipfile.ZIP_DEFLATED)


def write_entry(
    archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes], method: int, changed: float = FIRST_TIME
) -> None:
    """Add an entry. ``method`` is how it is compressed, ``changed`` the time it bears in epoch seconds."""
    moment = datetime.fromtimestamp(min(max(changed, FIRST_TIME), LAST_TIME), UTC)
    info = zipfile.ZipInfo(name, moment.timetuple()[:6])
    info.compress_type = method
    info.external_attr = 0o644 << 16
    with archive.open(info, "w") as entry:
        for piece in pieces:
            entry.write(piece)
