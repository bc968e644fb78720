"""A project as plain values: its styles, beats and frames, and the names of its folder.

A *beat* is a moment of the script with an AI prompt; a *style* is one prompts file; a *frame* is one beat in one style
and becomes one image. A *shot* is only the ``shot_number`` that groups beats in the file format.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

USUAL_STYLES = ("illustration", "clear", "consistent")
"""The styles of every v1 project, in the order in which they are shown."""

STYLE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z")
NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}[A-Za-z]?\Z")
"""A shot or beat number without its prefix. Only such text ever becomes part of a path."""

BEAT_PREFIX = re.compile(r"(?i:beat)[ _]*")
SHOT_PREFIX = re.compile(r"(?i:shot)[ _]*")

HARD_CUTS = frozenset({"h", "hard cut"})

LONGEST_NAME = 60
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])\Z")


def beat_number(written: str | int | float) -> str | None:
    """Return the beat's number without its prefix: "1.1" for ``"Beat 1.1"``, ``"Beat_1.1"``, ``"1.1"`` and ``1.1``.

    None when it is not a number that may become part of a file name.
    """
    return _number(written, BEAT_PREFIX)


def shot_number(written: str | int | float) -> str | None:
    """Return the shot's number without its prefix, or None, by the rules of `beat_number`."""
    return _number(written, SHOT_PREFIX)


def _number(written: str | int | float, prefix: re.Pattern[str]) -> str | None:
    if isinstance(written, bool) or not isinstance(written, (str, int, float)):
        return None
    if isinstance(written, float) and written.is_integer():
        written = int(written)  # JavaScript writes 2.0 as 2, and so do the file names of v1
    text = str(written).strip()
    match = prefix.match(text)
    if match:
        text = text[match.end() :]
    return text if NUMBER.match(text) else None


@dataclass(frozen=True, slots=True)
class Beat:
    """One entry of one prompts file. ``written`` is the number exactly as that file spells it."""

    shot: str
    number: str
    written: str | int | float
    phrase: str
    transition: str
    prompt: str

    @property
    def hard_cut(self) -> bool:
        """Return whether a new picture begins here, so that the style reference is sent along."""
        return self.transition.strip().lower() in HARD_CUTS


class Frame(NamedTuple):
    """One beat in one style: the thing that becomes an image. A tuple, since frames are looked up by the ten thousand.

    ``id`` is its one name everywhere: the DOM id without its ``cell-``, the field in Redis, the word in events and
    logs. It is injective because shot and beat hold no hyphen, and safe in a CSS selector because dots become
    underscores.
    """

    style: str
    shot: str
    beat: str

    @property
    def id(self) -> str:
        """For example ``illustration-1-1_1``."""
        return f"{self.style}-{self.shot}-{self.beat}".replace(".", "_")

    @property
    def image_path(self) -> str:
        """Return the path of the finished image, relative to the project, as in the contract."""
        return f"generated_images/{self.style}/Shot_{self.shot}/Beat_{self.beat}.png"


@dataclass(frozen=True, slots=True)
class Style:
    """One prompts file: its beats in order. ``file`` is the one they were read from, ``digest`` that of its bytes."""

    name: str
    beats: tuple[Beat, ...]
    file: str = ""
    digest: str = ""

    def frames(self) -> tuple[Frame, ...]:
        """Return one frame for every beat, in order."""
        return tuple(Frame(self.name, beat.shot, beat.number) for beat in self.beats)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be used: which, where, why."""

    file: str
    reason: str
    line: int | None = None

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{where}: {self.reason}"


PROMPTS_FOLDER = "prompts"


@dataclass(frozen=True, slots=True)
class Project:
    """A project as its folder has it. ``name`` is the folder's path relative to the projects root, ``by_id`` its frames
    by `Frame.id`, in story order."""

    name: str
    title: str
    styles: tuple[Style, ...] = ()
    problems: tuple[Problem, ...] = ()
    _beats: dict[Frame, Beat] = field(default_factory=dict, compare=False, repr=False)
    _rows: tuple[tuple[str, str], ...] = field(init=False, compare=False, repr=False)
    _frames: tuple[Frame, ...] = field(init=False, compare=False, repr=False)
    by_id: Mapping[str, Frame] = field(init=False, compare=False, repr=False)
    _parts: Mapping[tuple[str, str], tuple[Frame, ...]] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        for style in self.styles:
            for beat in style.beats:
                self._beats[Frame(style.name, beat.shot, beat.number)] = beat
        rows = _merge_order([[(b.shot, b.number) for b in style.beats] for style in self.styles])
        order = {key: place for place, key in enumerate(rows)}
        rank = {style.name: place for place, style in enumerate(self.styles)}
        frames = sorted(self._beats, key=lambda f: (order[(f.shot, f.beat)], rank[f.style]))
        object.__setattr__(self, "_rows", tuple(rows))
        parts: dict[tuple[str, str], list[Frame]] = {}
        for frame in frames:
            parts.setdefault(("style", frame.style), []).append(frame)
            parts.setdefault(("shot", frame.shot), []).append(frame)
        object.__setattr__(self, "_frames", tuple(frames))
        object.__setattr__(self, "by_id", {frame.id: frame for frame in frames})
        object.__setattr__(self, "_parts", {key: tuple(part) for key, part in parts.items()})

    def beat(self, frame: Frame) -> Beat | None:
        """Return the prompts entry of a frame, or None when the files do not have it."""
        return self._beats.get(frame)

    def style(self, name: str) -> Style | None:
        """Return the style of that name, or None."""
        return next((style for style in self.styles if style.name == name), None)

    @property
    def unread_prompts(self) -> tuple[Problem, ...]:
        """Return what is wrong with its prompts: while there is any, nobody can say that all its images exist."""
        return tuple(each for each in self.problems if each.file.partition("/")[0] == PROMPTS_FOLDER)

    @property
    def total(self) -> int:
        """Return how many images the project is to have."""
        return len(self._beats)

    def frames(self) -> tuple[Frame, ...]:
        """Return every frame in story order: a beat in all its styles, then the next beat.

        So the styles of a beat arrive together and can be compared early. The first style with a beat decides its
        place.
        """
        return self._frames

    def in_style(self, style: str) -> tuple[Frame, ...]:
        """Return the frames of one style, in story order."""
        return self._parts.get(("style", style), ())

    def in_shot(self, shot: str) -> tuple[Frame, ...]:
        """Return the frames of one shot, in story order."""
        return self._parts.get(("shot", shot), ())

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return every (shot, beat) of any style, in story order."""
        return self._rows


def order_styles(names: Iterable[str]) -> list[str]:
    """Return style names in the order of the page: the usual three first, then the others by name."""
    usual = {name: place for place, name in enumerate(USUAL_STYLES)}
    return sorted(names, key=lambda name: (usual.get(name, len(usual)), name))


def _merge_order(lists: list[list[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Merge several orders: an entry that is new in a list stands after the one it follows there."""
    merged: list[tuple[str, str]] = []
    seen: set[tuple[str, str]] = set()
    for entries in lists:
        previous: tuple[str, str] | None = None
        for entry in entries:
            if entry not in seen:
                seen.add(entry)
                if previous is None or merged[-1] == previous:
                    place = 0 if previous is None else len(merged)
                else:
                    place = merged.index(previous) + 1
                merged.insert(place, entry)
            previous = entry
    return merged


def free_name(title: str, taken: Iterable[str]) -> str:
    """Return a folder name made from the title, with a number when that is taken."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].strip("-") or "project"
    if _RESERVED.match(name):
        name = f"project-{name}"
    used = {other.lower() for other in taken}
    candidates = (name if number == 1 else f"{name}-{number}" for number in range(1, len(used) + 2))
    return next(candidate for candidate in candidates if candidate not in used)
