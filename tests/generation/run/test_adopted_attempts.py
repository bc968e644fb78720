"""What a worker leaves behind, and what the next one makes of it."""

from typing import Any

from tests.harness.in_memory_project import (
    FakeImage,
    FakeJobs,
    FakeJournal,
    FakeProvider,
)
from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame
from webapp.generation.run.unfinished_attempts import UnfinishedAttempts

FRAME = Frame("clear", "1", "1.1")
OTHER = Frame("clear", "1", "1.2")


def intent(attempt: str, frame: Frame = FRAME) -> dict[str, Any]:
    at = {"style": frame.style, "shot": frame.shot, "beat": frame.beat}
    return {"what": "intent", "attempt": attempt, "run": "r", "provider": "fake", "price": 5, **at}


def inherited(*records: dict[str, Any]) -> tuple[UnfinishedAttempts, list[dict[str, Any]]]:
    lines = list(records)
    return UnfinishedAttempts(FakeJournal(lines, lambda record: None), Ledger.sum(lines), lambda: 1.0), lines


def whats(lines: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(record["attempt"], record["what"]) for record in lines if record["what"] != "intent"]


def test_an_attempt_whose_picture_is_there_came_to_a_good_end() -> None:
    inheritance, lines = inherited(intent("a"), intent("b", OTHER))
    inheritance.adopt({FRAME: FakeImage("v")})
    assert whats(lines) == [("a", "restored")]


def test_an_image_that_was_to_be_replaced_is_nobodys_success() -> None:
    inheritance, lines = inherited({**intent("a"), "replaces": "v"}, {**intent("b", OTHER), "replaces": "w"})
    inheritance.adopt({FRAME: FakeImage("v"), OTHER: FakeImage("x")})
    assert whats(lines) == [("b", "restored")]


def test_of_two_jobs_for_one_frame_the_newer_is_asked_for_and_the_other_written_off() -> None:
    inheritance, lines = inherited(intent("a"), intent("b"))
    asked = inheritance.settle("r", {"clear": FakeJobs()})
    assert {frame: attempt.attempt for frame, attempt in asked.items()} == {FRAME: "b"}
    assert whats(lines) == [("a", "lost")]


def test_what_nobody_can_be_asked_about_is_written_off_once() -> None:
    inheritance, lines = inherited(intent("a"), intent("b", OTHER))
    assert inheritance.settle("r", {"clear": FakeProvider()}) == {}
    assert inheritance.settle("r", {"clear": FakeProvider()}) == {}
    assert whats(lines) == [("a", "lost"), ("b", "lost")]


def test_a_style_nobody_makes_any_more_is_no_trouble() -> None:
    inheritance, lines = inherited(intent("a"))
    assert inheritance.settle("r", {}) == {}
    assert whats(lines) == [("a", "lost")]
