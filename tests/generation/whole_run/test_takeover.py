"""A worker dies, leaves or loses its lease, and another goes on."""

from __future__ import annotations

from typing import Any

from tests.harness.app_process import until
from tests.harness.in_memory_project import (
    FakeImage,
    story,
)
from tests.harness.run_bench import Open, RunBench
from webapp.coordination.lease import lease_key
from webapp.coordination.live_state import ACTIVE
from webapp.core.frames import Status
from webapp.core.image_request import Key, Secret
from webapp.core.run.states import (
    Move,
    RunState,
)
from webapp.errors import (
    Rejected,
)
from webapp.generation.driver import MOST_TAKEOVERS
from webapp.generation.reconciler import FRESH_FOR, SWEEP_EVERY


def with_keys(film: RunBench, *names: str) -> RunBench:
    """Give the project API keys, each an account of its own."""
    film.keys = tuple(Key(Secret(f"{film.folder.id}-{name}"), f"{film.folder.id}-{name}") for name in names)
    film.provider.key_names = {key.secret.reveal(): name for key, name in zip(film.keys, names, strict=True)}
    film.driver = film.new_driver("keys")
    return film


def cut_off(film: RunBench, beat: str = "1.1", **more: Any) -> str:
    """A run whose worker died while it waited for the answer of one call."""
    run = film.records.change(film.folder, Move.START, id="r1")
    film.records.change(film.folder, Move.TAKEN)
    frame = {"style": "clear", "shot": "1", "beat": beat}
    film.disk.journal_records.append(
        {"what": "intent", "attempt": "a1", "run": "r1", "provider": "fake", "price": 7, **frame, **more}
    )
    return run.id


def outcomes(film: RunBench, attempt: str = "a1") -> list[str]:
    return [r["what"] for r in film.disk.journal_records if r.get("attempt") == attempt and r["what"] != "intent"]


def forgotten(film: RunBench) -> list[str]:
    return [run for name, run in film.driver.undriven() if name == film.folder.name]


def test_a_worker_that_leaves_saves_its_calls_and_another_goes_on(bench: Open) -> None:
    film = bench(story(6, ("clear",)), parallel=2)
    film.provider.hold()
    run = film.start()
    until(lambda: len(film.provider.calls) == 2)
    film.driver.leave()
    film.provider.release()
    assert film.finish().state is RunState.GENERATING
    assert len(film.disk.made) == 2 and not film.leases.held(film.folder.id)
    film.driver = film.new_driver("b")
    assert (film.folder.name, run.id) in film.driver.undriven()
    film.wake(film.folder.name, run.id)
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 6


def test_a_run_that_was_silent_for_long_waits_for_a_person(bench: Open) -> None:
    film = bench()
    film.records.change(film.folder, Move.START, id="r")
    film.later = FRESH_FOR + 1
    assert film.folder.name not in [name for name, _ in film.driver.undriven()]
    assert film.run().state is RunState.INTERRUPTED


def test_the_time_that_an_interrupted_run_lay_there_is_none_that_it_worked(bench: Open) -> None:
    film = bench()
    film.records.change(film.folder, Move.START, id="r")
    film.records.change(film.folder, Move.TAKEN)
    film.later = 240.0
    film.board.touch(film.folder.id)
    film.later = 240.0 + FRESH_FOR + 1
    film.driver.undriven()
    assert film.run().state is RunState.INTERRUPTED and 240.0 <= film.run().worked < FRESH_FOR


def test_a_wake_up_that_lay_in_the_queue_for_long_spends_nothing(bench: Open) -> None:
    film = bench()
    run = film.records.change(film.folder, Move.START, id="r")
    film.later = FRESH_FOR + 1
    film.wake(film.folder.name, run.id)
    assert film.finish().state is RunState.INTERRUPTED
    assert film.provider.calls == []


def test_a_run_whose_workers_keep_dying_is_left_to_a_person(bench: Open) -> None:
    film = bench()
    run = film.records.change(film.folder, Move.START, id="r")
    film.records.change(film.folder, Move.TAKEN)
    film.disk.journal_records += [{"what": "taken", "run": run.id}] * MOST_TAKEOVERS
    film.wake(film.folder.name, run.id)
    assert film.finish().state is RunState.FAILED
    assert film.provider.calls == []


def test_a_worker_that_lost_its_lease_keeps_the_bytes_and_publishes_nothing(bench: Open) -> None:
    film = bench(story(2, ("clear",)), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.client.delete(lease_key(film.folder.id))
    assert film.leases.claim(film.folder.id, "somebody else")
    film.provider.release()
    film.finish()
    assert film.disk.made == {} and len(film.disk.spooled) == 1
    assert len(film.provider.calls) == 1
    assert "answered" in [record["what"] for record in film.disk.journal_records]


def test_redis_losing_its_data_in_mid_run_repeats_nothing(bench: Open, redis_url: str) -> None:
    film = bench(story(6, ("clear",)), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    keys = [key for key in film.client.scan_iter(f"*{film.folder.id}*") if key != lease_key(film.folder.id)]
    film.client.delete(*keys)
    film.provider.release()
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 6
    assert len(film.statuses()) == 6


def test_every_call_is_in_the_journal_before_it_begins_and_has_an_outcome_after(bench: Open) -> None:
    film = bench(story(3, ("clear",)))
    film.provider.fates["clear", "1.1"] = [Rejected("No.")]
    film.start()
    film.finish()
    intents = [r["attempt"] for r in film.disk.journal_records if r["what"] == "intent"]
    outcomes = {
        r["attempt"]: r["what"] for r in film.disk.journal_records if r["what"] in ("saved", "failed", "not sent")
    }
    assert len(intents) == 3 == len(set(intents))
    assert sorted(outcomes.values()) == ["failed", "saved", "saved"]
    assert set(outcomes) == set(intents)


def test_the_fencing_token_is_kept_in_the_folder_and_rises_after_redis_lost_everything(bench: Open) -> None:
    film = bench(story(1, ("clear",)))
    film.start()
    first = film.finish().token
    assert first > 0 and film.disk.kept.token == first
    film.client.delete(*film.client.scan_iter(f"*{film.folder.id}*"))
    film.disk.made.clear()
    film.start()
    assert film.finish().token > first


def test_places_that_a_dead_worker_held_are_free_whatever_it_had_written_down(bench: Open) -> None:
    film = with_keys(bench(story(2, ("clear",)), parallel=1), "only")
    run = film.records.change(film.folder, Move.START, id="r1").id
    film.records.change(film.folder, Move.TAKEN)
    access = film.shared.access("fake", film.keys[0])
    taken = film.shared.take([access], "a1", project=film.folder.id, per_minute=None, most=1, ttl=600.0)
    assert taken == access
    film.wake(film.folder.name, run)
    assert film.finish().state is RunState.DONE


def test_a_picture_that_was_safe_before_its_worker_died_is_written_down_as_saved(bench: Open) -> None:
    film = bench(story(2, ("clear",)))
    run = cut_off(film)
    film.disk.made[film.project.frames()[0]] = FakeImage("v1")
    film.wake(film.folder.name, run)
    assert film.finish().made == 2
    assert outcomes(film) == ["restored"]
    assert film.provider.calls == [("clear", "1.2")]


def test_a_takeover_does_not_make_a_picture_again_that_somebody_deleted(bench: Open) -> None:
    film = bench(story(2, ("clear",)))
    run = cut_off(film)
    film.disk.journal_records.append({"what": "saved", "attempt": "a1", "run": "r1", "cost": 7, "version": "v1"})
    film.wake(film.folder.name, run)
    assert film.finish().state is RunState.PARTIAL
    assert film.provider.calls == [("clear", "1.2")]
    assert film.statuses()["clear-1-1_1"] is Status.ERROR
    film.start()
    assert film.finish().state is RunState.DONE
    assert film.provider.calls == [("clear", "1.2"), ("clear", "1.1")]


def test_a_run_that_redis_forgot_together_with_its_worker_is_found_again(bench: Open) -> None:
    film = bench(story(1, ("clear",)))
    assert forgotten(film) == []
    run = cut_off(film)
    film.client.delete(*film.client.scan_iter(f"*{film.folder.id}*"))
    film.client.srem(ACTIVE, film.folder.name)
    assert forgotten(film) == []
    film.later = SWEEP_EVERY
    assert forgotten(film) == [run]


def test_a_folder_that_was_copied_or_renamed_in_mid_run_waits_for_a_person(bench: Open) -> None:
    film = bench(story(1, ("clear",)))
    run = cut_off(film)
    film.disk.journal_records.append({"what": "taken", "run": run, "project": "the id of another name"})
    assert forgotten(film) == []
    assert film.run().state is RunState.INTERRUPTED
