"""What a run tells the pages, and when."""

from __future__ import annotations

import math
from typing import Any

import pytest

from tests.harness.in_memory_project import story
from webapp.errors import CoordinationDown
from webapp.generation.run.progress_reporter import POST_EVERY, ProgressReporter


class Posts:
    """Remembers what was told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.away = False

    def post(self, **facts: Any) -> None:
        if self.away:
            raise CoordinationDown("Redis cannot be reached.")
        self.told.append(facts)


class ReporterBench:
    """A reporter over a clock of its own."""

    def __init__(self) -> None:
        self.now, self.board = 1000.0, Posts()
        self.progress = ProgressReporter(self.board.post, story(), lambda: self.now)


def test_a_wait_is_told_at_once_and_its_countdown_every_second() -> None:
    told = ReporterBench()
    told.progress.add_line("Generation started.")
    told.progress.post()
    told.progress.set_wait(1030.0, "cooling", "gemini")
    assert told.progress.dirty  # though something was told in this very moment
    told.progress.post()
    now = told.board.told[-1]["now"]
    assert (now["until"], now["why"], now["who"]) == (1030.0, "cooling", "gemini") and "style" not in now
    told.progress.set_wait(1030.001, "cooling", "gemini")  # the same silence, reckoned once more
    assert not told.progress.dirty and told.progress.tick_in() == 1.0
    told.now += 1.0
    assert told.progress.dirty and told.progress.tick_in() == 0.0


def test_the_end_of_a_wait_is_told_and_one_that_is_over_is_not_counted_down() -> None:
    told = ReporterBench()
    told.progress.set_wait(1001.0, "down", "comfyui")
    told.progress.post()
    told.now += 5.0
    assert not told.progress.dirty and told.progress.tick_in() == math.inf
    told.progress.set_wait(0.0)
    assert told.progress.dirty
    told.progress.post()
    assert not told.progress.dirty and told.board.told[-1]["now"] is None


def test_what_could_not_be_told_is_kept_and_not_tried_again_without_a_pause() -> None:
    told = ReporterBench()
    told.board.away = True
    told.progress.add_line("Generation started.")
    with pytest.raises(CoordinationDown):
        told.progress.post()
    assert told.progress.dirty and told.progress.due_in() == pytest.approx(POST_EVERY)
    told.board.away = False
    told.progress.post()
    assert len(told.board.told[-1]["log"]) == 1 and not told.progress.dirty
