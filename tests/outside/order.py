"""An order for what is told in another one each time: an image is saved while the next call begins.

Lines of activity that say only that an image was begun, made or failed are sorted where they stand side by side; every
other line stays where it is. So do lines of a journal, which follow the first line of their attempt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

Item = TypeVar("Item")
Key = tuple[Any, ...]

TOLD = re.compile(r"\[([\w-]+)\] Beat (\S+?) (started|complete|failed)\b")
BLOCK = re.compile(r'( *)<li class="log-')


def calm(items: Iterable[Item], text: Callable[[Item], str]) -> list[Item]:
    """Items that say something of the activity, in that order."""

    def key(item: Item) -> Key | None:
        found = TOLD.search(text(item))
        return (found[2], found[1], found[3]) if found else None

    return _sorted_in_runs(items, key)


def calm_values(values: list[Any]) -> list[Any]:
    """The same for JSON objects: lines of activity, or of a journal."""
    if not all(isinstance(value, dict) for value in values):
        return values
    places: dict[str, int] = {}
    for value in values:
        places.setdefault(str(value.get("attempt", "")), len(places))

    def key(value: dict[str, Any]) -> Key | None:
        return (places[str(value["attempt"])],) if "attempt" in value and "what" in value else None

    return calm(_sorted_in_runs(values, key), lambda value: str(value.get("text", "")))


def calm_lines(lines: list[str]) -> list[str]:
    """The same for the lines of a page, where each entry of the activity takes several."""
    blocks: list[list[str]] = []
    indent = -1
    for line in lines:
        begins = BLOCK.match(line)
        depth = len(line) - len(line.lstrip(" "))
        if begins:
            indent = len(begins[1])
            blocks.append([line])
        elif indent >= 0 and depth > indent:
            blocks[-1].append(line)
        else:
            indent = -1
            blocks.append([line])
    ordered = calm(blocks, lambda block: "\n".join(block) if BLOCK.match(block[0]) else "")
    return [line for block in ordered for line in block]


def _sorted_in_runs(items: Iterable[Item], key: Callable[[Item], Key | None]) -> list[Item]:
    done: list[Item] = []
    run: list[tuple[Key, Item]] = []
    for item in items:
        found = key(item)
        if found is not None:
            run.append((found, item))
            continue
        done += [each for _, each in sorted(run, key=lambda pair: pair[0])]
        run = []
        done.append(item)
    return done + [each for _, each in sorted(run, key=lambda pair: pair[0])]
