"""Facts about a project's frames beyond their status: stale or blocked, marked, given up, in which order to come. Pure.

Computed from the folder each time, never stored: an edited prompt makes its image stale when the folder is read next,
and one that was edited back makes it current again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.core.image_inputs import Freshness, Inputs, freshness
from webapp.core.marks import FrameMarks, Marks, locked
from webapp.core.money.ledger import GivenUp, Ledger
from webapp.core.project import Beat, Frame, Project
from webapp.core.work_plan import WorkPlan

COMING_SHOWN = 3
"""Frames that the page names as the next ones."""


@dataclass(frozen=True, slots=True)
class MakerFacts:
    """Who makes a style's images: names of provider and model, and the price of one (micro-dollars, None unknown)."""

    provider: str = ""
    model: str = ""
    price: int | None = 0


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """The facts of one moment. ``changed`` says of stale frames what changed since; ``blocked`` holds those that a
    provider refused as they still are; ``makers`` are by style, ``budget`` and ``spent`` in micro-dollars."""

    changed: Mapping[Frame, tuple[str, ...]] = field(default_factory=dict)
    blocked: frozenset[Frame] = frozenset()
    given_up: Mapping[Frame, GivenUp] = field(default_factory=dict)
    marks: Marks = field(default_factory=dict)
    plan: WorkPlan = field(default_factory=WorkPlan)
    makers: Mapping[str, MakerFacts] = field(default_factory=dict)
    budget: int | None = None
    spent: int = 0

    def mark(self, frame: Frame) -> FrameMarks:
        """The user's marks of a frame."""
        return self.marks.get(frame.id, FrameMarks())

    @property
    def locked(self) -> frozenset[str]:
        """The frames that are never made, by `Frame.id`."""
        return locked(self.marks)

    def price(self, style: str) -> int | None:
        """The price of one image of a style in micro-dollars; ``None``: unknown."""
        return self.makers.get(style, MakerFacts()).price

    def held(self, style: str) -> bool:
        """Whether a style, or the provider that makes it, is paused by itself."""
        return self.plan.is_held(style, self.makers.get(style, MakerFacts()).provider)


class JudgedFrames:
    """Cache of which frames are stale or blocked, valid while prompts and settings stay."""

    def __init__(self) -> None:
        self._basis: tuple[object, object] = (None, None)
        self._found: dict[Frame, tuple[str | None, str, tuple[str, ...], bool]] = {}

    def judge(
        self, project: Project, inputs: Callable[[Frame, Beat], Inputs], frame: Frame, code: str | None, refused: str
    ) -> tuple[tuple[str, ...], bool]:
        """What changed since the frame's image was made, and whether the frame is blocked."""
        if self._basis[0] is not project or self._basis[1] is not inputs:
            self._basis, self._found = (project, inputs), {}
        known = self._found.get(frame)
        if known is None or known[0] != code or known[1] != refused:
            known = self._found[frame] = (code, refused, *_judged(project, inputs, frame, code, refused))
        return known[2], known[3]


def _judged(
    project: Project, inputs: Callable[[Frame, Beat], Inputs], frame: Frame, code: str | None, refused: str
) -> tuple[tuple[str, ...], bool]:
    beat = project.beat(frame)
    if beat is None:
        return (), False
    now = inputs(frame, beat)
    verdict = freshness(code, now, refused)
    return now.changed_since(code or "") if verdict is Freshness.STALE else (), verdict is Freshness.BLOCKED


def facts_of(
    project: Project,
    codes: Mapping[Frame, str],
    inputs: Callable[[Frame, Beat], Inputs] | None,
    ledger: Ledger,
    judged: JudgedFrames | None = None,
    **rest: Any,
) -> FrameFacts:
    """The facts of a project whose images carry these ``codes``. Without ``inputs`` (the settings of a provider cannot
    work) no frame is stale or blocked. ``judged`` is a cache for the next time, ``rest`` are further fields of
    `FrameFacts`."""
    judged = judged or JudgedFrames()
    given_up = dict(ledger.given_up)
    changed: dict[Frame, tuple[str, ...]] = {}
    blocked = set()
    for frame in project.frames() if inputs else ():
        code, known = codes.get(frame), given_up.get(frame)
        if inputs is None or (not code and known is None):
            continue
        words, is_blocked = judged.judge(project, inputs, frame, code, known.inputs if known and known.refused else "")
        if words:
            changed[frame] = words
        if is_blocked:
            blocked.add(frame)
    return FrameFacts(changed, frozenset(blocked), given_up, spent=ledger.spent, **rest)
