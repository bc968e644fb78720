"""The channel of one project, with the snapshots its pages share."""

from __future__ import annotations

import logging
import time
from typing import Any

import gevent
from gevent.lock import BoundedSemaphore

from webapp.coordination.messages import Message, live_channel, read_message
from webapp.coordination.redis_client import UNREACHABLE
from webapp.disk.files.folder import Folder
from webapp.errors import CoordinationDown
from webapp.web.live.live_message import LiveMessage, SentParts
from webapp.web.live.ports import PartRenderer
from webapp.web.live.subscription import Channel, PageSnapshot
from webapp.web.live.wire import StreamPosition, framed, read_event

log = logging.getLogger(__name__)


class ProjectChannel(Channel):
    """Changes of one project, and named events published to it."""

    def __init__(self, folder: Folder, renderer: PartRenderer) -> None:
        super().__init__(live_channel(folder.id))
        self.folder = folder
        self._renderer = renderer
        self._sent = SentParts(time.monotonic)
        self._one_at_a_time = BoundedSemaphore(1)
        self._next: dict[str, gevent.Greenlet[..., Any]] = {}
        self._reading: set[gevent.Greenlet[..., Any]] = set()

    def receive(self, payload: bytes) -> bool:
        """Hand on a change or a named event. False for anything else."""
        message = read_message(payload)
        position = StreamPosition.read(message.id) if message else None
        if message and position:
            change = LiveMessage(message, position, self._render, self._sent)
            for follower in list(self.followers):
                follower.receive(change)
        elif event := read_event(payload):
            for follower in list(self.followers):
                follower.add_event(event)
        else:
            return False
        return True

    def show_outage(self) -> None:
        """Show on every page that Redis is away, until its next snapshot."""
        parts = framed(self._renderer.outage(self.folder))
        for follower in list(self.followers):
            follower.add_parts(parts)

    def snapshot(self, since: str) -> PageSnapshot:
        """Read a snapshot that begins after this call, shared by all who ask for the same ``since`` meanwhile.

        A reading that has begun already may lack what the caller is waiting for. One is read at a time: a thousand
        pages that come back together share two.

        Raises:
            CoordinationDown: it could not be read; worth another try.
        """
        reading = self._next.get(since)
        if reading is None:
            reading = self._next[since] = gevent.spawn(self._read, since)
            self._reading.add(reading)
            reading.link(self._reading.discard)
        result = reading.get()
        if isinstance(result, PageSnapshot):
            return result
        raise result if isinstance(result, Exception) else CoordinationDown(UNREACHABLE)

    def close(self) -> None:
        """Stop reading snapshots; who waits for one gets CoordinationDown."""
        gevent.killall(list(self._reading), block=False)

    def _render(self, message: Message) -> Any:
        return self._renderer.changed(self.folder, message)

    def _read(self, since: str) -> PageSnapshot | Exception:
        with self._one_at_a_time:
            self._next.pop(since, None)
            try:
                newest, rendered = self._renderer.since(self.folder, since)
                position, parts = StreamPosition.read(newest), framed(rendered)
                # changes from now on are held by those who wait for the snapshot, and sent to them in full
                self._sent.add_snapshot(position, parts)
                return PageSnapshot(position, parts)
            except CoordinationDown as error:
                return error
            except Exception as error:
                log.exception("a snapshot of %s could not be made", self.folder.name)
                return error
