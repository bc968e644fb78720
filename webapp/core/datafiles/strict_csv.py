"""Strict reader of CSV: every row as it stands, or refused with its line; never cut or joined."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from webapp.errors import BadFile

MAX_LINES = 1_000_000
SEPARATORS = ",;\t|"

_SEP_LINE = re.compile(r"[\r\n]*\"?sep=([,;\t|])\"?[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)
_BROKEN = "a quotation mark in this row is never closed. Close it, or write it twice inside a quoted text."
_BEHIND = (
    "words stand behind a closing quotation mark. Inside a quoted text write each quotation mark twice, "
    "and put the whole cell in quotation marks."
)


def declared_separator(text: str) -> str:
    """Return the separator that a first line such as ``sep=;`` names, or ""."""
    match = _SEP_LINE.match(text)
    return match[1] if match else ""


def read_rows(text: str, separator: str, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank, with the line it begins on.

    Raises:
        BadFile: with line and reason, for a row that cannot be read to the letter.
    """
    declared = _SEP_LINE.match(text)
    offset = _lines_in(declared.group()) if declared else 0
    body = text[declared.end() :] if declared else text
    reader = csv.reader(io.StringIO(body, newline=""), delimiter=separator, strict=True)
    head = True
    while True:
        line = offset + reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BadFile(file, _reason(str(error)), line) from error
        if cells is None:
            return
        if line > MAX_LINES:
            raise BadFile(file, f"there are more than {MAX_LINES:,} lines; more are not read. Split it.", line)
        if not any(cell.strip() for cell in cells):
            continue
        if head and any(separator in part for cell in cells for part in _later_lines(cell)):
            raise BadFile(file, _BROKEN, line)
        head = False
        yield line, cells


def swallowed(cells: list[str], separator: str) -> Iterator[list[str]]:
    """Yield what the later lines of the row's cells would be as rows of their own."""
    for cell in cells:
        for part in _later_lines(cell):
            if separator in part:
                yield part.split(separator)


def _later_lines(cell: str) -> list[str]:
    return cell.replace("\r", "\n").split("\n")[1:] if "\n" in cell or "\r" in cell else []


def _lines_in(text: str) -> int:
    return len(re.findall(r"\r\n|\r|\n", text))


def _reason(error: str) -> str:
    if "unexpected end" in error:
        return _BROKEN
    if "expected after" in error:
        return _BEHIND
    return f"this row is no CSV ({error}). Check its quotation marks."
