"""Two machines that are killed and put to sleep at random while they work on one project after the other."""

from __future__ import annotations

import contextlib
import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random

import gevent

from tests.faults import invariants
from tests.faults.cluster import Cluster, now
from tests.faults.fault_project import END, FaultProject
from tests.harness.app_process import AppProcess, until
from webapp.coordination.lease import lease_key
from webapp.coordination.redis_client import connect
from webapp.disk.library import Library

KINDS = ("kill -9 of a machine", "kill -9 of a worker", "short sleep", "long sleep")
BYSTANDER = 0.2
"""How often it is any machine that is hurt, and not the one that drives the project."""

BEATS = 6
PARALLEL = 3


@dataclass
class Figures:
    """What a lane saw. ``standstill`` is the longest time without a call after a fault, in seconds."""

    events: Counter[str] = field(default_factory=Counter)
    films: int = 0
    images: int = 0
    takeovers: int = 0
    lost_images: int = 0
    double_runs: int = 0
    calls_for_images_on_disk: int = 0
    calls: int = 0
    repeats: int = 0
    in_flight: int = 0
    charged: int = 0
    spent: int = 0
    possibly: int = 0
    standstill: float = 0.0
    pressed_again: int = 0
    broken: list[str] = field(default_factory=list)

    def __add__(self, other: Figures) -> Figures:
        both = {part.name: getattr(self, part.name) + getattr(other, part.name) for part in fields(self)}
        return Figures(**{**both, "standstill": max(self.standstill, other.standstill)})


class RandomFaults:
    """One Redis, one projects folder, two machines, and chance. The same seed draws the same events."""

    def __init__(self, home: Path, seed: str, events: int) -> None:
        self._home = home
        self._chance = Random(seed)
        self._left = events
        self.figures = Figures()

    def run(self) -> Figures:
        """Work until all events have happened, and the last project is finished."""
        with Cluster(self._home, parallel=PARALLEL) as world:
            world.share_redis()
            for name in ("a", "b"):
                world.open(name)
            while self._left:
                film = world.film(f"film-{self.figures.films:03}", beats=BEATS)
                with invariants.watching(film) as seen:
                    self._make(world, film)
                self.figures.broken += [f"{film.name}: {said}" for said in seen]
                self._judge(world, film)
            self.figures.broken += invariants.secrets_told(world)
            return self.figures

    def _make(self, world: Cluster, film: FaultProject) -> None:
        """The project's run, with some events in it."""
        world.double.latency = self._chance.uniform(0.05, 0.8)
        press(world, film)
        for _ in range(min(self._left, self._chance.randint(1, 3))):
            self._await_call(world, film, len(film.calls))
            gevent.sleep(self._chance.uniform(0.0, 1.5))
            if finished(film):
                break
            self._left -= 1
            self._hurt(world, film)
        wake_all(world)
        self._wait_for_end(world, film)

    def _await_call(self, world: Cluster, film: FaultProject, before: int) -> None:
        """Wait until more calls were made than ``before``, or none is needed any more."""
        until(lambda: len(film.calls) > before or finished(film), 2 * END, says=world.apps[0].log)

    def _hurt(self, world: Cluster, film: FaultProject) -> None:
        """One event. It is over when work goes on, wherever."""
        kind = self._chance.choice(KINDS)
        other = self._chance.choice(world.apps)
        app = other if self._chance.random() < BYSTANDER else driving(world, film) or other
        self.figures.events[kind] += 1
        since = now()
        calls = len(film.calls)
        if kind == "kill -9 of a machine":
            world.kill(app)
            gevent.sleep(self._chance.uniform(0.0, 3.0))
            world.start(app)
        elif kind == "kill -9 of a worker":
            for pid in app.workers():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            world.note_death()
        else:
            world.suspend(app)
            gevent.sleep(self._chance.uniform(0.5, 8.0) if kind == "short sleep" else self._chance.uniform(16.0, 25.0))
            world.wake()
        self._await_call(world, film, calls)
        after = [call.began for call in film.calls[calls:]]
        self.figures.standstill = max(self.figures.standstill, (after[0] if after else now()) - since)

    def _wait_for_end(self, world: Cluster, film: FaultProject) -> None:
        """A run that lost three workers without a new image waits for somebody: Start is pressed again."""
        while True:
            until(lambda: finished(film), 2 * END, says=lambda: "\n".join(app.log() for app in world.apps))
            if film.run()["state"] == "done":
                break
            self.figures.pressed_again += 1
            press(world, film)
        world.double.wait_for_quiet()
        until(lambda: all(app.healthy() for app in world.apps), END)
        press(world, film)  # nothing is left to make; what a sleeper left behind is tidied up
        until(lambda: film.ended(world.apps[0]), END)

    def _judge(self, world: Cluster, film: FaultProject) -> None:
        figures, records = self.figures, list(film.journal())
        lost = list(invariants.loss(film))
        doubled = list(invariants.two_drivers(film, world.orphans))
        again = list(invariants.calls_for_images_on_disk(film))
        figures.films += 1
        figures.images += len(film.frames)
        figures.takeovers += sum(record["what"] == "taken" for record in records) - 2
        figures.lost_images += len(lost)
        figures.double_runs += len(doubled)
        figures.calls_for_images_on_disk += len(again)
        figures.calls += len(film.calls)
        figures.repeats += len(film.calls) - len(film.frames)
        figures.in_flight += sum(record["what"] == "lost" for record in records)
        spent, charged, possibly = invariants.sums(film)
        figures.spent, figures.charged = figures.spent + spent, figures.charged + charged
        figures.possibly += possibly
        others = [invariants.tokens, invariants.truth, invariants.leftovers, invariants.books, repeats_within]
        figures.broken += [f"{film.name}: {said}" for said in [*lost, *doubled, *again]]
        figures.broken += [f"{film.name}: {said}" for check in others for said in check(film)]


def repeats_within(film: FaultProject) -> Iterator[str]:
    """I2: no more repeats than calls that were in flight when a worker died."""
    repeats = len(film.calls) - len(film.frames)
    in_flight = sum(record["what"] == "lost" for record in film.journal())
    if repeats > in_flight:
        yield f"{repeats} repeats, {in_flight} calls in flight at the kills"


def driving(world: Cluster, film: FaultProject) -> AppProcess | None:
    """The machine whose worker holds the project's lease."""
    ident = Library(world.root).find(film.name).id
    with connect(world.redis_url()) as client:
        owner = str(client.hget(lease_key(ident), "owner") or "")
    pid = owner.split(":")[1:2]
    return next((app for app in world.apps if pid and int(pid[0]) in app.workers()), None)


def press(world: Cluster, film: FaultProject) -> None:
    """Start, at whichever machine answers."""
    until(lambda: any(pressed(app, film) for app in world.apps), END)


def pressed(app: AppProcess, film: FaultProject) -> bool:
    """Whether the machine took the Start."""
    try:
        return film.start(app) in (200, 409)
    except (OSError, StopIteration):
        return False


def finished(film: FaultProject) -> bool:
    """Whether the folder says that the run has ended."""
    return film.run().get("state") in ("done", "partial", "failed", "interrupted", "stopped", "paused")


def wake_all(world: Cluster) -> None:
    """Nobody sleeps any more, and every machine answers."""
    world.wake()
    until(lambda: all(app.healthy() for app in world.apps), END)
