"""The stream of a v1.1 client: what is written to it, when it ends, and how its death is noticed.

It hangs on the hub as the pages do (`web/live/connection.py`), but gets the messages themselves, told as
`live_v1.V1Report` words them, and has a greenlet of its own: there are few of these clients, and the truth is read for
each of them.
"""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import gevent
from gevent.event import Event as Signal

from webapp.coordination.live_state import Message
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run
from webapp.errors import Step8Error
from webapp.web.live.followers import Follower, MessageFollower
from webapp.web.live.v1_report import Told, V1Report, failure
from webapp.web.live.wire import COMMENT, SseEvent, StreamPosition

if TYPE_CHECKING:
    from webapp.disk.files.folder import Folder


class Seat(Protocol):
    """A follower's place in the hub."""

    @property
    def closing(self) -> bool: ...

    def ready(self, seconds: float) -> bool: ...

    def leave(self) -> None: ...


class House(Protocol):
    """The hub, as a stream needs it."""

    def join(self, folder: Folder, follower: Follower, visitor: str = "") -> Seat | None: ...


TRY_AGAIN = 1.0
"""Seconds until a snapshot that could not be read is tried again."""


@dataclass(frozen=True)
class Timing:
    """The seconds of a stream: between heartbeats, between questions whether the visitor is still allowed, for Redis to
    confirm, for one write to be taken, and until an outage is shown."""

    heartbeat: float = 15.0
    recheck: float = 30.0
    confirm: float = 3.0
    stall: float = 60.0
    outage: float = 3.0


TIMING = Timing()


class StreamSocket:
    """The socket below a stream: wakes the stream when the other end hangs up, and is cut when it takes nothing.

    Without a socket (another server than gunicorn) a dead viewer is noticed by the failing heartbeat alone.
    """

    def __init__(self, sock: socket.socket | None, wake: Callable[[], None], stall: float) -> None:
        self._socket = sock
        self._wake = wake
        self._stirred = False
        if sock is not None:
            loop = gevent.get_hub().loop
            self._watch = loop.io(sock.fileno(), 1)
            self._watch.start(self._stir)
            self._clock = loop.timer(stall)

    @property
    def gone(self) -> bool:
        """Whether the other end hung up."""
        if not self._stirred or self._socket is None:
            return False
        self._stirred = False  # and the watch stays off: what is still there to read would set it off for ever
        try:
            return self._socket.recv(1, socket.MSG_PEEK) == b""
        except ValueError:  # TLS cannot be peeked at; the heartbeat must do
            return False
        except OSError:
            return True

    def carry(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Hand on the chunks, each under the clock until it is taken."""
        try:
            for chunk in chunks:
                if self._socket is not None:
                    self._clock.start(self._cut)
                yield chunk
                if self._socket is not None:
                    self._clock.stop()
        finally:
            self.close()

    def close(self) -> None:
        """Stop watching; the socket stays the server's."""
        if self._socket is not None:
            for watcher in (self._watch, self._clock):
                watcher.stop()
                watcher.close()
            self._socket = None

    def _stir(self) -> None:
        self._watch.stop()
        self._stirred = True
        self._wake()

    def _cut(self) -> None:
        assert self._socket is not None  # the clock is stopped before
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # the write that hangs fails now, as if the other end had hung up


# -- v1.1 clients ------------------------------------------------------------------------------------------


class RunSource(Protocol):
    """Where a v1.1 stream reads the truth: the board, the run as it is now, the frames that have a complete image."""

    def board(self, folder: Folder) -> Message:
        """`Board.read`."""

    def run(self, folder: Folder) -> Run:
        """`Control.run`."""

    def images(self, folder: Folder, project: Project) -> Collection[Frame]:
        """`Store.images`."""


def v1_events(
    hub: House,
    folder: Folder,
    project: Project,
    run: Run,
    source: RunSource,
    *,
    visitor: str = "",
    sock: socket.socket | None = None,
    timing: Timing = TIMING,
) -> Iterator[bytes]:
    """The bytes of one `POST /api/generate-images` answer: start, progress, and exactly one end.

    ``run`` is the run as `Control.start` answered it, ``sock`` the request's ``gunicorn.socket``. A client that leaves
    ends this stream and nothing else. The end comes whatever happens to the messages: the run itself is looked at with
    every heartbeat.
    """
    bell = Signal()
    follower = MessageFollower(bell.set)
    seat = hub.join(folder, follower, visitor)
    if seat is None:
        yield _told(failure("Too many live streams are open. Generation goes on; ask generation-status for its state."))
        return
    line = StreamSocket(sock, bell.set, timing.stall)
    try:
        telling = _Telling(seat, follower, folder, project, V1Report(project, run), source)
        yield from line.carry(_v1_chunks(telling, bell, line, timing))
    finally:
        line.close()
        seat.leave()


@dataclass
class _Telling:
    """What a v1.1 stream works with."""

    seat: Seat
    follower: MessageFollower
    folder: Folder
    project: Project
    report: V1Report
    source: RunSource
    looked: bool = False

    def look(self) -> list[Told]:
        """Compare with the truth. The run is read first: if it has ended, the board already holds its last frames. The
        images are read before the board, which then says of each whether this run made it."""
        ticket, wanted = self.follower.ticket, self.follower.needs_snapshot
        run = self.source.run(self.folder)
        images = () if self.looked else self.source.images(self.folder, self.project)
        board = self.source.board(self.folder)
        events = self.report.see((), run, {})
        if not self.looked:
            events += self.report.exist(images, board.frames)
        in_order = [board.frames[frame.id] for frame in self.project.frames() if frame.id in board.frames]
        events += self.report.see(in_order, board.run, board.counts)
        self.looked = True
        if wanted:
            self.follower.caught_up(ticket, StreamPosition.read(board.id))
        return events

    def news(self) -> list[Told]:
        """What the messages since the last time tell."""
        events: list[Told] = []
        for message in self.follower.drain():
            events += self.report.see(message.frames.values(), message.run, message.counts)
        return events

    def end(self) -> list[Told]:
        """The end of a run that is over."""
        try:
            return self.report.end(self.source.images(self.folder, self.project))
        except Step8Error as error:
            return [failure(str(error))]


def _v1_chunks(telling: _Telling, bell: Signal, line: StreamSocket, timing: Timing) -> Iterator[bytes]:
    yield _told(telling.report.start())
    telling.seat.ready(timing.confirm)
    look_at = retry_at = beat_at = time.monotonic()
    while not line.gone:
        bell.clear()
        if telling.seat.closing:
            yield _told(failure("The server is being restarted. Progress has been saved; start again to resume."))
            return
        now = time.monotonic()
        events: list[Told] = []
        if now >= look_at or (telling.follower.needs_snapshot and now >= retry_at):
            look_at = now + timing.heartbeat
            try:
                events = telling.look()
            except Step8Error:
                look_at = retry_at = now + TRY_AGAIN
        for event in events + telling.news():
            yield _told(event)  # one event, one write
        if telling.report.ended and telling.looked:
            for event in telling.end():
                yield _told(event)
            return
        if now >= beat_at:
            beat_at = now + timing.heartbeat
            yield COMMENT
        bell.wait(max(0.0, min(look_at, beat_at) - time.monotonic()))


def _told(event: Told) -> bytes:
    return bytes(SseEvent(json.dumps(event)))
