"""The engine: Dramatiq wakes one greenlet per running project, a reconciler sees that none is forgotten.

A message is only "look at this project"; the truth is the project's folder and its lease, so a lost or doubled message
does no harm. There is one queue for each storage: only who reaches the folders is asked to look. See https://dramatiq.io
for the queue; its retries and time limits are left out on purpose (a run may take days, and the reconciler is what
repeats).
"""

from __future__ import annotations

import logging
import random
from typing import Any, Protocol

import dramatiq
import gevent
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import DramatiqError
from dramatiq.middleware import Middleware
from gevent.event import Event

from webapp.coordination.connection import reaching_redis
from webapp.errors import CoordinationDown, Step8Error

log = logging.getLogger("step8.engine")

QUEUE = "projects-"
"""The queue's name, before the id of the storage."""

RECONCILE_EVERY = 3.0
CONSUMER_TIMEOUT = 100
"""Milliseconds the idle consumer may sleep before it asks again: the longest a Start waits for its greenlet."""


class Driver(Protocol):
    """What the engine drives."""

    def drive(self, name: str, run: str) -> None:
        """Drive one project to the end of its run; return at once when that is not for us to do."""

    def forgotten(self) -> list[tuple[str, str]]:
        """Name and run id of each project that wants to run and that nobody drives."""

    def listen(self) -> None:
        """Pass on wake-ups from other processes, for ever."""

    def leave(self) -> None:
        """Begin no further call; `drive` returns when the calls in flight are saved."""


class Engine:
    """One process's share of the work.

    ``connection`` is a Redis client for the queue (its own, not decoding answers). ``projects`` is how many may run at
    once here; 0 makes a process that only sends wake-ups. ``storage`` is the id of the storage that holds them.
    """

    def __init__(self, connection: Any, driver: Driver, projects: int, storage: str) -> None:
        middleware: list[Middleware] = []
        self._broker = RedisBroker(  # type: ignore[no-untyped-call]
            client=connection,
            middleware=middleware,
            namespace="step8:q",
            maintenance_chance=1_000_000,
            heartbeat_timeout=20_000,
        )
        self._driver = driver
        self._projects = projects
        self._queue = f"{QUEUE}{storage}"
        self._leaving = Event()
        self._worker: dramatiq.Worker | None = None
        self._actor = dramatiq.actor(broker=self._broker, queue_name=self._queue, actor_name="drive")(self._take)

    def start(self) -> None:
        """Begin to take work. Call once per process, after fork and patching."""
        if self._projects:
            # its only trouble is Redis being away, and we say so ourselves
            logging.getLogger("dramatiq").setLevel(logging.CRITICAL)
            self._worker = dramatiq.Worker(
                self._broker, worker_timeout=CONSUMER_TIMEOUT, worker_threads=self._projects, queues={self._queue}
            )
            # not more than it can begin at once: a wake-up that waits here is one that no other machine can take
            self._worker.queue_prefetch = self._projects
            self._worker.start()
            gevent.spawn(self._driver.listen)
            gevent.spawn(self._reconcile)

    def wake(self, name: str, run: str) -> None:
        """Ask some process to look at this project. Does not wait; a lost message is repeated by the reconciler."""
        try:
            with reaching_redis():
                self._actor.send(name, run)
        except (CoordinationDown, DramatiqError):
            log.warning("project=%s the wake-up could not be sent; it will be repeated", name)

    def leave(self) -> None:
        """Take no more work. What runs here ends its calls in flight and is offered to the other processes."""
        self._leaving.set()
        if self._worker:
            for thread in self._worker.consumers.values():
                _fetch_no_more(thread)
        self._driver.leave()

    def stop(self, grace: float) -> None:
        """Leave, and wait for the running projects to hand over, at most ``grace`` seconds."""
        self.leave()
        if self._worker:
            self._worker.stop(timeout=int(grace * 1000))

    def _take(self, name: str, run: str) -> None:
        if not self._leaving.is_set():
            self._drive(name, run)
        if self._leaving.is_set():
            self.wake(name, run)  # for another process; without one it lies in the queue until there is one

    def _drive(self, name: str, run: str) -> None:
        try:
            self._driver.drive(name, run)
        except Step8Error as error:
            log.warning("project=%s run=%s %s", name, run, error)
        except Exception:
            log.exception("project=%s run=%s the driver failed", name, run)

    def _reconcile(self) -> None:
        while not self._leaving.wait(RECONCILE_EVERY * (0.8 + 0.4 * random.random())):
            try:
                for name, run in self._driver.forgotten():
                    self.wake(name, run)
            except Step8Error:
                continue  # Redis is away: the monitor says so, and the next round tries again
            except Exception:
                log.exception("the reconciler failed")


def _fetch_no_more(thread: Any) -> None:
    """Let a consumer thread ask for no further message. (Pausing it would do that as well, and hold up its end by the
    three seconds it waits before a restart.)"""
    thread.prefetch = 0
    if thread.consumer is not None:
        thread.consumer.prefetch = 0
