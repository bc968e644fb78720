"""Whether a run goes on, by what is stored."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.harness.in_memory_project import FakeFolder, story
from webapp.core.run.schedule import Schedule
from webapp.core.run.states import Cause, Run, RunState
from webapp.generation.run.context import Clocks, LoopEnd, RunContext, WorkerContext
from webapp.generation.run.disk_space import DiskSpace
from webapp.generation.run.run_monitor import RunMonitor


class ScriptedWishes:
    """A run that its user pauses and resumes."""

    def __init__(self) -> None:
        self.stored = Run(id="r1", state=RunState.GENERATING, seq=1)
        self.taken_up = 0

    def run(self, seen: int = 0) -> Run:
        return self.stored

    def take_up(self) -> None:
        self.taken_up += 1

    def hold(self, cause: Cause, reason: str) -> None:
        self.stored = Run(id="r1", state=RunState.PAUSING, seq=self.stored.seq + 1, cause=cause.value)

    def resume(self) -> None:
        self.stored = Run(id="r1", state=RunState.STARTING, seq=self.stored.seq + 1)


def monitor_of(steering: Any) -> RunMonitor:
    nothing: Any = None
    lease: Any = SimpleNamespace(held=True, token=1)
    folder = FakeFolder()
    context = RunContext(
        worker=WorkerContext("a", Clocks(lambda: 100.0, lambda: 100.0, lambda: 0.5)),
        folder=folder,
        project=story(),
        run="r1",
        lease=lease,
        gate=lambda: "generating",
        images=nothing,
        journal=nothing,
        disk_space=DiskSpace(folder),
        progress=nothing,
        wishes=steering,
        timeout=60.0,
    )
    return RunMonitor(context, Schedule((), 1), lambda: None, seen=1)


@pytest.mark.parametrize(
    ("cause", "end"),
    [
        (Cause.KEYS, LoopEnd()),
        (Cause.DISK, LoopEnd(left=True)),  # the next driver first makes pictures of what was paid for
    ],
)
def test_a_resume_is_taken_up_at_once_unless_the_disk_refused_a_picture(cause: Cause, end: LoopEnd) -> None:
    steering = ScriptedWishes()
    monitor = monitor_of(steering)
    monitor.hold(cause, "It cannot go on.")
    steering.resume()
    monitor.request_check()
    monitor.check()
    assert monitor.end == end
    assert steering.taken_up == (0 if end.left else 1)
