"""Prompts files: text ⇄ entries ⇄ beats.

An *entry* is one object of the file as it stands there, unknown fields included; a `Beat` is what the product knows of
it. A style has its prompts in up to three files. When several exist, ``.js`` counts before ``.json`` before ``.txt``:
v1.1 read the ``.js`` and wrote the others beside it. The text form has one block a beat, further lines of a field
indented:

    Shot: 1
    Beat: 1.1
    Script: She opens the door.
    Transition: h
    Prompt: A wide view of the lamp room,
        seen from the stairs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from webapp.core.datafiles import js_literals, json5, source_text
from webapp.core.datafiles.source_text import well_formed
from webapp.core.project import Beat, Problem, beat_number, shot_number
from webapp.core.prompts.wording import StyleWording
from webapp.errors import BadFile

SUFFIXES = (".js", ".json", ".txt")
"""The forms of a prompts file, the one that counts first."""


def form_rank(name: str, forms: Sequence[str] = SUFFIXES) -> int:
    """The place of a file name's form among ``forms``: of several files of one style the lowest counts."""
    suffix = PurePath(name).suffix.lower()
    return forms.index(suffix) if suffix in forms else len(forms)


MAX_FILE = 20_000_000
MAX_BEATS = 10_000
MAX_TEXT = 32_000
MOST_NAMED = 20
"""Entries of one file that cannot be used and are named one by one."""

_TEXT_FIELDS = (
    ("shot_number", "Shot"),
    ("beat_number", "Beat"),
    ("script_phrase", "Script"),
    ("transition_type", "Transition"),
    ("ai_prompt", "Prompt"),
)
_FIELD_OF_LABEL = {label.lower(): field for field, label in _TEXT_FIELDS}
_LABEL = re.compile(rf"({'|'.join(_FIELD_OF_LABEL)}):[ \t]?(.*)", re.IGNORECASE)
_INDENT = "    "
_TOO_MANY = f"the file holds more than {MAX_BEATS:,} prompts; that is the most that is read. Split the project."

_COPY = "-formatted"

Lines = Callable[[], Sequence[int]]
"""The line on which each entry begins; called only when an error has to name one."""


def file_names(style: str) -> tuple[str, ...]:
    """Return the names a style's prompts file may have, the one that counts first."""
    return tuple(f"prompts-{style}{suffix}" for suffix in SUFFIXES)


def style_of(file_name: str) -> str | None:
    """Return the style of a file in ``prompts``, its name unchecked; None for any other file."""
    path = PurePath(file_name)
    named = path.suffix in SUFFIXES and path.stem.startswith("prompts-")
    return path.stem.removeprefix("prompts-") if named else None


def without_copies(styles: Iterable[str]) -> list[str]:
    """Return the styles without those that are only a v1 helper's copy of another: ``clear-formatted`` of ``clear``."""
    named = list(styles)
    lower = {style.lower() for style in named}
    return [style for style in named if style.lower().removesuffix(_COPY) not in lower - {style.lower()}]


def prompts_digest(digests: Iterable[tuple[str, str]]) -> str:
    """One digest of all styles, from the name of each and the digest of its file."""
    text = " ".join(f"{style}={digest}" for style, digest in sorted(digests))
    return hashlib.blake2s(text.encode(), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class ReadPrompts:
    """The beats of a prompts file, and why each of its other entries is left out."""

    beats: tuple[Beat, ...]
    left_out: tuple[Problem, ...] = ()


def parse_prompts(text: str, file: str) -> ReadPrompts:
    """Return the beats of a prompts file, in order. The suffix of ``file`` says which form it has.

    An entry that cannot be used is left out and named, and the others count.

    Raises:
        BadFile: with line and reason: the file cannot be read, holds no prompts at all, or not one that can be used.
    """
    entries, lines = _entries(text, file)
    _check_amount(entries, file)
    beats, reasons = _usable(entries)
    if not reasons:
        return ReadPrompts(beats)
    starts = lines()
    left_out = [
        Problem(file, f"entry {place + 1}: {reason}", starts[place] if place < len(starts) else None)
        for place, reason in reasons.items()
    ]
    if not beats:
        raise BadFile(file, left_out[0].reason, left_out[0].line)
    more = len(left_out) - MOST_NAMED
    rest = (Problem(file, f"{more:,} more entries cannot be used."),) if more > 0 else ()
    return ReadPrompts(beats, (*left_out[:MOST_NAMED], *rest))


def read_entries(text: str, file: str) -> list[dict[str, Any]]:
    """Return the entries of a prompts file for editing, also those that `parse_prompts` leaves out.

    Raises:
        BadFile: as `parse_prompts`, or an entry is no object at all.
    """
    entries, _ = _entries(text, file)
    _check_amount(entries, file)
    if not _usable(entries)[0] or not all(isinstance(entry, dict) for entry in entries):
        parse_entries(entries, file)
    return entries


def checked_entries(text: str, file: str) -> list[dict[str, Any]]:
    """Return the entries of a prompts file that is to be taken over as a whole.

    Raises:
        BadFile: with line and reason: one of them cannot be used.
    """
    entries, lines = _entries(text, file)
    parse_entries(entries, file, lines)
    return entries


def parse_entries(entries: Sequence[Any], file: str, lines: Lines = tuple) -> tuple[Beat, ...]:
    """Return the beats of these entries.

    Raises:
        BadFile: naming the entry, its line where ``lines`` knows it, and the reason.
    """
    _check_amount(entries, file)
    beats, reasons = _usable(entries)
    for place, reason in reasons.items():
        starts = lines()
        raise BadFile(file, f"entry {place + 1}: {reason}", starts[place] if place < len(starts) else None)
    return beats


def new_entries(entries: Sequence[Any], before: Sequence[Any]) -> list[Any]:
    """Return the entries without those that cannot be used but were there ``before``: what a change may keep."""
    reasons = _usable(entries)[1]
    kept = [entry for place, entry in enumerate(entries) if place not in reasons or entry not in before]
    return kept or list(entries)


def final_prompt(beat: Beat, wording: StyleWording) -> str:
    """Return the prompt for the provider: the beat's, with the style's wording before and after it.

    Without wording it is exactly the prompt of the file, so that its seed and digest stay.
    """
    if not wording:
        return beat.prompt
    return " ".join(part for part in (wording.prefix, beat.prompt.strip(), wording.suffix) if part)


def read_loosely(text: str, file: str) -> list[Any]:
    """Return the entries of a prompts file unchecked, to count those that cannot be used.

    Raises:
        BadFile: not even the entries can be told apart.
    """
    return _entries(text, file)[0]


def write_js(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the entries as an ES module that v1.0 and v1.1 can import."""
    literal = json5.write(entries).rstrip().replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f"export const prompts = {literal};\n"


def write_json(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the entries as a JSON array."""
    return json5.write(entries)


def write_txt(entries: Sequence[Mapping[str, Any]]) -> str:
    """Return the five known fields of the entries as text for people; numbers become text."""
    blocks = ("".join(_text_field(entry.get(field), label) for field, label in _TEXT_FIELDS) for entry in entries)
    return well_formed("\n".join(blocks))


def _check_amount(entries: Sequence[Any], file: str) -> None:
    if not entries:
        raise BadFile(file, "the file holds no prompts. Create them in Step 7, or put at least one entry into it.")
    if len(entries) > MAX_BEATS:
        raise BadFile(file, _TOO_MANY)


def _usable(entries: Sequence[Any]) -> tuple[tuple[Beat, ...], dict[int, str]]:
    """Return the beats, and by their place why other entries are none."""
    beats: list[Beat] = []
    reasons: dict[int, str] = {}
    seen: dict[tuple[str, str], int] = {}
    for place, entry in enumerate(entries):
        beat, reason = _beat(entry)
        if beat:
            first = seen.setdefault((beat.shot.lower(), beat.number.lower()), place)
            if first == place:
                beats.append(beat)
                continue
            reason = f"shot {beat.shot} has beat {beat.number} already, in entry {first + 1}. Renumber one of them."
        reasons[place] = reason
    return tuple(beats), reasons


def _beat(entry: Any) -> tuple[Beat | None, str]:
    """Return the beat, or why the entry is none."""
    if not isinstance(entry, dict):
        return None, "this is not an object with shot_number, beat_number and ai_prompt."
    for name in ("shot_number", "beat_number", "ai_prompt"):
        if entry.get(name) in (None, ""):
            return None, f"{name} is missing or empty."
    written, shot_written, prompt = entry["beat_number"], entry["shot_number"], entry["ai_prompt"]
    shot, number = shot_number(shot_written), beat_number(written)
    if shot is None:
        return None, f"shot_number {_shown(shot_written)} is not a number like 1 or 12."
    if number is None:
        return None, f"beat_number {_shown(written)} is not a number like 1.1 or 12."
    if not isinstance(prompt, str) or not prompt.strip():
        return None, "ai_prompt is not a text."
    phrase, transition = _text(entry.get("script_phrase")), _text(entry.get("transition_type"))
    if max(len(prompt), len(phrase), len(transition)) > MAX_TEXT:
        return None, f"a text is longer than {MAX_TEXT:,} characters. Shorten it."
    return Beat(shot, number, written, well_formed(phrase), transition, well_formed(prompt)), ""


def _entries(text: str, file: str) -> tuple[list[Any], Lines]:
    if len(text) > MAX_FILE:
        raise BadFile(file, f"the file is larger than {MAX_FILE // 1_000_000} MB. Split the project.")
    suffix = PurePath(file).suffix.lower()
    if suffix in (".json", ".json5"):
        start = source_text.skip(text, 0, file)
        found = [js_literals.Literal(json5.read(text, file), start)] if start < len(text) else []
    elif suffix == ".txt" and not text.lstrip().startswith(("[", "{")):
        return _read_text(text, file)
    else:
        found = js_literals.literals(text, file)
    return _only_array(text, found, file)


def _only_array(text: str, found: list[js_literals.Literal], file: str) -> tuple[list[Any], Lines]:
    arrays = [literal for literal in found if _array_in(literal.value) is not None]
    if not arrays:
        raise BadFile(file, "the file holds no prompts: there is no array [ … ] in it.")
    if len(arrays) > 1:
        source_text.refuse(text, arrays[1].start, file, "a second array begins here; a prompts file may hold only one")
    literal = arrays[0]

    def lines() -> list[int]:
        nested = isinstance(literal.value, dict)
        start = json5.field_start(text, literal.start, "prompts", file) if nested else literal.start
        return json5.item_lines(text, start, file)

    return _array_in(literal.value) or [], lines


def _array_in(value: Any) -> list[Any] | None:
    if isinstance(value, dict):
        value = value.get("prompts")
    return value if isinstance(value, list) else None


def _read_text(text: str, file: str) -> tuple[list[Any], Lines]:
    entries: list[dict[str, list[str]]] = []
    starts: list[int] = []
    lines: list[str] | None = None  # of the field that is being read
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if match := _LABEL.match(line):
            field = _FIELD_OF_LABEL[match[1].lower()]
            if not entries or field in entries[-1]:
                entries.append({})
                starts.append(number)
            lines = entries[-1][field] = [match[2]]
        elif lines is not None and line.startswith(_INDENT):
            lines.append(line[len(_INDENT) :])
        elif line.strip() and not line.startswith("#"):
            labels = ", ".join(f"{label}:" for _, label in _TEXT_FIELDS)
            raise BadFile(file, f"a line must begin with one of {labels} or be indented by four spaces.", number)
        if len(entries) > MAX_BEATS:
            raise BadFile(file, _TOO_MANY, number)
    return [{field: "\n".join(lines) for field, lines in entry.items()} for entry in entries], lambda: starts


def _text_field(value: Any, label: str) -> str:
    first, *more = _text(value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "".join((f"{label}: {first}\n", *(f"{_INDENT}{line}\n" for line in more)))


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def _shown(value: Any) -> str:
    text = str(value)
    return f'"{text[:40]}…"' if len(text) > 40 else f'"{text}"'
