"""What a run came to: from the books, also after they were compacted, also for runs of which little is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from webapp.core.money.ledger import Ledger
from webapp.core.money.run_summary import ending, summaries, summary
from webapp.core.run.states import Run, RunState

RUN = Run("r1", RunState.PARTIAL, 9, "gemini", "nano", started_at=100.0, changed_at=500.0, worked=360.0, failed=2)


def attempt(ident: str, beat: str, what: str, run: str = "r1", **outcome: Any) -> list[dict[str, Any]]:
    """An intent and its outcome."""
    intent = {"what": "intent", "at": 110.0, "attempt": ident, "run": run, "style": "clear", "shot": "1", "beat": beat}
    return [
        {**intent, "provider": "gemini", "model": "nano", "price": 39_000},
        {"what": what, "attempt": ident, "run": run, **outcome},
    ]


def gave_up(beat: str, error: str, *, refused: bool = False, run: str = "r1") -> dict[str, Any]:
    frame = {"style": "clear", "shot": "1", "beat": beat}
    return {"what": "gave up", "run": run, "error": error, "refused": refused, "at": 120.0, **frame}


def books() -> list[dict[str, Any]]:
    """One picture at the first try, one at the second, one refusal, one lost call, one that was never sent."""
    return [
        *attempt("a", "1.1", "saved", cost=39_000, version="v1"),
        *attempt("b", "1.2", "failed", kind="Unavailable", charged=False),
        *attempt("c", "1.2", "saved", cost=39_000, version="v2"),
        *attempt("d", "1.3", "failed", kind="Rejected", charged=False),
        gave_up("1.3", "The filter refused it.", refused=True),
        *attempt("e", "1.4", "failed", kind="LostAnswer", charged=None),
        gave_up("1.4", "No answer within 60 s."),
        *attempt("f", "1.5", "not sent"),
    ]


def read(*records: Iterable[dict[str, Any]]) -> Ledger:
    return Ledger.sum(record for part in records for record in part)


def test_a_run_is_summed_up_with_its_failures_by_reason() -> None:
    found = summary(read(books()), RUN)
    assert (found.made, found.calls, found.retries, found.failures, found.refused) == (2, 5, 1, 2, 1)
    assert dict(found.failed) == {"The filter refused it.": 1, "No answer within 60 s.": 1}
    assert (found.charged, found.possibly, found.worked) == (78_000, 39_000, 360.0)


def test_the_end_of_a_run_is_kept_when_its_failures_are_made_good_later() -> None:
    kept = ending(read(books()), RUN).to_record()
    later = [kept, *attempt("g", "1.3", "saved", run="r2", cost=39_000, version="v3")]
    newest = Run("r2", RunState.DONE, 20, started_at=900.0, changed_at=950.0, worked=40.0)
    second, first = summaries(read(books(), later), newest)
    assert (second.run, second.made, second.calls, second.state) == ("r2", 1, 1, "done")
    assert (first.run, first.made, first.refused, first.state, first.worked) == ("r1", 2, 1, "partial", 360.0)
    assert first.failures == 2


def test_a_run_whose_end_was_never_written_down_has_its_calls() -> None:
    newest = Run("r2", RunState.DONE, 20, started_at=900.0)
    old = next(each for each in summaries(read(books()), newest) if each.run == "r1")
    assert (old.state, old.started, old.made, old.calls) == ("", 110.0, 2, 5)


def test_a_project_without_runs_has_no_summaries() -> None:
    assert summaries(Ledger(), Run()) == []


def test_the_newest_run_is_summed_up_as_it_stands_whatever_its_end_said() -> None:
    kept = ending(read(books()), replace(RUN, state=RunState.STOPPED)).to_record()
    assert summaries(read(books(), [kept]), RUN)[0].state == "partial"


def test_an_end_with_nonsense_in_it_is_read_as_far_as_it_can_be() -> None:
    ledger = read([{"what": "ended", "run": "r1", "failed": [1], "worked": "x", "refused": -1}, {"what": "ended"}])
    (found,) = summaries(ledger, Run())
    assert (found.run, found.failures, found.worked, found.refused) == ("r1", 0, 0.0, 0)
