"""Storyboards to import: text in any known form → one entry of a prompts file for each row.

A prompts file (``.js``, ``.json``, ``.txt``) is read as such; its entries may name a ``style``. A table in CSV or
Markdown has a head with the columns beat and prompt, and may have style, shot, phrase and transition. Heads are known
by several names, in any case. A beat without shot is in the shot its number begins with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath
from typing import Any

from webapp.core.csv_cells import cell_text
from webapp.core.datafiles.fenced_text import Fenced, fenced_texts
from webapp.core.datafiles.source_text import line_of
from webapp.core.datafiles.strict_csv import SEPARATORS, declared_separator, read_rows, swallowed
from webapp.core.project import STYLE_NAME, beat_number, shot_number
from webapp.core.prompts.entry_shapes import plain_name, read_shape
from webapp.core.prompts.import_kinds import text_kind
from webapp.core.prompts.numbers import cut_tens, not_a_number, unpadded
from webapp.core.prompts.prompt_files import MAX_FILE, MAX_TEXT, read_loosely
from webapp.errors import BadFile

SUFFIXES = (".js", ".json", ".txt", ".csv", ".md")
"""The forms that are read, the one that counts first."""

MAX_ROWS = 60_000

NAMES = {
    "beat_number": ("beat_number", "beat", "beat_no", "number", "no"),
    "ai_prompt": ("ai_prompt", "prompt", "image_prompt", "visual_prompt", "visual", "picture", "description"),
    "shot_number": ("shot_number", "shot", "shot_no"),
    "script_phrase": ("script_phrase", "phrase", "script", "narration", "text"),
    "transition_type": ("transition_type", "transition", "cut"),
    "style": ("style", "style_name"),
}
"""The names of each column, the one that counts first."""

_KNOWN = frozenset(chain.from_iterable(NAMES.values()))
_OF_STYLE = re.compile(r"prompt_([A-Za-z0-9][A-Za-z0-9_-]{0,63})\Z")  # a column of our own storyboard.csv
_CODE = re.compile(r"[\[{(/;]|(?:export|const|let|var|module)\b|[\"']use strict|[A-Za-z_$][\w$.]*\s*=")
_SEP = re.compile(r"\"?sep=[,;\t|]", re.IGNORECASE)
_LABEL = re.compile(r"(?:shot|beat|script|transition|prompt):", re.IGNORECASE)
_RULE = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*\Z")
_RULE_LINE = re.compile(r"^[ \t]*\|?[ \t]*:?-+:?[ \t]*\|[-:| \t]*$", re.MULTILINE)
_STYLE_HEADING = re.compile(r"#{1,6}\s(.*):\s*([A-Za-z0-9][A-Za-z0-9_-]{0,63})\s*\Z")
_OF_A_STYLE = re.compile(r"\b(?:style|storyboard)\b", re.IGNORECASE)
_CELL = re.compile(r"(?<!\\)\|")
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_FILE = re.compile(
    r"(?:https?://\S+|!\[[^\]]*\]\([^)]*\)|[^\s,;]*\.(?:png|jpe?g|webp|gif|avif|heic|tiff?|bmp|svg|mp4|mov|psd))"
    r"(?:\s*\(https?://\S+\))?\Z",
    re.IGNORECASE,
)
_LANGUAGES = {
    **dict.fromkeys(("json", "json5", "jsonl", "ndjson"), ".json"),
    **dict.fromkeys(("js", "javascript", "mjs", "ts", "typescript", "jsx"), ".js"),
    **dict.fromkeys(("csv", "tsv"), ".csv"),
    **dict.fromkeys(("md", "markdown"), ".md"),
}
_HEAD = "the first row must name the columns, with at least beat and prompt among them."


@dataclass(frozen=True, slots=True)
class TableRow:
    """One entry of a prompts file without its style, which is "" where the text does not name it."""

    style: str
    entry: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the columns of a table stand: each field's, and for a prompt for each style each style's."""

    fields: dict[str, int]
    styles: dict[str, int]
    width: int


def form_of(text: str) -> str:
    """Return the form a pasted text seems to have, as a suffix."""
    start = text.lstrip("\ufeff \t\r\n")
    if _SEP.match(start):
        return ".csv"
    if _CODE.match(start):
        return ".js"
    if _LABEL.match(start):
        return ".txt"
    if fenced := fenced_texts(text[:200_000]):
        return _form_of_fenced(fenced[0])
    return ".md" if re.search(r"^[ \t]*\|", text, re.MULTILINE) or _RULE_LINE.search(text) else ".csv"


def read_storyboard(text: str, file: str, notes: list[str] | None = None, style: str = "") -> list[TableRow]:
    """Return the rows of a storyboard, in order. The suffix of ``file`` says which form it has.
    With a ``style`` headings name none.

    Effect: adds a sentence to ``notes`` for each thing in the text that was not read, or looks spoilt.
    Not: whether the beats of a style fit together.

    Raises:
        BadFile: with line and reason.
    """
    if len(text) > MAX_FILE:
        raise BadFile(file, f"the text is larger than {MAX_FILE // 1_000_000} MB. Split it.")
    if "\0" in text:
        raise BadFile(file, "the text is damaged: a NUL stands in it.", line_of(text, text.index("\0")))
    notes = [] if notes is None else notes
    text, suffix = _without_fence(text, PurePath(file).suffix.lower(), file)
    if suffix == ".csv":
        rows = _of_csv(text, file, notes)
    elif suffix == ".md":
        rows = _of_markdown(text, file, notes, not style)
    else:
        rows = _of_entries(_entries(text, file), file)
    if not rows:
        raise BadFile(file, "there are no prompts in it. Give it a row or entry for each beat.")
    return rows


def _without_fence(text: str, suffix: str, file: str) -> tuple[str, str]:
    """Return the one fenced text and its form, or the text itself where it has no fence, or tables beside it."""
    fenced = fenced_texts(text) if len(text) < 2_000_000 else []
    if not fenced or (suffix == ".csv" and not text.lstrip("\ufeff \t\r\n").startswith(("```", "~~~"))):
        return text, suffix
    if suffix == ".md" and (len(fenced) > 1 or _form_of_fenced(fenced[0]) == ".md" or _RULE_LINE.search(text)):
        return text, suffix
    if suffix in (".js", ".json") and _CODE.match(text.lstrip("\ufeff \t\r\n")):
        return text, suffix
    if suffix == ".txt" and _LABEL.match(text.lstrip("\ufeff \t\r\n")):
        return text, suffix
    if len(fenced) > 1:
        reason = f"this is fenced text, with {len(fenced)} blocks between ```. Import one block at a time."
        raise BadFile(file, reason)
    return fenced[0].text, _form_of_fenced(fenced[0])


def _form_of_fenced(fenced: Fenced) -> str:
    return _LANGUAGES.get(fenced.language) or form_of(fenced.text)


def _entries(text: str, file: str) -> list[Any]:
    try:
        return read_loosely(text, file)
    except BadFile as error:
        found = read_shape(text, file, _has_prompt) if len(text) < 5_000_000 else None
        if found is not None:
            return found
        kind = text_kind(text)
        if kind and PurePath(file).suffix.lower() != ".txt":
            raise BadFile(file, kind) from error
        raise


def _has_prompt(entry: dict[str, Any]) -> bool:
    names = {plain_name(name) for name, value in entry.items() if isinstance(value, str)}
    return not names.isdisjoint(NAMES["ai_prompt"])


def _of_entries(entries: Sequence[Any], file: str) -> list[TableRow]:
    if len(entries) > MAX_ROWS:
        raise BadFile(file, f"there are more than {MAX_ROWS:,} entries; more are not read. Split it.")
    rows = [row for place, entry in enumerate(entries) for row in _of_entry(entry, file, place)]
    seen: dict[tuple[str, str, str], tuple[int, str]] = {}
    for place, row in enumerate(rows):
        _check_spelling(seen, row, place, file, None)
    return rows


def _of_entry(entry: Any, file: str, place: int) -> list[TableRow]:
    if not isinstance(entry, dict):
        raise BadFile(file, f"entry {place + 1}: this is not an object with beat_number and ai_prompt.")
    prompts = entry.get("prompts")
    if isinstance(prompts, dict) and "ai_prompt" not in entry:  # our own storyboard.json
        kept = {name: entry[name] for name in NAMES if name in entry}
        _add_shot(kept)
        return [TableRow(_style(style, file, None), {**kept, "ai_prompt": text}) for style, text in prompts.items()]
    if isinstance(entry.get("images"), dict) and "beat_number" in entry and not _has_prompt(entry):
        raise BadFile(file, f"entry {place + 1}: this storyboard holds no prompts. Export it “With prompts”.")
    kept = {name: value for name, value in entry.items() if name != "style"}
    plain = {plain_name(name): value for name, value in reversed(list(kept.items()))}
    for field, names in NAMES.items():
        found = [plain[name] for name in names if plain.get(name) not in (None, "")]
        if field == "ai_prompt":
            found = [text for text in found if not _is_file(text)] or found[:1]
            if found and _is_file(found[0]):
                reason = f"entry {place + 1}: “{found[0][:40]}” is a file or an address, no prompt. Write the prompt."
                raise BadFile(file, reason)
        if field != "style" and found and (kept.get(field) in (None, "") or field == "ai_prompt"):
            kept[field] = found[0]
    _add_shot(kept)
    return [TableRow(_style(entry.get("style"), file, None), kept)]


def _is_file(text: Any) -> bool:
    return isinstance(text, str) and _FILE.match(text.strip()) is not None


def _of_csv(text: str, file: str, notes: list[str]) -> list[TableRow]:
    text = text.removeprefix("\ufeff")
    separator = declared_separator(text) or _separator(text)
    lines = read_rows(text, separator, file)
    first = next(lines, (1, []))
    if _columns(first[1]) is None and (kind := text_kind(text)):
        raise BadFile(file, kind, first[0])
    plain = (
        (line, [cell_text(cell.strip()) for cell in cells]) for line, cells in _checked(first, lines, separator, file)
    )
    return _of_table(plain, file, "", notes)


def _separator(text: str) -> str:
    """Return the separator under which the first row names the columns, else the one it has most of."""
    head = text[:10_000].lstrip("\ufeff\r\n \t").partition("\n")[0].partition("\r")[0]
    found = [mark for mark in SEPARATORS if _columns([cell.strip(' "') for cell in head.split(mark)]) is not None]
    return max(found or SEPARATORS, key=head.count)


def _checked(
    first: tuple[int, list[str]], lines: Iterable[tuple[int, list[str]]], separator: str, file: str
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows; refuse one whose quotation marks hold another row."""
    columns = _columns(first[1])
    place = columns.fields["beat_number"] if columns else 0
    yield first
    for line, cells in lines:
        for inner in swallowed(cells, separator):
            if place < len(inner) and beat_number(inner[place].strip(' "')) is not None:
                reason = "a quotation mark in this row is never closed: the next row stands inside it. Close it."
                raise BadFile(file, reason, line)
        yield line, cells


def _of_markdown(text: str, file: str, notes: list[str], by_heading: bool) -> list[TableRow]:
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    rows: list[TableRow] = []
    seen = 0
    style, place = "", 0
    while place < len(lines):
        heading = _STYLE_HEADING.match(lines[place])
        if by_heading and heading and _OF_A_STYLE.search(heading[1]):
            style = heading[2]
        if "|" not in lines[place] or place + 1 >= len(lines) or not _is_rule(lines[place + 1]):
            if lines[place].lstrip().startswith("|") and len(lines[place]) < 1_000_000:
                reason = "this row belongs to no table. Put a head and a line such as |---|---| above it."
                raise BadFile(file, reason, place + 1)
            place += 1
            continue
        end, numbers = _table_lines(lines, place)
        seen += 1
        cells = ((number + 1, _cells(lines[number])) for number in numbers)
        head = _cells(lines[place])
        if _columns(head) is not None:  # a storyboard may hold other tables beside
            rows += _of_table(cells, file, style, notes)
        elif not {plain_name(cell) for cell in head}.isdisjoint(_KNOWN):
            reason = "this table has no column for the beat, or none for the prompt. Name them beat and prompt."
            raise BadFile(file, reason, place + 1)
        else:
            notes.append(f"The table on line {place + 1} is not read: it has no columns beat and prompt.")
        place = end
    if not rows and not seen and (kind := text_kind(text)):
        raise BadFile(file, kind, 1)
    if not rows:
        raise BadFile(file, "there is no table with a column for the beat and one for the prompt in it.", 1)
    return rows


def _table_lines(lines: Sequence[str], place: int) -> tuple[int, list[int]]:
    """Return where the table ends and the lines of its rows, head first, also behind blank lines."""
    numbers, end, at = [place], place + 2, place + 2
    outer = lines[place].lstrip().startswith("|")
    while at < len(lines):
        blank = not lines[at].strip()
        if not blank and ("|" not in lines[at] or (at + 1 < len(lines) and _is_rule(lines[at + 1]))):
            break
        if not blank and end < at and outer and not lines[at].lstrip().startswith("|"):
            break
        at += 1
        if not blank:
            numbers.append(at - 1)
            end = at
    return end, numbers


def _is_rule(line: str) -> bool:
    return "-" in line and len(line) < 2_000 and _RULE.match(line.strip()) is not None


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [_BREAK.sub("\n", cell.strip()).replace("\\|", "|") for cell in _CELL.split(inner)]


def _of_table(lines: Iterator[tuple[int, list[str]]], file: str, style: str, notes: list[str]) -> list[TableRow]:
    first, head = next(lines, (1, []))
    columns = _columns(head)
    if columns is None:
        raise BadFile(file, _HEAD, first)
    _refuse_twice(head, columns, file, first)
    table = [(line, cells) for line, cells in _limited(lines, file)]
    columns = _with_prompt_column(head, columns, [cells for _, cells in table])
    rows: list[TableRow] = []
    seen: dict[tuple[str, str, str], tuple[int, str]] = {}
    above: tuple[str, str] = ("", "")
    numbers: list[tuple[int, str]] = []
    for line, cells in table:
        for row in _of_cells(columns, cells, file, line, style):
            above = _add_shot_below(row.entry, above)
            _check_spelling(seen, row, line, file, line)
            rows.append(row)
        numbers.append((line, beat_number(rows[-1].entry["beat_number"]) or "") if rows else (line, ""))
    notes += [
        f"Line {line}: beat {number} stands behind {number[:-1]}9. If it is {number}0, a spreadsheet has cut it: "
        "format that column as text."
        for line in cut_tens(numbers)
        for number in [dict(numbers)[line]]
    ]
    return rows


def _limited(lines: Iterator[tuple[int, list[str]]], file: str) -> Iterator[tuple[int, list[str]]]:
    for count, (line, cells) in enumerate(lines, 1):
        if count > MAX_ROWS:
            raise BadFile(file, f"there are more than {MAX_ROWS:,} rows; more are not read. Split it.", line)
        yield line, cells


def _columns(head: Sequence[str]) -> _Columns | None:
    names = [plain_name(cell) for cell in head]
    found = {}
    for field, known in NAMES.items():
        place = next((names.index(name) for name in known if name in names), None)
        if place is not None:
            found[field] = place
    styles = {match[1]: place for place, cell in enumerate(head) if (match := _OF_STYLE.match(cell.strip()))}
    if "beat_number" not in found or not ("ai_prompt" in found or styles):
        return None
    width = max((place + 1 for place, cell in enumerate(head) if cell.strip()), default=0)
    return _Columns(found, {} if "ai_prompt" in found else styles, width)


def _refuse_twice(head: Sequence[str], columns: _Columns, file: str, line: int) -> None:
    names = [plain_name(cell) for cell in head]
    twice = next((names[place] for place in columns.fields.values() if names.count(names[place]) > 1), "")
    if twice:
        raise BadFile(file, f"two columns are named “{twice}”. Rename or delete one of them.", line)


def _with_prompt_column(head: Sequence[str], columns: _Columns, table: Sequence[Sequence[str]]) -> _Columns:
    """Return the columns with the first prompt column that does not hold files and addresses alone."""
    if "ai_prompt" not in columns.fields:
        return columns
    names = [plain_name(cell) for cell in head]
    for name in NAMES["ai_prompt"]:
        if name in names:
            place = names.index(name)
            texts = [cells[place] for cells in table if place < len(cells) and cells[place].strip()]
            if texts and not all(map(_is_file, texts)):
                return _Columns({**columns.fields, "ai_prompt": place}, {}, columns.width)
    return columns


def _of_cells(columns: _Columns, cells: list[str], file: str, line: int, style: str) -> list[TableRow]:
    filled = max((place + 1 for place, cell in enumerate(cells) if cell.strip()), default=0)
    if filled > columns.width or len(cells) < columns.width:
        reason = (
            f"this row has {max(filled, len(cells)) if filled > columns.width else len(cells)} cells, the head "
            f"{columns.width}. Put a text that holds the separator in quotation marks (in Markdown write \\| for |)."
        )
        raise BadFile(file, reason, line)
    values = {field: cells[at].strip() for field, at in columns.fields.items()}
    named = _style(values.pop("style", ""), file, line)
    if beat_number(values["beat_number"]) is None:
        raise BadFile(file, not_a_number(values["beat_number"]), line)
    prompts = {name: cells[at].strip() for name, at in columns.styles.items() if cells[at].strip()}
    prompts = prompts or {named or style: values.get("ai_prompt", "")}
    if not all(prompts.values()):
        raise BadFile(file, "the prompt of this row is empty. Write one, or delete the row.", line)
    if files := [text for text in prompts.values() if _is_file(text)]:
        raise BadFile(file, f"“{files[0][:40]}” is a file or an address, no prompt. Write the prompt.", line)
    if max(map(len, (*values.values(), *prompts.values()))) > MAX_TEXT:
        raise BadFile(file, f"a text in this row is longer than {MAX_TEXT:,} characters. Shorten it.", line)
    known = {field: text.replace("\r\n", "\n") for field, text in values.items()}
    return [TableRow(name, {**known, "ai_prompt": text.replace("\r\n", "\n")}) for name, text in prompts.items()]


def _check_spelling(
    seen: dict[tuple[str, str, str], tuple[int, str]], row: TableRow, place: int, file: str, line: int | None
) -> None:
    """Refuse a beat that is there already, also with other zeros before its number."""
    written, shot = beat_number(row.entry.get("beat_number", "")), shot_number(row.entry.get("shot_number", ""))
    if written is None or shot is None:
        return
    first, other = seen.setdefault((row.style, unpadded(shot), unpadded(written)), (place, written))
    if first == place or (line is None and other.lower() == written.lower()):
        return
    where = f"line {first}" if line is not None else f"entry {first + 1}"
    if other != written:
        reason = f"beat {written} and beat {other} ({where}) are the same number. Renumber one of them."
    else:
        cut = f" A spreadsheet cuts {written}0 to {written}: format that column as text." if "." in written else ""
        reason = f"shot {shot} has beat {written} already, on {where}. Renumber one of them.{cut}"
    raise BadFile(file, reason if line is not None else f"entry {place + 1}: {reason}", line)


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
        entry["shot_number"] = _shot_of(number)


def _add_shot_below(entry: dict[str, Any], above: tuple[str, str]) -> tuple[str, str]:
    """Fill an empty shot from the row above, as merged cells mean it, or from the number where those agree.

    ``above``: the shot of the row above, and the one its number begins with.
    """
    own = _shot_of(beat_number(entry["beat_number"]) or "")
    if not entry.get("shot_number"):
        merged = above[0] and (above[0] != above[1] or "." not in entry["beat_number"])
        entry["shot_number"] = above[0] if merged and "shot_number" in entry else own
    return entry["shot_number"], own


def _shot_of(number: str) -> str:
    return re.split(r"[.A-Za-z]", number)[0]
