"""The ledger: whatever the journal holds, nothing that may have been charged is left out, and nothing counts twice."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from webapp.generation.ledger import Ledger

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
    assert Ledger.sum([taken, taken]).taken_without_picture("r") == 2
    assert Ledger.sum([taken, *written(["saved"]), taken]).taken_without_picture("r") == 1


@given(
    st.lists(st.dictionaries(st.sampled_from(["what", "attempt", "price", "cost", "run"]), st.none() | st.booleans()))
)
def test_records_nobody_knows_are_passed_over(records: list[dict[str, Any]]) -> None:
    assert Ledger.sum(records).spent == 0
