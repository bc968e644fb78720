"""The files of a folder: names, modes, contents."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from tests.outside.record import Record

LOGGED = re.compile(r"^\d{4}-\d\d-\d\d \S+ ([A-Z]+) \S+ ")
LOOSE = re.compile(r"(?<==)\d+\.\d+\b")
"""Seconds and the like."""

OPAQUE = ("redis", "valkey", ".rdb", ".aof", ".sock", ".lock", ".pid", "secret")
"""Files, or folders, whose content is left out: those of the embedded server, and secrets."""


def record_files(record: Record, name: str, folder: Path) -> None:
    """Write one line for each file below a folder and below it what it holds."""
    told = []
    for path in sorted(folder.rglob("*")):
        place = record.noise.out_of(path.relative_to(folder).as_posix())
        status = path.lstat()
        mode = stat.filemode(status.st_mode)
        if not path.is_file() or any(word in place.lower() for word in OPAQUE):
            told.append((place, f"{mode} {place}"))
            continue
        ending = path.name.rpartition(".")[2]
        text = record.content(path.read_bytes(), ending, {})
        inner = "\n".join(f"    {line}" for line in text.splitlines())
        told.append((place, f"{mode} {place}\n{inner}"))
    record.write(name, "\n".join(text for _, text in sorted(told)))


def record_log(record: Record, name: str, file: Path) -> None:
    """Write the lines of a log as a set, without their time and the name of what wrote them, which may move."""
    lines = {LOGGED.sub(r"\1 ", line) for line in file.read_text("utf-8", "replace").splitlines()}
    told = {record.noise.out_of(line, {}) for line in lines}
    record.write(name, "\n".join(sorted(LOOSE.sub("<number>", line) for line in told)))
