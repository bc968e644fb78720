"""Redis dies, forgets, hangs: the run goes on by itself, and no image is asked for twice."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import redis

from tests.faults import invariants
from tests.faults.cluster import Cluster, now, passed_since
from tests.faults.fault_project import END, FaultProject
from tests.faults.parallel_cases import fault_case
from tests.harness.app_process import AppProcess, until


@dataclass
class Outcome:
    """What a case saw. ``spooled`` bodies lay on disk while Redis was away, ``calls`` were made by then."""

    broken: list[str]
    repeats: int
    seconds: float
    tokens: list[int]
    spooled: int = 0
    calls: int = 0
    newer: list[str] = field(default_factory=list)


def running(world: Cluster) -> tuple[FaultProject, AppProcess]:
    """A run with two calls held."""
    world.share_redis()
    film, app = world.film(beats=4), world.open()
    world.double.hold()
    film.start(app)
    world.double.wait_until(lambda: world.double.held() == 2)
    return film, app


def judged(
    world: Cluster, film: FaultProject, app: AppProcess, since: float, spooled: int = 0, calls: int = 0
) -> Outcome:
    world.double.release()
    film.wait_for_end(app)
    seconds = passed_since(since)
    tokens = [record["token"] for record in film.journal() if record["what"] == "taken"]
    found = invariants.broken(world, app)
    return Outcome(found, invariants.repeated(world), seconds, tokens, spooled, calls)


def spooled(film: FaultProject) -> list[Path]:
    return list((film.path / ".step8/spool").glob("*.body"))


def it_is_restarted(home: Path) -> Outcome:
    """Killed, and started again with what it had written; the held calls are answered while it is away."""
    with Cluster(home) as world:
        film, app = running(world)
        world.kill_redis()
        world.double.release(calls=2)
        until(lambda: len(spooled(film)) == 2, END, says=app.log)
        calls = len(film.calls)
        since = world.restart_redis()
        return judged(world, film, app, since, 2, calls)


def it_forgets(home: Path) -> Outcome:
    with Cluster(home) as world:
        film, app = running(world)
        with redis.Redis.from_url(world.redis_url()) as client:
            client.flushall()
        seen = judged(world, film, app, now())
        return replace(seen, newer=newer_commands(world.redis_url()))


OLDEST = (6, 2)
"""The oldest Redis on which the app must run."""

MAY_FAIL = {"client|setinfo"}
"""What the client asks for if the server knows it, and does without otherwise."""


def newer_commands(url: str) -> list[str]:
    """The commands this server was given that an older Redis does not know, by the server's own manual."""
    with redis.Redis.from_url(url, decode_responses=True) as client:
        used = [name.removeprefix("cmdstat_") for name in client.info("commandstats")]
        found = []
        for name in sorted({*used} - MAY_FAIL):
            word = name.partition("|")[0]
            facts = client.execute_command("COMMAND DOCS", word)[word]
            if tuple(int(part) for part in facts["since"].split(".")[:2]) > OLDEST:
                found.append(name)
        return found


def it_forgets_and_the_worker_dies(home: Path) -> Outcome:
    with Cluster(home) as world:
        film, app = running(world)
        world.kill(app)
        with redis.Redis.from_url(world.redis_url()) as client:
            client.flushall()
        world.start(app)
        return judged(world, film, app, now())


def it_hangs(home: Path) -> Outcome:
    """For longer than a lease is trusted; the calls in flight are answered meanwhile."""
    with Cluster(home) as world:
        film, app = running(world)
        with world.redis_hanging():
            world.double.release(calls=2)
            until(lambda: len(spooled(film)) == 2, END, says=app.log)
            hung = now()
            until(lambda: passed_since(hung) > HANGS, 2 * HANGS)
            calls = len(film.calls)
        return judged(world, film, app, now(), 2, calls)


HANGS = 16.0
"""Seconds: longer than a lease is trusted and than Redis keeps it."""


@fault_case(it_is_restarted)
def test_over_a_restart_of_redis_the_answers_are_kept_and_the_run_goes_on(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert (outcome.repeats, outcome.spooled, outcome.calls) == (0, 2, 2)
    assert outcome.seconds <= END


@fault_case(it_forgets)
def test_a_redis_that_forgot_everything_is_told_again_by_the_worker(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert outcome.repeats == 0
    assert outcome.seconds <= END


@fault_case(it_forgets)
def test_no_command_is_used_that_redis_6_2_does_not_know(outcome: Outcome) -> None:
    assert outcome.newer == []


@fault_case(it_forgets_and_the_worker_dies)
def test_the_folder_alone_is_enough_to_go_on_and_the_token_rises_above_the_one_in_it(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert outcome.repeats == 2
    assert outcome.tokens == sorted(set(outcome.tokens)) and len(outcome.tokens) == 2
    assert outcome.seconds <= END


@fault_case(it_hangs, long=True)
def test_while_redis_hangs_no_call_begins_and_answers_are_kept_and_then_it_goes_on(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert (outcome.repeats, outcome.spooled, outcome.calls) == (0, 2, 2)
    assert outcome.seconds <= END
