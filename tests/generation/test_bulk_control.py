"""Everything is paused at once, and goes on one after the other, as long as nobody pauses it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from gevent.event import Event

from tests.harness.app_process import until
from tests.harness.in_memory_project import FakeFolder
from webapp.coordination.lease import KEY, BulkResumeLock
from webapp.coordination.redis_client import connect
from webapp.core.run.states import Cause, Run, RunState
from webapp.errors import BadInput, CoordinationDown
from webapp.generation.bulk_control import APART, BulkControl


@dataclass
class RunsInMemory:
    """The commands of several projects; ``broken`` cannot be resumed."""

    runs: dict[str, Run] = field(default_factory=dict)
    resumed: list[str] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)
    on_resume: Callable[[str], None] = lambda name: None

    def run(self, folder: Any) -> Run:
        return self.runs[folder.name]

    def pause(self, folder: Any, run_id: str | None = None) -> Run:
        run = self.runs[folder.name]
        if run.state is RunState.STOPPING:
            raise CoordinationDown("Redis cannot be reached.")
        self.runs[folder.name] = replace(run, state=RunState.PAUSED, cause=Cause.USER.value)
        return self.runs[folder.name]

    def resume(self, folder: Any, run_id: str | None = None) -> Run:
        if folder.name in self.broken:
            raise BadInput("No API key is set.")
        self.runs[folder.name] = replace(self.runs[folder.name], state=RunState.STARTING, cause="")
        self.resumed.append(folder.name)
        self.on_resume(folder.name)
        return self.runs[folder.name]


class WatchedLock(BulkResumeLock):
    """A turn that counts how often somebody looked whose it is."""

    def __init__(self, office: BulkBench) -> None:
        super().__init__(office.client)
        self._office = office

    def lasts(self, mine: str) -> bool:
        found = super().lasts(mine)
        self._office.looks += 1
        return found


class BulkBench:
    """Releases over a real Redis. Each pause lasts until `tick`."""

    def __init__(self, redis_url: str) -> None:
        self.client = connect(redis_url)
        self.client.delete(KEY)
        self.board = RunsInMemory()
        self.slept: list[float] = []
        self._ticks = Event()
        self.looks = 0
        self.releases = BulkControl(self.board, WatchedLock(self), self._sleep)
        self.elsewhere = BulkControl(self.board, BulkResumeLock(self.client), self._sleep)

    def folders(self, **states: tuple[RunState, str]) -> list[FakeFolder]:
        for name, (state, cause) in states.items():
            self.board.runs[name] = Run(f"run-{name}", state, 3, cause=cause)
        return [FakeFolder(name) for name in states]

    def tick(self) -> None:
        """The pause is over."""
        self._ticks.set()

    @property
    def waits(self) -> bool:
        """Whether a release did not yet look whose turn it is, since its last pause."""
        return self.looks < 2 * len(self.slept) + 1

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._ticks.wait()
        self._ticks.clear()


@pytest.fixture
def office(redis_url: str) -> Iterator[BulkBench]:
    office = BulkBench(redis_url)
    yield office
    office.tick()
    office.client.close()


def settle(office: BulkBench, seconds: int) -> None:
    """Let the release come as far as its pause number ``seconds``."""
    until(lambda: len(office.slept) >= seconds)


USER, BUDGET, KEYS = Cause.USER.value, Cause.BUDGET.value, Cause.KEYS.value


def test_pause_all_pauses_what_goes_on_and_counts_what_really_was_paused(office: BulkBench) -> None:
    folders = office.folders(
        a=(RunState.GENERATING, ""), b=(RunState.STARTING, ""), c=(RunState.DONE, ""), d=(RunState.PAUSED, USER)
    )
    assert office.releases.pause_all(folders) == 2
    assert [office.board.runs[name].state for name in "abcd"] == [RunState.PAUSED] * 2 + [
        RunState.DONE,
        RunState.PAUSED,
    ]


def test_resume_all_releases_a_second_apart_and_leaves_a_reached_budget_alone(office: BulkBench) -> None:
    folders = office.folders(
        a=(RunState.PAUSED, USER), b=(RunState.PAUSED, BUDGET), c=(RunState.PAUSED, KEYS), d=(RunState.INTERRUPTED, "")
    )
    assert office.releases.resume_all(folders) == 2
    settle(office, 1)
    assert office.board.resumed == ["a"] and office.slept == [APART]
    office.tick()
    until(lambda: office.board.resumed == ["a", "c"])


def test_pause_all_in_another_process_ends_a_release(office: BulkBench) -> None:
    folders = office.folders(a=(RunState.PAUSED, USER), b=(RunState.PAUSED, USER))
    office.releases.resume_all(folders)
    settle(office, 1)
    assert office.elsewhere.pause_all(folders) == 1
    office.tick()
    until(lambda: not office.waits)
    assert office.board.resumed == ["a"] and office.board.runs["a"].pausing and office.board.runs["b"].pausing


def test_a_pause_in_the_very_moment_of_a_release_holds(office: BulkBench) -> None:
    folders = office.folders(a=(RunState.PAUSED, USER))
    office.board.on_resume = lambda name: BulkResumeLock(office.client).end()
    office.releases.resume_all(folders)
    until(lambda: office.board.runs["a"].pausing and office.board.resumed)
    assert office.board.resumed == ["a"] and office.slept == []


def test_what_was_stopped_meanwhile_stays_stopped_and_one_that_cannot_go_on_keeps_nobody_waiting(
    office: BulkBench,
) -> None:
    folders = office.folders(a=(RunState.PAUSED, USER), b=(RunState.PAUSED, USER), c=(RunState.PAUSED, USER))
    office.board.broken = {"a"}
    office.releases.resume_all(folders)
    settle(office, 1)
    office.board.runs["b"] = replace(office.board.runs["b"], state=RunState.STOPPED)
    office.tick()
    settle(office, 2)
    office.tick()
    until(lambda: office.board.resumed == ["c"])
    assert office.board.runs["b"].state is RunState.STOPPED


def test_nothing_to_do_is_nothing_done(office: BulkBench) -> None:
    folders = office.folders(a=(RunState.DONE, ""))
    assert office.releases.pause_all(folders) == 0 and office.releases.resume_all(folders) == 0
