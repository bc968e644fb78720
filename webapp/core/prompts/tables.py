"""Storyboards to import: text in any known form → one entry of a prompts file for each row.

A prompts file (``.js``, ``.json``, ``.txt``) is read as such; its entries may name a ``style``. A table in CSV or
Markdown has a head with the columns beat and prompt, and may have style, shot, phrase and transition. Heads are known
by several names, in any case. A beat without shot is in the shot its number begins with.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from webapp.core.project import STYLE_NAME, beat_number
from webapp.core.prompts.prompt_files import MAX_FILE, MAX_TEXT, read_loosely
from webapp.errors import BadFile

SUFFIXES = (".js", ".json", ".txt", ".csv", ".md")
"""The forms that are read, the one that counts first."""

MAX_ROWS = 60_000
MAX_LINES = 1_000_000

NAMES = {
    "beat_number": ("beat_number", "beat", "beat_no", "number", "no"),
    "ai_prompt": ("ai_prompt", "prompt", "image_prompt", "picture", "description", "visual"),
    "shot_number": ("shot_number", "shot", "shot_no"),
    "script_phrase": ("script_phrase", "phrase", "script", "narration", "text"),
    "transition_type": ("transition_type", "transition", "cut"),
    "style": ("style", "style_name"),
}
"""The names of each column, the one that counts first."""

_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_CODE = re.compile(r"[\[{(/;]|(?:export|const|let|var|module)\b|[\"']use strict|[A-Za-z_$][\w$.]*\s*=")
_LABEL = re.compile(r"(?:shot|beat|script|transition|prompt):", re.IGNORECASE)
_RULE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*\Z")
_STYLE_HEADING = re.compile(r"#{1,6}\s.*:\s*([A-Za-z0-9][A-Za-z0-9_-]{0,63})\s*\Z")
_CELL = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TableRow:
    """One entry of a prompts file without its style, which is "" where the text does not name it."""

    style: str
    entry: dict[str, Any]


def form_of(text: str) -> str:
    """Return the form a pasted text seems to have, as a suffix."""
    start = text.lstrip("\ufeff \t\r\n")
    if _CODE.match(start):
        return ".js"
    if _LABEL.match(start):
        return ".txt"
    return ".md" if re.search(r"^[ \t]*\|", text, re.MULTILINE) else ".csv"


def read_storyboard(text: str, file: str) -> list[TableRow]:
    """Return the rows of a storyboard, in order. The suffix of ``file`` says which form it has.

    Not: whether the beats of a style fit together.

    Raises:
        BadFile: with line and reason.
    """
    if len(text) > MAX_FILE:
        raise BadFile(file, f"the text is larger than {MAX_FILE // 1_000_000} MB. Split it.")
    suffix = PurePath(file).suffix.lower()
    if suffix == ".csv":
        rows = _of_csv(text, file)
    elif suffix == ".md":
        rows = _of_markdown(text, file)
    else:
        rows = _of_entries(read_loosely(text, file), file)
    if not rows:
        raise BadFile(file, "there are no prompts in it. Give it a row or entry for each beat.")
    return rows


def _of_entries(entries: Sequence[Any], file: str) -> list[TableRow]:
    if len(entries) > MAX_ROWS:
        raise BadFile(file, f"there are more than {MAX_ROWS:,} entries; more are not read. Split it.")
    return [_of_entry(entry, file, place) for place, entry in enumerate(entries)]


def _of_entry(entry: Any, file: str, place: int) -> TableRow:
    if not isinstance(entry, dict):
        raise BadFile(file, f"entry {place + 1}: this is not an object with shot_number, beat_number and ai_prompt.")
    style = entry.get("style")
    kept = {name: value for name, value in entry.items() if name != "style"}
    for field, names in NAMES.items():
        found = next((kept[name] for name in names if kept.get(name) not in (None, "")), None)
        if field != "style" and found is not None and kept.get(field) in (None, ""):
            kept[field] = found
    _add_shot(kept)
    return TableRow(_style(style, file, None), kept)


def _of_csv(text: str, file: str) -> list[TableRow]:
    head = text[:10_000].lstrip("\ufeff\r\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=max(",;\t", key=head.count))
    return _of_table(_csv_lines(reader, file), file, "")


def _csv_lines(reader: Any, file: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line it begins on."""
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise BadFile(file, f"this row is no CSV ({error}). Check its quotation marks.", line) from error
        if cells is None:
            return
        if line > MAX_LINES:
            raise BadFile(file, f"there are more than {MAX_LINES:,} lines; more are not read. Split it.", line)
        if any(cell.strip() for cell in cells):
            yield line, cells


def _of_markdown(text: str, file: str) -> list[TableRow]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows: list[TableRow] = []
    style, place = "", 0
    while place < len(lines):
        if heading := _STYLE_HEADING.match(lines[place]):
            style = heading[1]
        if "|" not in lines[place] or place + 1 >= len(lines) or not _is_rule(lines[place + 1]):
            place += 1
            continue
        end = place + 2
        while end < len(lines) and "|" in lines[end]:
            end += 1
        cells = ((number + 1, _cells(lines[number])) for number in (place, *range(place + 2, end)))
        if _columns(_cells(lines[place])) is not None:  # a storyboard may hold other tables beside
            rows += _of_table(cells, file, style)
        place = end
    if not rows:
        raise BadFile(file, "there is no table with a column for the beat and one for the prompt in it.", 1)
    return rows


def _is_rule(line: str) -> bool:
    return "-" in line and len(line) < 2_000 and _RULE.match(line.strip()) is not None


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [_BREAK.sub("\n", cell.strip()).replace("\\|", "|") for cell in _CELL.split(inner)]


def _of_table(lines: Iterator[tuple[int, list[str]]], file: str, style: str) -> list[TableRow]:
    first, head = next(lines, (1, []))
    columns = _columns(head)
    if columns is None:
        raise BadFile(file, "the first row must name the columns, with at least beat and prompt among them.", first)
    rows: list[TableRow] = []
    for line, cells in lines:
        rows.append(_of_cells(columns, cells, file, line, style))
        if len(rows) > MAX_ROWS:
            raise BadFile(file, f"there are more than {MAX_ROWS:,} rows; more are not read. Split it.", line)
    return rows


def _columns(head: Sequence[str]) -> dict[str, int] | None:
    names = [_NOT_A_WORD.sub("_", cell.strip().lower()).strip("_") for cell in head]
    found = {}
    for field, known in NAMES.items():
        place = next((names.index(name) for name in known if name in names), None)
        if place is not None:
            found[field] = place
    return found if "beat_number" in found and "ai_prompt" in found else None


def _of_cells(columns: dict[str, int], cells: list[str], file: str, line: int, style: str) -> TableRow:
    values = {field: cells[at].strip() if at < len(cells) else "" for field, at in columns.items()}
    named = _style(values.pop("style", ""), file, line)
    if beat_number(values["beat_number"]) is None:
        raise BadFile(file, f"“{values['beat_number'][:40]}” is not a beat number like 1.1 or 12.", line)
    if not values["ai_prompt"]:
        raise BadFile(file, "the prompt of this row is empty. Write one, or delete the row.", line)
    if max(map(len, values.values())) > MAX_TEXT:
        raise BadFile(file, f"a text in this row is longer than {MAX_TEXT:,} characters. Shorten it.", line)
    entry: dict[str, Any] = {field: text.replace("\r\n", "\n") for field, text in values.items()}
    _add_shot(entry)
    return TableRow(named or style, entry)


def _style(name: Any, file: str, line: int | None) -> str:
    if name in (None, ""):
        return ""
    if not isinstance(name, str) or not STYLE_NAME.match(name.strip()):
        reason = f"“{str(name)[:40]}” cannot be a style’s name: use Latin letters, digits, - and _ only."
        raise BadFile(file, reason, line)
    return name.strip()


def _add_shot(entry: dict[str, Any]) -> None:
    number = beat_number(entry.get("beat_number", ""))
    if entry.get("shot_number") in (None, "") and number is not None:
        entry["shot_number"] = re.split(r"[.A-Za-z]", number)[0]
