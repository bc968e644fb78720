"""What is true of a project's frames beyond their status: stale or blocked, marked, given up, in which order to come.

Always computed from what lies in the folder now, never kept: a prompt that was edited makes its image stale at the next
look, and one that was edited back makes it current again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.core.inputs import Inputs, Truth, truth
from webapp.core.ledger import GivenUp, Ledger
from webapp.core.marks import Mark, Marks, locked
from webapp.core.plan import Plan
from webapp.core.project import Beat, Frame, Project

COMING_SHOWN = 3
"""Frames that the page names as the next ones."""


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes a style's pictures: names of provider and model, and the price of one (micro-dollars, None unknown)."""

    provider: str = ""
    model: str = ""
    price: int | None = 0


@dataclass(frozen=True, slots=True)
class Truths:
    """The truths of one moment. ``changed`` says of stale frames what changed since; ``blocked`` holds those that a
    provider refused as they still are; ``makers`` are by style, ``budget`` and ``spent`` in micro-dollars."""

    changed: Mapping[Frame, tuple[str, ...]] = field(default_factory=dict)
    blocked: frozenset[Frame] = frozenset()
    given_up: Mapping[Frame, GivenUp] = field(default_factory=dict)
    marks: Marks = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    makers: Mapping[str, Maker] = field(default_factory=dict)
    budget: int | None = None
    spent: int = 0

    def mark(self, frame: Frame) -> Mark:
        """What the user says of a frame."""
        return self.marks.get(frame.id, Mark())

    @property
    def locked(self) -> frozenset[str]:
        """The frames that are never made, by `Frame.id`."""
        return locked(self.marks)

    def price(self, style: str) -> int | None:
        """What one picture of a style costs; ``None`` when nobody knows."""
        return self.makers.get(style, Maker()).price

    def held(self, style: str) -> bool:
        """Whether a style, or the provider that makes it, is paused by itself."""
        return self.plan.shuts(style, self.makers.get(style, Maker()).provider)


def truths(
    project: Project,
    codes: Mapping[Frame, str],
    inputs: Callable[[Frame, Beat], Inputs] | None,
    ledger: Ledger,
    **rest: Any,
) -> Truths:
    """The truths of a project whose images carry these ``codes``. Without ``inputs`` (the settings of a provider cannot
    work) nothing is called stale or blocked. ``rest`` are further fields of `Truths`."""
    given_up = dict(ledger.given_up)
    changed: dict[Frame, tuple[str, ...]] = {}
    blocked = set()
    for frame in project.frames() if inputs else ():
        code, known = codes.get(frame), given_up.get(frame)
        beat = project.beat(frame)
        if beat is None or inputs is None or (not code and known is None):
            continue
        now = inputs(frame, beat)
        refused = known.inputs if known and known.refused else ""
        match truth(code, now, refused):
            case Truth.STALE:
                changed[frame] = now.changed_since(code or "")
            case Truth.BLOCKED:
                blocked.add(frame)
    return Truths(changed, frozenset(blocked), given_up, spent=ledger.spent, **rest)
