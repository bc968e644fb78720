"""The stream of a v1.1 client: the bytes of one `POST /api/generate-images` answer.

It follows the hub as pages do, but gets the messages themselves, worded by `v1_report.V1Report`, and occupies a
greenlet of the server: there are few of these clients, and what is true is read for each of them.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from gevent.event import Event as Signal

from webapp.core.project import Project
from webapp.core.run.states import Run
from webapp.disk.files.folder import Folder
from webapp.errors import Step8Error
from webapp.web.live.connection import SocketGuard
from webapp.web.live.followers import MessageFollower
from webapp.web.live.ports import RunSource, StreamHub, StreamSubscription
from webapp.web.live.timing import RETRY_SNAPSHOT, TIMING, Timing
from webapp.web.live.v1_report import V1Event, V1Report, failure
from webapp.web.live.wire import COMMENT, SseEvent, StreamPosition

TOO_MANY_STREAMS = "Too many live streams are open. Generation goes on; ask generation-status for its state."
RESTARTING = "The server is being restarted. Progress has been saved; start again to resume."


def v1_events(
    hub: StreamHub,
    folder: Folder,
    project: Project,
    run: Run,
    source: RunSource,
    *,
    visitor: str = "",
    sock: socket.socket | None = None,
    timing: Timing = TIMING,
) -> Iterator[bytes]:
    """Stream a run: start, progress, and exactly one end.

    ``run`` is the run as `Control.start` returned it, ``sock`` the request's socket (`connection.server_socket`). A
    client that leaves ends this stream and nothing else. The end comes whatever happens to the messages: the run itself
    is read with every heartbeat.
    """
    wake = Signal()
    follower = MessageFollower(wake.set)
    subscription = hub.subscribe(folder, follower, visitor)
    if subscription is None:
        yield _encoded(failure(TOO_MANY_STREAMS))
        return
    guard = SocketGuard(sock, wake.set, timing.stall)
    try:
        stream = _RunStream(subscription, follower, folder, project, V1Report(project, run), source)
        yield from guard.pass_on(_chunks(stream, wake, guard, timing))
    finally:
        guard.close()
        subscription.end()


@dataclass
class _RunStream:
    """What one stream works with. ``compared``: its report was compared with what is true at least once."""

    subscription: StreamSubscription
    follower: MessageFollower
    folder: Folder
    project: Project
    report: V1Report
    source: RunSource
    compared: bool = False

    def compare(self) -> list[V1Event]:
        """What is true and not reported yet.

        The run is read first: if it has ended, the live state already holds its last frames. The images are read before
        the live state, which then says of each whether this run made it.
        """
        ticket, wanted = self.follower.ticket, self.follower.needs_snapshot
        run = self.source.run(self.folder)
        images = () if self.compared else self.source.images(self.folder, self.project)
        state = self.source.live_state(self.folder)
        events = self.report.update((), run, {})
        if not self.compared:
            events += self.report.add_images(images, state.frames)
        in_order = [state.frames[frame.id] for frame in self.project.frames() if frame.id in state.frames]
        events += self.report.update(in_order, state.run, state.counts)
        self.compared = True
        if wanted:
            self.follower.caught_up(ticket, StreamPosition.read(state.id))
        return events

    def received(self) -> list[V1Event]:
        """What the messages since the last time report."""
        events: list[V1Event] = []
        for message in self.follower.drain():
            events += self.report.update(message.frames.values(), message.run, message.counts)
        return events

    def end(self) -> list[V1Event]:
        """The end of a run that is over."""
        try:
            return self.report.end(self.source.images(self.folder, self.project))
        except Step8Error as error:
            return [failure(str(error))]


def _chunks(stream: _RunStream, wake: Signal, guard: SocketGuard, timing: Timing) -> Iterator[bytes]:
    yield _encoded(stream.report.start())
    stream.subscription.ready(timing.confirm)
    compare_at = retry_at = beat_at = time.monotonic()
    while not guard.gone:
        wake.clear()
        if stream.subscription.closing:
            yield _encoded(failure(RESTARTING))
            return
        now = time.monotonic()
        events: list[V1Event] = []
        if now >= compare_at or (stream.follower.needs_snapshot and now >= retry_at):
            compare_at = now + timing.heartbeat
            try:
                events = stream.compare()
            except Step8Error:
                compare_at = retry_at = now + RETRY_SNAPSHOT
        for event in events + stream.received():
            yield _encoded(event)  # one event, one write
        if stream.report.ended and stream.compared:
            for event in stream.end():
                yield _encoded(event)
            return
        if now >= beat_at:
            beat_at = now + timing.heartbeat
            yield COMMENT
        wake.wait(max(0.0, min(compare_at, beat_at) - time.monotonic()))


def _encoded(event: V1Event) -> bytes:
    return bytes(SseEvent(json.dumps(event)))
