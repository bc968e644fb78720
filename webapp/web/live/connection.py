"""One page that watches: its connection, and what still waits to be written to it. It has no greenlet of its own.

A greenlet for each open page costs fifty kilobytes: its stacks, the request, the server's buffers. So a page's request
ends once its headers are out, and the connection goes over to its viewer, which writes without ever waiting.
"""

from __future__ import annotations

import _socket
import contextlib
import errno
import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import gevent
import gevent.socket

from webapp.web.live.followers import PageFollower
from webapp.web.live.project_channel import Subscription
from webapp.web.live.v1_stream import Timing
from webapp.web.live.wire import RETRY, SseEvent, chunk

GOODBYE = bytes(SseEvent("", type="goodbye"))
"""The last frame of a stream the server ends."""

LAST_CHUNK = b"0\r\n\r\n"


class HandedOver(BrokenPipeError):
    """Ends a request whose connection is not the server's any more.

    gunicorn closes the connection of a request that raises this, which a detached one survives, and says nothing: it
    takes it for a client that left.
    """

    def __init__(self) -> None:
        super().__init__(errno.EPIPE, "the connection was handed over")


class Attendant(Protocol):
    """Who serves the viewers."""

    def stir(self, viewer: Connection) -> None:
        """There is something to do for this one, soon."""

    def left(self, viewer: Connection) -> None:
        """This one is gone."""


class Connection:
    """A page from its first byte to its end. Nothing here waits, but for `still_allowed`."""

    __slots__ = (
        "_attendant",
        "_chunked",
        "_connection",
        "_hearing",
        "_rest",
        "_since",
        "_timing",
        "_writing",
        "catching_up",
        "look_at",
        "page",
        "ping_at",
        "recheck_at",
        "seat",
        "still_allowed",
    )

    def __init__(
        self,
        attendant: Attendant,
        seat: Subscription,
        page: PageFollower,
        still_allowed: Callable[[], bool],
        timing: Timing,
    ) -> None:
        self._attendant = attendant
        self._timing = timing
        self._connection: _socket.socket | None = None
        self._chunked = False
        self._rest: memoryview | None = None
        self._since = 0.0  # when the write that waits was begun
        self._hearing: Any = None  # gevent's watchers
        self._writing: Any = None
        self.seat = seat
        self.page = page
        self.still_allowed = still_allowed
        self.catching_up = False
        self.ping_at = self.recheck_at = self.look_at = 0.0

    def take(self, connection: _socket.socket, chunked: bool) -> None:
        """Write to this connection from now on; ``chunked`` says how its answer is framed."""
        now = time.monotonic()
        self.ping_at, self.recheck_at = now + self._timing.heartbeat, now + self._timing.recheck
        connection.setblocking(False)
        self._connection, self._chunked = connection, chunked
        self._hearing = gevent.get_hub().loop.io(connection.fileno(), 1)
        self._hearing.start(self._hear)
        self.page.wake = self.stir
        self.stir()

    def stir(self) -> None:
        """There is something to write, or to read for this page."""
        self._attendant.stir(self)

    @property
    def open(self) -> bool:
        """Whether it has a connection."""
        return self._connection is not None

    @property
    def busy(self) -> bool:
        """Whether it takes no more at the moment; it says when it does."""
        return self._rest is not None

    def write(self) -> None:
        """Write all that waits, in one piece, as far as the connection takes it."""
        if self._connection is not None and self._rest is None and (event := self.page.drain(self._chunked)):
            self._send(event)

    def tick(self, now: float) -> None:
        """What is due by the clock: the end of a viewer that takes nothing or may not watch, and the heartbeat."""
        if self._rest is not None:
            if now - self._since > self._timing.stall:
                self.end()
        elif now >= self.recheck_at and not self._may_stay(now):
            self.end(GOODBYE)
        elif now >= self.ping_at and not self.catching_up:
            self.ping_at = now + self._timing.heartbeat
            self.write()
            if self._rest is None and self._connection is not None:
                self._send(self._framed(self.page.ping()))

    def end(self, word: bytes = b"") -> None:
        """Let the connection go, with a last word if it takes one. May be called again."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if word and self._rest is None:
            with contextlib.suppress(OSError):
                connection.send(self._framed(word) + (LAST_CHUNK if self._chunked else b""))
        self.page.wake = _nothing
        for watcher in (self._hearing, self._writing):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._hearing = self._writing = self._rest = None
        connection.close()
        self._attendant.left(self)
        self.seat.leave()

    def unless_open(self) -> None:
        """Give the seat back if no connection was taken."""
        if self._connection is None:
            self.seat.leave()

    def _may_stay(self, now: float) -> bool:
        self.recheck_at = now + self._timing.recheck
        return self.still_allowed()

    def _send(self, data: bytes | memoryview) -> None:
        assert self._connection is not None
        try:
            taken = self._connection.send(data)
        except (BlockingIOError, InterruptedError):
            taken = 0
        except OSError:
            self.end()
            return
        if taken < len(data):
            self._wait_for_room(memoryview(data)[taken:])

    def _wait_for_room(self, rest: memoryview) -> None:
        assert self._connection is not None
        if self._rest is None:
            self._since = time.monotonic()
        self._rest = rest
        if self._writing is None:
            self._writing = gevent.get_hub().loop.io(self._connection.fileno(), 2)
        self._writing.start(self._go_on)

    def _go_on(self) -> None:
        """There is room again."""
        assert self._writing is not None
        self._writing.stop()
        rest = self._rest
        if rest is None:
            return
        self._send(rest)
        if self._rest is rest:  # all of it was taken
            self._rest = None
            self.stir()

    def _hear(self) -> None:
        """The other end hung up, or says something nobody asked for."""
        assert self._connection is not None
        try:
            said = self._connection.recv(4096)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            said = b""
        if not said:
            self.end()

    def _framed(self, data: bytes) -> bytes:
        return chunk(data) if self._chunked else data


def opening(viewer: Connection, theirs: Any, chunked: bool) -> Iterator[bytes]:
    """The answer to a page's request: the first bytes, after which the viewer takes the connection away.

    ``theirs`` is the server's socket. One that cannot be taken (TLS, another server) stays the server's, and is fed
    what the viewer writes.
    """
    try:
        yield RETRY  # at once, so that the headers go out and the page knows it is connected
        if viewer.seat.closing:
            yield GOODBYE
            return
        if type(theirs) is gevent.socket.socket:  # one over TLS is of another type
            viewer.take(_socket.socket(fileno=theirs.detach()), chunked)
            raise HandedOver
        ours, near = gevent.socket.socketpair()
        viewer.take(_socket.socket(fileno=ours.detach()), False)
        with near:
            while data := near.recv(65536):
                yield data
    finally:
        viewer.unless_open()


def _nothing() -> None:
    """Nobody is to be woken any more."""
