"""The ledger: whatever the journal holds, nothing that may have been charged is left out, and nothing counts twice."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import hurt
from webapp.core.money.attempts import (
    KINDS,
    Attempt,
    AttemptResult,
    Charge,
)
from webapp.core.money.ledger import Ledger
from webapp.core.money.sums import Sum, summed
from webapp.core.project import Frame
from webapp.errors import ProviderError

PRICE = 39_000
FATES: dict[str, dict[str, Any]] = {
    "open": {},
    "saved": {"what": "saved", "cost": 40_000, "version": "v", "seconds": 1.25},
    "refused": {"what": "failed", "charged": False},
    "unsure": {"what": "failed", "charged": None},
    "lost": {"what": "lost"},
    "not sent": {"what": "not sent"},
}
COSTS = {"open": PRICE, "saved": 40_000, "refused": 0, "unsure": PRICE, "lost": PRICE, "not sent": 0}


def written(fates: list[str]) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = []
    for number, fate in enumerate(fates):
        records.append({"what": "intent", "attempt": f"a{number}", "run": "r", "price": PRICE})
        if FATES[fate]:
            records.append({**FATES[fate], "attempt": f"a{number}", "run": "r"})
    return records


@given(st.lists(st.sampled_from(sorted(FATES)), max_size=30))
def test_every_attempt_counts_once_at_what_it_may_have_cost(fates: list[str]) -> None:
    ledger = Ledger.sum(written(fates))
    assert ledger.spent == sum(COSTS[fate] for fate in fates)
    assert len(ledger.open) == fates.count("open")


def test_a_picture_is_known_by_its_version() -> None:
    ledger = Ledger.sum(written(["saved"]))
    assert ledger.run_of("v") == "r" and ledger.facts("v") == {"seconds": 1.2, "cost": 40_000}
    assert ledger.run_of("another") == ""


def test_workers_are_counted_since_the_last_picture() -> None:
    taken = {"what": "taken", "run": "r"}
    assert Ledger.sum([taken, taken]).taken_without_image("r") == 2
    assert Ledger.sum([taken, *written(["saved"]), taken]).taken_without_image("r") == 1


@given(
    st.lists(st.dictionaries(st.sampled_from(["what", "attempt", "price", "cost", "run"]), st.none() | st.booleans()))
)
def test_records_nobody_knows_are_passed_over(records: list[dict[str, Any]]) -> None:
    assert Ledger.sum(records).spent == 0


INTENT = {
    "what": "intent",
    "attempt": "a",
    "at": 1_700_000_000.0,
    "run": "r",
    "style": "clear",
    "shot": "1",
    "beat": "1.1",
    "provider": "gemini",
    "model": "asked",
    "key": "••••abcd",
    "price": PRICE,
    "seed": 5,
}


SAVED = {
    "what": "saved",
    "attempt": "a",
    "run": "r",
    "cost": 5,
    "version": "v",
    "seconds": 1.5,
    "model": "m",
    "seed": 3,
}


def test_a_record_that_is_hurt_in_any_place_never_shuts_the_books() -> None:
    records = [[record, SAVED] for record in hurt(INTENT)] + [[INTENT, record] for record in hurt(SAVED)]
    for found in records:
        ledger = Ledger.sum(record for record in found if isinstance(record, dict))
        assert type(ledger.spent) is int and ledger.spent >= 0 and len(ledger.attempts) <= 2
        assert sum(each.attempts for each in ledger.groups().values()) == ledger.total.attempts


def one(*endings: dict[str, Any], **changes: Any) -> Attempt:
    """The one attempt of a journal in which it ended so."""
    records = [{**INTENT, **changes}, *({**ending, "attempt": "a", "run": "r"} for ending in endings)]
    (attempt,) = Ledger.sum(records).attempts
    return attempt


@pytest.mark.parametrize(
    ("kind", "result"),
    [
        ("Rejected", AttemptResult.REFUSED),
        ("NoPicture", AttemptResult.NO_IMAGE),
        ("Limited", AttemptResult.LIMITED),
        ("KeyRefused", AttemptResult.KEY_REFUSED),
        ("KeySpent", AttemptResult.KEY_SPENT),
        ("NotSent", AttemptResult.NOT_SENT),
        ("LostAnswer", AttemptResult.LOST),
        ("Unavailable", AttemptResult.FAILED),
        ("Misconfigured", AttemptResult.FAILED),
        (None, AttemptResult.FAILED),
    ],
)
def test_a_failure_is_called_by_whose_fault_it_was(kind: str | None, result: AttemptResult) -> None:
    failed = one({"what": "failed", "kind": kind, "charged": False, "error": "No.", "detail": "said", "seconds": 2})
    assert (failed.result, failed.charge, failed.amount) == (result, Charge.NOT, 0)
    assert (failed.error, failed.detail, failed.seconds) == ("No.", "said", 2.0)


def test_every_error_of_a_provider_has_a_word() -> None:
    named = {error("").kind for error in ProviderError.__subclasses__()}
    assert set(KINDS) <= named, "an error was renamed"
    assert named - set(KINDS) == {"Unavailable", "Misconfigured"}


def test_what_was_charged_what_may_have_been_and_what_was_not_are_told_apart() -> None:
    unsure = {"what": "failed", "kind": "LostAnswer", "charged": None}
    assert (one().charge, one().amount) == (Charge.POSSIBLY, PRICE)
    assert (one(unsure).charge, one(unsure).amount) == (Charge.POSSIBLY, PRICE)
    assert one({"what": "lost"}).charge is Charge.POSSIBLY
    assert one({"what": "not sent"}).charge is Charge.NOT
    assert one({"what": "failed", "charged": True}).amount == PRICE
    assert one({"what": "saved", "cost": 41_000}).amount == 41_000
    assert one({"what": "saved", "cost": 0}, price=0).charge is Charge.FREE
    assert one(unsure, price=0).charge is Charge.FREE
    nobody_knows = one({"what": "saved", "cost": None}, price=None)
    assert (nobody_knows.charge, nobody_knows.amount, nobody_knows.unpriced) == (Charge.UNKNOWN, 0, True)
    assert one(unsure, price=None).unpriced


def test_a_picture_tells_the_model_and_seed_that_really_made_it() -> None:
    made = one({"what": "saved", "cost": 1, "model": "answered", "seed": 9, "version": "v", "seconds": 1.5})
    assert (made.model, made.seed, made.version, made.seconds, made.key) == ("answered", 9, "v", 1.5, "••••abcd")
    assert one({"what": "saved", "cost": 1}).seed == 5
    restored = one({"what": "restored", "version": "v"})
    assert (restored.result, restored.amount, restored.seed) == (AttemptResult.MADE, PRICE, 5)


def test_late_news_put_a_lost_call_right_and_never_count_twice() -> None:
    lost, failed = {"what": "lost"}, {"what": "failed", "charged": False}
    saved = {"what": "saved", "cost": 40_000}
    assert one(lost, saved).amount == one(saved, lost).amount == 40_000
    assert one(lost, failed).charge is Charge.NOT
    assert one(saved, failed).result is AttemptResult.MADE
    assert one(failed, lost).result is AttemptResult.FAILED


def test_sums_are_told_by_day_style_run_model_key_and_result() -> None:
    records: list[dict[str, Any]] = [
        {**INTENT, "attempt": "a"},
        {"what": "saved", "attempt": "a", "cost": 10},
        {**INTENT, "attempt": "b", "style": "illustration", "at": 1_700_200_000.0},
        {"what": "lost", "attempt": "b"},
        {**INTENT, "attempt": "c", "run": "r2", "key": ""},
        {"what": "failed", "attempt": "c", "kind": "Limited", "charged": False},
    ]
    ledger = Ledger.sum(records)
    groups = ledger.groups()
    assert ledger.total == Sum(attempts=3, made=1, charged=10, possibly=PRICE)
    assert summed(groups, lambda group: group.style)["illustration"] == Sum(1, 0, 0, PRICE)
    assert [part.attempts for part in summed(groups, lambda group: group.day).values()] == [2, 1]
    assert summed(groups, lambda group: group.run)["r2"] == Sum(attempts=1)
    assert set(summed(groups, lambda group: group.result)) == {"made", "no answer", "limited"}
    attempts, total = ledger.frame(Frame("clear", "1", "1.1"))
    assert [attempt.id for attempt in attempts] == ["a", "c"] and total.charged == 10


ANSWERED: list[dict[str, Any]] = [
    {"what": "intent", "attempt": "a", "run": "r", "price": PRICE},
    {"what": "answered", "attempt": "a", "run": "r", "cost": 5 * PRICE, "seconds": 2.5},
]


@pytest.mark.parametrize("end", [None, "restored", "lost", "failed"])
def test_an_answer_costs_what_it_cost_whatever_becomes_of_its_image(end: str | None) -> None:
    records = [*ANSWERED, *([{"what": end, "attempt": "a", "run": "r", "charged": None}] if end else [])]
    ledger = Ledger.sum(records)
    assert ledger.spent == ledger.total.charged == 5 * PRICE and ledger.total.possibly == 0
    assert ledger.attempts[0].cost == 5 * PRICE


def test_a_restored_image_of_an_earlier_version_costs_the_list_price() -> None:
    assert Ledger.sum([ANSWERED[0], {"what": "restored", "attempt": "a"}]).spent == PRICE
