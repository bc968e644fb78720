"""How two records differ, so that a person can see it: changes that are the same in many files are told once."""

from __future__ import annotations

import difflib
from collections import defaultdict
from pathlib import Path

MOST_LINES, MOST_NAMES = 12, 4


def compare(before: Path, after: Path) -> tuple[bool, str]:
    """Whether the records are the same, and the differences in words."""
    old, new = _texts(before), _texts(after)
    gone, come = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    changed = [name for name in sorted(old.keys() & new.keys()) if old[name] != new[name]]
    if not (gone or come or changed):
        return True, f"same: {len(old)} files"
    places: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in changed:
        for hunk in _hunks(old[name], new[name]):
            places[hunk].append(name)
    told = [f"{len(changed)} of {len(old)} files differ, {len(gone)} are only in the first, {len(come)} in the second."]
    told += [f"only in the first: {name}" for name in gone]
    told += [f"only in the second: {name}" for name in come]
    for hunk, names in sorted(places.items(), key=lambda item: (-len(item[1]), item[1][0])):
        found = list(dict.fromkeys(names))
        more = f" and {len(found) - MOST_NAMES} more" if len(found) > MOST_NAMES else ""
        told.append(f"\n{len(names)} × in {', '.join(found[:MOST_NAMES])}{more}")
        told += [f"  {line[:300]}" for line in hunk[:MOST_LINES]]
        if len(hunk) > MOST_LINES:
            told.append(f"  … {len(hunk) - MOST_LINES} further lines")
    return False, "\n".join(told)


def _texts(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*.txt"))}


def _hunks(old: str, new: str) -> list[tuple[str, ...]]:
    """Each place where two texts differ, as the lines that went and came, without their indentation."""
    before, after = old.splitlines(), new.splitlines()
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return [
        (*(f"- {line.strip()}" for line in before[a:b]), *(f"+ {line.strip()}" for line in after[c:d]))
        for kind, a, b, c, d in matcher.get_opcodes()
        if kind != "equal"
    ]
