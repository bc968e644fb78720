"""Pause and resume."""

from __future__ import annotations

import pytest

from tests.harness.app_process import until
from tests.harness.in_memory_project import (
    story,
)
from tests.harness.run_bench import Open, RunBench
from webapp.core.image_request import Key, Secret
from webapp.core.run.states import (
    Cause,
    RunState,
)
from webapp.errors import (
    IllegalMove,
    Limited,
    Unavailable,
)
from webapp.generation.driver import MOST_TAKEOVERS
from webapp.generation.job import RunLimits


def with_keys(film: RunBench, *names: str) -> RunBench:
    """Give the project API keys, each an account of its own."""
    film.keys = tuple(Key(Secret(f"{film.folder.id}-{name}"), f"{film.folder.id}-{name}") for name in names)
    film.provider.key_names = {key.secret.reveal(): name for key, name in zip(film.keys, names, strict=True)}
    film.driver = film.new_driver("keys")
    return film


def test_pause_lets_calls_in_flight_end_begins_no_other_and_resume_makes_the_rest(bench: Open) -> None:
    film = bench(story(6, ("clear",)), parallel=2)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 2)
    assert film.control.pause(film.folder).state is RunState.PAUSING
    assert film.control.pause(film.folder).state is RunState.PAUSING  # pressed twice
    film.provider.release()
    run = film.finish()
    assert (run.state, run.cause) == (RunState.PAUSED, Cause.USER)
    assert len(film.provider.calls) == len(film.disk.made) == 2
    assert film.driver.undriven() == [] and not film.leases.held(film.folder.id)
    film.control.resume(film.folder)
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 6 == len(set(film.provider.calls))


def test_a_run_resumed_while_its_calls_still_end_goes_on_with_the_same_driver(bench: Open) -> None:
    film = bench(story(6, ("clear",)), parallel=2)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 2)
    film.control.pause(film.folder)
    assert film.control.resume(film.folder).state is RunState.STARTING
    until(lambda: film.run().state is RunState.GENERATING)
    assert len(film.provider.calls) == 2
    film.provider.release()
    assert film.finish().state is RunState.DONE
    assert len([record for record in film.disk.journal_records if record["what"] == "taken"]) == 1


def test_pause_outlives_the_driver_and_redis(bench: Open) -> None:
    film = bench(story(4, ("clear",)), parallel=1)
    film.provider.hold()
    run = film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.control.pause(film.folder)
    film.provider.release()
    film.finish()
    film.client.delete(*film.client.scan_iter(f"*{film.folder.id}*"))
    film.driver = film.new_driver("after a restart")
    assert film.driver.undriven() == []
    assert film.run().state is RunState.PAUSED and film.run().id == run.id
    film.control.resume(film.folder)
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 4


def test_stop_ends_a_paused_run_at_once(bench: Open) -> None:
    film = bench(story(3, ("clear",)), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.control.pause(film.folder)
    film.provider.release()
    film.finish()
    assert film.control.stop(film.folder).state is RunState.STOPPED
    with pytest.raises(IllegalMove):
        film.control.resume(film.folder)


@pytest.mark.parametrize(
    "why", ["a key that cools down", "the time before another try", "a closed service", "a slow pace"]
)
def test_a_pause_ends_whatever_is_waited_for_at_once(bench: Open, why: str) -> None:
    """Each of these waits is longer than anybody here waits for the end."""
    pace = 0.01 if why == "a slow pace" else None
    beats = 1 if why == "the time before another try" else 6
    film = with_keys(bench(story(beats, ("clear",)), RunLimits(1, pace, 9), parallel=1), "only")
    if why == "a key that cools down":
        film.provider.key_faults["only"] = Limited("Too many requests.", retry_after=100.0)
    elif why == "the time before another try":
        film.provider.fates["clear", "1.1"] = [Unavailable("Busy.", retry_after=100.0)]
    elif why == "a closed service":
        for frame in film.project.frames():
            film.provider.fates["clear", frame.beat] = [Unavailable("Busy.") for _ in range(9)]
    film.start()
    if why in ("a key that cools down", "a closed service"):
        until(lambda: (film.board.read(film.folder.id).now or {}).get("until", 0) > film.epoch() + 20)
    else:
        until(lambda: film.provider.calls and not film.provider.in_flight)
    calls = len(film.provider.calls)
    film.control.pause(film.folder)
    assert film.finish().state is RunState.PAUSED
    assert len(film.provider.calls) == calls


def test_pauses_and_hand_overs_are_no_deaths_of_a_worker(bench: Open) -> None:
    film = bench(story(2, ("clear",)), RunLimits(1, None, 4, budget=10_000), parallel=1, price=40_000)
    film.start()
    for _ in range(MOST_TAKEOVERS + 1):
        assert film.finish().cause == Cause.BUDGET
        film.control.resume(film.folder, budget=(film.limits_now(film.folder).budget or 0) + 1)
    assert film.finish().cause == Cause.BUDGET
    assert film.provider.calls == []


def test_resume_does_not_try_what_the_run_gave_up(bench: Open) -> None:
    film = bench(story(4, ("clear",)), RunLimits(1, None, 1), parallel=1)
    film.provider.fates["clear", "1.1"] = [Unavailable("Busy.")]
    film.provider.hold()
    film.start()
    until(lambda: film.provider.in_flight == 1)
    film.control.pause(film.folder)
    film.provider.release()
    assert film.finish().state is RunState.PAUSED
    film.client.delete(f"step8:frames:{film.folder.id}")
    film.control.resume(film.folder)
    run = film.finish()
    assert (run.state, run.failed) == (RunState.PARTIAL, 1)
    assert film.provider.calls.count(("clear", "1.1")) == 1
