"""Images are made again, chosen, deleted and locked during a run."""

from __future__ import annotations

import pytest

from tests.harness.app_process import until
from tests.harness.in_memory_project import (
    FakeImage,
    story,
)
from tests.harness.run_bench import Open, RunBench
from webapp.core.frames import Status
from webapp.core.marks import FrameMarks
from webapp.core.run.states import (
    RunState,
)
from webapp.errors import (
    BadInput,
    Rejected,
)


def done(film: RunBench) -> RunBench:
    film.start()
    film.finish()
    film.provider.calls.clear()
    return film


def test_regenerate_makes_one_frame_anew_with_another_seed_and_pays_once(bench: Open) -> None:
    film = done(bench(story(3, ("clear",))))
    frame = film.project.frames()[1]
    before = film.disk.made[frame].version
    film.control.remake(film.folder, {frame.id: before})
    assert film.finish().state is RunState.DONE
    assert film.provider.calls == [("clear", "1.2")]
    assert film.disk.made[frame].version != before
    first, second = [r for r in film.disk.journal_records if r["what"] == "intent" and r["beat"] == "1.2"]
    assert first["seed"] != second["seed"] and second["replaces"] == before
    film.control.resume(film.folder) if film.run().pausing else film.start()
    film.finish()
    assert len(film.provider.calls) == 1


def test_a_regeneration_that_fails_leaves_the_image_and_says_so(bench: Open) -> None:
    film = done(bench(story(2, ("clear",))))
    frame = film.project.frames()[0]
    before = film.disk.made[frame].version
    film.provider.fates["clear", "1.1"] = [Rejected("The filter refused it.")]
    film.control.remake(film.folder, {frame.id: before})
    run = film.finish()
    assert (run.state, run.failed) == (RunState.PARTIAL, 1)
    assert film.disk.made[frame].version == before
    news = film.board.read(film.folder.id).frames[frame.id]
    assert (news.status, news.error, news.image) == (Status.EXISTS, "The filter refused it.", before)


def test_an_image_chosen_or_deleted_during_a_run_is_what_the_run_goes_by(bench: Open) -> None:
    film = bench(story(3, ("clear",)), parallel=1)
    chosen, deleted, open_one = film.project.frames()
    film.disk.made = {chosen: FakeImage("v1"), deleted: FakeImage("v1")}
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.disk.made = {chosen: FakeImage("v2")}
    film.control.arrange(film.folder, lambda plan: plan)
    until(lambda: film.statuses().get(deleted.id) is Status.PENDING)
    film.control.remake(film.folder, {chosen.id: "v2"})
    film.provider.release()
    run = film.finish()
    assert film.provider.calls == [("clear", open_one.beat), ("clear", chosen.beat)]
    assert (run.state, deleted in film.disk.made) == (RunState.PARTIAL, False)


def test_a_frame_deleted_during_a_run_is_made_again_when_somebody_asks(bench: Open) -> None:
    film = bench(story(2, ("clear",)), parallel=1)
    deleted = film.project.frames()[0]
    film.disk.made = {deleted: FakeImage("v1")}
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.disk.made = {}
    film.control.arrange(film.folder, lambda plan: plan)
    until(lambda: film.statuses().get(deleted.id) is Status.PENDING)
    film.control.make(film.folder, [deleted.id])
    film.provider.release()
    assert film.finish().state is RunState.DONE
    assert film.provider.calls[1:] == [("clear", deleted.beat)]


def test_another_model_makes_one_frame_and_the_journal_names_it(bench: Open) -> None:
    film = done(bench(story(1, ("clear",))))
    frame = film.project.frames()[0]
    film.control.remake(film.folder, {frame.id: film.disk.made[frame].version}, model="fake-2")
    film.finish()
    assert [r["model"] for r in film.disk.journal_records if r["what"] == "intent"] == ["fake-1", "fake-2"]


def test_a_locked_frame_survives_every_command(bench: Open) -> None:
    film = done(bench(story(3, ("clear",))))
    first, second, third = film.project.frames()
    film.disk.marked = {first.id: FrameMarks(locked=True)}
    versions = {frame.id: image.version for frame, image in film.disk.made.items()}
    film.control.remake(film.folder, versions)
    film.finish()
    assert film.disk.made[first].version == versions[first.id]
    assert film.disk.made[second].version != versions[second.id] != film.disk.made[third].version
    with pytest.raises(BadInput, match="locked"):
        film.control.remake(film.folder, {first.id: versions[first.id]})
    del film.disk.made[first]
    film.start()
    film.finish()
    assert film.provider.calls.count(("clear", "1.1")) == 0


def test_a_frame_whose_beat_left_the_prompts_in_mid_run_is_not_paid_for(bench: Open) -> None:
    film = bench(story(3, ("clear",)), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    last = film.project.frames()[2]
    del film.project._beats[last]
    film.provider.release()
    film.finish()
    assert ("clear", "1.3") not in film.provider.calls
