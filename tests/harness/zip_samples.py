"""ZIP files for tests: well-made ones, and ones that somebody made to do harm."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

PROMPTS = b'[{"shot_number": 1, "beat_number": "1.1", "script_phrase": "A", "ai_prompt": "A lake"}]'


def packed(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """A ZIP with these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    out.seek(0)
    return out


def project(**more: bytes) -> dict[str, bytes]:
    """The files of a small project; further ones by name with ``__`` for a slash."""
    files = {"prompts/prompts-clear.json": PROMPTS, "book.txt": b"Once upon a time."}
    return {**files, **{name.replace("__", "/"): body for name, body in more.items()}}


def with_mode(name: str, body: bytes, mode: int) -> io.BytesIO:
    """A project with one entry of this Unix mode."""
    out = packed(project())
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo(name)
        info.create_system = 3
        info.external_attr = mode << 16
        archive.writestr(info, body)
    out.seek(0)
    return out


def encrypted() -> io.BytesIO:
    """A project whose first file claims to need a password."""
    out = packed(project())
    data = bytearray(out.getvalue())
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(mark) + place] |= 1
    return io.BytesIO(bytes(data))


def lying(size: int) -> io.BytesIO:
    """A project whose book says it has this many bytes when it has a million."""
    out = packed({"book.txt": bytes(1_000_000)})
    data = bytearray(out.getvalue())
    for mark, place in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        struct.pack_into("<L", data, data.index(mark) + place, size)
    return io.BytesIO(bytes(data))


def overlapping() -> io.BytesIO:
    """Two entries of the table of contents that use the same packed bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("book.txt", bytes(100_000))
        archive.writestr("code.txt", b"")
    data = bytearray(out.getvalue())
    second = data.rindex(b"PK\1\2")
    first = data.index(b"PK\1\2")
    data[second + 16 : second + 28] = data[first + 16 : first + 28]  # checksum and sizes
    struct.pack_into("<L", data, second + 42, 0)
    return io.BytesIO(bytes(data))


def crowded(count: int) -> io.BytesIO:
    """A table of contents that claims so many lines, with nothing behind it."""
    line = b"PK\1\2" + bytes(42)
    table = line * count
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, min(count, 0xFFFE), min(count, 0xFFFE), len(table), 0, 0)
    return io.BytesIO(table + end)
