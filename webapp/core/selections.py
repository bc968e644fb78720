"""Selections of step 9 as plain values: which style is chosen for a beat, and which beats are still open.

``image_selections.json`` has one entry for each beat *number*: beats of several shots that share it share the choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.core.project import Project, beat_number

SHOWN = ("all", "open", "flagged")
"""Which beats can be shown alone; ``open`` are those without a choice."""


@dataclass(frozen=True, slots=True)
class BeatChoice:
    """The choice for one beat. ``written`` is the beat as the file spells it, ``entry`` all the file says."""

    written: str
    style: str
    flagged: bool
    entry: Mapping[str, Any]


def read_choices(data: Mapping[str, Any]) -> dict[str, BeatChoice]:
    """Return the usable entries of ``image_selections.json`` by beat number without prefix; the later of two
    spellings."""
    found = {}
    for written, entry in data.items():
        number = beat_number(written)
        style = entry.get("style") if isinstance(entry, dict) else None
        if number is not None and isinstance(style, str) and style:
            found[number] = BeatChoice(written, style, entry.get("isFlagged") is True, entry)
    return found


def spellings(number: str) -> tuple[str, str]:
    """Return the two spellings of a beat that clients look for: with and without the prefix."""
    return number, f"Beat {number}"


def under_every_spelling(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entries of ``image_selections.json`` as the file spells them, and under the other spellings too."""
    found = dict(data)
    for number, choice in read_choices(data).items():
        for spelling in spellings(number):
            found.setdefault(spelling, choice.entry)
    return found


@dataclass(frozen=True, slots=True)
class Selection:
    """A project's beat numbers in story order, and the choices for them or for beats that are gone."""

    numbers: tuple[str, ...]
    choices: Mapping[str, BeatChoice]

    @classmethod
    def of(cls, project: Project, data: Mapping[str, Any]) -> Selection:
        """Return the selection of a project from the content of ``image_selections.json``."""
        return cls(tuple(dict.fromkeys(number for _, number in project.rows())), read_choices(data))

    @property
    def chosen(self) -> int:
        """Return how many beats have a choice."""
        return len(self.shown("all")) - len(self.shown("open"))

    @property
    def strays(self) -> tuple[str, ...]:
        """Return the beat numbers with a choice that no prompts file has."""
        return tuple(number for number in self.choices if number not in self.numbers)

    def shown(self, which: str) -> tuple[str, ...]:
        """Return the beats of one of `SHOWN`, in story order."""
        return tuple(number for number in self.numbers if self._fits(number, which))

    def beside(self, number: str, which: str) -> tuple[str | None, str | None]:
        """Return the shown beats before and after this one, which need not be shown itself."""
        place = self.numbers.index(number)
        before = [other for other in self.numbers[:place] if self._fits(other, which)]
        after = (other for other in self.numbers[place + 1 :] if self._fits(other, which))
        return (before[-1] if before else None), next(after, None)

    def next_open(self, number: str | None = None) -> str | None:
        """Return the first beat without a choice after this one, then from the start; None when no other is open."""
        place = self.numbers.index(number) + 1 if number in self.numbers else 0
        around = self.numbers[place:] + self.numbers[:place]
        return next((other for other in around if other != number and self._fits(other, "open")), None)

    def _fits(self, number: str, which: str) -> bool:
        choice = self.choices.get(number)
        if which == "open":
            return choice is None
        return which != "flagged" or (choice is not None and choice.flagged)
