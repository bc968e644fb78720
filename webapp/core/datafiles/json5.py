"""JSON5: data files as people and JavaScript programs spell them, as plain values.

Nothing is ever executed. Besides JSON5 (comments, trailing commas, single quotes, unquoted keys, line continuations,
hexadecimal, ``Infinity`` …) a template literal without ``${…}`` and JavaScript's ``\\u{…}`` are read, because they are
data too. What is not data is refused with its line and the reason. Depth, number of values and length of a text or
number are bounded, so that no file can exhaust the process.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from webapp.core.datafiles import source_text
from webapp.core.datafiles.json5_reader import MAX_DEPTH, Reader
from webapp.core.datafiles.source_text import SURROGATE, line_ends, well_formed

MAX_PLAIN_VALUES = 1_000_000
"""The standard library's parser is fast enough for more values, so that the caller can name a better limit."""

_SURROGATE_ESCAPE = re.compile(r"\\u\{?0*[dD][89a-fA-F]")


def read(text: str, file: str) -> Any:
    """Return the one value of a JSON5 text.

    Raises:
        BadFile: with line and reason.
    """
    value, end = read_literal(text, source_text.skip(text, 0, file), file)
    end = source_text.skip(text, end, file)
    if end < len(text):
        source_text.refuse(text, end, file, f"{source_text.shown(text, end)} stands after the end of the data")
    return value


def write(value: Any) -> str:
    """Return the value as strict JSON, indented; ``Infinity`` and ``NaN`` become ``null``."""
    try:
        text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, indent=2)
    return well_formed(text) + "\n"


def read_literal(text: str, start: int, file: str) -> tuple[Any, int]:
    """Return the value that begins at ``start``, and the position after it.

    Raises:
        BadFile: with line and reason.
    """
    plain = _read_plain(text, start)
    return plain if plain is not None else Reader(text, file).value(start)


def item_lines(text: str, start: int, file: str) -> list[int]:
    """Return the line on which each item of the array at ``start`` begins. Slow: for the wording of errors."""
    reader = Reader(text, file)
    reader.value(start)
    lines, line, last = [], 1, 0
    for position in reader.items:
        line += line_ends(text, last, position)
        lines.append(line)
        last = position
    return lines


def field_start(text: str, start: int, name: str, file: str) -> int:
    """Return where the value of a field of the object at ``start`` begins. Slow: for the wording of errors."""
    reader = Reader(text, file)
    reader.value(start)
    return reader.fields[name]


def _read_plain(text: str, start: int) -> tuple[Any, int] | None:
    """Read plain JSON within our limits with the standard library's fast parser; None for anything else."""
    if not text.startswith(("[", "{"), start):
        return None  # of 0x10 it would read the 0
    if sum(map(text.count, ",[{")) >= MAX_PLAIN_VALUES or _SURROGATE_ESCAPE.search(text) or SURROGATE.search(text):
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None  # not plain JSON: our own reader knows better, or knows how to say why not
    return (value, end) if _is_shallow(value) else None


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, (list, tuple)) else value


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return True
    return False
