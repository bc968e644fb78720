"""A changed pace holds at once."""

from __future__ import annotations

from tests.harness.app_process import until
from tests.harness.in_memory_project import (
    story,
)
from tests.harness.run_bench import Open
from webapp.core.run.states import (
    RunState,
)
from webapp.generation.job import RunLimits


def test_more_calls_at_once_are_begun_as_soon_as_the_user_allows_them(bench: Open) -> None:
    film = bench(story(6, ("clear",)), RunLimits(1, None, 4), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: film.provider.in_flight == 1)
    film.control.tune(film.folder, lambda settings: settings.with_restraint(parallel=4))
    until(lambda: film.provider.in_flight == 4)
    film.provider.release()
    assert film.finish().state is RunState.DONE


def test_a_slow_pace_is_left_at_once_when_the_user_quickens_it(bench: Open) -> None:
    film = bench(story(4, ("clear",)), RunLimits(4, 0.5, 4), parallel=4)  # one call in two minutes
    film.start()
    until(lambda: len(film.disk.made) == 1)
    film.control.tune(film.folder, lambda settings: settings.with_restraint(per_minute=60_000.0))
    assert film.finish().state is RunState.DONE
