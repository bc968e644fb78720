"""What a failed call leads to: another try, a frame given up, the end of the run."""

from __future__ import annotations

from dataclasses import replace

from tests.harness.app_process import until
from tests.harness.in_memory_project import (
    story,
)
from tests.harness.run_bench import Open
from webapp.core.frames import Status
from webapp.core.run.states import (
    RunState,
)
from webapp.errors import (
    Limited,
    Misconfigured,
    Rejected,
    Unavailable,
    Unsuited,
)
from webapp.generation.job import RunLimits


def test_one_bad_frame_fails_with_its_reason_and_the_others_are_made(bench: Open) -> None:
    film = bench(story(3, ("clear",)))
    film.provider.fates["clear", "1.2"] = [Rejected("The provider’s safety filter refused this prompt.")]
    film.start()
    run = film.finish()
    assert (run.state, run.made, run.failed) == (RunState.PARTIAL, 2, 1)
    news = film.board.read(film.folder.id).frames["clear-1-1_2"]
    assert (news.status, news.error) == (Status.ERROR, "The provider’s safety filter refused this prompt.")
    assert film.disk.progress == {"clear": ["1.1", "1.3"]}


def test_the_next_run_tries_the_failed_frame_again_and_only_that(bench: Open) -> None:
    film = bench(story(3, ("clear",)), RunLimits(3, None, 1))
    film.provider.fates["clear", "1.2"] = [Unavailable("Busy.")]
    film.start()
    film.finish()
    film.provider.calls.clear()
    film.start()
    assert film.finish().state is RunState.DONE
    assert film.provider.calls == [("clear", "1.2")]
    assert film.statuses() == {
        "clear-1-1_1": Status.EXISTS,
        "clear-1-1_2": Status.COMPLETE,
        "clear-1-1_3": Status.EXISTS,
    }


def test_a_passing_fault_is_tried_again(bench: Open) -> None:
    film = bench(story(2, ("clear",)))
    film.provider.fates["clear", "1.1"] = [Unavailable("Busy.")]
    film.start()
    assert film.finish().state is RunState.DONE
    assert film.provider.calls.count(("clear", "1.1")) == 2


def test_a_limit_is_waited_out_and_is_not_one_of_the_frames_tries(bench: Open) -> None:
    film = bench(story(1, ("clear",)), RunLimits(1, None, 1))
    film.provider.fates["clear", "1.1"] = [Limited("Slow down.", retry_after=0.01) for _ in range(3)]
    film.start()
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 4


def test_what_every_frame_would_meet_ends_the_run_with_its_reason(bench: Open) -> None:
    film = bench(story(5, ("clear",)), parallel=1)
    film.provider.fates["clear", "1.1"] = [Misconfigured("The model is gone.")]
    film.start()
    run = film.finish()
    assert (run.state, run.reason) == (RunState.FAILED, "The model is gone.")
    assert len(film.provider.calls) == 1


def test_a_service_that_keeps_failing_is_left_alone_for_a_while_and_stop_works_meanwhile(bench: Open) -> None:
    film = bench(story(12, ("clear",)), parallel=1)
    for frame in film.project.frames():
        film.provider.fates["clear", frame.beat] = [Unavailable("Busy.") for _ in range(4)]
    film.start()
    until(lambda: (film.board.read(film.folder.id).now or {}).get("why") == "down")
    assert len(film.provider.calls) == 5
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED
    assert len(film.provider.calls) == 5


def test_three_first_requests_that_fail_alike_end_the_run(bench: Open) -> None:
    film = bench(story(9, ("clear",)), parallel=1)
    for frame in film.project.frames():
        film.provider.fates["clear", frame.beat] = [Unsuited("This size is not known.")]
    film.start()
    run = film.finish()
    assert run.state is RunState.FAILED
    assert run.reason == "The first 3 images failed in the same way. This size is not known."
    assert len(film.provider.calls) == 3


def test_a_prompt_that_was_refused_is_not_sent_again_by_a_run_for_everything(bench: Open) -> None:
    film = bench(story(3, ("clear",)))
    film.provider.fates["clear", "1.2"] = [Rejected("The filter refused it.")]
    film.start()
    film.finish()
    film.start()
    run = film.finish()
    assert (run.state, run.failed) == (RunState.PARTIAL, 1)
    assert film.provider.calls.count(("clear", "1.2")) == 1
    news = film.board.read(film.folder.id).frames["clear-1-1_2"]
    assert (news.status, news.error, news.run) == (Status.ERROR, "The filter refused it.", run.id)


def test_whoever_asks_for_a_refused_frame_by_name_gets_it_tried(bench: Open) -> None:
    film = bench(story(3, ("clear",)))
    film.provider.fates["clear", "1.2"] = [Rejected("The filter refused it.")]
    film.start()
    film.finish()
    film.control.make(film.folder, ["clear-1-1_2"])
    assert film.finish().state is RunState.DONE


def test_a_refused_frame_whose_prompt_was_edited_is_missing_again(bench: Open) -> None:
    film = bench(story(3, ("clear",)))
    film.provider.fates["clear", "1.2"] = [Rejected("The filter refused it.")]
    film.start()
    film.finish()
    frame = film.project.frames()[1]
    beat = film.project.beat(frame)
    assert beat is not None
    film.project._beats[frame] = replace(beat, prompt="another prompt")
    film.start()
    assert film.finish().state is RunState.DONE


def test_retry_makes_the_failed_frames_and_no_other(bench: Open) -> None:
    film = bench(story(4, ("clear",)), RunLimits(1, None, 1), parallel=1)
    film.provider.fates["clear", "1.2"] = [Unavailable("Busy.")]
    film.start()
    assert film.finish().state is RunState.PARTIAL
    del film.disk.made[film.project.frames()[3]]  # missing too, but not failed
    film.provider.calls.clear()
    film.control.make(film.folder, ["clear-1-1_2"])
    run = film.finish()
    assert film.provider.calls == [("clear", "1.2")]
    assert (run.state, run.failed) == (RunState.PARTIAL, 0)


def test_a_frame_that_failed_is_tried_again_within_the_run_as_often_as_it_is_asked_for(bench: Open) -> None:
    film = bench(story(2, ("clear",)), RunLimits(1, None, 1), parallel=1)
    film.provider.fates["clear", "1.1"] = [Unavailable("Busy.")] * 2
    film.start()
    until(lambda: film.statuses().get("clear-1-1_1") is Status.ERROR or film.run().state.value == "partial")
    for _ in range(2):
        film.control.make(film.folder, ["clear-1-1_1"])
        film.finish()
    assert film.run().state is RunState.DONE
    assert film.provider.calls.count(("clear", "1.1")) == 3
