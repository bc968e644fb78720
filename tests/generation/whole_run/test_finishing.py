"""Images are finished beside the calls that follow."""

from __future__ import annotations

from tests.harness.app_process import until
from tests.harness.in_memory_project import (
    story,
)
from tests.harness.run_bench import Open
from webapp.core.run.states import (
    RunState,
)


def test_the_next_call_begins_while_the_picture_before_is_being_finished(bench: Open) -> None:
    film = bench(story(3, ("clear",)), parallel=1)
    film.disk.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 2)
    assert film.provider.most_at_once == 1
    assert film.disk.made == {} and len(film.disk.spooled) >= 1
    film.disk.release()
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == len(film.disk.made) == 3


def test_a_worker_that_leaves_finishes_its_pictures_first(bench: Open) -> None:
    film = bench(story(9, ("clear",)), parallel=2)
    film.disk.hold()
    film.start()
    until(lambda: len(film.disk.spooled) >= 2)
    film.driver.leave()
    film.disk.release()
    assert film.finish().state is RunState.GENERATING
    assert len(film.disk.made) == len(film.provider.calls) and film.disk.spooled == {}
