"""What a v1.1 client is told of a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.frames import Counts, FrameNews, Status
from webapp.core.project import Beat, Frame, Problem, Project, Style
from webapp.core.run.states import Run, RunState
from webapp.web.live.v1_report import V1Report

RUN = Run(id="r1", state=RunState.GENERATING, seq=5)
PROJECT = Project(
    "story",
    "Story",
    (
        Style("illustration", tuple(Beat("1", f"1.{n}", f"Beat 1.{n}", "", "", "") for n in (1, 2))),
        Style("clear", (Beat("1", "1.1", 1.1, "", "", ""),)),
    ),
)
ILLUSTRATION_1, CLEAR_1, ILLUSTRATION_2 = PROJECT.frames()


def news(frame: Frame, status: Status, run: str = "r1", **facts: Any) -> FrameNews:
    return FrameNews(frame.style, frame.shot, frame.beat, status, run=run, **facts)


def ended(state: RunState, **facts: Any) -> Run:
    return replace(RUN, state=state, seq=9, **facts)


def short(events: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [(e["style"], e["beat_number"], e["completed"], e["total"], e["status"]) for e in events]


def test_a_run_of_one_image_is_told_in_the_words_of_v1() -> None:
    report = V1Report(PROJECT, RUN)
    assert report.start()["type"] == "start"
    assert report.update([news(ILLUSTRATION_1, Status.GENERATING)], RUN, {}) == [
        {
            "type": "progress",
            "style": "illustration",
            "beat_number": "Beat 1.1",
            "completed": 0,
            "total": 2,
            "status": "generating",
        }
    ]
    assert report.update([news(ILLUSTRATION_1, Status.COMPLETE)], RUN, {}) == [
        {
            "type": "progress",
            "style": "illustration",
            "beat_number": "Beat 1.1",
            "completed": 1,
            "total": 2,
            "status": "complete",
            "imagePath": "generated_images/illustration/Shot_1/Beat_1.1.png",
        }
    ]


def test_the_beat_number_is_written_as_the_prompts_file_writes_it() -> None:
    event = V1Report(PROJECT, RUN).update([news(CLEAR_1, Status.GENERATING)], RUN, {})[0]
    assert event["beat_number"] == 1.1


def test_images_that_were_there_are_skipped() -> None:
    report = V1Report(PROJECT, RUN)
    assert short(report.add_images({ILLUSTRATION_1, ILLUSTRATION_2}, {})) == [
        ("illustration", "Beat 1.1", 1, 2, "skipped"),
        ("illustration", "Beat 1.2", 2, 2, "skipped"),
    ]


def test_an_image_made_by_an_earlier_run_is_skipped_not_complete() -> None:
    report, made = V1Report(PROJECT, RUN), news(CLEAR_1, Status.COMPLETE, run="r0")
    assert report.update([made], RUN, {}) == [], "what the board says of it is old"
    assert short(report.add_images({CLEAR_1}, {CLEAR_1.id: made})) == [("clear", 1.1, 1, 1, "skipped")]


@pytest.mark.parametrize("before", [Status.COMPLETE, Status.EXISTS])
def test_images_that_were_deleted_are_told_as_made_anew_and_never_as_skipped(before: Status) -> None:
    report = V1Report(PROJECT, RUN)
    old = {frame.id: news(frame, before, run="r0") for frame in PROJECT.frames()}
    assert report.add_images(set(), old) == []
    events = report.update(old.values(), RUN, {})
    for frame in PROJECT.frames():
        for status in (Status.GENERATING, Status.COMPLETE):
            events += report.update([news(frame, status)], RUN, {})
    assert short(events) == [
        ("illustration", "Beat 1.1", 0, 2, "generating"),
        ("illustration", "Beat 1.1", 1, 2, "complete"),
        ("clear", 1.1, 0, 1, "generating"),
        ("clear", 1.1, 1, 1, "complete"),
        ("illustration", "Beat 1.2", 1, 2, "generating"),
        ("illustration", "Beat 1.2", 2, 2, "complete"),
    ]


def test_an_image_this_run_made_before_the_client_was_heard_is_complete() -> None:
    made = news(CLEAR_1, Status.COMPLETE)
    assert short(V1Report(PROJECT, RUN).add_images({CLEAR_1}, {CLEAR_1.id: made})) == [("clear", 1.1, 1, 1, "complete")]


def test_an_image_being_made_is_left_to_the_board() -> None:
    making = news(CLEAR_1, Status.GENERATING)
    assert V1Report(PROJECT, RUN).add_images({CLEAR_1}, {CLEAR_1.id: making}) == []


def test_a_failure_carries_its_sentence() -> None:
    event = V1Report(PROJECT, RUN).update([news(CLEAR_1, Status.ERROR, error="Refused.")], RUN, {})[0]
    assert (event["status"], event["error"], event["completed"]) == ("error", "Refused.", 0)
    assert "imagePath" not in event


def test_the_failures_of_an_earlier_run_are_not_told() -> None:
    assert V1Report(PROJECT, RUN).update([news(CLEAR_1, Status.ERROR, run="r0", error="Refused.")], RUN, {}) == []


def test_a_frame_the_prompts_files_do_not_have_is_not_told() -> None:
    assert V1Report(PROJECT, RUN).update([news(Frame("clear", "9", "9.9"), Status.COMPLETE)], RUN, {}) == []


def test_a_run_with_every_image_ends_complete() -> None:
    report = V1Report(PROJECT, RUN)
    report.update([], ended(RunState.DONE), {})
    assert report.ended
    *told, end = report.end(PROJECT.frames())
    assert [event["status"] for event in told] == ["complete"] * 3
    assert end["type"] == "complete"
    assert end["result"]["success"] is True


def test_a_run_that_claims_to_be_done_without_every_image_ends_as_an_error() -> None:
    report = V1Report(PROJECT, RUN)
    report.update([], ended(RunState.DONE), {})
    assert report.end([CLEAR_1])[-1] == {
        "type": "error",
        "error": "1 of 3 images generated. Start again to make the rest.",
    }


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        (ended(RunState.STOPPED), "Generation stopped by user"),
        (ended(RunState.PARTIAL, failed=2), "1 of 3 images generated. 2 failed."),
        (ended(RunState.FAILED, reason="The disk is full. Free some space."), "The disk is full. Free some space."),
        (
            ended(RunState.INTERRUPTED),
            "Generation was interrupted. Progress has been saved; start again to resume.",
        ),
    ],
)
def test_every_other_end_is_one_sentence(run: Run, sentence: str) -> None:
    report = V1Report(PROJECT, RUN)
    report.update([], run, {})
    assert report.end([CLEAR_1])[-1] == {"type": "error", "error": sentence}


def test_failures_are_counted_by_the_board_when_the_run_does_not_say() -> None:
    report = V1Report(PROJECT, RUN)
    report.update([], ended(RunState.PARTIAL), {"illustration": Counts(error=1), "clear": Counts(error=1)})
    assert report.end([CLEAR_1])[-1]["error"] == "1 of 3 images generated. 2 failed."


def test_old_news_of_the_run_does_not_bring_it_back_to_life() -> None:
    report = V1Report(PROJECT, RUN)
    report.update([], ended(RunState.STOPPED), {})
    report.update([], RUN, {})
    assert report.ended


def test_a_newer_run_takes_the_place_of_the_one_that_ended_unheard() -> None:
    report = V1Report(PROJECT, RUN)
    report.update([], Run(id="r2", state=RunState.GENERATING, seq=12), {})
    assert not report.ended
    assert short(report.update([news(CLEAR_1, Status.COMPLETE, run="r2")], None, {})) == [
        ("clear", 1.1, 1, 1, "complete")
    ]


@given(
    st.lists(
        st.tuples(st.sampled_from(PROJECT.frames()), st.sampled_from(Status), st.sampled_from(["", "r0", "r1"])),
        max_size=30,
    )
)
def test_completed_only_rises_and_never_above_the_total(changes: list[tuple[Frame, Status, str]]) -> None:
    report = V1Report(PROJECT, RUN)
    highest = {style.name: 0 for style in PROJECT.styles}
    for frame, status, run in changes:
        for event in report.update([news(frame, status, run)], RUN, {}):
            assert highest[event["style"]] <= event["completed"] <= event["total"]
            highest[event["style"]] = event["completed"]


@pytest.mark.parametrize("state", [RunState.DONE, RunState.PARTIAL])
def test_a_run_beside_a_prompts_file_that_cannot_be_read_never_ends_complete(state: RunState) -> None:
    broken = Problem("prompts/prompts-consistent.js", "a ] is missing.", 1)
    report = V1Report(replace(PROJECT, problems=(broken,)), RUN)
    report.update([], ended(state), {})
    end = report.end(PROJECT.frames())[-1]
    assert end["type"] == "error"
    assert end["error"].startswith(
        "3 of 3 images exist, but not all prompts can be used. prompts/prompts-consistent.js"
    )


def test_a_file_that_is_no_prompts_file_keeps_no_run_from_being_complete() -> None:
    report = V1Report(replace(PROJECT, problems=(Problem("image_selections.json", "cut off."),)), RUN)
    report.update([], ended(RunState.DONE), {})
    assert report.end(PROJECT.frames())[-1]["type"] == "complete"


def test_the_stream_of_a_stopping_run_ends_when_another_is_started() -> None:
    report = V1Report(PROJECT, RUN)
    report.update([], ended(RunState.STOPPING), {})
    report.update([], Run(id="r2", state=RunState.STARTING, seq=10), {})
    assert report.ended
    assert report.end([])[-1] == {"type": "error", "error": "Generation stopped by user"}
