"""Findings in a project's prompts: worth a look, with counts, never in the way of a run."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.core.project import Project
from webapp.core.prompts.edits import (
    Entries,
    Key,
    folded,
    key_of,
)
from webapp.core.prompts.prompt_files import parse_entries
from webapp.errors import BadFile

LONG_PROMPT = 8_000
"""Characters from which a prompt is longer than image models read."""

TRANSITIONS = frozenset(
    {"", "h", "hard cut", "s", "soft cut", "match cut", "dissolve", "cross dissolve", "fade", "fade in", "fade out"}
    | {"cut", "smash cut", "jump cut", "wipe", "zoom", "pan"}
)
"""The known transitions in small letters. Another one is kept and used all the same."""


class FindingKind(enum.StrEnum):
    """What a finding is about."""

    MISSING = "missing"  # a beat that another style has
    LONG = "long"
    TRANSITION = "transition"
    EMPTY = "empty"
    DUPLICATE = "duplicate"
    UNUSABLE = "unusable"  # any other reason


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding in one style, and the beats it is true of. ``detail`` names the transitions."""

    kind: FindingKind
    style: str
    beats: tuple[Key, ...]
    detail: str = ""


def findings(project: Project) -> tuple[Finding, ...]:
    """Return the findings in the styles that can be used, style by style."""
    rows = project.rows()
    found = []
    for style in project.styles:
        there = {(beat.shot, beat.number) for beat in style.beats}
        long = tuple((beat.shot, beat.number) for beat in style.beats if len(beat.prompt) > LONG_PROMPT)
        odd = [beat for beat in style.beats if beat.transition.strip().lower() not in TRANSITIONS]
        found += [
            Finding(FindingKind.MISSING, style.name, tuple(row for row in rows if row not in there)),
            Finding(FindingKind.LONG, style.name, long),
            Finding(
                FindingKind.TRANSITION,
                style.name,
                tuple((beat.shot, beat.number) for beat in odd),
                ", ".join(sorted({beat.transition.strip() for beat in odd})),
            ),
        ]
    return tuple(finding for finding in found if finding.beats)


def unusable(style: str, entries: Sequence[Any]) -> tuple[Finding, ...]:
    """Return why a style's entries cannot be used, each reason with its beats; "?" for an entry without numbers."""
    _, left_out = usable(entries)
    kinds = (FindingKind.EMPTY, FindingKind.DUPLICATE, FindingKind.UNUSABLE)
    found = (Finding(kind, style, tuple(key for what, key in left_out if what is kind)) for kind in kinds)
    return tuple(finding for finding in found if finding.beats)


def usable(entries: Sequence[Any]) -> tuple[Entries, tuple[tuple[FindingKind, Key], ...]]:
    """Return the usable entries, of doubled beats the first, and each other one's beat with the reason."""
    kept: Entries = []
    left_out: list[tuple[FindingKind, Key]] = []
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        key = key_of(entry) or ("?", "?")
        prompt = entry.get("ai_prompt") if isinstance(entry, dict) else None
        if prompt is None or (isinstance(prompt, str) and not prompt.strip()):
            left_out.append((FindingKind.EMPTY, key))
        elif not _is_beat(entry):
            left_out.append((FindingKind.UNUSABLE, key))
        elif folded(key) in seen:
            left_out.append((FindingKind.DUPLICATE, key))
        else:
            seen.add(folded(key))
            kept.append(entry)
    return kept, tuple(left_out)


def _is_beat(entry: Any) -> bool:
    try:
        parse_entries([entry], "")
    except BadFile:
        return False
    return True
