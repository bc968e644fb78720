"""The one greenlet that writes to all open pages of this process.

It writes to all connections in one pass; several changes that arrived meanwhile are one write. A socket that accepts no
more goes on by itself when it does. The reason for it, and its price: see `connection`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event as Signal

from webapp.errors import Step8Error
from webapp.web.live.connection import GOODBYE, Connection
from webapp.web.live.followers import PageFollower
from webapp.web.live.subscription import Channel, Subscription
from webapp.web.live.timing import RETRY_SNAPSHOT, Timing

log = logging.getLogger(__name__)

AT_ONCE = 250
"""Connections served before other greenlets run: a few milliseconds."""

TICK_EVERY = 1.0
"""Seconds between two ticks of all connections, at most."""


class Broadcaster:
    """Serves its connections from their first `wake` to their end."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._connections: dict[Connection, None] = {}
        self._ready: dict[Connection, None] = {}
        self._behind: dict[tuple[Channel, str], list[Connection]] = {}
        self._signal = Signal()
        self._greenlet: gevent.Greenlet[..., Any] | None = None
        self._on_ready, self._on_closed = self.wake, self._forget  # bound once: a connection is to hold little

    def connection(
        self, subscription: Subscription, page: PageFollower, still_allowed: Callable[[], bool]
    ) -> Connection:
        """Make a connection that this broadcaster serves."""
        return Connection(subscription, page, still_allowed, self._timing, self._on_ready, self._on_closed)

    def wake(self, connection: Connection) -> None:
        """Serve this connection soon."""
        self._connections[connection] = self._ready[connection] = None
        self._signal.set()
        if self._greenlet is None:
            self._greenlet = gevent.spawn(self._run)

    def close(self) -> None:
        """Close all connections, each with a goodbye."""
        for connection in list(self._connections):
            connection.close(GOODBYE)

    def _forget(self, connection: Connection) -> None:
        self._connections.pop(connection, None)
        self._ready.pop(connection, None)
        self._signal.set()

    def _run(self) -> None:
        timing = self._timing
        every = min(TICK_EVERY, timing.heartbeat, timing.recheck, timing.stall)
        tick_at = time.monotonic() + every
        try:
            while self._connections:
                self._signal.wait(max(0.0, tick_at - time.monotonic()))
                self._signal.clear()
                self._for_each(self._take_ready(), self._serve)
                if time.monotonic() >= tick_at:
                    tick_at = time.monotonic() + every
                    self._for_each(list(self._connections), self._tick)
        finally:
            self._greenlet = None

    def _for_each(self, connections: list[Connection], act: Callable[[Connection], None]) -> None:
        """Serve them, with a pause for other greenlets after every few. One that fails is closed."""
        for number, connection in enumerate(connections, 1):
            try:
                act(connection)
            except Exception:
                log.exception("a viewer could not be served")
                connection.close()
            if number % AT_ONCE == 0:
                gevent.sleep(0)

    def _take_ready(self) -> list[Connection]:
        ready, self._ready = self._ready, {}
        return list(ready)

    def _serve(self, connection: Connection) -> None:
        if self._snapshot_is_due(connection, time.monotonic()):
            self._request_snapshot(connection)
        if not connection.reading_snapshot:
            connection.write()

    def _tick(self, connection: Connection) -> None:
        if not connection.open:
            return
        now = time.monotonic()
        connection.tick(now)
        if self._snapshot_is_due(connection, now):
            self.wake(connection)

    def _snapshot_is_due(self, connection: Connection, now: float) -> bool:
        return connection.page.needs_snapshot and not connection.reading_snapshot and now >= connection.retry_at

    def _request_snapshot(self, connection: Connection) -> None:
        """Read a snapshot for this connection, together with all others that need the same one."""
        connection.reading_snapshot = True
        wanted = connection.subscription.channel, connection.page.since
        if wanted not in self._behind:
            self._behind[wanted] = []
            gevent.spawn(self._read_snapshot, *wanted)
        self._behind[wanted].append(connection)

    def _read_snapshot(self, channel: Channel, since: str) -> None:
        behind = [(connection, connection.page.ticket) for connection in self._behind.pop((channel, since))]
        try:
            snapshot = channel.snapshot(since)
        except Step8Error:
            again = time.monotonic() + RETRY_SNAPSHOT
            for connection, _ in behind:
                connection.reading_snapshot, connection.retry_at = False, again
        except Exception:  # the channel has logged it, once for all its pages
            for connection, _ in behind:
                connection.close(GOODBYE)
        else:
            for connection, ticket in behind:
                connection.reading_snapshot = False
                connection.page.add_snapshot(ticket, snapshot.position, snapshot.parts)
        for connection, _ in behind:
            if connection.open:
                self.wake(connection)
