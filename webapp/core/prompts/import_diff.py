"""Difference that an import would make to a style's prompts: shown first, made when the user agrees."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.core.prompts.edits import (
    Entries,
    Key,
    folded,
    key_of,
)
from webapp.core.prompts.numbers import unpadded
from webapp.core.prompts.prompt_files import parse_entries

KNOWN = ("script_phrase", "transition_type", "ai_prompt")


@dataclass(frozen=True, slots=True)
class Difference:
    """One style before and after: the entries it would have, and which beats are new, changed, the same, gone.

    ``moved``: beats that stay change their order.
    """

    style: str
    entries: Entries
    added: tuple[Key, ...]
    changed: tuple[Key, ...]
    same: int
    removed: tuple[Key, ...]
    moved: bool

    @property
    def nothing(self) -> bool:
        """Return whether it would change nothing at all."""
        return not (self.added or self.changed or self.removed or self.moved)


def difference(style: str, current: Entries, incoming: Sequence[Any], file: str, whole: bool) -> Difference:
    """Merge incoming entries into a style's current ones.

    A beat that is there keeps the spelling of its numbers and its unknown fields; otherwise the incoming entry counts.
    ``whole``: the incoming entries are all there shall be, in their order; else the others stay.

    Raises:
        BadFile: an incoming entry cannot be used, or two are of one beat.
    """
    parse_entries(incoming, file)
    places = _places(current, incoming)
    merged = list(current)
    found: Entries = []
    added, changed = [], []
    new: list[tuple[dict[str, Any], Key, int]] = []
    last = -1  # where the newest of the incoming beats that are there already stands
    for entry in incoming:
        key = key_of(entry)
        assert key is not None  # parse_entries has read it
        place = places.get(folded(key))
        if place is None:
            added.append(key)
            new.append((entry, key, last))
            found.append(entry)
            continue
        last = place
        merged[place] = _updated(current[place], entry)
        found.append(merged[place])
        if any(merged[place].get(name) != current[place].get(name) for name in merged[place]):
            changed.append(key)
    incoming_keys = [key for entry in incoming if (key := key_of(entry))]
    removed = () if not whole else _missing(current, places, incoming_keys)
    after = found if whole or not current else _woven(merged, new)
    stay = [place for key in incoming_keys if (place := places.get(folded(key))) is not None]
    same = len(incoming) - len(added) - len(changed)
    moved = whole and stay != sorted(stay)
    return Difference(style, after, tuple(added), tuple(changed), same, removed, moved)


def _places(current: Entries, incoming: Sequence[Any]) -> dict[Key, int]:
    """Return where each incoming beat stands: by its number, else by one that differs in leading zeros alone."""
    exact = {folded(key): place for place, entry in enumerate(current) if (key := key_of(entry))}
    loose: dict[Key, list[int]] = {}
    for key, place in exact.items():
        loose.setdefault(_unpadded(key), []).append(place)
    taken = {folded(key) for entry in incoming if (key := key_of(entry))}
    free = {place for key, place in exact.items() if key not in taken}
    found = dict(exact)
    for key in taken - exact.keys():
        there = loose.get(_unpadded(key), [])
        if len(there) == 1 and there[0] in free:
            found[key] = there[0]
            free.discard(there[0])
    return found


def _unpadded(key: Key) -> Key:
    return unpadded(key[0]), unpadded(key[1])


def _updated(entry: dict[str, Any], incoming: dict[str, Any]) -> dict[str, Any]:
    numbers = {name: entry[name] for name in ("shot_number", "beat_number")}
    given = {name: value for name, value in incoming.items() if value not in (None, "") or name not in KNOWN}
    kept = {name: entry[name] for name in given if name in KNOWN and _same_words(name, entry.get(name), given[name])}
    return {**entry, **given, **kept, **numbers}


def _same_words(name: str, text: Any, other: Any) -> bool:
    """Return whether two texts differ only in what a table cannot carry: blanks around, line ends in a phrase."""
    if not isinstance(text, str) or not isinstance(other, str):
        return False
    if name == "script_phrase":
        return text.split() == other.split()
    return text.replace("\r\n", "\n").strip() == other.replace("\r\n", "\n").strip()


def _woven(merged: Entries, new: Sequence[tuple[dict[str, Any], Key, int]]) -> Entries:
    """Insert the new entries: by their numbers where the merged ones are sorted by number.

    Otherwise each follows the beat it came after (its place is given; -1 for none), or goes to the end.
    """
    orders = [_order(key) for entry in merged if (key := key_of(entry))]
    sorted_by_number = len(orders) == len(merged) and orders == sorted(orders)
    ends = len(merged) - 1
    behind: dict[int, Entries] = {}
    for entry, key, place in sorted(new, key=lambda each: _order(each[1])) if sorted_by_number else new:
        after = bisect.bisect(orders, _order(key)) - 1 if sorted_by_number else place if place >= 0 else ends
        behind.setdefault(after, []).append(entry)
    out = behind.get(-1, [])
    for place, entry in enumerate(merged):
        out += [entry, *behind.get(place, [])]
    return out


def _order(key: Key) -> tuple[tuple[int, ...], tuple[int, ...], str]:
    shot, number = (tuple(map(int, re.findall(r"[0-9]+", part))) for part in key)
    return shot, number, key[1].lower()


def _missing(current: Entries, places: dict[Key, int], incoming: Sequence[Key]) -> tuple[Key, ...]:
    there = {places.get(folded(key)) for key in incoming}
    return tuple(key for place, entry in enumerate(current) if (key := key_of(entry)) and place not in there)
