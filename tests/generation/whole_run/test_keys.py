"""Keys that are refused, spent or limited, and what the others do meanwhile."""

from __future__ import annotations

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
    KeyRefused,
    KeySpent,
    Limited,
)
from webapp.generation.job import RunLimits


def with_keys(film: RunBench, *names: str) -> RunBench:
    """Give the project API keys, each an account of its own."""
    film.keys = tuple(Key(Secret(f"{film.folder.id}-{name}"), f"{film.folder.id}-{name}") for name in names)
    film.provider.key_names = {key.secret.reveal(): name for key, name in zip(film.keys, names, strict=True)}
    film.driver = film.new_driver("keys")
    return film


def test_a_refused_key_is_out_and_the_frame_is_made_with_the_next_one(bench: Open) -> None:
    film = with_keys(bench(story(4, ("clear",)), parallel=1), "bad", "good")
    film.provider.key_faults["bad"] = KeyRefused("This key was refused.")
    film.start()
    run = film.finish()
    assert (run.state, run.made, run.failed) == (RunState.DONE, 4, 0)
    assert film.provider.used.count("bad") <= 1
    assert film.provider.used.count("good") == 4


def test_a_spent_key_costs_a_frame_none_of_its_tries(bench: Open) -> None:
    film = with_keys(bench(story(2, ("clear",)), RunLimits(1, None, 1)), "spent", "good")
    film.provider.key_faults["spent"] = KeySpent("This key has no credit left.")
    film.start()
    assert film.finish().state is RunState.DONE


def test_when_every_key_is_out_the_run_ends_and_says_why(bench: Open) -> None:
    film = with_keys(bench(story(2, ("clear",)), parallel=1), "a", "b")
    film.provider.key_faults = {name: KeyRefused("This key was refused.") for name in ("a", "b")}
    film.start()
    run = film.finish()
    assert (run.state, run.cause) == (RunState.PAUSED, Cause.KEYS)
    assert run.reason == "None of the 2 keys can be used any more. This key was refused."
    assert sorted(film.provider.used) == ["a", "b"]
    film.provider.key_faults.clear()
    film.control.resume(film.folder)
    assert film.finish().state is RunState.DONE


def test_a_limited_account_is_left_alone_and_another_one_goes_on(bench: Open) -> None:
    film = with_keys(bench(story(5, ("clear",)), parallel=1), "slow", "quick")
    film.provider.key_faults["slow"] = Limited("Too many requests.", retry_after=100.0)
    film.start()
    assert film.finish().state is RunState.DONE
    assert film.provider.used.count("slow") <= 1
    assert film.provider.used.count("quick") == 5


def test_while_every_account_cools_the_page_is_told_until_when_and_stop_works_at_once(bench: Open) -> None:
    film = with_keys(bench(story(2, ("clear",)), parallel=1), "only")
    film.provider.key_faults["only"] = Limited("Too many requests.", retry_after=100.0)
    film.start()
    until(lambda: (film.board.read(film.folder.id).now or {}).get("until", 0) > film.epoch() + 90)
    assert len(film.provider.calls) == 1
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED
    assert len(film.provider.calls) == 1


def test_a_run_that_begins_while_every_account_cools_tells_until_when_too(bench: Open) -> None:
    film = with_keys(bench(story(2, ("clear",)), parallel=1), "only")
    film.provider.key_faults["only"] = Limited("Too many requests.", retry_after=100.0)
    film.start()
    until(lambda: film.shared.look([film.shared.access("fake", film.keys[0]).account])[0].wait > 90)
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED
    film.start()
    until(lambda: film.run().state is RunState.GENERATING)
    until(lambda: (film.board.read(film.folder.id).now or {}).get("until", 0) > film.epoch() + 60)
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED
    assert len(film.provider.calls) == 1


def test_a_style_whose_keys_cool_does_not_hold_up_the_others(bench: Open) -> None:
    film = with_keys(bench(story(3, ("illustration", "clear")), parallel=2), "only")
    pool = film.keys
    film.provider.key_faults["only"] = Limited("Too many requests.", retry_after=100.0)
    film.pool = lambda style: pool if style == "illustration" else ()
    film.driver = film.new_driver("pools")
    film.start()
    until(lambda: len(film.disk.made) == 3)
    assert {frame.style for frame in film.disk.made} == {"clear"}
    until(lambda: (film.board.read(film.folder.id).now or {}).get("why") == "cooling")  # now nothing else goes on
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED
