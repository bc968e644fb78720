"""The budget is never exceeded, by no call and no restart."""

from __future__ import annotations

import pytest

from tests.harness.app_process import until
from tests.harness.in_memory_project import (
    story,
)
from tests.harness.run_bench import Open
from webapp.core.run.states import (
    Cause,
    RunState,
)
from webapp.errors import (
    BadInput,
    LostAnswer,
    Unavailable,
)
from webapp.generation.job import RunLimits


def test_a_budget_is_never_exceeded_while_pictures_are_being_finished(bench: Open) -> None:
    film = bench(story(6, ("clear",)), RunLimits(1, None, 4, budget=4 * 40), parallel=1, price=40)
    film.disk.hold()
    film.start()
    until(lambda: len(film.disk.spooled) >= 2)
    film.disk.release()
    run = film.finish()
    assert (run.state, run.cause) == (RunState.PAUSED, Cause.BUDGET)
    assert len(film.provider.calls) == len(film.disk.made) == 4
    assert sum(r["cost"] for r in film.disk.journal_records if r["what"] == "saved") == 4 * 40


def test_a_budget_is_never_exceeded_by_calls_in_flight(bench: Open) -> None:
    limits = RunLimits(8, None, 4, budget=1_000_000)
    film = bench(story(40, ("clear",)), limits, parallel=8, price=39_000)
    film.start()
    run = film.finish()
    assert len(film.provider.calls) == 25
    assert (run.state, run.cause, run.reason) == (RunState.PAUSED, Cause.BUDGET, "the $1.00 budget is reached.")


def test_a_higher_budget_lets_the_run_go_on_and_the_same_one_does_not(bench: Open) -> None:
    limits = RunLimits(2, None, 4, budget=100_000)
    film = bench(story(5, ("clear",)), limits, parallel=2, price=40_000)
    film.start()
    assert film.finish().cause == Cause.BUDGET
    with pytest.raises(BadInput, match="higher"):
        film.control.resume(film.folder)
    film.control.resume(film.folder, budget=10**6)
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 5


def test_what_calls_in_flight_give_back_is_waited_for_before_the_budget_counts_as_reached(bench: Open) -> None:
    limits = RunLimits(3, None, 1, budget=80_000)
    film = bench(story(3, ("clear",)), limits, parallel=3, price=40_000)
    film.provider.fates["clear", "1.1"] = [Unavailable("Busy.")]  # not charged: its reservation comes back
    film.start()
    run = film.finish()
    assert (run.state, run.made, run.failed) == (RunState.PARTIAL, 2, 1)


def test_a_budget_that_is_set_in_mid_run_pauses_a_model_whose_price_nobody_knows(bench: Open) -> None:
    film = bench(story(9, ("clear",)), RunLimits(1, 0.5, 4), parallel=1, price=None)  # one call in two minutes
    film.start()
    until(lambda: len(film.disk.made) == 1)
    film.control.tune(film.folder, lambda known: known.with_restraint(budget=1_000_000, per_minute=60_000.0))
    run = film.finish()
    assert (run.state, run.cause, len(film.provider.calls)) == (RunState.PAUSED, Cause.PRICE, 1)
    assert "so the budget cannot be kept" in run.reason


def test_what_may_have_been_charged_counts_against_the_budget(bench: Open) -> None:
    limits = RunLimits(1, None, 1, budget=100_000)
    film = bench(story(9, ("clear",)), limits, price=40_000)
    film.provider.fates["clear", "1.1"] = [LostAnswer("No answer.")]
    film.start()
    film.finish()
    assert len(film.provider.calls) == 2
