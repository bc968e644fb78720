"""Everybody who watches in this process, and the one greenlet that serves them all.

It writes what was heard to each connection in one pass; whoever takes no more at the moment goes on by himself when he
does. Several messages that came in meanwhile are one write.
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
from webapp.web.live.project_channel import Channel
from webapp.web.live.v1_stream import TRY_AGAIN, Timing

log = logging.getLogger(__name__)

AT_ONCE = 250
"""Viewers written to before others have their turn: a few milliseconds."""

LOOK_EVERY = 1.0
"""Seconds between two looks at the clock for all viewers, at most."""


class Broadcaster:
    """Serves viewers from `stir` to their end."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._viewers: dict[Connection, None] = {}
        self._stirred: dict[Connection, None] = {}
        self._behind: dict[tuple[Channel, str], list[Connection]] = {}
        self._bell = Signal()
        self._serving: gevent.Greenlet[..., Any] | None = None

    def stir(self, viewer: Connection) -> None:
        """There is something to do for this viewer; it is done soon."""
        self._viewers[viewer] = self._stirred[viewer] = None
        self._bell.set()
        if self._serving is None:
            self._serving = gevent.spawn(self._serve)

    def left(self, viewer: Connection) -> None:
        """This one is gone."""
        self._viewers.pop(viewer, None)
        self._stirred.pop(viewer, None)
        self._bell.set()

    def close(self) -> None:
        """Say goodbye to everybody."""
        for viewer in list(self._viewers):
            viewer.end(GOODBYE)

    def _serve(self) -> None:
        timing = self._timing
        every = min(LOOK_EVERY, timing.heartbeat, timing.recheck, timing.stall)
        look_at = time.monotonic() + every
        try:
            while self._viewers:
                self._bell.wait(max(0.0, look_at - time.monotonic()))
                self._bell.clear()
                self._for_each(self._take_stirred(), self._attend)
                if time.monotonic() >= look_at:
                    look_at = time.monotonic() + every
                    self._for_each(list(self._viewers), self._look_at)
        finally:
            self._serving = None

    def _for_each(self, viewers: list[Connection], act: Callable[[Connection], None]) -> None:
        """Serve them, with a pause for everybody else after every few. One that cannot be served is let go."""
        for number, viewer in enumerate(viewers, 1):
            try:
                act(viewer)
            except Exception:
                log.exception("a viewer could not be served")
                viewer.end()
            if number % AT_ONCE == 0:
                gevent.sleep(0)

    def _take_stirred(self) -> list[Connection]:
        stirred, self._stirred = self._stirred, {}
        return list(stirred)

    def _attend(self, viewer: Connection) -> None:
        if viewer.page.needs_snapshot and not viewer.catching_up and time.monotonic() >= viewer.look_at:
            self._bring_up(viewer)
        if not viewer.catching_up:
            viewer.write()

    def _look_at(self, viewer: Connection) -> None:
        if not viewer.open:
            return
        now = time.monotonic()
        viewer.tick(now)
        if viewer.page.needs_snapshot and not viewer.catching_up and now >= viewer.look_at:
            self.stir(viewer)

    def _bring_up(self, viewer: Connection) -> None:
        """Let a snapshot be read for this viewer, together with all others of the same place."""
        viewer.catching_up = True
        place = viewer.seat.room, viewer.page.since
        if place not in self._behind:
            self._behind[place] = []
            gevent.spawn(self._catch_up, *place)
        self._behind[place].append(viewer)

    def _catch_up(self, room: Channel, since: str) -> None:
        behind = [(viewer, viewer.page.ticket) for viewer in self._behind.pop((room, since))]
        try:
            snapshot = room.snapshot(since)
        except Step8Error:
            again = time.monotonic() + TRY_AGAIN
            for viewer, _ in behind:
                viewer.catching_up, viewer.look_at = False, again
        except Exception:  # the room has logged it, once for all its viewers
            for viewer, _ in behind:
                viewer.end(GOODBYE)
        else:
            for viewer, ticket in behind:
                viewer.catching_up = False
                viewer.page.take_snapshot(ticket, snapshot.place, snapshot.parts)
        for viewer, _ in behind:
            if viewer.open:
                self.stir(viewer)
