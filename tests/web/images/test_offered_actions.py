"""What may be asked of a frame in each state, and what its cell says; pure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.harness.in_memory_project import story
from tests.web.images.test_banner import (
    FRAMES,
    PROJECT,
    news,
    standing,
)
from webapp.core.frames import Status
from webapp.core.marks import FrameMarks
from webapp.core.money.ledger import GivenUp
from webapp.core.project import Frame
from webapp.core.run.states import RunState
from webapp.core.work_plan import (
    Order,
    Redo,
    RunScope,
    WorkPlan,
)
from webapp.errors import BadInput, NotFound
from webapp.state import frame_scope
from webapp.state.frame_facts import FrameFacts, MakerFacts
from webapp.state.project_state import ProjectState
from webapp.web.images import (
    banner,
    controls,
    matrix,
    offered_actions,
)

FIRST, SECOND = FRAMES[0], FRAMES[1]
PRICED = {style.name: MakerFacts("gemini", "nano", 39_000) for style in PROJECT.styles}
ALL_WAYS = FrameFacts(makers=PRICED)
REFUSED = GivenUp("old", "The filter refused it.", inputs="x", refused=True)


def shown(given: ProjectState, facts: FrameFacts = ALL_WAYS) -> ProjectState:
    given.set_facts(facts)
    return given


def buttons(given: ProjectState, frame: Frame = FIRST) -> list[tuple[str, str, str]]:
    return [(verb.name, verb.label, verb.price) for verb in offered_actions.actions(given, frame)]


def failing(frame: Frame, status: Status, **facts: object) -> dict[Frame, object]:
    return {frame: news(frame, status, error="No answer.", **facts)}


PRICE = "$0.039"
GENERATE = ("generate", "Generate", PRICE)
NEXT = ("generate", "Generate next", "")
RETRY = ("generate", "Retry", PRICE)
REGENERATE = ("regenerate", "Regenerate", PRICE)


@pytest.mark.parametrize("state", [RunState.IDLE, RunState.STOPPED, RunState.DONE, RunState.PARTIAL, RunState.FAILED])
def test_without_a_run_a_missing_frame_can_be_generated_by_itself(state: RunState) -> None:
    assert buttons(shown(standing(state))) == [GENERATE]


@pytest.mark.parametrize("state", [RunState.STARTING, RunState.GENERATING, RunState.PAUSING, RunState.PAUSED])
def test_in_a_run_the_next_three_say_so_and_the_others_can_be_moved_to_the_front(state: RunState) -> None:
    given = shown(standing(state))
    for frame in FRAMES[:3]:
        assert (buttons(given, frame), offered_actions.place(given, frame)) == ([], "Next in queue")
    assert (buttons(given, FRAMES[3]), offered_actions.place(given, FRAMES[3])) == ([NEXT], "")
    run = given.run.id
    few = replace(ALL_WAYS, plan=WorkPlan().with_scope(run, RunScope(only=(FIRST.id,))))
    assert buttons(shown(given, few), FRAMES[3]) == [("generate", "Generate next", PRICE)]  # the run was not for it
    shown(given)
    assert matrix.queue(given).coming == ("1.1 illustration", "1.1 clear", "1.2 illustration")
    assert matrix.queue(given).more == 3


@pytest.mark.parametrize("state", list(RunState))
def test_an_image_can_be_made_anew_in_every_state_of_the_run(state: RunState) -> None:
    assert buttons(shown(standing(state, there=FRAMES))) == [REGENERATE]


def test_what_is_being_made_has_no_button() -> None:
    given = standing(RunState.GENERATING, news={FIRST: news(FIRST, Status.GENERATING)})
    assert buttons(shown(given)) == []


def test_a_failed_frame_offers_retry_and_an_edit_and_both_are_always_shown() -> None:
    given = shown(standing(RunState.PARTIAL, there=FRAMES[1:], news=failing(FIRST, Status.ERROR)))  # type: ignore[arg-type]
    assert buttons(given) == [RETRY]
    cell = matrix.cell(given, FIRST)
    assert cell.edit and cell.actions[0].shown
    retry = controls.controls(given, True).buttons[0]
    assert (retry.label, retry.described) == ("Retry failed", "1 image, about $0.04")


def test_an_image_that_could_not_be_made_anew_keeps_its_place_and_says_why() -> None:
    failed = failing(FIRST, Status.EXISTS, image="v1")
    given = shown(standing(RunState.PARTIAL, there=FRAMES, news=failed))  # type: ignore[arg-type]
    assert buttons(given) == [("regenerate", "Retry", PRICE)]
    cell = matrix.cell(given, FIRST)
    assert (cell.word, cell.meta, bool(cell.thumb)) == ("Exists", "Could not be made anew: No answer.", True)
    assert banner.banner(given, True, 0).text == "⚠ 6 of 6 images exist. 1 could not be made anew."
    assert frame_scope.failed(given) == [FIRST]


def test_a_stale_image_says_what_changed_and_offers_another_one_with_its_price() -> None:
    facts = replace(ALL_WAYS, changed={FIRST: ("prompt",)})
    given = shown(standing(there=FRAMES), facts)
    cell = matrix.cell(given, FIRST)
    assert (cell.word, cell.meta, cell.truth) == ("Exists", "Stale: prompt changed", "stale")
    assert cell.actions[0].shown and cell.actions[0].price == PRICE
    assert matrix.marked(given).bulk == "about $0.04"
    assert matrix.head(given, FIRST.style).stale == 1


def test_a_blocked_frame_says_why_and_offers_an_edit_and_a_retry() -> None:
    facts = replace(ALL_WAYS, blocked=frozenset({FIRST}), given_up={FIRST: REFUSED})
    given = shown(standing(), facts)
    cell = matrix.cell(given, FIRST)
    assert (cell.meta, cell.truth, cell.edit) == ("Blocked: The filter refused it.", "blocked", True)
    assert buttons(given) == [RETRY]


@pytest.mark.parametrize("there", [(), FRAMES])
def test_a_locked_frame_has_no_button_and_is_in_no_bulk_command(there: tuple[Frame, ...]) -> None:
    facts = replace(ALL_WAYS, marks={FIRST.id: FrameMarks(locked=True, star=True)}, changed={FIRST: ("prompt",)})
    given = shown(standing(there=there), facts)
    assert buttons(given) == []
    assert matrix.cell(given, FIRST).marks == ("locked", "starred")
    for kind in frame_scope.KINDS.values():
        assert FIRST not in kind(given, FRAMES)


def test_a_frame_that_waits_to_be_made_anew_says_so_and_is_not_offered_again() -> None:
    scope = RunScope(only=(), redo={frame.id: Redo(None, "v1") for frame in FRAMES})
    facts = replace(ALL_WAYS, plan=WorkPlan().with_scope("r", scope))
    given = shown(standing(RunState.PAUSED, there=FRAMES), facts)
    assert [offered_actions.place(given, frame) for frame in FRAMES[2:4]] == ["Next in queue", "In the queue"]
    assert buttons(given, FRAMES[3]) == []
    assert matrix.cell(given, FRAMES[3]).meta == "Will be made anew"


def test_what_is_held_is_not_next_and_its_head_says_so() -> None:
    facts = replace(ALL_WAYS, plan=WorkPlan(held=frozenset({"illustration"})))
    given = shown(standing(RunState.GENERATING), facts)
    assert {frame.style for frame in given.queue} == {"clear"}
    assert matrix.head(given, "illustration").held and not matrix.head(given, "clear").held


def test_the_order_of_the_work_is_what_comes_next() -> None:
    facts = replace(ALL_WAYS, plan=WorkPlan(order=Order.STYLES, first=("clear-1-1_3",)))
    given = shown(standing(RunState.PAUSED), facts)
    assert [frame.id for frame in given.queue][:3] == ["clear-1-1_3", "illustration-1-1_1", "illustration-1-1_2"]


def test_a_frame_that_failed_before_stays_failed_while_a_run_for_others_goes_on() -> None:
    plan = WorkPlan().with_scope("r", RunScope(only=(SECOND.id,)))
    given = shown(standing(RunState.GENERATING), replace(ALL_WAYS, plan=plan, given_up={FIRST: REFUSED}))
    assert given.status[FIRST] is Status.ERROR
    assert given.failure(FIRST) == "The filter refused it."
    assert given.queue == (SECOND,)


def test_a_scope_names_a_part_of_the_matrix_and_nothing_else() -> None:
    given = shown(standing(there=FRAMES[:2]))
    assert {frame.style for frame in frame_scope.within(given, frame_scope.FrameScope("clear"))} == {"clear"}
    assert frame_scope.within(given, frame_scope.FrameScope(shot="1", beat="1.1", only="made")) == list(FRAMES[:2])
    assert len(frame_scope.within(given, frame_scope.FrameScope(only="missing"))) == 4
    with pytest.raises(NotFound, match="no style oil"):
        frame_scope.within(given, frame_scope.FrameScope("oil"))
    with pytest.raises(BadInput, match="only must be one of"):
        frame_scope.FrameScope.read({"only": "everything"})
    with pytest.raises(NotFound, match="not in the project’s prompts"):
        frame_scope.named(given, ["clear-9-9_9"])


def test_a_bulk_command_is_asked_about_with_its_count_and_its_sum() -> None:
    given = shown(standing(there=FRAMES))
    asked = offered_actions.question(given, "regenerate", frame_scope.FrameScope("clear"))
    assert asked.title == "Regenerate 3 images?"
    assert "for about $0.12" in asked.text
    assert dict(asked.offers[0].fields) == {"style": "clear", "count": "3"}
    assert "trash" in offered_actions.question(given, "delete", frame_scope.FrameScope("clear")).text
    assert offered_actions.question(shown(standing()), "delete", frame_scope.FrameScope("clear")).offers == ()


def test_a_start_that_the_budget_is_not_enough_for_says_how_far_it_reaches() -> None:
    tight = replace(ALL_WAYS, budget=200_000, spent=80_000)
    asked = offered_actions.budget_question(shown(standing(), tight))
    assert asked is not None
    assert "6 images cost about $0.23, and $0.12 of the $0.20 budget is left" in asked.text
    assert "enough for 3 images" in asked.text
    assert offered_actions.budget_question(shown(standing(), replace(tight, budget=400_000))) is None
    assert offered_actions.budget_question(shown(standing(), replace(tight, budget=None))) is None
    assert offered_actions.budget_question(shown(standing(there=FRAMES), tight)) is None


def test_a_sheet_offers_what_makes_sense_for_a_style_a_shot_and_a_beat() -> None:
    given = shown(standing(RunState.GENERATING, there=FRAMES[:2]))
    style = offered_actions.scope_sheet(given, frame_scope.FrameScope("clear"))
    labels = [offer.label for offer in style.offers]
    assert labels == [
        "Generate the 2 missing first",
        "Pause this style",
        "Regenerate the 1 existing…",
        "Delete 1 image…",
    ]
    beat = offered_actions.scope_sheet(given, frame_scope.FrameScope(shot="1", beat="1.2"))
    assert [offer.label for offer in beat.offers] == ["Generate the 2 missing first"]
    held = replace(ALL_WAYS, plan=WorkPlan(held=frozenset({"clear"})))
    assert "Resume this style" in [
        o.label for o in offered_actions.scope_sheet(shown(given, held), frame_scope.FrameScope("clear")).offers
    ]


def test_a_provider_can_be_paused_where_there_are_several() -> None:
    makers = {**PRICED, "clear": MakerFacts("openai", "image", 50_000)}
    sheet = offered_actions.scope_sheet(shown(standing(), FrameFacts(makers=makers)), frame_scope.FrameScope("clear"))
    (offer,) = [offer for offer in sheet.offers if "everything" in offer.label]
    assert (offer.label, dict(offer.fields)) == ("Pause everything OpenAI makes", {"provider": "openai"})


def test_prices_on_buttons_never_guess() -> None:
    assert (offered_actions.price(None), offered_actions.price(0), offered_actions.price(39_000)) == (
        "price unknown",
        "",
        "$0.039",
    )
    unknown = {style.name: MakerFacts("x", "y", None) for style in story().styles}
    assert (
        offered_actions.about(offered_actions.total(shown(standing(), FrameFacts(makers=unknown)), [FIRST]))
        == "price unknown"
    )
