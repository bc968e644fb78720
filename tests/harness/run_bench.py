"""A whole run below the browser: driver, runner and commands, over a real Redis and a project in memory."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gevent
import pytest

from tests.harness.in_memory_project import (
    FakeDisk,
    FakeFolder,
    FakeJobs,
    FakeProvider,
    story,
)
from webapp.coordination.account_limits import AccountLimits as SharedLimits
from webapp.coordination.circuit_breaker import CircuitBreaker
from webapp.coordination.lease import Leases
from webapp.coordination.live_state import LiveState
from webapp.coordination.redis_client import connect, connect_strictly
from webapp.core.frames import Status
from webapp.core.image_inputs import Inputs
from webapp.core.image_request import Key
from webapp.core.limits.key_states import KeyState
from webapp.core.project import Beat, Frame, Project
from webapp.core.run.states import (
    Run,
)
from webapp.generation.control import Control
from webapp.generation.driver import Driver
from webapp.generation.job import Reference, RunLimits
from webapp.generation.makers.key_pool import Ceiling, KeyPool, PoolUse
from webapp.generation.makers.maker import Maker
from webapp.generation.makers.run_setup import RunSetup
from webapp.generation.run.context import Clocks, ProjectDisk, SharedRuns, WorkerContext
from webapp.generation.run_store import RunStore


class FixedRunSetup:
    """What control asks of the equipment."""

    def __init__(self, bench: RunBench) -> None:
        self._bench = bench

    def check(self, folder: Any) -> tuple[str, str]:
        return "fake", "fake-1"

    def reset_keys(self, folder: Any) -> None:
        for key in self._bench.keys:
            access = self._bench.shared.access("fake", key)
            for name in (access.account, access.key):
                if self._bench.shared.look([name])[0].state in (KeyState.SPENT, KeyState.REFUSED):
                    self._bench.shared.forgive(name)

    def limits(self, folder: Any) -> RunLimits:
        return self._bench.limits_now(folder)


class RunBench:
    """One project with everything a run needs. Several drivers may share it, as several processes would."""

    def __init__(self, redis_url: str, project: Project, provider: FakeProvider, limits: RunLimits) -> None:
        ident = secrets.token_hex(8)
        self.folder = FakeFolder(f"film {ident}", ident)
        self.disk = FakeDisk(project, self.folder)
        self.project = project
        self.provider = provider
        self.limits = limits
        self.client = connect(redis_url)
        self._strict = connect_strictly(redis_url)
        self.later = 0.0
        self.board = LiveState(self.client, self.epoch)
        self.leases = Leases(self._strict, time.monotonic)
        self.records = RunStore(self.board, self.disk, self.epoch)
        self.shared = SharedLimits(self.client, b"secret of this test")
        self.keys: tuple[Key, ...] = ()
        self.pool: Callable[[str], tuple[Key, ...]] = lambda style: self.keys
        self.woken: list[gevent.Greenlet[..., None]] = []
        self.driver = self.new_driver("a")
        self.control = Control(self.records, self.board, self.leases, self.disk, self.wake, FixedRunSetup(self))
        self.listening = gevent.spawn(self.listen)

    def limits_now(self, folder: Any) -> RunLimits:
        own = self.disk.settings.restraint
        return replace(
            self.limits,
            parallel=own.parallel or self.limits.parallel,
            per_minute=own.per_minute or self.limits.per_minute,
            budget=self.limits.budget if own.budget is None else own.budget,
        )

    def epoch(self) -> float:
        return time.time() + self.later

    def new_driver(self, owner: str, disk_patience: float = 0.0) -> Driver:
        clocks = Clocks(lambda: time.monotonic() + self.later, self.epoch, random.Random(1).random)
        styles = tuple(style.name for style in self.project.styles)
        keys = KeyPool(
            self.shared,
            lambda style: self.pool(style),
            PoolUse("fake", styles, self.folder.id, 60.0, self.folder.id),
            Ceiling(self.limits.per_minute, self.limits.parallel),
            CircuitBreaker(self.client),
        )
        maker = Maker(self.provider, keys)
        makers = {style.name: maker for style in self.project.styles}
        disk: Any = self.disk
        return Driver(
            ProjectDisk(disk, disk, disk, disk.journal),
            SharedRuns(self.board, self.leases, self.records),
            lambda folder: RunSetup(makers, self.limits_now(folder), Reference(), self.with_model(keys), self.inputs),
            self.limits_now,
            WorkerContext(owner, clocks, disk_patience=disk_patience),
        )

    def with_model(self, keys: KeyPool) -> Callable[[str, str], Maker]:
        """The maker with another model: the same provider under that model's name."""

        def make(style: str, model: str) -> Maker:
            other = FakeProvider(self.provider.parallel, self.provider.price)
            other.model, other.calls = model, self.provider.calls
            return Maker(other, keys)

        return make

    @staticmethod
    def inputs(frame: Frame, beat: Beat, provider: Any) -> Inputs:
        return Inputs.of(beat.prompt, "", provider.name, provider.model, {})

    def wake(self, name: str, run: str) -> None:
        self.woken.append(gevent.spawn(self.driver.drive, name, run))

    def listen(self) -> None:
        """As the engine does."""
        for ident in self.board.wakes():
            self.driver.wake(ident)

    def start(self) -> Run:
        return self.control.start(self.folder)[0]

    def run(self) -> Run:
        return self.control.run(self.folder)

    def finish(self) -> Run:
        """Wait until everything that was woken has ended."""
        gevent.joinall(self.woken, raise_error=True, timeout=60)
        return self.run()

    def statuses(self) -> dict[str, Status]:
        return {key: news.status for key, news in self.board.read(self.folder.id).frames.items()}

    def said(self) -> list[str]:
        return [str(line["text"]) for line in self.board.read(self.folder.id).log]

    def close(self) -> None:
        self.listening.kill()
        self.provider.release()
        self.driver.leave()
        gevent.joinall(self.woken, timeout=20)
        self.client.close()
        self._strict.close()


Open = Callable[..., RunBench]


@pytest.fixture
def bench(redis_url: str) -> Iterator[Open]:
    opened: list[RunBench] = []

    def open_one(project: Project | None = None, limits: RunLimits | None = None, **provider: Any) -> RunBench:
        jobs = provider.pop("jobs", False)
        made = FakeJobs(**provider) if jobs else FakeProvider(**provider)
        limits = limits or RunLimits(made.parallel, None, 4)
        opened.append(RunBench(redis_url, project or story(), made, limits))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()
