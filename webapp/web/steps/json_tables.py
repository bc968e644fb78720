"""Any JSON as bounded tables, in the order of the file. Pure.

The files of steps 4 to 6 come from several versions of several tools. What no other module knows by name is shown here,
so that no file is shown as nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from webapp.web.layout.words import clip
from webapp.web.steps.views import ContentBlock

MOST_ROWS = 2000
MOST_COLUMNS = 12
MOST_TABLES = 20
DEEPEST = 3


def readable(value: Any, title: str = "", file: str = "") -> tuple[ContentBlock, ...]:
    """Lay out a value as blocks: a list of objects is one table; an object its plain values, then its parts."""
    parts = [replace(part, file=file) for part in _parts(value, title, 0)[:MOST_TABLES]]
    return tuple(parts)


def words(name: str) -> str:
    """A key as a column head: ``script_phrase`` and ``scriptPhrase`` are both "Script phrase"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").replace("-", " ")
    text = " ".join(spaced.split()).lower()
    return clip(text[:1].upper() + text[1:], 60)


def one_line(value: Any, depth: int = 0) -> str:
    """A value in one readable line of bounded length."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if depth < DEEPEST and isinstance(value, Mapping):
        shown = list(value.items())[:MOST_COLUMNS]
        return clip("; ".join(f"{words(str(k))}: {one_line(v, depth + 1)}" for k, v in shown))
    if depth < DEEPEST and isinstance(value, list):
        return clip(", ".join(one_line(item, depth + 1) for item in value[:MOST_COLUMNS]))
    if isinstance(value, (Mapping, list)):
        return "…"
    return clip(str(value))


def _parts(value: Any, title: str, depth: int) -> list[ContentBlock]:
    if isinstance(value, Mapping):
        return _of_object(value, title, depth)
    if isinstance(value, list) and value:
        objects = any(isinstance(item, Mapping) and item for item in value)
        return [_of_objects(value, title) if objects else _of_values(value, title)]
    return [] if value in (None, [], "") else [_of_values([value], title)]


def _of_object(value: Mapping[Any, Any], title: str, depth: int) -> list[ContentBlock]:
    nested = {k: v for k, v in value.items() if isinstance(v, (Mapping, list)) and v and depth < DEEPEST}
    plain = tuple((words(str(k)), one_line(v)) for k, v in list(value.items())[:MOST_ROWS] if k not in nested)
    parts = [ContentBlock("facts", title, pairs=plain)] if plain else []
    for key, inner in list(nested.items())[:MOST_TABLES]:
        parts += _parts(inner, f"{title} · {words(str(key))}" if title else words(str(key)), depth + 1)
    return parts


def _of_objects(items: Sequence[Any], title: str) -> ContentBlock:
    shown = items[:MOST_ROWS]
    keys = list(dict.fromkeys(str(k) for item in shown if isinstance(item, Mapping) for k in item))
    heads, hidden = keys[:MOST_COLUMNS], keys[MOST_COLUMNS:]
    notes = [_rows_note(items)] if len(items) > MOST_ROWS else []
    notes += [f"Not shown: {clip(', '.join(map(words, hidden)), 200)}."] if hidden else []
    rows = tuple(_row(item, heads) for item in shown)
    return ContentBlock("table", title, note=" ".join(notes), head=tuple(map(words, heads)), rows=rows)


def _row(item: Any, heads: Sequence[str]) -> tuple[str, ...]:
    if isinstance(item, Mapping):
        return tuple(one_line(item[head]) if head in item else "" for head in heads)
    return (one_line(item), *[""] * (len(heads) - 1))


def _of_values(items: Sequence[Any], title: str) -> ContentBlock:
    rows = tuple((one_line(item),) for item in items[:MOST_ROWS])
    return ContentBlock(
        "table", title, note=_rows_note(items) if len(items) > MOST_ROWS else "", head=("Value",), rows=rows
    )


def _rows_note(items: Sequence[Any]) -> str:
    return f"The first {MOST_ROWS} of {len(items)} rows."
