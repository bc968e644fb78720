"""Job queue: Dramatiq carries "look at this project" to a worker process that has a free place.

A message is only a wake-up. The truth is the project's folder and its lease, so a lost or doubled message does no harm
and is acknowledged at once: a run may take days, and the reconciler repeats what got lost. Retries, time limits and
dead letters of Dramatiq are therefore left out. There is one queue for each storage: only processes that reach its
folders read it.

Two things are added by Dramatiq's documented way, a `Broker.consume` that returns a `Consumer` of one's own. A process
fetches only while it has a place, so what waits is there for the others. And it fetches when the wake channel says that
something was sent, instead of asking Redis many times a second; a slow poll covers a message that was not heard.

Source: https://dramatiq.io/reference.html, "Brokers" and "Consumer".
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable
from typing import Any

import dramatiq
import gevent
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import DramatiqError
from dramatiq.middleware import Middleware
from gevent.event import Event
from gevent.pool import Pool

from webapp.coordination.redis_client import reaching_redis
from webapp.errors import CoordinationDown, Step8Error
from webapp.generation.ports import ProjectDriver, WakeChannel

log = logging.getLogger("step8.engine")

QUEUE = "projects-"
"""The queue's name, before the id of the storage."""

RECONCILE_EVERY = 3.0
POLL_EVERY = 2.0
"""Seconds after which the queue is read without a signal. It is also this process's heartbeat for Dramatiq."""

STOP_CHECK = 250
"""Milliseconds after which Dramatiq's worker thread sees that it is to end."""

POLL_WHILE_LEAVING = 0.05
"""As `POLL_EVERY` for a process that leaves, so that its end is not held up."""


class JobQueue:
    """Sends wake-ups, and drives each project that one arrives for in one of ``places`` greenlets of this process.

    ``connection`` is a Redis client of its own that does not decode answers. 0 ``places`` make a process that only
    sends. ``storage`` is the id of the storage that holds the projects.
    """

    def __init__(
        self, connection: Any, driver: ProjectDriver, places: int, storage: str, wake_channel: WakeChannel
    ) -> None:
        self._driver = driver
        self._takes_jobs = places > 0
        self._places = Pool(max(1, places))
        self._queue = f"{QUEUE}{storage}"
        self._wake_channel = wake_channel
        self._leaving = Event()
        self._broker = _SignalledBroker(connection, lambda: not self._places.full())
        self._worker: dramatiq.Worker | None = None
        self._actor = dramatiq.actor(broker=self._broker, queue_name=self._queue, actor_name="drive")(self._accept)

    @property
    def busy(self) -> bool:
        """Whether a project is being driven here."""
        return len(self._places) > 0

    def start(self) -> None:
        """Begin to take jobs. Call once per process, after fork and patching."""
        if self._takes_jobs:
            # its only trouble is Redis being away, and we say so ourselves
            logging.getLogger("dramatiq").setLevel(logging.CRITICAL)
            queues = {self._queue}
            self._worker = dramatiq.Worker(self._broker, worker_timeout=STOP_CHECK, worker_threads=1, queues=queues)
            self._worker.start()
            gevent.spawn(self._reconcile)
        gevent.spawn(self._pass_on_wakes)

    def wake(self, name: str, run: str) -> None:
        """Send a wake-up for this project to some process.

        Not: waits, or repeats a wake-up that got lost; the reconciler does.
        """
        try:
            with reaching_redis():
                self._actor.send(name, run)
            self._broker.signal()
            self._wake_channel.wake(self._queue)
        except (CoordinationDown, DramatiqError):
            log.warning("project=%s the wake-up could not be sent; it will be repeated", name)

    def leave(self) -> None:
        """Take no more jobs. What runs here ends its calls in flight and is offered to the other processes."""
        self._leaving.set()
        self._broker.leave()
        self._driver.leave()

    def stop(self, grace: float) -> None:
        """Leave, and wait for the running projects to hand over, at most ``grace`` seconds."""
        self.leave()
        self._places.join(grace)
        if self._worker:
            self._worker.stop(timeout=int(grace * 1000))

    def _accept(self, name: str, run: str) -> None:
        # returning acknowledges the message; from here the reconciler repeats it
        self._places.spawn(self._drive, name, run).link(lambda _: self._broker.signal())  # there is a place again

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

    def _pass_on_wakes(self) -> None:
        while not self._leaving.is_set():
            try:
                for ident in self._wake_channel.wakes():
                    if ident in ("", self._queue):
                        self._broker.signal()
                    self._driver.wake(ident)
            except CoordinationDown:
                self._leaving.wait(0.5)

    def _reconcile(self) -> None:
        while not self._leaving.wait(RECONCILE_EVERY * (0.8 + 0.4 * random.random())):
            try:
                for name, run in self._driver.undriven():
                    self.wake(name, run)
            except Step8Error:
                continue  # Redis is away: the monitor says so, and the next round tries again
            except Exception:
                log.exception("the reconciler failed")


class _SignalledBroker(RedisBroker):
    """Dramatiq's Redis queue, read on a signal and only while ``has_place`` answers true."""

    def __init__(self, connection: Any, has_place: Callable[[], bool]) -> None:
        middleware: list[Middleware] = []
        super().__init__(  # type: ignore[no-untyped-call]
            client=connection,
            middleware=middleware,
            namespace="step8:q",
            maintenance_chance=1_000_000,
            heartbeat_timeout=20_000,
        )
        self.has_place = has_place
        self.poll_every = POLL_EVERY
        self._signals: set[Event] = set()

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 0) -> dramatiq.Consumer:
        """Read a queue, one message at a time; the waiting is done here and not by Dramatiq's own consumer."""
        return _SignalledConsumer(super().consume(queue_name, prefetch=1, timeout=0), self)

    def subscribe(self) -> Event:
        """A new event that `signal` sets."""
        event = Event()
        self._signals.add(event)
        return event

    def unsubscribe(self, event: Event) -> None:
        """Set that event no more."""
        self._signals.discard(event)

    def signal(self) -> None:
        """There may be a message, or a place for one."""
        for event in list(self._signals):
            event.set()

    def leave(self) -> None:
        """Let the consumers fetch nothing more, and see soon that they are to end."""
        self.has_place, self.poll_every = lambda: False, POLL_WHILE_LEAVING
        self.signal()


class _SignalledConsumer(dramatiq.Consumer):
    """Another consumer, asked when there is a place and a signal came, and else every `POLL_EVERY` seconds."""

    def __init__(self, consumer: dramatiq.Consumer, broker: _SignalledBroker) -> None:
        self._consumer = consumer
        self._broker = broker
        self._signal = broker.subscribe()

    def __next__(self) -> dramatiq.MessageProxy | None:
        self._signal.clear()  # before the queue is read: a signal from here on is not lost
        message = next(self._consumer) if self._broker.has_place() else None
        if message is None:
            self._signal.wait(self._broker.poll_every)
        return message

    def ack(self, message: dramatiq.MessageProxy) -> None:
        self._consumer.ack(message)
        self._signal.set()  # only now the next message may be fetched

    def nack(self, message: dramatiq.MessageProxy) -> None:
        self._consumer.nack(message)
        self._signal.set()

    def requeue(self, messages: Iterable[dramatiq.MessageProxy]) -> None:
        self._consumer.requeue(messages)

    def close(self) -> None:
        self._broker.unsubscribe(self._signal)
        self._consumer.close()
