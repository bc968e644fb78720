"""The disk refuses."""

from __future__ import annotations

from tests.harness.app_process import until
from tests.harness.in_memory_project import (
    story,
)
from tests.harness.run_bench import Open
from webapp.core.frames import Status
from webapp.core.run.states import (
    Cause,
    RunState,
)
from webapp.errors import (
    DiskTrouble,
)


def test_disk_trouble_pauses_the_run_before_another_call(bench: Open) -> None:
    film = bench(story(5, ("clear",)), parallel=1)
    film.disk.broken = DiskTrouble("The disk is full. Free some space.")
    film.start()
    run = film.finish()
    assert (run.state, run.cause, run.reason) == (RunState.PAUSED, Cause.DISK, "The disk is full. Free some space.")
    assert len(film.provider.calls) == 1
    film.disk.broken = None
    film.control.resume(film.folder)
    assert film.finish().state is RunState.DONE


def test_progress_the_disk_refuses_pauses_the_run_before_another_call_however_long_it_takes(bench: Open) -> None:
    film = bench(story(6, ("clear",)), parallel=1)
    film.disk.progress_refused = DiskTrouble("The disk is full. Free some space.")
    film.disk.progress_may.clear()
    film.start()
    until(lambda: Status.COMPLETE in film.statuses().values())
    assert len(film.provider.calls) == len(film.disk.made)
    film.disk.progress_may.set()
    run = film.finish()
    assert (run.state, run.cause, run.reason) == (RunState.PAUSED, Cause.DISK, "The disk is full. Free some space.")
    assert len(film.provider.calls) == len(film.disk.made) <= 2
    film.disk.progress_refused = None
    film.control.resume(film.folder)
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 6 and film.disk.progress["clear"] == sorted(f.beat for f in film.disk.made)


def test_a_picture_the_disk_refused_is_not_paid_for_again_by_a_resume_before_the_other_calls_ended(
    bench: Open,
) -> None:
    film = bench(story(4, ("clear",)), parallel=2)
    film.disk.hold()
    refused = film.disk.refuses = film.disk.project(film.folder).frames()[0]
    film.start()
    until(lambda: film.run().state is RunState.PAUSING)
    film.disk.refuses = None
    film.control.resume(film.folder)
    film.disk.release()
    assert film.finish().state is RunState.DONE
    assert film.provider.calls.count((refused.style, refused.beat)) == 1
    assert len(film.provider.calls) == 4 == len(film.disk.made)


def test_without_room_for_a_picture_no_call_begins_and_the_run_says_so(bench: Open) -> None:
    film = bench(story(2, ("clear",)))
    film.folder.free = 15_000_000
    film.start()
    run = film.finish()
    assert (run.state, run.cause) == (RunState.PAUSED, Cause.DISK)
    assert run.reason.startswith("The disk is full: 15 MB are free")
    assert film.provider.calls == [] and not any(record["what"] == "intent" for record in film.disk.journal_records)
    film.folder.free = 10**9
    film.start()
    assert film.finish().state is RunState.DONE


def test_bytes_a_full_disk_refuses_are_kept_until_there_is_room(bench: Open) -> None:
    film = bench(story(2, ("clear",)), parallel=1)
    film.driver = film.new_driver("patient", disk_patience=60.0)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.disk.broken = DiskTrouble("The disk is full.")
    film.provider.release()
    until(lambda: film.disk.refused > 0)
    film.disk.broken = None
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 2
