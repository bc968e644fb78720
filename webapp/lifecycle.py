"""Lifecycle of a process: starts what runs besides requests, watches Redis and the event loop, ends all in order."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import gevent
from gevent.event import Event

from webapp.coordination.redis_client import reaching_redis
from webapp.coordination.redis_server import EmbeddedServer
from webapp.coordination.wiring import Coordination
from webapp.disk.files.native_threads import run_native
from webapp.errors import Step8Error
from webapp.exports.jobs import Exporter
from webapp.generation.events.event_log import EventLog
from webapp.generation.job_queue import JobQueue
from webapp.metrics import Metrics
from webapp.process.os_limits import give_back, raise_limit, share_arenas
from webapp.web.live.hub import Hub

log = logging.getLogger("step8")

GRACE = 25.0
"""Seconds a leaving process gives its calls in flight; gunicorn's graceful timeout is a little longer."""

WRITTEN_WITHIN = 2.0
"""Seconds it then gives what is still to be written and sent."""

WATCH_EVERY = 1.0
LAG_EVERY = 0.5
LAG_LOGGED = 1.0
"""Seconds between two checks of Redis and of the event loop, and those by which the loop must be late to be logged."""

IDLE_EVERY = 15.0
"""Seconds between two times that an idle process gives freed memory back to the system."""

PURGE_EVERY = 3600.0
EXPORTS_WITHIN = 2.0
"""Seconds an export has to remove what it half made."""


class Lifecycle:
    """Starts and stops the background work of a process: job queue, watches, hourly purge of the trash."""

    def __init__(
        self,
        shared: Coordination,
        queue: JobQueue,
        hub: Hub,
        exporter: Exporter,
        event_log: EventLog,
        metrics: Metrics,
        purge_trash: Callable[[], object],
    ) -> None:
        self._shared = shared
        self._queue = queue
        self._hub = hub
        self._exporter = exporter
        self._event_log = event_log
        self._metrics = metrics
        self._purge_trash = purge_trash
        self._over = Event()

    def start(self, alive: Callable[[], bool]) -> None:
        """Start everything, after fork and patching. ``alive`` returns False once the process should end."""
        share_arenas()
        raise_limit()  # a worker without pages has no master that did
        self._queue.start()
        gevent.spawn(self._watch_redis)
        gevent.spawn(self._watch_loop)
        gevent.spawn(self._purge_hourly)
        gevent.spawn(self._free_memory)
        gevent.spawn(self._watch_end, alive)

    def stop(self) -> None:
        """End streams at once, runs when their calls in flight are saved."""
        self._leave()
        self._queue.stop(GRACE)
        self._exporter.wait(EXPORTS_WITHIN)
        self._event_log.flush(WRITTEN_WITHIN)

    def redis_answers(self) -> None:
        """Raise CoordinationDown when Redis cannot be reached."""
        with reaching_redis():
            self._shared.ping()

    def _watch_end(self, alive: Callable[[], bool]) -> None:
        while alive():  # gunicorn's worker announces SIGTERM in no other way
            if self._over.wait(0.1):
                return
        self._leave()

    def _leave(self) -> None:
        self._over.set()
        self._queue.leave()
        self._hub.close()
        self._exporter.leave()

    def _watch_redis(self) -> None:
        """Log once when Redis goes and when it is back; restart the embedded one."""
        failures, checked = 0, False
        while not self._over.wait(WATCH_EVERY):
            try:
                self.redis_answers()
                if not checked:
                    checked = True
                    for concern in self._shared.concerns():
                        log.warning("%s", concern)
            except Step8Error as error:
                failures += 1
                if failures == 2:
                    log.warning("%s", error)
                if failures >= 2 and self._shared.embedded:
                    _revive(self._shared.embedded)
                continue
            if failures >= 2:
                log.warning("Redis answers again.")
            failures = 0

    def _purge_hourly(self) -> None:
        """Remove for good what lay in the trash long enough, now and every hour."""
        while True:
            try:
                self._purge_trash()
            except Exception:
                log.exception("the trash could not be looked through")
            if self._over.wait(PURGE_EVERY):
                return

    def _free_memory(self) -> None:
        """Give back the memory that images took, while no run needs it again."""
        while not self._over.wait(IDLE_EVERY):
            if not self._queue.busy:
                run_native(give_back)

    def _watch_loop(self) -> None:
        """Measure how late the event loop is: what blocks it blocks every page, call and heartbeat."""
        while True:
            began = time.monotonic()
            if self._over.wait(LAG_EVERY):
                return
            lag = max(0.0, time.monotonic() - began - LAG_EVERY)
            self._metrics.lagged(lag)
            self._metrics.streams(self._hub.viewers)
            if lag > LAG_LOGGED:
                log.warning("the event loop was held up for %.1f s", lag)


def _revive(embedded: EmbeddedServer) -> None:
    try:
        embedded.revive()
    except Step8Error as error:
        log.error("%s", error)
