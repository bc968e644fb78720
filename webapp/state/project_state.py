"""State of a project at one moment: what its folder holds, what its run says, and each frame's status from both. Pure.

The folder decides what exists; the run only adds what it is doing and what failed. So a page is right even when Redis
lost everything, and an image deleted by hand is missing when the folder is read next.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from webapp.coordination.live_state import Message
from webapp.core import work_plan as plans
from webapp.core.frames import Counts, FrameNews, Status
from webapp.core.marks import FrameMarks
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run, RunState
from webapp.state.frame_facts import COMING_SHOWN, FrameFacts


class SeenImage(Protocol):
    """An image as it lies in the folder: its version, and the code of what it was made from."""

    @property
    def version(self) -> str: ...

    @property
    def inputs(self) -> str: ...


HAS_IMAGE = (Status.COMPLETE, Status.EXISTS)


@dataclass(slots=True)
class ProjectState:
    """One moment of one project. ``versions`` are those of the images that exist, ``codes`` say what those were made
    from; ``news`` is by `Frame.id`; ``queue`` are the frames that a run is going to make, the next one first."""

    project: Project
    run: Run
    live: str = ""
    now: dict[str, Any] | None = None
    status: dict[Frame, Status] = field(default_factory=dict)
    versions: dict[Frame, str] = field(default_factory=dict)
    news: dict[str, FrameNews] = field(default_factory=dict)
    log: tuple[dict[str, Any], ...] = ()
    by_id: Mapping[str, Frame] = field(default_factory=dict)
    facts: FrameFacts = field(default_factory=FrameFacts)
    queue: tuple[Frame, ...] = ()
    codes: dict[Frame, str] = field(default_factory=dict)
    status_basis: tuple[Any, ...] = ()  # what the statuses of all frames were computed from
    count_cache: dict[str | None, Counts] = field(default_factory=dict)  # counts by style, of all by None

    @classmethod
    def of(
        cls, project: Project, versions: dict[Frame, str], live: Message, run: Run, facts: FrameFacts | None = None
    ) -> ProjectState:
        """The state from the folder, the live state (``live``) and the run."""
        frames = project.frames()
        state = cls(
            project=project,
            run=run,
            live=live.id,
            now=live.now,
            status=dict.fromkeys(frames, Status.PENDING),
            versions=versions,
            news=live.frames,
            log=live.log,
            by_id=project.by_id,
        )
        state.set_facts(facts or FrameFacts())
        return state

    def apply(self, message: Message) -> list[Frame]:
        """Apply a message. Returns the frames it changed; those that the prompts do not have are left out."""
        self.live = message.id
        self.run = message.run if message.run and message.run.seq >= self.run.seq else self.run
        self.now = message.now
        self.log = (*reversed(message.log), *self.log)[:200]
        changed = []
        for ident, news in message.frames.items():
            frame = self.by_id.get(ident)
            if frame is None:
                continue
            if news.image:
                self.versions[frame] = news.image
            self.news[ident] = news
            self.status[frame] = self._status(frame)
            changed.append(frame)
        self.count_cache = {}
        return changed

    def set_images(self, frames: Iterable[Frame], images: Mapping[Frame, SeenImage]) -> None:
        """Set which of these frames have an image: exactly those in ``images``."""
        for frame in frames:
            self.versions.pop(frame, None)
            self.codes.pop(frame, None)
            if image := images.get(frame):
                self.versions[frame], self.codes[frame] = image.version, image.inputs

    def set_facts(self, facts: FrameFacts, seen: Iterable[Frame] | None = None) -> None:
        """Replace the facts, and what follows from them. ``seen``: of the other frames no image or news changed."""
        self.facts = facts
        basis = (self.run.id, self.run.active, facts.plan.scope(self.run.id).only, facts.given_up)
        if seen is None or basis != self.status_basis:
            self.status = self._statuses()
        else:
            self.status.update((frame, self._status(frame)) for frame in seen if frame in self.status)
        self.status_basis = basis
        self.count_cache = {}
        self.queue = tuple(self._queue())

    def looks(self) -> FrameLooks:
        """What the page shows of the frames, to be compared with another moment."""
        facts, coming = self.facts, self.queue[:COMING_SHOWN]
        asked = facts.plan.scope(self.run.id).redo if self.takes_wishes else {}
        still = set(self.queue) if asked else frozenset()
        return FrameLooks(
            status=dict(self.status),
            version=dict(self.versions),
            news={self.by_id[ident]: news for ident, news in self.news.items() if ident in self.by_id},
            changed=dict(facts.changed),
            blocked=dict.fromkeys(facts.blocked, True),
            marks={self.by_id[ident]: mark for ident, mark in facts.marks.items() if ident in self.by_id},
            place={frame: place for place, frame in enumerate(coming)},
            redo={f: True for f in (self.by_id.get(i) for i in asked) if f in still and f and self.awaits_redo(f)},
            wishes=self.takes_wishes,
            prices={style.name: facts.price(style.name) for style in self.project.styles},
        )

    @property
    def takes_wishes(self) -> bool:
        """Whether there is a run to which frames can be added."""
        return self.run.open and self.run.state is not RunState.STOPPING

    def awaits_redo(self, frame: Frame) -> bool:
        """Whether the run is still going to make this frame's image anew."""
        redo = self.facts.plan.scope(self.run.id).redo.get(frame.id) if self.takes_wishes else None
        return redo is not None and redo.replaces == self.versions.get(frame) and frame in self.queue

    def failure(self, frame: Frame) -> str:
        """Why the newest try to make this frame's image failed; "" when it did not."""
        news = self.run_news(frame)
        if news and (news.error or self.status[frame] is not Status.ERROR):
            return news.error
        known = self.facts.given_up.get(frame)
        return known.sentence if known and self.status[frame] is Status.ERROR else ""

    @property
    def failed_redos(self) -> list[Frame]:
        """The frames that keep the image they had because making another one failed in this run."""
        return [frame for frame, status in self.status.items() if status in HAS_IMAGE and self.failure(frame)]

    def counts(self, style: str | None = None) -> Counts:
        """How many frames, of one style or of all, are in which state."""
        if style not in self.count_cache:
            frames = self.status if style is None else self.project.in_style(style)
            self.count_cache[style] = Counts.of(map(self.status.__getitem__, frames))
        return self.count_cache[style]

    def shot_counts(self, shot: str) -> Counts:
        """How many frames of one shot are in which state."""
        return Counts.of(self.status[frame] for frame in self.project.in_shot(shot))

    def run_news(self, frame: Frame) -> FrameNews | None:
        """The news of this frame from the newest run."""
        news = self.news.get(frame.id)
        return news if news and news.run == self.run.id else None

    def spent(self) -> int:
        """What the images of this run cost, in micro-dollars, as far as known."""
        return sum(news.cost or 0 for news in self.news.values() if news.run == self.run.id)

    def copy(self) -> ProjectState:
        """An independent copy, cheap: the project is shared."""
        return replace(
            self,
            status=dict(self.status),
            versions=dict(self.versions),
            news=dict(self.news),
            codes=dict(self.codes),
            count_cache={},
        )

    def _statuses(self) -> dict[Frame, Status]:
        """Every frame's status. Most have no news, and no need of `_status`."""
        with_news = {self.by_id[ident] for ident in self.news if ident in self.by_id} if self.run.id else frozenset()
        only = self.facts.plan.scope(self.run.id).only
        failed = self.facts.given_up if self.run.id and only is not None else {}
        statuses = dict.fromkeys(self.by_id.values(), Status.PENDING)
        statuses.update(
            (frame, Status.EXISTS) for frame, version in self.versions.items() if version and frame in statuses
        )
        for frame in {*with_news, *failed}:
            if frame in statuses:
                statuses[frame] = self._status(frame)
        return statuses

    def _status(self, frame: Frame) -> Status:
        version, run = self.versions.get(frame), self.run
        news = self.run_news(frame) if run.id else None
        if news is not None and news.status is Status.GENERATING and run.active:
            return Status.GENERATING
        if version:
            return Status.COMPLETE if news is not None and news.status is Status.COMPLETE else Status.EXISTS
        if news is not None:
            return Status.ERROR if news.status is Status.ERROR else Status.PENDING
        return Status.ERROR if self._left_failed(frame) else Status.PENDING

    def _left_failed(self, frame: Frame) -> bool:
        """Whether it failed in an earlier run, and the newest one was not for it."""
        only = self.facts.plan.scope(self.run.id).only
        return bool(self.run.id) and only is not None and frame.id not in only and frame in self.facts.given_up

    def _queue(self) -> list[Frame]:
        """The frames that the run still has to make and may begin, the next one first."""
        if not self.takes_wishes:
            return []
        facts = self.facts
        scope = facts.plan.scope(self.run.id)
        missing = [frame for frame, status in self.status.items() if status in (Status.PENDING, Status.ERROR)]
        images = {frame: v for frame, v in self.versions.items() if self.status.get(frame) in HAS_IMAGE}
        given_up = {frame: known.asked for frame, known in facts.given_up.items() if known.run == self.run.id}
        if scope.only is None:
            given_up |= dict.fromkeys(facts.blocked, 0)
        wanted = plans.wanted(scope, missing, images, given_up, facts.locked)
        free = [frame for frame in wanted if not facts.held(frame.style)]
        return facts.plan.in_order(free, [style.name for style in self.project.styles])


@dataclass(frozen=True, slots=True)
class FrameLooks:
    """What a page shows of all frames at one moment, each by itself (`PER_FRAME`) and together."""

    status: Mapping[Frame, Status]
    version: Mapping[Frame, str]
    news: Mapping[Frame, FrameNews]
    changed: Mapping[Frame, tuple[str, ...]]
    blocked: Mapping[Frame, bool]
    marks: Mapping[Frame, FrameMarks]
    place: Mapping[Frame, int]
    redo: Mapping[Frame, bool]
    wishes: bool
    prices: Mapping[str, int | None]

    def differing(self, after: FrameLooks) -> list[Frame]:
        """The frames that look different in ``after``, in story order. Quick where little changed."""
        if self.wishes != after.wishes:
            return list(after.status)
        styles = {style for style, price in after.prices.items() if self.prices.get(style) != price}
        found = {frame for frame in after.status if frame.style in styles} if styles else set()
        for name in PER_FRAME:
            found |= _unequal(getattr(self, name), getattr(after, name))
        return [frame for frame in after.status if frame in found] if found else []


PER_FRAME = ("status", "version", "news", "changed", "blocked", "marks", "place", "redo")


def _unequal(before: Mapping[Frame, object], after: Mapping[Frame, object]) -> set[Frame]:
    """The keys whose values differ, or that only one of the two has."""
    if before == after:
        return set()
    nothing = object()
    gone = {frame for frame in before if frame not in after}
    return gone | {frame for frame, value in after.items() if before.get(frame, nothing) != value}
