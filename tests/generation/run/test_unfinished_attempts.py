"""What the journal says of attempts that were cut off."""

from typing import Any

import pytest

from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame
from webapp.generation.job import UnfinishedAttempt
from webapp.generation.run.unfinished_attempts import driven_elsewhere, unfinished

FRAME = Frame("clear", "1", "1.1")


def intent(attempt: str, **more: Any) -> dict[str, Any]:
    at = {"style": "clear", "shot": "1", "beat": "1.1"}
    return {"what": "intent", "attempt": attempt, "run": "r", "provider": "comfyui", "price": 5, **at, **more}


def outcome(what: str, attempt: str = "a", run: str = "r") -> dict[str, Any]:
    return {"what": what, "attempt": attempt, "run": run}


def test_an_intent_without_an_outcome_is_told_with_the_job_the_service_named() -> None:
    records = [intent("a"), {"what": "job", "attempt": "a", "job": "j-1"}, intent("b"), outcome("saved", "b")]
    assert unfinished(Ledger.sum(records)) == {"a": UnfinishedAttempt("a", FRAME, "r", "comfyui", "j-1")}


@pytest.mark.parametrize("what", ["saved", "restored", "failed", "lost", "not sent"])
def test_every_outcome_ends_an_attempt(what: str) -> None:
    assert unfinished(Ledger.sum([intent("a"), outcome(what)])) == {}


def test_records_nobody_understands_are_passed_over() -> None:
    records = [{}, {"what": "intent"}, intent("a", beat=None), {"what": "job", "attempt": "x"}, intent("b", price=None)]
    assert list(unfinished(Ledger.sum(records))) == ["b"]


def test_the_frames_a_run_has_made_are_those_it_saved_itself() -> None:
    other = Frame("clear", "1", "1.2")
    records = [intent("a"), outcome("saved"), intent("b", beat="1.2", run="old"), outcome("saved", "b", "old")]
    assert Ledger.sum(records).made_in("r") == {FRAME}
    assert Ledger.sum(records).made_in("old") == {other}
    assert Ledger.sum([intent("a"), outcome("failed")]).made_in("r") == set()


def test_a_run_belongs_to_the_folder_it_was_last_driven_in() -> None:
    records: list[dict[str, Any]] = [{"what": "taken", "run": "r"}, {"what": "taken", "run": "s", "project": "here"}]
    ledger = Ledger.sum(records)
    assert not driven_elsewhere(ledger, "r", "here")  # written before places were kept
    assert not driven_elsewhere(ledger, "s", "here")
    assert driven_elsewhere(ledger, "s", "there")
    assert not driven_elsewhere(ledger, "new", "there")
