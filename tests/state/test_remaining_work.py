"""The time left on the page: by what the run is for, what is paused, which keys cool, and never more than is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.harness.in_memory_project import story
from webapp.coordination.live_state import Message
from webapp.core.frames import FrameNews, Status
from webapp.core.image_request import Key, Secret
from webapp.core.limits.key_states import AccountView, KeyState
from webapp.core.project import Frame
from webapp.core.run.states import Run, RunState
from webapp.core.settings.project_settings import LimitSettings
from webapp.core.work_plan import Redo, RunScope, WorkPlan
from webapp.generation.job import RunLimits
from webapp.generation.makers.key_list import HeldKey
from webapp.generation.makers.provider_overview import ProviderOverview, StyleSource
from webapp.state.project_state import ProjectState
from webapp.state.remaining_work import RemainingWork, RunResources, work_left
from webapp.web.images import run_figures

PROJECT = story(30, ("illustration", "clear"))
FRAMES = PROJECT.frames()
NOW = 1_000_000.0
SOURCE = StyleSource("gemini", "Google Gemini", "nano", False, 39_000, "", 60.0, 4, None, keyed=True)
VIEW = AccountView(limit=4, per_minute=60.0)


def means(*views: AccountView, parallel: int = 4) -> RunResources:
    """A provider with so many keys, each of an account of its own."""
    keys = tuple(
        (HeldKey(f"k{n}", "gemini", "", Key(Secret(f"secret-{n}"), f"account-{n}")), view)
        for n, view in enumerate(views)
    )
    outlook = ProviderOverview({"illustration": SOURCE, "clear": SOURCE}, LimitSettings(), RunLimits(parallel, None, 4))
    return RunResources(outlook, keys)


def standing(made: int = 12, state: RunState = RunState.GENERATING, **run: Any) -> ProjectState:
    """A run of two minutes that made so many pictures, each in 8 s, evenly."""
    since = NOW - 120 if state is RunState.GENERATING else 0.0
    known = Run("r", state, 3, "gemini", started_at=NOW - 130, changed_at=NOW, worked=0.0, working_since=since)
    known = replace(known, worked=0.0 if since else 120.0)
    done = {frame: FrameNews(*_parts(frame), Status.COMPLETE, run="r", seconds=8.0) for frame in FRAMES[:made]}
    log = tuple(
        {"at": NOW - 120 * place / made, "kind": "ok", "text": "made", "beat": frame.beat}
        for place, frame in enumerate(FRAMES[:made])
    )
    board = Message("e-1", known, None, {}, {frame.id: item for frame, item in done.items()}, log)
    found = ProjectState.of(PROJECT, dict.fromkeys(FRAMES[:made], "v"), board, replace(known, **run))
    return found


def _parts(frame: Frame) -> tuple[str, str, str]:
    return frame.style, frame.shot, frame.beat


def shown(found: ProjectState, with_what: RunResources, plan: WorkPlan | None = None) -> tuple[str, str, str]:
    """The time figure."""
    ahead = work_left(found, plan or WorkPlan(), (), with_what)
    stats = run_figures.stats(found, with_what, NOW, ahead)
    return stats.time_small, stats.time_value, stats.time_sub


def test_a_steady_run_tells_how_long_and_when() -> None:
    small, value, sub = shown(standing(), means(VIEW))
    assert (small, value) == ("about", "8 min")
    assert "done at " in sub and "6.0/min" in sub


def test_it_is_not_told_before_the_first_images() -> None:
    assert shown(standing(made=2), means(VIEW))[1:] == ("–", "known after the first images")
    assert shown(standing(made=2), means())[1] == "–"


def test_a_change_of_the_limits_counts_at_once() -> None:
    changed = standing(worked=110.0, working_since=NOW - 1)
    changed.log = ()
    assert shown(changed, means(VIEW))[1] == "2 min"
    assert shown(changed, means(replace(VIEW, per_minute=6.0)))[1] == "8 min"
    assert shown(changed, means(VIEW, parallel=1))[1] == "6 min"


def test_cooling_keys_are_waited_for_and_spent_ones_are_not_counted_on() -> None:
    cooling = replace(VIEW, state=KeyState.COOLING, wait=600.0)
    assert shown(standing(), means(cooling))[1] == "18 min"
    assert shown(standing(), means(VIEW, cooling))[1] == "8 min"
    assert shown(standing(), means(replace(VIEW, state=KeyState.SPENT)))[1] == "–"
    told = standing()
    told.now = {"until": NOW + 300.0, "why": "cooling"}
    assert shown(told, means(VIEW))[1] == "13 min"


def test_while_paused_no_clock_runs() -> None:
    small, value, sub = shown(standing(state=RunState.PAUSED), means(VIEW))
    assert (small, value) == ("", "Paused") and sub == "about 8 min left when resumed"


def test_paused_styles_and_providers_are_left_out_and_said() -> None:
    sub = shown(standing(), means(VIEW), WorkPlan(held=frozenset({"clear"})))
    assert sub[1] == "4 min" and sub[2].endswith("24 of paused styles not counted")
    assert work_left(standing(), WorkPlan(held_providers=frozenset({"gemini"})), (), means(VIEW)) == RemainingWork(
        0, 48
    )


def test_only_what_the_run_is_for_is_counted() -> None:
    one = WorkPlan(scopes={"r": RunScope(only=(FRAMES[20].id,))})
    assert work_left(standing(), one, (), means(VIEW)) == RemainingWork(1)
    anew = WorkPlan(scopes={"r": RunScope(only=(), redo={FRAMES[0].id: Redo(1, "v"), FRAMES[1].id: Redo(1, "older")})})
    assert work_left(standing(), anew, (), means(VIEW)) == RemainingWork(1)
    assert work_left(standing(), WorkPlan(), {FRAMES[20].id}, means(VIEW)) == RemainingWork(47)


@pytest.mark.parametrize("state", sorted(set(RunState) - {RunState.IDLE, RunState.GENERATING}))
def test_no_other_state_promises_a_time_of_day(state: RunState) -> None:
    assert "done at" not in shown(standing(state=state), means(VIEW))[2]
