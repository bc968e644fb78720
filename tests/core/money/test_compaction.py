"""Compaction: whatever a journal holds, no sum changes, and nothing is lost that anybody still needs."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from webapp.core.money.attempts import AttemptResult
from webapp.core.money.compaction import Compaction
from webapp.core.money.ledger import Ledger
from webapp.core.money.sums import Sum, SumGroup, sum_records, summed
from webapp.core.project import Frame

OUTCOMES: list[dict[str, Any]] = [
    {"what": "saved", "cost": 40_000},
    {"what": "restored"},
    {"what": "failed", "kind": "Rejected", "charged": False},
    {"what": "failed", "kind": "LostAnswer", "charged": None},
    {"what": "failed", "kind": "NoPicture", "charged": True},
    {"what": "lost"},
    {"what": "not sent"},
    {"what": "job", "id": "known to a later version"},
    {"what": "taken"},
    {"what": "released"},
]
IDS = st.sampled_from("abcdefgh")
INTENTS = st.fixed_dictionaries(
    {
        "what": st.just("intent"),
        "attempt": IDS,
        "at": st.sampled_from([0, 1_700_000_000, 1_700_090_000.5]),
        "run": st.sampled_from(["r1", "r2"]),
        "style": st.sampled_from(["clear", "illustration"]),
        "shot": st.just("1"),
        "beat": st.sampled_from(["1.1", "1.2"]),
        "provider": st.just("gemini"),
        "model": st.sampled_from(["m1", "m2"]),
        "key": st.sampled_from(["", "••••abcd"]),
        "price": st.sampled_from([None, 0, 39_000]),
    }
)
ENDINGS = st.builds(
    lambda ending, ident, run, version: {**ending, "attempt": ident, "run": run, "version": version},
    st.sampled_from(OUTCOMES),
    IDS,
    st.sampled_from(["r1", "r2"]),
    st.sampled_from(["v1", "v2", "v3"]),
)
JOURNALS = st.lists(INTENTS | ENDINGS, max_size=40)
FRAMES = [Frame(style, "1", beat) for style in ("clear", "illustration") for beat in ("1.1", "1.2")]


def compacted(records: list[dict[str, Any]], newest: int) -> list[dict[str, Any]]:
    """The records of a journal after its compaction, as they would be read back."""
    compaction = Compaction(Ledger.sum(records), newest)
    kept = [*compaction.sums(), *(record for record in records if compaction.keeps(record))]
    read: list[dict[str, Any]] = json.loads(json.dumps(kept))
    return read


@given(JOURNALS, JOURNALS, st.integers(0, 5))
def test_every_sum_is_as_before_however_often_a_journal_is_compacted(
    first: list[dict[str, Any]], second: list[dict[str, Any]], newest: int
) -> None:
    once = compacted(first, newest)
    assert_same(Ledger.sum(first), Ledger.sum(once))
    # an outcome of the second half may be of an attempt of the first, which must not have been let go while it was open
    told = {record["attempt"] for record in first if record["what"] == "intent"}
    more = [record for record in second if record["attempt"] not in told]
    assert_same(Ledger.sum([*first, *more]), Ledger.sum(compacted([*once, *more], newest)))


def assert_same(before: Ledger, after: Ledger) -> None:
    """Both books say the same of everything that must outlive a compaction."""
    assert after.groups() == before.groups()
    assert (after.total, after.spent) == (before.total, before.spent)
    for frame in FRAMES:
        assert after.frame(frame)[1] == before.frame(frame)[1]
    assert after.open == before.open
    for version in ("v1", "v2", "v3"):
        assert after.attempt_of(version) == before.attempt_of(version)
    for run in ("r1", "r2"):
        assert after.taken_without_image(run) == before.taken_without_image(run)


@given(JOURNALS)
def test_an_attempt_that_was_open_may_still_end_after_a_compaction(records: list[dict[str, Any]]) -> None:
    ends = [{"what": "saved", "attempt": each.id, "cost": 1} for each in Ledger.sum(records).open]
    assert Ledger.sum([*compacted(records, 0), *ends]).groups() == Ledger.sum([*records, *ends]).groups()


@given(JOURNALS)
def test_only_what_brought_nothing_is_let_go(records: list[dict[str, Any]]) -> None:
    before, after = Ledger.sum(records), Ledger.sum(compacted(records, 0))
    kept = [attempt for attempt in before.attempts if attempt.result in (AttemptResult.MADE, AttemptResult.OPEN)]
    assert after.attempts == kept


def test_the_newest_attempts_are_kept_whatever_came_of_them() -> None:
    records = [
        record
        for number in range(5)
        for record in (
            {"what": "intent", "attempt": f"a{number}", "style": "clear"},
            {"what": "failed", "attempt": f"a{number}", "error": f"reason {number}"},
        )
    ]
    after = Ledger.sum(compacted(records, 2))
    assert [attempt.error for attempt in after.attempts] == ["reason 3", "reason 4"]
    assert summed(after.groups(), lambda group: group.style) == {"clear": Sum(attempts=5, unpriced=5)}


def test_it_pays_only_when_much_would_go() -> None:
    saved = [{"what": "saved", "attempt": f"s{number}"} for number in range(9)]
    failed = [{"what": "intent", "attempt": "f"}, {"what": "failed", "attempt": "f"}]
    assert not Compaction(Ledger.sum([*failed, *saved]), 0).worthwhile
    assert Compaction(Ledger.sum([*failed, *saved[:2]]), 0).worthwhile
    assert not Compaction(Ledger(), 0).worthwhile


def test_every_figure_of_a_sum_is_added_and_survives_a_compaction() -> None:
    figures = Sum(*range(1, len(fields(Sum)) + 1))
    group, frame = SumGroup("2026-11-24", "r1", "clear"), FRAMES[0]
    ledger = Ledger.sum(json.loads(json.dumps([*sum_records({group: figures}, {frame: figures})])))
    assert ledger.group_sums == {group: figures} and ledger.frame_sums == {frame: figures}
    assert figures + figures == Sum(*range(2, 2 * len(fields(Sum)) + 1, 2))
