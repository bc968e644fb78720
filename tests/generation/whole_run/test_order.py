"""The user arranges the queue."""

from __future__ import annotations

from dataclasses import replace

from tests.harness.app_process import until
from tests.harness.in_memory_project import (
    story,
)
from tests.harness.run_bench import Open
from webapp.core.run.states import (
    Cause,
    RunState,
)
from webapp.core.work_plan import Order


def test_a_frame_moved_to_the_front_is_the_next_call(bench: Open) -> None:
    film = bench(story(6, ("illustration", "clear")), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.control.make(film.folder, ["clear-1-1_5"])
    film.control.make(film.folder, ["illustration-1-1_6"])
    film.provider.release()
    film.finish()
    assert film.provider.calls[1:3] == [("illustration", "1.6"), ("clear", "1.5")]
    assert len(film.provider.calls) == 12 == len(set(film.provider.calls))


def test_the_queue_can_be_rearranged_while_paused(bench: Open) -> None:
    film = bench(story(3, ("illustration", "clear")), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.control.pause(film.folder)
    film.provider.release()
    film.finish()
    film.control.arrange(film.folder, lambda plan: replace(plan, order=Order.STYLES))
    film.control.make(film.folder, ["clear-1-1_3"])
    film.control.resume(film.folder)
    film.finish()
    assert film.provider.calls[1:] == [
        ("clear", "1.3"),
        ("illustration", "1.2"),
        ("illustration", "1.3"),
        ("clear", "1.1"),
        ("clear", "1.2"),
    ]


def test_a_held_style_waits_while_the_others_go_on_and_then_the_run_pauses(bench: Open) -> None:
    film = bench(story(3, ("illustration", "clear")), parallel=2)
    film.control.arrange(film.folder, lambda plan: replace(plan, held=frozenset({"clear"})))
    film.start()
    run = film.finish()
    assert (run.state, run.cause) == (RunState.PAUSED, Cause.HELD)
    assert {style for style, _ in film.provider.calls} == {"illustration"}
    film.control.arrange(film.folder, lambda plan: replace(plan, held=frozenset()))
    film.control.resume(film.folder)
    assert film.finish().state is RunState.DONE
