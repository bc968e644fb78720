"""What a run makes and in which order: nothing that was not asked for, nothing twice, locked frames never."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import damaged
from webapp.core.project import Frame
from webapp.core.work_plan import (
    MOST_SCOPES,
    Order,
    Redo,
    RunScope,
    WorkPlan,
    wanted,
)

FRAMES = [Frame(style, "1", f"1.{n}") for n in range(4) for style in ("illustration", "clear")]
IDS = [frame.id for frame in FRAMES]
SOME = st.lists(st.sampled_from(IDS), unique=True)
REDO = st.builds(Redo, st.none() | st.integers(0, 2**31 - 1), st.sampled_from(["v1", "v2"]), st.sampled_from(["", "m"]))
SCOPES = st.builds(
    RunScope,
    st.none() | SOME.map(tuple),
    st.dictionaries(st.sampled_from(IDS), REDO),
    st.dictionaries(st.sampled_from(IDS), st.integers(0, 3)),
)
PLANS = st.builds(
    WorkPlan,
    st.sampled_from(Order),
    SOME.map(tuple),
    st.frozensets(st.sampled_from(["clear", "illustration"])),
    st.frozensets(st.sampled_from(["gemini"])),
    st.dictionaries(st.sampled_from("abc"), SCOPES),
)


@given(SCOPES, SOME, SOME, SOME)
def test_a_run_makes_only_what_is_missing_or_was_asked_for_anew_and_never_what_is_locked(
    scope: RunScope, there: list[str], locked: list[str], failed: list[str]
) -> None:
    missing = [frame for frame in FRAMES if frame.id not in there]
    images = {frame: "v1" for frame in FRAMES if frame.id in there}
    given_up = {frame: 0 for frame in FRAMES if frame.id in failed}
    found = wanted(scope, missing, images, given_up, locked)
    assert len(found) == len(set(found))
    for frame in found:
        assert frame.id not in locked
        assert frame not in given_up or scope.again.get(frame.id, 0) > 0
        if frame in images:
            assert scope.redo[frame.id].replaces == "v1"
        else:
            assert scope.only is None or frame.id in scope.only


def test_a_run_makes_all_that_is_missing_or_the_chosen_ones_in_the_order_of_the_story() -> None:
    first, second, third = FRAMES[:3]
    assert wanted(RunScope(), [first, second, third], {}, {}, ()) == [first, second, third]
    chosen = RunScope(only=(third.id, first.id))
    assert wanted(chosen, [first, second, third], {}, {}, ()) == [first, third]
    assert wanted(chosen, [second], {first: "v1"}, {}, ()) == []


def test_who_asks_again_for_a_frame_adds_it_to_the_chosen_ones_once() -> None:
    chosen = RunScope(only=(IDS[0],)).asked_again([IDS[1], IDS[0]]).asked_again([IDS[1]])
    assert chosen.only == (IDS[0], IDS[1])
    assert chosen.again == {IDS[0]: 1, IDS[1]: 2}


def test_a_style_and_a_provider_are_held_each_by_itself() -> None:
    plan = WorkPlan(held=frozenset({"clear"}), held_providers=frozenset({"gemini"}))
    asked = [("clear", "openai"), ("ink", "gemini"), ("ink", "openai")]
    assert [plan.is_held(*each) for each in asked] == [True, True, False]


def test_a_frame_made_anew_is_done_when_its_image_is_another_one() -> None:
    frame = FRAMES[0]
    scope = RunScope(only=(), redo={frame.id: Redo(5, "v1")})
    assert wanted(scope, [], {frame: "v1"}, {}, ()) == [frame]
    assert wanted(scope, [], {frame: "v2"}, {}, ()) == []


def test_who_asks_again_gets_a_given_up_frame_once_more_each_time() -> None:
    frame = FRAMES[0]
    scope = RunScope()
    assert wanted(scope, [frame], {}, {frame: 0}, ()) == []
    scope = scope.asked_again([frame.id])
    assert wanted(scope, [frame], {}, {frame: 0}, ()) == [frame]
    assert wanted(scope, [frame], {}, {frame: 1}, ()) == []


@given(PLANS, SOME)
def test_what_is_moved_first_comes_first_in_that_order_and_nothing_gets_lost(plan: WorkPlan, ids: list[str]) -> None:
    line = plan.moved_first(ids).in_order(FRAMES, ["illustration", "clear"])
    assert [frame.id for frame in line[: len(ids)]] == ids
    assert sorted(line) == sorted(FRAMES)


def test_the_default_order_brings_the_styles_of_a_beat_together_and_the_other_a_style_after_the_other() -> None:
    styles = ["illustration", "clear"]
    assert WorkPlan().in_order(FRAMES, styles) == FRAMES
    by_style = WorkPlan(Order.STYLES).in_order(FRAMES, styles)
    assert by_style == [frame for style in styles for frame in FRAMES if frame.style == style]


@given(PLANS)
def test_a_plan_is_read_back(plan: WorkPlan) -> None:
    assert WorkPlan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


@given(st.data(), PLANS)
def test_anything_else_reads_as_a_plan_that_never_asks_for_more(draw: st.DataObject, plan: WorkPlan) -> None:
    data = draw.draw(damaged(plan.to_json()))
    for run, scope in WorkPlan.from_json(data).scopes.items():
        said = data["scopes"][run]
        only = said.get("only") if isinstance(said, dict) else "damaged"
        assert (scope.only is None) == (only is None)
        assert all(isinstance(only, list) and each in only for each in scope.only or ())
        assert all(isinstance(redo.replaces, str) for redo in scope.redo.values())
        assert all(type(times) is int and times >= 0 for times in scope.again.values())
    assert WorkPlan.from_json({"scopes": {"r": "damaged"}}).scope("r").only == ()


@pytest.mark.parametrize("only", ["all", 5, True, {}])
def test_a_scope_whose_frames_cannot_be_read_makes_none(only: object) -> None:
    scope = {"only": only, "redo": {IDS[0]: {"replaces": "v1"}}}
    assert WorkPlan.from_json({"scopes": {"r": scope}}).scope("r") == RunScope(only=())


def test_of_a_scope_only_what_fits_is_believed() -> None:
    again = {"a": 2, "b": True, "c": -1, "d": 1.5, "e": "3"}
    redo = {"a": {"replaces": "v1", "seed": True, "model": 5}, "b": {"seed": 1}, "c": {"replaces": 5}, "d": "v1"}
    scope = WorkPlan.from_json({"scopes": {"r": {"only": ["a", 5], "redo": redo, "again": again}}}).scope("r")
    assert scope == RunScope(("a",), {"a": Redo(None, "v1")}, {"a": 2})


def test_old_scopes_are_forgotten() -> None:
    plan = WorkPlan()
    for number in range(9):
        plan = plan.with_scope(f"r{number}", RunScope(only=()))
    assert len(plan.scopes) == MOST_SCOPES
    assert "r8" in plan.scopes


def test_a_frame_that_is_not_to_be_made_anew_any_more_is_let_go_and_no_other() -> None:
    plan = WorkPlan().with_scope("r", RunScope(redo={IDS[0]: Redo(None, "v1"), IDS[1]: Redo(None, "v1")}))
    assert set(plan.without_redo("r", [IDS[0]]).scope("r").redo) == {IDS[1]}
    assert plan.without_redo("r", [IDS[2]]) == plan


@given(PLANS, st.sampled_from(IDS), st.sampled_from(["", *IDS]), st.permutations(IDS))
def test_a_frame_is_put_right_before_another_one_and_the_others_keep_their_order(
    plan: WorkPlan, ident: str, before: str, story: list[str]
) -> None:
    by_id = {frame.id: frame for frame in FRAMES}
    styles = ["illustration", "clear"]
    waiting = [frame.id for frame in plan.in_order([by_id[each] for each in story], styles)]
    placed = plan.placed(ident, before, waiting)
    line = [frame.id for frame in placed.in_order([by_id[each] for each in story], styles)]
    if ident == before:
        assert placed == plan
        return
    assert [each for each in line if each != ident] == [each for each in waiting if each != ident]
    assert line[line.index(ident) + 1 :][:1] == ([before] if before else [])


def test_a_frame_that_was_begun_meanwhile_is_not_moved_and_one_put_before_such_a_one_comes_first() -> None:
    a, b, c, d = IDS[:4]
    assert WorkPlan().placed(a, b, [b, c]) == WorkPlan()
    assert WorkPlan().placed(d, a, [b, c, d]).first == (d,)
