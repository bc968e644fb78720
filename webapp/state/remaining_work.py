"""What a run still has to make, with what, and how long that takes. Pure: the time is an argument."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from webapp.core.frames import FrameNews, Status
from webapp.core.limits.key_states import AccountView, KeyState
from webapp.core.project import Frame
from webapp.core.run.eta import (
    ENOUGH,
    Estimate,
    Lane,
    SeenProgress,
    estimate,
)
from webapp.core.work_plan import WorkPlan, wanted
from webapp.generation.makers.key_list import HeldKey
from webapp.generation.makers.provider_overview import ProviderOverview, StyleSource
from webapp.state.project_state import ProjectState

WINDOW = 600.0
"""Seconds of the run from which its present pace is computed."""


@dataclass(frozen=True, slots=True)
class RemainingWork:
    """Images that the run will make as things are (``left``), and those of styles that are ``held``."""

    left: int
    held: int = 0


def work_left(state: ProjectState, plan: WorkPlan, locked: Collection[str], resources: RunResources) -> RemainingWork:
    """What is still to be made, by what the run is for and what the user paused or locked."""
    scope = plan.scope(state.run.id)
    busy = {frame for frame, status in state.status.items() if status is Status.GENERATING}
    missing = [frame for frame, status in state.status.items() if status is Status.PENDING]
    there = {frame: version for frame, version in state.versions.items() if frame not in busy}
    failed: dict[Frame, int] = {frame: scope.again.get(frame.id, 0) for frame in there if _failed(state, frame)}
    waiting = wanted(scope, missing, there, failed, locked)
    makers = {style: source.name for style, source in resources.sources.items()}
    held = sum(plan.is_held(frame.style, makers.get(frame.style, "")) for frame in waiting)
    return RemainingWork(len(busy) + len(waiting) - held, held)


def _failed(state: ProjectState, frame: Frame) -> bool:
    news = state.news.get(frame.id)
    return news is not None and news.run == state.run.id and bool(news.error)


def lanes_of(resources: RunResources) -> list[Lane]:
    """The ways to make calls: one for each account with a key in use, one for each provider that needs none."""
    sources = {source.name: source for source in resources.sources.values()}
    lanes: dict[tuple[str, str], Lane] = {
        (source.name, ""): Lane(source.per_minute, source.parallel) for source in sources.values() if not source.keyed
    }
    for held, view in resources.keys:
        if not held.off and held.provider in sources:
            lane = _lane(sources[held.provider].per_minute, view or AccountView())
            before = lanes.get((held.provider, held.key.account))
            if before is None or lane.opens_in < before.opens_in:  # one refused key of an account shuts no other
                lanes[held.provider, held.key.account] = lane
    return list(lanes.values())


def _lane(per_minute: float | None, view: AccountView) -> Lane:
    out_of_use = view.state in (KeyState.SPENT, KeyState.REFUSED)
    pace = per_minute if view.per_minute is None else view.per_minute
    return Lane(pace, view.limit or None, math.inf if out_of_use else view.wait)


def remaining(state: ProjectState, ahead: RemainingWork, resources: RunResources, now: float) -> Estimate | None:
    """How long the run still takes; ``None`` while that cannot be known."""
    until = (state.now or {}).get("until")
    wait = max(0.0, until - now) if isinstance(until, (int, float)) and not state.run.pausing else 0.0
    lanes = [Lane(lane.per_minute, lane.at_once, max(lane.opens_in, wait)) for lane in lanes_of(resources)]
    parallel = resources.overview.own.parallel or resources.overview.usual.parallel
    return estimate(ahead.left, parallel, lanes, seen_progress(state, now))


def seen_progress(state: ProjectState, now: float) -> SeenProgress:
    """What the run showed so far: since its limits last changed, or it last went on, if that is long enough ago."""
    run = state.run
    mine = [news for news in state.news.values() if news.run == run.id]
    made = [news for news in mine if news.status is Status.COMPLETE]
    times = [news.seconds for news in made if news.seconds > 0]
    usual = median(times) if len(times) >= ENOUGH else 0.0
    calls = (len(made) + sum(news.tries for news in mine)) / len(made) if made else 1.0
    recent, span = _recent(state, now)
    if recent < ENOUGH:
        recent, span = _whole_run(state, made, now)
    return SeenProgress(recent, span, usual, calls)


def _recent(state: ProjectState, now: float) -> tuple[int, float]:
    """Images since the limits last changed, in the last minutes, and in how many seconds."""
    run = state.run
    if not run.working_since:
        return 0, 0.0
    lines = [line for line in state.log if isinstance(line.get("at"), (int, float))]
    begin = max(run.working_since, now - WINDOW, lines[-1]["at"] if len(lines) >= 200 else 0.0)
    made = sum(line.get("kind") == "ok" and bool(line.get("beat")) and line["at"] >= begin for line in lines)
    return made, max(0.0, now - begin)


def _whole_run(state: ProjectState, made: Sequence[FrameNews], now: float) -> tuple[int, float]:
    """The same for the whole run, where nothing changed in it: its limits, a pause."""
    run = state.run
    if run.worked and run.working_since:
        return 0, 0.0
    return len(made), run.worked_until(now)


@dataclass(frozen=True, slots=True)
class RunResources:
    """What a run has to work with. ``keys`` come with what is known of them now, ``None`` while that cannot be known;
    ``spent`` are the micro-dollars of all its runs."""

    overview: ProviderOverview
    keys: tuple[tuple[HeldKey, AccountView | None], ...] = ()
    spent: int = 0

    @property
    def sources(self) -> Mapping[str, StyleSource]:
        """Where each style's images come from."""
        return self.overview.sources

    @property
    def cap(self) -> int | None:
        """The budget in micro-dollars; ``None`` when there is none."""
        own = self.overview.own.budget
        return self.overview.usual.budget if own is None else own
