"""Two machines on one Redis and one projects folder: one dies, sleeps, leaves, or both are asked at once."""

from __future__ import annotations

import contextlib
import signal
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import gevent

from tests.faults import invariants
from tests.faults.cluster import Cluster, passed_since
from tests.faults.fault_project import END, FaultProject
from tests.faults.parallel_cases import fault_case
from tests.harness.app_process import AppProcess, until
from webapp.coordination.lease import lease_key
from webapp.coordination.redis_client import connect
from webapp.disk.library import Library

PRESSES = 25
TAKEOVER = 30.0
"""Seconds within which another machine must go on. On a machine that is busy with tests the hard limit is `END`."""


@dataclass
class Outcome:
    """What a case saw. ``seconds`` passed until the other machine made its first call."""

    broken: list[str]
    repeats: int
    seconds: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)


def two(world: Cluster) -> tuple[FaultProject, AppProcess, AppProcess]:
    """A run that the first of two machines drives; two of its calls are held."""
    world.share_redis()
    film, first = world.film(beats=4), world.open("a")
    world.double.hold()
    film.start(first)
    world.double.wait_until(lambda: world.double.held() == 2)
    return film, first, world.open("b")


def taken_over(world: Cluster, film: FaultProject, since: float) -> float:
    """Wait until another worker has taken the run; seconds since then."""
    until(lambda: [record["what"] for record in film.journal()].count("taken") > 1, END, says=world.apps[-1].log)
    return passed_since(since)


def finished(world: Cluster, film: FaultProject, app: AppProcess, seconds: float = 0.0, **more: Any) -> Outcome:
    """Let everything go on to its end, and judge."""
    world.double.release()
    film.wait_for_end(app)
    world.double.wait_for_quiet()
    return Outcome(invariants.broken(world, app), invariants.repeated(world), seconds, more)


def a_machine_dies(home: Path) -> Outcome:
    with Cluster(home) as world:
        film, first, second = two(world)
        seconds = taken_over(world, film, world.kill(first))
        return finished(world, film, second, seconds)


def a_machine_sleeps(home: Path) -> Outcome:
    """It wakes when the other one has taken over, with answers of its old calls on the way."""
    with Cluster(home) as world:
        film, first, second = two(world)
        seconds = taken_over(world, film, world.suspend(first))
        world.double.wait_until(lambda: len(film.calls) == 4)
        world.wake()
        seen = finished(world, film, second, seconds)
        until(lambda: spooled(film) == 2)
        film.start(second)
        film.wait_for_end(second)
        return finished(world, film, second, seconds, before=seen)


def a_machine_leaves(home: Path) -> Outcome:
    """SIGTERM; its calls are answered meanwhile."""
    with Cluster(home) as world:
        film, first, second = two(world)
        pids = first.workers()
        first.signal(signal.SIGTERM)
        until(lambda: not listens(first))  # by then every worker knows
        world.double.release(calls=2)
        since = ended(first)
        kept = driver_of(world, film) in pids
        seconds = taken_over(world, film, since)
        return finished(world, film, second, seconds, kept=kept)


def a_machine_is_pushed_out(home: Path) -> Outcome:
    """SIGTERM, and SIGKILL before its calls are answered."""
    with Cluster(home) as world:
        film, first, second = two(world)
        first.signal(signal.SIGTERM)
        until(lambda: not listens(first))
        seconds = taken_over(world, film, world.kill(first))
        return finished(world, film, second, seconds)


def listens(app: AppProcess) -> bool:
    """Whether anybody takes connections on the app's port."""
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", app.port)) == 0


def driver_of(world: Cluster, film: FaultProject) -> int | None:
    """The process that holds the project's lease; ``None`` while nobody does."""
    with connect(world.redis_url()) as client:
        owner = str(client.hget(lease_key(Library(world.root).find(film.name).id), "owner") or "").split(":")
    return int(owner[1]) if len(owner) > 2 else None


def ended(app: AppProcess) -> float:
    """Wait until an app that was asked to end has ended in good order. Answers the moment."""
    assert app.wait() == 0
    return time.monotonic()


def spooled(film: FaultProject) -> int:
    """How many bodies lie in the spool."""
    return len(list((film.path / ".step8/spool").glob("*.body")))


def both_press_start(home: Path) -> Outcome:
    with Cluster(home) as world:
        world.share_redis()
        films = [world.film(f"film-{n:02}", beats=1) for n in range(PRESSES)]
        first, second = gevent.spawn(world.open, "a"), gevent.spawn(world.open, "b")
        apps = [first.get(), second.get()]
        answers = [[gevent.spawn(film.start, app) for app in apps] for film in films]
        statuses = [[answer.get() for answer in pair] for pair in answers]
        for film in films:
            film.wait_for_end(apps[0])
        drivers = [[record["run"] for record in film.journal() if record["what"] == "taken"] for film in films]
        found = invariants.broken(world, apps[1])
        return Outcome(found, invariants.repeated(world), more={"statuses": statuses, "drivers": drivers})


@fault_case(a_machine_dies)
def test_when_a_machine_dies_the_other_goes_on_and_repeats_its_calls_in_flight_only(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert outcome.repeats == 2
    assert outcome.seconds <= TAKEOVER


@fault_case(a_machine_sleeps, long=True)
def test_a_machine_that_slept_keeps_its_bytes_publishes_nothing_and_begins_no_call(outcome: Outcome) -> None:
    assert outcome.repeats == 2
    assert all(" was left behind" in sentence for sentence in outcome.more["before"].broken)


@fault_case(a_machine_sleeps, long=True)
def test_the_next_start_tidies_up_what_it_left_and_makes_no_call(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert outcome.repeats == 2


@fault_case(a_machine_leaves)
def test_a_machine_that_is_asked_to_leave_saves_its_calls_and_hands_over_at_once(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert outcome.repeats == 0
    assert outcome.more["kept"] is False  # the other one need not wait until a lease runs out
    assert outcome.seconds <= TAKEOVER


@fault_case(a_machine_is_pushed_out)
def test_a_machine_that_is_killed_while_it_leaves_costs_no_more_than_its_calls_in_flight(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert outcome.repeats == 2


@fault_case(both_press_start)
def test_two_machines_that_press_start_at_once_make_one_run_each_time(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert outcome.repeats == 0
    assert [len(set(runs)) for runs in outcome.more["drivers"]] == [1] * PRESSES
    assert {status for pair in outcome.more["statuses"] for status in pair} <= {200, 409}
    assert all(200 in pair for pair in outcome.more["statuses"])
