"""A whole run below the browser: the driver, the runner and the commands, over a real Redis and a project in memory."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import gevent
import pytest

from tests.harness.app_process import until
from tests.harness.in_memory_project import (
    FakeDisk,
    FakeFolder,
    FakeImage,
    FakeJobs,
    FakeProvider,
    story,
)
from webapp.coordination.account_limits import AccountLimits as SharedLimits
from webapp.coordination.circuit_breaker import CircuitBreaker
from webapp.coordination.lease import Leases, lease_key
from webapp.coordination.live_state import ACTIVE, LiveState
from webapp.coordination.redis_client import connect, connect_strictly
from webapp.core.frames import Status
from webapp.core.image_inputs import Inputs
from webapp.core.image_request import Key, Secret
from webapp.core.limits.key_states import KeyState
from webapp.core.marks import FrameMarks
from webapp.core.project import Beat, Frame, Project
from webapp.core.run.states import (
    Cause,
    Move,
    Run,
    RunState,
)
from webapp.core.work_plan import Order
from webapp.errors import (
    BadInput,
    DiskTrouble,
    IllegalMove,
    KeyRefused,
    KeySpent,
    Limited,
    LostAnswer,
    Misconfigured,
    Rejected,
    Unavailable,
    Unsuited,
)
from webapp.generation.control import Control
from webapp.generation.driver import MOST_TAKEOVERS, Driver
from webapp.generation.job import Reference, RunLimits
from webapp.generation.makers.key_pool import Ceiling, KeyPool, PoolUse
from webapp.generation.makers.maker import Maker
from webapp.generation.makers.run_setup import RunSetup
from webapp.generation.reconciler import FRESH_FOR, SWEEP_EVERY
from webapp.generation.run.context import Clocks, ProjectDisk, SharedRuns, WorkerContext
from webapp.generation.run_store import RunStore


class FixedRunSetup:
    """What control asks of the equipment."""

    def __init__(self, studio: RunBench) -> None:
        self._studio = studio

    def check(self, folder: Any) -> tuple[str, str]:
        return "fake", "fake-1"

    def reset_keys(self, folder: Any) -> None:
        for key in self._studio.keys:
            access = self._studio.shared.access("fake", key)
            for name in (access.account, access.key):
                if self._studio.shared.look([name])[0].state in (KeyState.SPENT, KeyState.REFUSED):
                    self._studio.shared.forgive(name)

    def limits(self, folder: Any) -> RunLimits:
        return self._studio.limits_now(folder)


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
def studio(redis_url: str) -> Iterator[Open]:
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


def test_a_normal_run_makes_every_frame_once_and_ends_done(studio: Open) -> None:
    film = studio(story(4, ("illustration", "clear", "consistent")))
    assert film.start().state is RunState.STARTING
    run = film.finish()
    assert (run.state, run.made, run.failed) == (RunState.DONE, 12, 0)
    assert sorted(film.provider.calls) == sorted(set(film.provider.calls)) and len(film.provider.calls) == 12
    assert set(film.disk.made) == set(film.project.frames())
    assert film.disk.progress == {style.name: ["1.1", "1.2", "1.3", "1.4"] for style in film.project.styles}
    assert set(film.statuses().values()) == {Status.COMPLETE}
    assert film.disk.kept == run
    assert not film.leases.held(film.folder.id)


def test_styles_advance_together_and_never_more_calls_than_allowed(studio: Open) -> None:
    film = studio(story(6, ("illustration", "clear", "consistent")), parallel=3)
    film.provider.hold()
    film.start()
    until(lambda: film.provider.in_flight == 3)
    assert sorted(film.provider.calls) == [("clear", "1.1"), ("consistent", "1.1"), ("illustration", "1.1")]
    film.provider.release()
    film.finish()
    assert film.provider.most_at_once == 3


def test_frames_that_exist_are_not_made_again_and_the_progress_is_put_right(studio: Open) -> None:
    film = studio(story(3, ("clear",)))
    there, *missing = film.project.frames()
    film.disk.made[there] = FakeImage("old")
    film.start()
    film.finish()
    assert sorted(beat for _, beat in film.provider.calls) == [frame.beat for frame in missing]
    assert film.disk.progress == {"clear": ["1.1", "1.2", "1.3"]}


def test_after_stop_returned_no_call_begins_and_those_in_flight_are_saved(studio: Open) -> None:
    film = studio(story(9, ("illustration", "clear", "consistent")), parallel=3)
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


def test_the_next_call_begins_while_the_picture_before_is_being_finished(studio: Open) -> None:
    film = studio(story(3, ("clear",)), parallel=1)
    film.disk.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 2)
    assert film.provider.most_at_once == 1
    assert film.disk.made == {} and len(film.disk.spooled) >= 1
    film.disk.release()
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == len(film.disk.made) == 3


def test_stop_waits_for_the_pictures_that_are_being_finished(studio: Open) -> None:
    film = studio(story(9, ("clear",)), parallel=2)
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


def test_a_worker_that_leaves_finishes_its_pictures_first(studio: Open) -> None:
    film = studio(story(9, ("clear",)), parallel=2)
    film.disk.hold()
    film.start()
    until(lambda: len(film.disk.spooled) >= 2)
    film.driver.leave()
    film.disk.release()
    assert film.finish().state is RunState.GENERATING
    assert len(film.disk.made) == len(film.provider.calls) and film.disk.spooled == {}


def test_a_budget_is_never_exceeded_while_pictures_are_being_finished(studio: Open) -> None:
    film = studio(story(6, ("clear",)), RunLimits(1, None, 4, budget=4 * 40), parallel=1, price=40)
    film.disk.hold()
    film.start()
    until(lambda: len(film.disk.spooled) >= 2)
    film.disk.release()
    run = film.finish()
    assert (run.state, run.cause) == (RunState.PAUSED, Cause.BUDGET)
    assert len(film.provider.calls) == len(film.disk.made) == 4
    assert sum(r["cost"] for r in film.disk.journal_records if r["what"] == "saved") == 4 * 40


def test_a_stop_stored_a_moment_before_a_call_keeps_it_from_beginning(studio: Open) -> None:
    film = studio(story(3, ("clear",)), parallel=1)

    def stop(record: dict[str, Any]) -> None:
        film.records.change(film.folder, Move.STOP)

    film.disk.on_intent = stop
    film.start()
    assert film.finish().state is RunState.STOPPED
    assert film.provider.calls == []
    assert [r["what"] for r in film.disk.journal_records if "attempt" in r] == ["intent", "not sent"]


def test_start_after_stop_makes_only_what_is_missing(studio: Open) -> None:
    film = studio(story(5, ("clear",)), parallel=2)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 2)
    film.control.stop(film.folder)
    film.provider.release()
    film.finish()
    film.start()
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 5 == len(set(film.provider.calls))


def test_a_second_start_attaches_to_the_run_that_is_there(studio: Open) -> None:
    film = studio()
    film.provider.hold()
    first, fresh = film.control.start(film.folder)
    second, again = film.control.start(film.folder)
    assert (fresh, again) == (True, False)
    assert first.id == second.id


def test_two_tabs_pressing_start_at_once_make_one_run(studio: Open) -> None:
    film = studio(story(2, ("clear",)))
    film.provider.hold()
    presses = [gevent.spawn(film.control.start, film.folder) for _ in range(8)]
    gevent.joinall(presses, raise_error=True)
    assert sum(press.get()[1] for press in presses) == 1
    film.provider.release()
    film.finish()
    assert len(film.provider.calls) == 2


def test_two_processes_woken_for_one_project_drive_it_once(studio: Open) -> None:
    film = studio(story(4, ("clear",)))
    film.provider.hold()
    run = film.start()
    other = film.new_driver("b")
    film.woken.append(gevent.spawn(other.drive, film.folder.name, run.id))
    film.wake(film.folder.name, run.id)
    until(lambda: len(film.provider.calls) == 3)
    film.provider.release()
    film.finish()
    assert len(film.provider.calls) == 4 == len(set(film.provider.calls))


def test_a_stale_tab_cannot_stop_a_newer_run(studio: Open) -> None:
    film = studio()
    film.provider.hold()
    run = film.start()
    with pytest.raises(IllegalMove, match="No active generation found"):
        film.control.stop(film.folder, "another run")
    assert film.run().id == run.id and film.run().active


def test_stopping_what_does_not_run_is_refused(studio: Open) -> None:
    with pytest.raises(IllegalMove, match="No active generation found"):
        film = studio()
        film.control.stop(film.folder)


def test_one_bad_frame_fails_with_its_reason_and_the_others_are_made(studio: Open) -> None:
    film = studio(story(3, ("clear",)))
    film.provider.fates["clear", "1.2"] = [Rejected("The provider’s safety filter refused this prompt.")]
    film.start()
    run = film.finish()
    assert (run.state, run.made, run.failed) == (RunState.PARTIAL, 2, 1)
    news = film.board.read(film.folder.id).frames["clear-1-1_2"]
    assert (news.status, news.error) == (Status.ERROR, "The provider’s safety filter refused this prompt.")
    assert film.disk.progress == {"clear": ["1.1", "1.3"]}


def test_the_next_run_tries_the_failed_frame_again_and_only_that(studio: Open) -> None:
    film = studio(story(3, ("clear",)), RunLimits(3, None, 1))
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


def test_a_passing_fault_is_tried_again(studio: Open) -> None:
    film = studio(story(2, ("clear",)))
    film.provider.fates["clear", "1.1"] = [Unavailable("Busy.")]
    film.start()
    assert film.finish().state is RunState.DONE
    assert film.provider.calls.count(("clear", "1.1")) == 2


def test_a_limit_is_waited_out_and_is_not_one_of_the_frames_tries(studio: Open) -> None:
    film = studio(story(1, ("clear",)), RunLimits(1, None, 1))
    film.provider.fates["clear", "1.1"] = [Limited("Slow down.", retry_after=0.01) for _ in range(3)]
    film.start()
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 4


def test_what_every_frame_would_meet_ends_the_run_with_its_reason(studio: Open) -> None:
    film = studio(story(5, ("clear",)), parallel=1)
    film.provider.fates["clear", "1.1"] = [Misconfigured("The model is gone.")]
    film.start()
    run = film.finish()
    assert (run.state, run.reason) == (RunState.FAILED, "The model is gone.")
    assert len(film.provider.calls) == 1


def test_disk_trouble_pauses_the_run_before_another_call(studio: Open) -> None:
    film = studio(story(5, ("clear",)), parallel=1)
    film.disk.broken = DiskTrouble("The disk is full. Free some space.")
    film.start()
    run = film.finish()
    assert (run.state, run.cause, run.reason) == (RunState.PAUSED, Cause.DISK, "The disk is full. Free some space.")
    assert len(film.provider.calls) == 1
    film.disk.broken = None
    film.control.resume(film.folder)
    assert film.finish().state is RunState.DONE


def test_progress_the_disk_refuses_pauses_the_run_before_another_call_however_long_it_takes(studio: Open) -> None:
    film = studio(story(6, ("clear",)), parallel=1)
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
    studio: Open,
) -> None:
    film = studio(story(4, ("clear",)), parallel=2)
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


def test_stop_ends_a_backoff_at_once(studio: Open) -> None:
    film = studio(story(1, ("clear",)))
    film.provider.fates["clear", "1.1"] = [Limited("Slow down.", retry_after=100.0)]
    film.start()
    until(lambda: any("Slow down" in line for line in film.said()))
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED


def test_a_budget_is_never_exceeded_by_calls_in_flight(studio: Open) -> None:
    limits = RunLimits(8, None, 4, budget=1_000_000)
    film = studio(story(40, ("clear",)), limits, parallel=8, price=39_000)
    film.start()
    run = film.finish()
    assert len(film.provider.calls) == 25
    assert (run.state, run.cause, run.reason) == (RunState.PAUSED, Cause.BUDGET, "the $1.00 budget is reached.")


def test_a_higher_budget_lets_the_run_go_on_and_the_same_one_does_not(studio: Open) -> None:
    limits = RunLimits(2, None, 4, budget=100_000)
    film = studio(story(5, ("clear",)), limits, parallel=2, price=40_000)
    film.start()
    assert film.finish().cause == Cause.BUDGET
    with pytest.raises(BadInput, match="higher"):
        film.control.resume(film.folder)
    film.control.resume(film.folder, budget=10**6)
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 5


def test_what_calls_in_flight_give_back_is_waited_for_before_the_budget_counts_as_reached(studio: Open) -> None:
    limits = RunLimits(3, None, 1, budget=80_000)
    film = studio(story(3, ("clear",)), limits, parallel=3, price=40_000)
    film.provider.fates["clear", "1.1"] = [Unavailable("Busy.")]  # not charged: its reservation comes back
    film.start()
    run = film.finish()
    assert (run.state, run.made, run.failed) == (RunState.PARTIAL, 2, 1)


def test_a_budget_that_is_set_in_mid_run_pauses_a_model_whose_price_nobody_knows(studio: Open) -> None:
    film = studio(story(9, ("clear",)), RunLimits(1, 0.5, 4), parallel=1, price=None)  # one call in two minutes
    film.start()
    until(lambda: len(film.disk.made) == 1)
    film.control.tune(film.folder, lambda known: known.with_restraint(budget=1_000_000, per_minute=60_000.0))
    run = film.finish()
    assert (run.state, run.cause, len(film.provider.calls)) == (RunState.PAUSED, Cause.PRICE, 1)
    assert "so the budget cannot be kept" in run.reason


def test_what_may_have_been_charged_counts_against_the_budget(studio: Open) -> None:
    limits = RunLimits(1, None, 1, budget=100_000)
    film = studio(story(9, ("clear",)), limits, price=40_000)
    film.provider.fates["clear", "1.1"] = [LostAnswer("No answer.")]
    film.start()
    film.finish()
    assert len(film.provider.calls) == 2


def test_a_worker_that_leaves_saves_its_calls_and_another_goes_on(studio: Open) -> None:
    film = studio(story(6, ("clear",)), parallel=2)
    film.provider.hold()
    run = film.start()
    until(lambda: len(film.provider.calls) == 2)
    film.driver.leave()
    film.provider.release()
    assert film.finish().state is RunState.GENERATING
    assert len(film.disk.made) == 2 and not film.leases.held(film.folder.id)
    film.driver = film.new_driver("b")
    assert (film.folder.name, run.id) in film.driver.undriven()
    film.wake(film.folder.name, run.id)
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 6


def test_a_run_that_was_silent_for_long_waits_for_a_person(studio: Open) -> None:
    film = studio()
    film.records.change(film.folder, Move.START, id="r")
    film.later = FRESH_FOR + 1
    assert film.folder.name not in [name for name, _ in film.driver.undriven()]
    assert film.run().state is RunState.INTERRUPTED


def test_the_time_that_an_interrupted_run_lay_there_is_none_that_it_worked(studio: Open) -> None:
    film = studio()
    film.records.change(film.folder, Move.START, id="r")
    film.records.change(film.folder, Move.TAKEN)
    film.later = 240.0
    film.board.touch(film.folder.id)
    film.later = 240.0 + FRESH_FOR + 1
    film.driver.undriven()
    assert film.run().state is RunState.INTERRUPTED and 240.0 <= film.run().worked < FRESH_FOR


def test_a_wake_up_that_lay_in_the_queue_for_long_spends_nothing(studio: Open) -> None:
    film = studio()
    run = film.records.change(film.folder, Move.START, id="r")
    film.later = FRESH_FOR + 1
    film.wake(film.folder.name, run.id)
    assert film.finish().state is RunState.INTERRUPTED
    assert film.provider.calls == []


def test_a_run_whose_workers_keep_dying_is_left_to_a_person(studio: Open) -> None:
    film = studio()
    run = film.records.change(film.folder, Move.START, id="r")
    film.records.change(film.folder, Move.TAKEN)
    film.disk.journal_records += [{"what": "taken", "run": run.id}] * MOST_TAKEOVERS
    film.wake(film.folder.name, run.id)
    assert film.finish().state is RunState.FAILED
    assert film.provider.calls == []


def test_a_worker_that_lost_its_lease_keeps_the_bytes_and_publishes_nothing(studio: Open) -> None:
    film = studio(story(2, ("clear",)), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.client.delete(lease_key(film.folder.id))
    assert film.leases.claim(film.folder.id, "somebody else")
    film.provider.release()
    film.finish()
    assert film.disk.made == {} and len(film.disk.spooled) == 1
    assert len(film.provider.calls) == 1


def test_redis_losing_its_data_in_mid_run_repeats_nothing(studio: Open, redis_url: str) -> None:
    film = studio(story(6, ("clear",)), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    keys = [key for key in film.client.scan_iter(f"*{film.folder.id}*") if key != lease_key(film.folder.id)]
    film.client.delete(*keys)
    film.provider.release()
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 6
    assert len(film.statuses()) == 6


def test_an_unexpected_failure_ends_the_run_visibly(studio: Open) -> None:
    film = studio(story(2, ("clear",)))
    film.provider.fates["clear", "1.1"] = [ZeroDivisionError("boom")]  # type: ignore[list-item]
    film.start()
    run = film.finish()
    assert run.state is RunState.FAILED and "unexpected" in run.reason and "boom" not in run.reason


def test_the_board_never_tells_of_a_picture_that_is_not_on_disk(studio: Open) -> None:
    film = studio(story(8, ("clear",)), parallel=4)

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


def test_every_call_is_in_the_journal_before_it_begins_and_has_an_outcome_after(studio: Open) -> None:
    film = studio(story(3, ("clear",)))
    film.provider.fates["clear", "1.1"] = [Rejected("No.")]
    film.start()
    film.finish()
    intents = [r["attempt"] for r in film.disk.journal_records if r["what"] == "intent"]
    outcomes = {
        r["attempt"]: r["what"] for r in film.disk.journal_records if r["what"] in ("saved", "failed", "not sent")
    }
    assert len(intents) == 3 == len(set(intents))
    assert sorted(outcomes.values()) == ["failed", "saved", "saved"]
    assert set(outcomes) == set(intents)


def test_the_fencing_token_is_kept_in_the_folder_and_rises_after_redis_lost_everything(studio: Open) -> None:
    film = studio(story(1, ("clear",)))
    film.start()
    first = film.finish().token
    assert first > 0 and film.disk.kept.token == first
    film.client.delete(*film.client.scan_iter(f"*{film.folder.id}*"))
    film.disk.made.clear()
    film.start()
    assert film.finish().token > first


def test_many_wake_ups_at_once_drive_the_project_once_and_end_quietly(studio: Open) -> None:
    film = studio(story(3, ("clear",)))
    film.provider.hold()
    run = film.start()
    for _ in range(6):
        film.wake(film.folder.name, run.id)
    until(lambda: len(film.provider.calls) == 3)
    film.provider.release()
    assert film.finish().state is RunState.DONE  # raises what any of the drivers raised
    assert len(film.provider.calls) == 3


def test_a_run_is_not_done_when_a_picture_was_deleted_meanwhile(studio: Open) -> None:
    film = studio(story(3, ("clear",)), parallel=1)
    film.disk.deleted_by_hand = film.project.frames()[0]
    film.start()
    assert film.finish().state is RunState.PARTIAL
    assert film.statuses()["clear-1-1_1"] is Status.PENDING
    assert len(film.provider.calls) == 3


def with_keys(film: RunBench, *names: str) -> RunBench:
    """Give the project API keys, each an account of its own."""
    film.keys = tuple(Key(Secret(f"{film.folder.id}-{name}"), f"{film.folder.id}-{name}") for name in names)
    film.provider.key_names = {key.secret.reveal(): name for key, name in zip(film.keys, names, strict=True)}
    film.driver = film.new_driver("keys")
    return film


def test_a_refused_key_is_out_and_the_frame_is_made_with_the_next_one(studio: Open) -> None:
    film = with_keys(studio(story(4, ("clear",)), parallel=1), "bad", "good")
    film.provider.key_faults["bad"] = KeyRefused("This key was refused.")
    film.start()
    run = film.finish()
    assert (run.state, run.made, run.failed) == (RunState.DONE, 4, 0)
    assert film.provider.used.count("bad") <= 1
    assert film.provider.used.count("good") == 4


def test_a_spent_key_costs_a_frame_none_of_its_tries(studio: Open) -> None:
    film = with_keys(studio(story(2, ("clear",)), RunLimits(1, None, 1)), "spent", "good")
    film.provider.key_faults["spent"] = KeySpent("This key has no credit left.")
    film.start()
    assert film.finish().state is RunState.DONE


def test_when_every_key_is_out_the_run_ends_and_says_why(studio: Open) -> None:
    film = with_keys(studio(story(2, ("clear",)), parallel=1), "a", "b")
    film.provider.key_faults = {name: KeyRefused("This key was refused.") for name in ("a", "b")}
    film.start()
    run = film.finish()
    assert (run.state, run.cause) == (RunState.PAUSED, Cause.KEYS)
    assert run.reason == "None of the 2 keys can be used any more. This key was refused."
    assert sorted(film.provider.used) == ["a", "b"]
    film.provider.key_faults.clear()
    film.control.resume(film.folder)
    assert film.finish().state is RunState.DONE


def test_a_limited_account_is_left_alone_and_another_one_goes_on(studio: Open) -> None:
    film = with_keys(studio(story(5, ("clear",)), parallel=1), "slow", "quick")
    film.provider.key_faults["slow"] = Limited("Too many requests.", retry_after=100.0)
    film.start()
    assert film.finish().state is RunState.DONE
    assert film.provider.used.count("slow") <= 1
    assert film.provider.used.count("quick") == 5


def test_while_every_account_cools_the_page_is_told_until_when_and_stop_works_at_once(studio: Open) -> None:
    film = with_keys(studio(story(2, ("clear",)), parallel=1), "only")
    film.provider.key_faults["only"] = Limited("Too many requests.", retry_after=100.0)
    film.start()
    until(lambda: (film.board.read(film.folder.id).now or {}).get("until", 0) > film.epoch() + 90)
    assert len(film.provider.calls) == 1
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED
    assert len(film.provider.calls) == 1


def test_a_run_that_begins_while_every_account_cools_tells_until_when_too(studio: Open) -> None:
    film = with_keys(studio(story(2, ("clear",)), parallel=1), "only")
    film.provider.key_faults["only"] = Limited("Too many requests.", retry_after=100.0)
    film.start()
    until(lambda: film.shared.look([film.shared.access("fake", film.keys[0]).account])[0].wait > 90)
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED
    film.start()
    until(lambda: film.run().state is RunState.GENERATING)
    until(lambda: (film.board.read(film.folder.id).now or {}).get("until", 0) > film.epoch() + 60)
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED
    assert len(film.provider.calls) == 1


def test_a_style_whose_keys_cool_does_not_hold_up_the_others(studio: Open) -> None:
    film = with_keys(studio(story(3, ("illustration", "clear")), parallel=2), "only")
    pool = film.keys
    film.provider.key_faults["only"] = Limited("Too many requests.", retry_after=100.0)
    film.pool = lambda style: pool if style == "illustration" else ()
    film.driver = film.new_driver("pools")
    film.start()
    until(lambda: len(film.disk.made) == 3)
    assert {frame.style for frame in film.disk.made} == {"clear"}
    until(lambda: (film.board.read(film.folder.id).now or {}).get("why") == "cooling")  # now nothing else goes on
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED


def test_a_service_that_keeps_failing_is_left_alone_for_a_while_and_stop_works_meanwhile(studio: Open) -> None:
    film = studio(story(12, ("clear",)), parallel=1)
    for frame in film.project.frames():
        film.provider.fates["clear", frame.beat] = [Unavailable("Busy.") for _ in range(4)]
    film.start()
    until(lambda: (film.board.read(film.folder.id).now or {}).get("why") == "down")
    assert len(film.provider.calls) == 5
    film.control.stop(film.folder)
    assert film.finish().state is RunState.STOPPED
    assert len(film.provider.calls) == 5


def test_pause_lets_calls_in_flight_end_begins_no_other_and_resume_makes_the_rest(studio: Open) -> None:
    film = studio(story(6, ("clear",)), parallel=2)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 2)
    assert film.control.pause(film.folder).state is RunState.PAUSING
    assert film.control.pause(film.folder).state is RunState.PAUSING  # pressed twice
    film.provider.release()
    run = film.finish()
    assert (run.state, run.cause) == (RunState.PAUSED, Cause.USER)
    assert len(film.provider.calls) == len(film.disk.made) == 2
    assert film.driver.undriven() == [] and not film.leases.held(film.folder.id)
    film.control.resume(film.folder)
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 6 == len(set(film.provider.calls))


def test_a_run_resumed_while_its_calls_still_end_goes_on_with_the_same_driver(studio: Open) -> None:
    film = studio(story(6, ("clear",)), parallel=2)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 2)
    film.control.pause(film.folder)
    assert film.control.resume(film.folder).state is RunState.STARTING
    until(lambda: film.run().state is RunState.GENERATING)
    assert len(film.provider.calls) == 2
    film.provider.release()
    assert film.finish().state is RunState.DONE
    assert len([record for record in film.disk.journal_records if record["what"] == "taken"]) == 1


def test_pause_outlives_the_driver_and_redis(studio: Open) -> None:
    film = studio(story(4, ("clear",)), parallel=1)
    film.provider.hold()
    run = film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.control.pause(film.folder)
    film.provider.release()
    film.finish()
    film.client.delete(*film.client.scan_iter(f"*{film.folder.id}*"))
    film.driver = film.new_driver("after a restart")
    assert film.driver.undriven() == []
    assert film.run().state is RunState.PAUSED and film.run().id == run.id
    film.control.resume(film.folder)
    assert film.finish().state is RunState.DONE
    assert len(film.provider.calls) == 4


def test_stop_ends_a_paused_run_at_once(studio: Open) -> None:
    film = studio(story(3, ("clear",)), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.control.pause(film.folder)
    film.provider.release()
    film.finish()
    assert film.control.stop(film.folder).state is RunState.STOPPED
    with pytest.raises(IllegalMove):
        film.control.resume(film.folder)


def test_start_resumes_a_paused_run(studio: Open) -> None:
    film = studio(story(3, ("clear",)), parallel=1)
    film.provider.hold()
    run = film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.control.pause(film.folder)
    film.provider.release()
    film.finish()
    again, fresh = film.control.start(film.folder)
    assert fresh and again.id == run.id
    assert film.finish().state is RunState.DONE


@pytest.mark.parametrize(
    "why", ["a key that cools down", "the time before another try", "a closed service", "a slow pace"]
)
def test_a_pause_ends_whatever_is_waited_for_at_once(studio: Open, why: str) -> None:
    """Each of these waits is longer than anybody here waits for the end."""
    pace = 0.01 if why == "a slow pace" else None
    beats = 1 if why == "the time before another try" else 6
    film = with_keys(studio(story(beats, ("clear",)), RunLimits(1, pace, 9), parallel=1), "only")
    if why == "a key that cools down":
        film.provider.key_faults["only"] = Limited("Too many requests.", retry_after=100.0)
    elif why == "the time before another try":
        film.provider.fates["clear", "1.1"] = [Unavailable("Busy.", retry_after=100.0)]
    elif why == "a closed service":
        for frame in film.project.frames():
            film.provider.fates["clear", frame.beat] = [Unavailable("Busy.") for _ in range(9)]
    film.start()
    if why in ("a key that cools down", "a closed service"):
        until(lambda: (film.board.read(film.folder.id).now or {}).get("until", 0) > film.epoch() + 20)
    else:
        until(lambda: film.provider.calls and not film.provider.in_flight)
    calls = len(film.provider.calls)
    film.control.pause(film.folder)
    assert film.finish().state is RunState.PAUSED
    assert len(film.provider.calls) == calls


def test_more_calls_at_once_are_begun_as_soon_as_the_user_allows_them(studio: Open) -> None:
    film = studio(story(6, ("clear",)), RunLimits(1, None, 4), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: film.provider.in_flight == 1)
    film.control.tune(film.folder, lambda settings: settings.with_restraint(parallel=4))
    until(lambda: film.provider.in_flight == 4)
    film.provider.release()
    assert film.finish().state is RunState.DONE


def test_a_slow_pace_is_left_at_once_when_the_user_quickens_it(studio: Open) -> None:
    film = studio(story(4, ("clear",)), RunLimits(4, 0.5, 4), parallel=4)  # one call in two minutes
    film.start()
    until(lambda: len(film.disk.made) == 1)
    film.control.tune(film.folder, lambda settings: settings.with_restraint(per_minute=60_000.0))
    assert film.finish().state is RunState.DONE


def test_three_first_requests_that_fail_alike_end_the_run(studio: Open) -> None:
    film = studio(story(9, ("clear",)), parallel=1)
    for frame in film.project.frames():
        film.provider.fates["clear", frame.beat] = [Unsuited("This size is not known.")]
    film.start()
    run = film.finish()
    assert run.state is RunState.FAILED
    assert run.reason == "The first 3 images failed in the same way. This size is not known."
    assert len(film.provider.calls) == 3


def test_pauses_and_hand_overs_are_no_deaths_of_a_worker(studio: Open) -> None:
    film = studio(story(2, ("clear",)), RunLimits(1, None, 4, budget=10_000), parallel=1, price=40_000)
    film.start()
    for _ in range(MOST_TAKEOVERS + 1):
        assert film.finish().cause == Cause.BUDGET
        film.control.resume(film.folder, budget=(film.limits_now(film.folder).budget or 0) + 1)
    assert film.finish().cause == Cause.BUDGET
    assert film.provider.calls == []


def test_a_prompt_that_was_refused_is_not_sent_again_by_a_run_for_everything(studio: Open) -> None:
    film = studio(story(3, ("clear",)))
    film.provider.fates["clear", "1.2"] = [Rejected("The filter refused it.")]
    film.start()
    film.finish()
    film.start()
    run = film.finish()
    assert (run.state, run.failed) == (RunState.PARTIAL, 1)
    assert film.provider.calls.count(("clear", "1.2")) == 1
    news = film.board.read(film.folder.id).frames["clear-1-1_2"]
    assert (news.status, news.error, news.run) == (Status.ERROR, "The filter refused it.", run.id)


def test_whoever_asks_for_a_refused_frame_by_name_gets_it_tried(studio: Open) -> None:
    film = studio(story(3, ("clear",)))
    film.provider.fates["clear", "1.2"] = [Rejected("The filter refused it.")]
    film.start()
    film.finish()
    film.control.make(film.folder, ["clear-1-1_2"])
    assert film.finish().state is RunState.DONE


def test_a_refused_frame_whose_prompt_was_edited_is_missing_again(studio: Open) -> None:
    film = studio(story(3, ("clear",)))
    film.provider.fates["clear", "1.2"] = [Rejected("The filter refused it.")]
    film.start()
    film.finish()
    frame = film.project.frames()[1]
    beat = film.project.beat(frame)
    assert beat is not None
    film.project._beats[frame] = replace(beat, prompt="another prompt")
    film.start()
    assert film.finish().state is RunState.DONE


def test_retry_makes_the_failed_frames_and_no_other(studio: Open) -> None:
    film = studio(story(4, ("clear",)), RunLimits(1, None, 1), parallel=1)
    film.provider.fates["clear", "1.2"] = [Unavailable("Busy.")]
    film.start()
    assert film.finish().state is RunState.PARTIAL
    del film.disk.made[film.project.frames()[3]]  # missing too, but not failed
    film.provider.calls.clear()
    film.control.make(film.folder, ["clear-1-1_2"])
    run = film.finish()
    assert film.provider.calls == [("clear", "1.2")]
    assert (run.state, run.failed) == (RunState.PARTIAL, 0)


def test_a_frame_that_failed_is_tried_again_within_the_run_as_often_as_it_is_asked_for(studio: Open) -> None:
    film = studio(story(2, ("clear",)), RunLimits(1, None, 1), parallel=1)
    film.provider.fates["clear", "1.1"] = [Unavailable("Busy.")] * 2
    film.start()
    until(lambda: film.statuses().get("clear-1-1_1") is Status.ERROR or film.run().state.value == "partial")
    for _ in range(2):
        film.control.make(film.folder, ["clear-1-1_1"])
        film.finish()
    assert film.run().state is RunState.DONE
    assert film.provider.calls.count(("clear", "1.1")) == 3


def test_resume_does_not_try_what_the_run_gave_up(studio: Open) -> None:
    film = studio(story(4, ("clear",)), RunLimits(1, None, 1), parallel=1)
    film.provider.fates["clear", "1.1"] = [Unavailable("Busy.")]
    film.provider.hold()
    film.start()
    until(lambda: film.provider.in_flight == 1)
    film.control.pause(film.folder)
    film.provider.release()
    assert film.finish().state is RunState.PAUSED
    film.client.delete(f"step8:frames:{film.folder.id}")
    film.control.resume(film.folder)
    run = film.finish()
    assert (run.state, run.failed) == (RunState.PARTIAL, 1)
    assert film.provider.calls.count(("clear", "1.1")) == 1


def test_a_frame_moved_to_the_front_is_the_next_call(studio: Open) -> None:
    film = studio(story(6, ("illustration", "clear")), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    film.control.make(film.folder, ["clear-1-1_5"])
    film.control.make(film.folder, ["illustration-1-1_6"])
    film.provider.release()
    film.finish()
    assert film.provider.calls[1:3] == [("illustration", "1.6"), ("clear", "1.5")]
    assert len(film.provider.calls) == 12 == len(set(film.provider.calls))


def test_the_queue_can_be_rearranged_while_paused(studio: Open) -> None:
    film = studio(story(3, ("illustration", "clear")), parallel=1)
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


def test_a_held_style_waits_while_the_others_go_on_and_then_the_run_pauses(studio: Open) -> None:
    film = studio(story(3, ("illustration", "clear")), parallel=2)
    film.control.arrange(film.folder, lambda plan: replace(plan, held=frozenset({"clear"})))
    film.start()
    run = film.finish()
    assert (run.state, run.cause) == (RunState.PAUSED, Cause.HELD)
    assert {style for style, _ in film.provider.calls} == {"illustration"}
    film.control.arrange(film.folder, lambda plan: replace(plan, held=frozenset()))
    film.control.resume(film.folder)
    assert film.finish().state is RunState.DONE


def done(film: RunBench) -> RunBench:
    film.start()
    film.finish()
    film.provider.calls.clear()
    return film


def test_regenerate_makes_one_frame_anew_with_another_seed_and_pays_once(studio: Open) -> None:
    film = done(studio(story(3, ("clear",))))
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


def test_a_regeneration_that_fails_leaves_the_image_and_says_so(studio: Open) -> None:
    film = done(studio(story(2, ("clear",))))
    frame = film.project.frames()[0]
    before = film.disk.made[frame].version
    film.provider.fates["clear", "1.1"] = [Rejected("The filter refused it.")]
    film.control.remake(film.folder, {frame.id: before})
    run = film.finish()
    assert (run.state, run.failed) == (RunState.PARTIAL, 1)
    assert film.disk.made[frame].version == before
    news = film.board.read(film.folder.id).frames[frame.id]
    assert (news.status, news.error, news.image) == (Status.EXISTS, "The filter refused it.", before)


def test_an_image_chosen_or_deleted_during_a_run_is_what_the_run_goes_by(studio: Open) -> None:
    film = studio(story(3, ("clear",)), parallel=1)
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


def test_a_frame_deleted_during_a_run_is_made_again_when_somebody_asks(studio: Open) -> None:
    film = studio(story(2, ("clear",)), parallel=1)
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


def test_another_model_makes_one_frame_and_the_journal_names_it(studio: Open) -> None:
    film = done(studio(story(1, ("clear",))))
    frame = film.project.frames()[0]
    film.control.remake(film.folder, {frame.id: film.disk.made[frame].version}, model="fake-2")
    film.finish()
    assert [r["model"] for r in film.disk.journal_records if r["what"] == "intent"] == ["fake-1", "fake-2"]


def test_a_locked_frame_survives_every_command(studio: Open) -> None:
    film = done(studio(story(3, ("clear",))))
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


def test_a_frame_whose_beat_left_the_prompts_in_mid_run_is_not_paid_for(studio: Open) -> None:
    film = studio(story(3, ("clear",)), parallel=1)
    film.provider.hold()
    film.start()
    until(lambda: len(film.provider.calls) == 1)
    last = film.project.frames()[2]
    del film.project._beats[last]
    film.provider.release()
    film.finish()
    assert ("clear", "1.3") not in film.provider.calls


def cut_off(film: RunBench, beat: str = "1.1", **more: Any) -> str:
    """A run whose worker died while it waited for the answer of one call."""
    run = film.records.change(film.folder, Move.START, id="r1")
    film.records.change(film.folder, Move.TAKEN)
    frame = {"style": "clear", "shot": "1", "beat": beat}
    film.disk.journal_records.append(
        {"what": "intent", "attempt": "a1", "run": "r1", "provider": "fake", "price": 7, **frame, **more}
    )
    return run.id


def outcomes(film: RunBench, attempt: str = "a1") -> list[str]:
    return [r["what"] for r in film.disk.journal_records if r.get("attempt") == attempt and r["what"] != "intent"]


def test_places_that_a_dead_worker_held_are_free_whatever_it_had_written_down(studio: Open) -> None:
    film = with_keys(studio(story(2, ("clear",)), parallel=1), "only")
    run = film.records.change(film.folder, Move.START, id="r1").id
    film.records.change(film.folder, Move.TAKEN)
    access = film.shared.access("fake", film.keys[0])
    taken = film.shared.take([access], "a1", project=film.folder.id, per_minute=None, most=1, ttl=600.0)
    assert taken == access
    film.wake(film.folder.name, run)
    assert film.finish().state is RunState.DONE


def test_a_job_the_service_still_knows_is_fetched_and_not_submitted_again(studio: Open) -> None:
    film = studio(story(2, ("clear",)), jobs=True)
    run = cut_off(film)
    film.disk.journal_records.append({"what": "job", "attempt": "a1", "job": "j7"})
    provider: Any = film.provider
    provider.known.add("j7")
    film.wake(film.folder.name, run)
    assert film.finish().state is RunState.DONE
    assert provider.lookups == ["j7"] and provider.calls == [("clear", "1.2")]
    assert outcomes(film) == ["job", "saved"]


def test_a_job_the_service_does_not_know_is_asked_for_once_and_made_anew(studio: Open) -> None:
    film = studio(story(1, ("clear",)), jobs=True)
    film.wake(film.folder.name, cut_off(film))
    assert film.finish().state is RunState.DONE
    provider: Any = film.provider
    assert provider.lookups == ["a1"] and len(provider.calls) == 1
    assert outcomes(film) == ["lost"]


def test_a_job_whose_answer_got_lost_is_looked_up_before_it_is_made_again(studio: Open) -> None:
    film = studio(story(1, ("clear",)), jobs=True)
    film.provider.fates["clear", "1.1"] = [LostAnswer("No answer.")]
    provider: Any = film.provider
    film.disk.on_intent = lambda record: provider.known.add(f"job of {record['attempt']}")
    film.start()
    assert film.finish().state is RunState.DONE
    assert len(provider.calls) == 1 == len(provider.lookups)


def test_an_attempt_of_another_provider_is_written_off(studio: Open) -> None:
    film = studio(story(1, ("clear",)), jobs=True)
    film.wake(film.folder.name, cut_off(film, provider="gemini"))
    assert film.finish().state is RunState.DONE
    assert outcomes(film) == ["lost"]


def test_a_picture_that_was_safe_before_its_worker_died_is_written_down_as_saved(studio: Open) -> None:
    film = studio(story(2, ("clear",)))
    run = cut_off(film)
    film.disk.made[film.project.frames()[0]] = FakeImage("v1")
    film.wake(film.folder.name, run)
    assert film.finish().made == 2
    assert outcomes(film) == ["restored"]
    assert film.provider.calls == [("clear", "1.2")]


def test_a_takeover_does_not_make_a_picture_again_that_somebody_deleted(studio: Open) -> None:
    film = studio(story(2, ("clear",)))
    run = cut_off(film)
    film.disk.journal_records.append({"what": "saved", "attempt": "a1", "run": "r1", "cost": 7, "version": "v1"})
    film.wake(film.folder.name, run)
    assert film.finish().state is RunState.PARTIAL
    assert film.provider.calls == [("clear", "1.2")]
    assert film.statuses()["clear-1-1_1"] is Status.ERROR
    film.start()
    assert film.finish().state is RunState.DONE
    assert film.provider.calls == [("clear", "1.2"), ("clear", "1.1")]


def test_without_room_for_a_picture_no_call_begins_and_the_run_says_so(studio: Open) -> None:
    film = studio(story(2, ("clear",)))
    film.folder.free = 15_000_000
    film.start()
    run = film.finish()
    assert (run.state, run.cause) == (RunState.PAUSED, Cause.DISK)
    assert run.reason.startswith("The disk is full: 15 MB are free")
    assert film.provider.calls == [] and not any(record["what"] == "intent" for record in film.disk.journal_records)
    film.folder.free = 10**9
    film.start()
    assert film.finish().state is RunState.DONE


def test_bytes_a_full_disk_refuses_are_kept_until_there_is_room(studio: Open) -> None:
    film = studio(story(2, ("clear",)), parallel=1)
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


def forgotten(film: RunBench) -> list[str]:
    return [run for name, run in film.driver.undriven() if name == film.folder.name]


def test_a_run_that_redis_forgot_together_with_its_worker_is_found_again(studio: Open) -> None:
    film = studio(story(1, ("clear",)))
    assert forgotten(film) == []
    run = cut_off(film)
    film.client.delete(*film.client.scan_iter(f"*{film.folder.id}*"))
    film.client.srem(ACTIVE, film.folder.name)
    assert forgotten(film) == []
    film.later = SWEEP_EVERY
    assert forgotten(film) == [run]


def test_a_folder_that_was_copied_or_renamed_in_mid_run_waits_for_a_person(studio: Open) -> None:
    film = studio(story(1, ("clear",)))
    run = cut_off(film)
    film.disk.journal_records.append({"what": "taken", "run": run, "project": "the id of another name"})
    assert forgotten(film) == []
    assert film.run().state is RunState.INTERRUPTED


def test_a_start_while_a_run_is_stopping_begins_another_when_its_calls_have_ended(studio: Open) -> None:
    film = studio(story(5, ("clear",)), parallel=2)
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
