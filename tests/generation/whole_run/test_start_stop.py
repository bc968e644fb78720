"""A run from Start to its end or to Stop, below the browser."""

from __future__ import annotations

from typing import Any

import gevent
import pytest

from tests.harness.app_process import until
from tests.harness.in_memory_project import (
    FakeImage,
    story,
)
from tests.harness.run_bench import Open
from webapp.core.frames import Status
from webapp.core.run.states import (
    Move,
    RunState,
)
from webapp.errors import (
    IllegalMove,
    Limited,
)


def test_a_normal_run_makes_every_frame_once_and_ends_done(bench: Open) -> None:
    film = bench(story(4, ("illustration", "clear", "consistent")))
    assert film.start().state is RunState.STARTING
    run = film.finish()
    assert (run.state, run.made, run.failed) == (RunState.DONE, 12, 0)
    assert sorted(film.provider.calls) == sorted(set(film.provider.calls)) and len(film.provider.calls) == 12
    assert set(film.disk.made) == set(film.project.frames())
    assert film.disk.progress == {style.name: ["1.1", "1.2", "1.3", "1.4"] for style in film.project.styles}
    assert set(film.statuses().values()) == {Status.COMPLETE}
    assert film.disk.kept == run
    assert not film.leases.held(film.folder.id)


def test_styles_advance_together_and_never_more_calls_than_allowed(bench: Open) -> None:
    film = bench(story(6, ("illustration", "clear", "consistent")), parallel=3)
    film.provider.hold()
    film.start()
    until(lambda: film.provider.in_flight == 3)
    assert sorted(film.provider.calls) == [("clear", "1.1"), ("consistent", "1.1"), ("illustration", "1.1")]
    film.provider.release()
    film.finish()
    assert film.provider.most_at_once == 3


def test_frames_that_exist_are_not_made_again_and_the_progress_is_put_right(bench: Open) -> None:
    film = bench(story(3, ("clear",)))
    there, *missing = film.project.frames()
    film.disk.made[there] = FakeImage("old")
    film.start()
    film.finish()
    assert sorted(beat for _, beat in film.provider.calls) == [frame.beat for frame in missing]
    assert film.disk.progress == {"clear": ["1.1", "1.2", "1.3"]}


def test_after_stop_returned_no_call_begins_and_those_in_flight_are_saved(bench: Open) -> None:
    film = bench(story(9, ("illustration", "clear", "consistent")), parallel=3)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 3)
    run = film.control.stop(film.folder)
    assert run.state is RunState.STOPPING
    begun = len(film.provider.calls)
    film.provider.release()
    assert film.finish().state is RunState.STOPPED
    assert len(film.provider.calls) == begun == len(film.disk.made) == 3
    assert Status.GENERATING not in film.statuses().values()


def test_stop_waits_for_the_pictures_that_are_being_finished(bench: Open) -> None:
    film = bench(story(9, ("clear",)), parallel=2)
    film.disk.hold()
    film.start()
    until(lambda: len(film.disk.spooled) >= 2)
    assert film.control.stop(film.folder).state is RunState.STOPPING
    begun = len(film.provider.calls)
    until(lambda: list(film.statuses().values()).count(Status.GENERATING) == begun)
    film.disk.release()
    assert film.finish().state is RunState.STOPPED
    assert len(film.provider.calls) == begun == len(film.disk.made)
    assert Status.GENERATING not in film.statuses().values()


def test_a_stop_stored_a_moment_before_a_call_keeps_it_from_beginning(bench: Open) -> None:
    film = bench(story(3, ("clear",)), parallel=1)

    def stop(record: dict[str, Any]) -> None:
        film.records.change(film.folder, Move.STOP)

    film.disk.on_intent = stop
    film.start()
    assert film.finish().state is RunState.STOPPED
    assert film.provider.calls == []
    assert [r["what"] for r in film.disk.journal_records if "attempt" in r] == ["intent", "not sent"]


def test_start_after_stop_makes_only_what_is_missing(bench: Open) -> None:
    film = bench(story(5, ("clear",)), parallel=2)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 2)
    film.control.stop(film.folder)
    film.provider.release()
    film.finish()
    film.start()
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 5 == len(set(film.provider.calls))


def test_a_second_start_attaches_to_the_run_that_is_there(bench: Open) -> None:
    film = bench()
    film.provider.hold()
    first, fresh = film.control.start(film.folder)
    second, again = film.control.start(film.folder)
    assert (fresh, again) == (True, False)
    assert first.id == second.id


def test_two_tabs_pressing_start_at_once_make_one_run(bench: Open) -> None:
    film = bench(story(2, ("clear",)))
    film.provider.hold()
    presses = [gevent.spawn(film.control.start, film.folder) for _ in range(8)]
    gevent.joinall(presses, raise_error=True)
    assert sum(press.get()[1] for press in presses) == 1
    film.provider.release()
    film.finish()
    assert len(film.provider.calls) == 2


def test_two_processes_woken_for_one_project_drive_it_once(bench: Open) -> None:
    film = bench(story(4, ("clear",)))
    film.provider.hold()
    run = film.start()
    other = film.new_driver("b")
    film.woken.append(gevent.spawn(other.drive, film.folder.name, run.id))
    film.wake(film.folder.name, run.id)
    until(lambda: len(film.provider.calls) == 3)
    film.provider.release()
    film.finish()
    assert len(film.provider.calls) == 4 == len(set(film.provider.calls))


def test_a_stale_tab_cannot_stop_a_newer_run(bench: Open) -> None:
    film = bench()
    film.provider.hold()
    run = film.start()
    with pytest.raises(IllegalMove, match="No active generation found"):
        film.control.stop(film.folder, "another run")
    assert film.run().id == run.id and film.run().active


def test_stopping_what_does_not_run_is_refused(bench: Open) -> None:
    with pytest.raises(IllegalMove, match="No active generation found"):
        film = bench()
        film.control.stop(film.folder)


def test_stop_ends_a_backoff_at_once(bench: Open) -> None:
    film = bench(story(1, ("clear",)))
    film.provider.fates["clear", "1.1"] = [Limited("Slow down.", retry_after=100.0)]
    film.start()
    until(lambda: any("Slow down" in line for line in film.said()))
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED


def test_an_unexpected_failure_ends_the_run_visibly(bench: Open) -> None:
    film = bench(story(2, ("clear",)))
    film.provider.fates["clear", "1.1"] = [ZeroDivisionError("boom")]  # type: ignore[list-item]
    film.start()
    run = film.finish()
    assert run.state is RunState.FAILED and "unexpected" in run.reason and "boom" not in run.reason


def test_the_board_never_tells_of_a_picture_that_is_not_on_disk(bench: Open) -> None:
    film = bench(story(8, ("clear",)), parallel=4)

    def complete() -> set[str]:
        return {key for key, status in film.statuses().items() if status is Status.COMPLETE}

    film.disk.hold()
    film.start()
    until(lambda: len(film.disk.spooled) >= 2 and len(film.statuses()) >= 2)
    until(lambda: sum(status is not Status.PENDING for status in film.statuses().values()) == len(film.provider.calls))
    assert complete() == set() == set(film.disk.made)
    film.disk.release()
    while not film.woken[0].dead:  # the run goes on while Redis is asked
        assert complete() <= {frame.id for frame in film.disk.made}
    assert film.finish().state is RunState.DONE
    assert len(complete()) == len(film.disk.made) == 8


def test_many_wake_ups_at_once_drive_the_project_once_and_end_quietly(bench: Open) -> None:
    film = bench(story(3, ("clear",)))
    film.provider.hold()
    run = film.start()
    for _ in range(6):
        film.wake(film.folder.name, run.id)
    until(lambda: len(film.provider.calls) == 3)
    film.provider.release()
    assert film.finish().state is RunState.DONE  # raises what any of the drivers raised
    assert len(film.provider.calls) == 3


def test_a_run_is_not_done_when_a_picture_was_deleted_meanwhile(bench: Open) -> None:
    film = bench(story(3, ("clear",)), parallel=1)
    film.disk.deleted_by_hand = film.project.frames()[0]
    film.start()
    assert film.finish().state is RunState.PARTIAL
    assert film.statuses()["clear-1-1_1"] is Status.PENDING
    assert len(film.provider.calls) == 3


def test_start_resumes_a_paused_run(bench: Open) -> None:
    film = bench(story(3, ("clear",)), parallel=1)
    film.provider.hold()
    run = film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.control.pause(film.folder)
    film.provider.release()
    film.finish()
    again, fresh = film.control.start(film.folder)
    assert fresh and again.id == run.id
    assert film.finish().state is RunState.DONE


def test_a_start_while_a_run_is_stopping_begins_another_when_its_calls_have_ended(bench: Open) -> None:
    film = bench(story(5, ("clear",)), parallel=2)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 2)
    stopping = film.control.stop(film.folder)
    run, fresh = film.control.start(film.folder)
    assert (fresh, run.state) == (True, RunState.STARTING) and run.id != stopping.id
    assert film.control.start(film.folder)[1] is False, "a third press attaches"
    assert len(film.provider.calls) == 2, "a call began beside those in flight"
    film.provider.release()
    ended = film.finish()
    assert (ended.id, ended.state) == (run.id, RunState.DONE)
    assert len(film.provider.calls) == 5 == len(set(film.provider.calls))
