"""The engine: Dramatiq wakes one greenlet per running project, a reconciler sees that none is forgotten.

A message is only "look at this project"; the truth is the project's folder and its lease, so a lost or doubled message
does no harm. There is one queue for each storage: only who reaches the folders is asked to look. See https://dramatiq.io
for the queue; its retries and time limits are left out on purpose (a run may take days, and the reconciler is what
repeats).

Whoever sends a message also rings a bell that every process hears, so nobody asks an empty queue again and again; what
is asked now and then is for a bell that was not heard. A process takes a message only while it has a place for its
project, so what waits is there for the others.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import dramatiq
import gevent
from dramatiq.brokers.redis import RedisBroker, _RedisConsumer
from dramatiq.errors import DramatiqError
from dramatiq.middleware import Middleware
from gevent.event import Event
from gevent.pool import Pool

from webapp.coordination.redis_client import reaching_redis
from webapp.errors import CoordinationDown, Step8Error

log = logging.getLogger("step8.engine")

QUEUE = "projects-"
"""The queue's name, before the id of the storage."""

RECONCILE_EVERY = 3.0
ASK_AGAIN = 2.0
"""Seconds after which a queue is asked although no bell rang. It also tells the other processes that we are alive."""

LOOK_UP = 250
"""Milliseconds after which the thread that hands messages on sees that it is to end."""

LEAVING = 0.05
"""As `ASK_AGAIN`, for a process that leaves, so that its end is not held up."""


class Driver(Protocol):
    """What the engine drives."""

    def drive(self, name: str, run: str) -> None:
        """Drive one project to the end of its run; return at once when that is not for us to do."""

    def forgotten(self) -> list[tuple[str, str]]:
        """Name and run id of each project that wants to run and that nobody drives."""

    def wake(self, ident: str) -> None:
        """Let the driver of this project look at its run again; "": the drivers of all."""

    def leave(self) -> None:
        """Begin no further call; `drive` returns when the calls in flight are saved."""


class Bell(Protocol):
    """Rings through to every process. What is said while one of them is cut off is not heard there."""

    def wake(self, project: str) -> None: ...

    def wakes(self) -> Iterator[str]: ...


class JobQueue:
    """One process's share of the work.

    ``connection`` is a Redis client for the queue (its own, not decoding answers). ``projects`` is how many may run at
    once here; 0 makes a process that only sends wake-ups. ``storage`` is the id of the storage that holds them.
    """

    def __init__(self, connection: Any, driver: Driver, projects: int, storage: str, bell: Bell) -> None:
        self._driver = driver
        self._projects = projects
        self._places = Pool(max(1, projects))
        self._queue = f"{QUEUE}{storage}"
        self._bell = bell
        self._leaving = Event()
        self._broker = _Broker(connection, lambda: not self._places.full())
        self._worker: dramatiq.Worker | None = None
        self._actor = dramatiq.actor(broker=self._broker, queue_name=self._queue, actor_name="drive")(self._take)

    @property
    def busy(self) -> bool:
        """Whether a project is being driven here."""
        return len(self._places) > 0

    def start(self) -> None:
        """Begin to take work. Call once per process, after fork and patching."""
        if self._projects:
            # its only trouble is Redis being away, and we say so ourselves
            logging.getLogger("dramatiq").setLevel(logging.CRITICAL)
            self._worker = dramatiq.Worker(self._broker, worker_timeout=LOOK_UP, worker_threads=1, queues={self._queue})
            self._worker.queue_prefetch = 1  # it is handed on to a place at once
            self._worker.start()
            gevent.spawn(self._reconcile)
        gevent.spawn(self._listen)

    def wake(self, name: str, run: str) -> None:
        """Ask some process to look at this project. Does not wait; a lost message is repeated by the reconciler."""
        try:
            with reaching_redis():
                self._actor.send(name, run)
            self._broker.ring()
            self._bell.wake(self._queue)
        except (CoordinationDown, DramatiqError):
            log.warning("project=%s the wake-up could not be sent; it will be repeated", name)

    def leave(self) -> None:
        """Take no more work. What runs here ends its calls in flight and is offered to the other processes."""
        self._leaving.set()
        self._broker.leave()
        self._driver.leave()

    def stop(self, grace: float) -> None:
        """Leave, and wait for the running projects to hand over, at most ``grace`` seconds."""
        self.leave()
        self._places.join(grace)
        if self._worker:
            self._worker.stop(timeout=int(grace * 1000))

    def _take(self, name: str, run: str) -> None:
        """Give the project one of our places. Its message is done with: from here the reconciler sees to it."""
        self._places.spawn(self._drive, name, run).link(lambda _: self._broker.ring())  # there is a place again

    def _drive(self, name: str, run: str) -> None:
        try:
            if not self._leaving.is_set():
                self._driver.drive(name, run)
        except Step8Error as error:
            log.warning("project=%s run=%s %s", name, run, error)
        except Exception:
            log.exception("project=%s run=%s the driver failed", name, run)
        finally:
            if self._leaving.is_set():
                self.wake(name, run)  # for another process; without one it lies in the queue until there is one

    def _listen(self) -> None:
        """Pass on what rings in other processes: to the runners here, and to whoever fetches from the queue."""
        while not self._leaving.is_set():
            try:
                for ident in self._bell.wakes():
                    if ident in ("", self._queue):
                        self._broker.ring()
                    self._driver.wake(ident)
            except CoordinationDown:
                self._leaving.wait(0.5)

    def _reconcile(self) -> None:
        while not self._leaving.wait(RECONCILE_EVERY * (0.8 + 0.4 * random.random())):
            try:
                for name, run in self._driver.forgotten():
                    self.wake(name, run)
            except Step8Error:
                continue  # Redis is away: the monitor says so, and the next round tries again
            except Exception:
                log.exception("the reconciler failed")


class _Broker(RedisBroker):
    """The queue, whose consumers wait for a bell instead of asking again and again. ``open`` says whether there is a
    place for another project."""

    def __init__(self, connection: Any, open: Callable[[], bool]) -> None:
        middleware: list[Middleware] = []
        super().__init__(  # type: ignore[no-untyped-call]
            client=connection,
            middleware=middleware,
            namespace="step8:q",
            maintenance_chance=1_000_000,
            heartbeat_timeout=20_000,
        )
        self.open = open
        self.patience = ASK_AGAIN
        self._bells: set[Event] = set()

    @property
    def consumer_class(self) -> Any:
        """How a queue is read here."""
        return _Consumer

    def bell(self) -> Event:
        """A new bell that `ring` rings."""
        bell = Event()
        self._bells.add(bell)
        return bell

    def hush(self, bell: Event) -> None:
        """That one is not wanted any more."""
        self._bells.discard(bell)

    def ring(self) -> None:
        """There may be a message, or a place for one."""
        for bell in list(self._bells):
            bell.set()

    def leave(self) -> None:
        """Let the consumers fetch nothing more, and see soon that they are to end."""
        self.open, self.patience = lambda: False, LEAVING
        self.ring()


class _Consumer(_RedisConsumer):
    """Fetches when there is a place and a bell rang, and else now and then."""

    def __init__(self, broker: _Broker, queue_name: str, prefetch: int, timeout: int) -> None:
        super().__init__(broker, queue_name, prefetch, timeout=0)  # type: ignore[no-untyped-call]
        self._most = prefetch
        self._bell = broker.bell()

    def __next__(self) -> Any:
        self._bell.clear()  # before the queue is asked: what rings from here on is not lost
        self.prefetch = self._most if self.broker.open() else 0
        message = super().__next__()  # type: ignore[no-untyped-call]
        if message is None:
            self._bell.wait(self.broker.patience)
        return message

    def ack(self, message: Any) -> None:
        super().ack(message)  # type: ignore[no-untyped-call]
        self._bell.set()

    def close(self) -> None:
        self.broker.hush(self._bell)
