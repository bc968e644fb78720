"""The sockets below live streams: the only module that knows the insides of gunicorn and gevent.

A greenlet for each open page costs about 65 KB: its stacks, the request, the server's buffers. So the request of a page
ends once its headers are out, and its socket is detached from gunicorn; from then on a `Connection` writes to it
without ever waiting, driven by gevent's watchers and by the one greenlet of `broadcaster`. That leaves 3 KB a page.

The price: about 370 lines here and in `broadcaster`, to be tested at every upgrade of gunicorn or gevent. A studio with
twenty pages saves 1.3 MB; it pays with hundreds of viewers. The one switch is `detach`: where it returns ``None`` (TLS,
another server) the same stream runs in the server's own greenlet.
"""

from __future__ import annotations

import _socket
import contextlib
import errno
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gevent
import gevent.socket

from webapp.web.live.followers import PageFollower
from webapp.web.live.subscription import Subscription
from webapp.web.live.timing import Timing
from webapp.web.live.wire import RETRY, SseEvent, chunk

GOODBYE = bytes(SseEvent("", type="goodbye"))
"""The last event of a stream that the server ends."""

LAST_CHUNK = b"0\r\n\r\n"
READABLE, WRITABLE = 1, 2
"""The events of a libev watcher."""


class Detached(BrokenPipeError):
    """Ends a request whose socket is not the server's any more.

    gunicorn takes it for a client that left: it logs nothing and closes its own, now empty, socket object.
    """

    def __init__(self) -> None:
        super().__init__(errno.EPIPE, "the socket was detached")


def server_socket(environ: Mapping[str, Any]) -> Any:
    """The socket of a request as gunicorn shares it; ``None`` under another server."""
    return environ.get("gunicorn.socket")


def detach(sock: Any) -> _socket.socket | None:
    """Take the socket of a request away from the server; ``None`` when it cannot be taken (TLS, another server)."""
    if type(sock) is not gevent.socket.socket:  # one over TLS is of another type
        return None
    return _socket.socket(fileno=sock.detach())


class Connection:
    """The socket of one page, with what still waits to be written to it. Waits for nothing but `still_allowed`.

    ``on_ready`` is called when there is something to do for it, ``on_closed`` once after its end.
    """

    __slots__ = (
        "_chunked",
        "_on_closed",
        "_on_ready",
        "_read_watcher",
        "_socket",
        "_timing",
        "_unsent",
        "_unsent_since",
        "_write_watcher",
        "page",
        "ping_at",
        "reading_snapshot",
        "recheck_at",
        "retry_at",
        "still_allowed",
        "subscription",
    )

    def __init__(
        self,
        subscription: Subscription,
        page: PageFollower,
        still_allowed: Callable[[], bool],
        timing: Timing,
        on_ready: Callable[[Connection], None],
        on_closed: Callable[[Connection], None],
    ) -> None:
        self.subscription = subscription
        self.page = page
        self.still_allowed = still_allowed
        self._timing = timing
        self._on_ready = on_ready
        self._on_closed = on_closed
        self._socket: _socket.socket | None = None
        self._chunked = False
        self._unsent: memoryview | None = None
        self._unsent_since = 0.0
        self._read_watcher: Any = None
        self._write_watcher: Any = None
        self.reading_snapshot = False
        self.ping_at = self.recheck_at = self.retry_at = 0.0

    def attach(self, sock: _socket.socket, chunked: bool) -> None:
        """Write to this socket from now on; ``chunked``: in HTTP's chunked coding."""
        now = time.monotonic()
        self.ping_at, self.recheck_at = now + self._timing.heartbeat, now + self._timing.recheck
        sock.setblocking(False)
        self._socket, self._chunked = sock, chunked
        self._read_watcher = gevent.get_hub().loop.io(sock.fileno(), READABLE)
        self._read_watcher.start(self._readable)
        self.page.wake = self.wake
        self.wake()

    def wake(self) -> None:
        """Report that there is something to write, or to read for this page."""
        self._on_ready(self)

    @property
    def open(self) -> bool:
        """Whether it has a socket."""
        return self._socket is not None

    def write(self) -> None:
        """Write all that waits, in one piece, as far as the socket accepts it."""
        if self._socket is not None and self._unsent is None and (event := self.page.drain(self._chunked)):
            self._send(event)

    def tick(self, now: float) -> None:
        """Do what is due: the end of a client that accepts nothing or may not watch any more, and the heartbeat."""
        if self._unsent is not None:
            if now - self._unsent_since > self._timing.stall:
                self.close()
        elif now >= self.recheck_at and not self._recheck(now):
            self.close(GOODBYE)
        elif now >= self.ping_at and not self.reading_snapshot:
            self.ping_at = now + self._timing.heartbeat
            self.write()
            if self._unsent is None and self._socket is not None:
                self._send(self._framed(self.page.ping()))

    def close(self, last_event: bytes = b"") -> None:
        """Close the socket, with a last event if it accepts one, and end the subscription. May be called again."""
        sock, self._socket = self._socket, None
        if sock is None:
            return
        if last_event and self._unsent is None:
            with contextlib.suppress(OSError):
                sock.send(self._framed(last_event) + (LAST_CHUNK if self._chunked else b""))
        self.page.wake = _nothing
        for watcher in (self._read_watcher, self._write_watcher):
            if watcher is not None:
                watcher.stop()
                watcher.close()
        self._read_watcher = self._write_watcher = self._unsent = None
        sock.close()
        self._on_closed(self)
        self.subscription.end()

    def end_unless_open(self) -> None:
        """End the subscription of a stream that never got a socket."""
        if self._socket is None:
            self.subscription.end()

    def _recheck(self, now: float) -> bool:
        self.recheck_at = now + self._timing.recheck
        return self.still_allowed()

    def _send(self, data: bytes | memoryview) -> None:
        assert self._socket is not None
        try:
            sent = self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            self.close()
            return
        if sent < len(data):
            self._send_later(memoryview(data)[sent:])

    def _send_later(self, rest: memoryview) -> None:
        assert self._socket is not None
        if self._unsent is None:
            self._unsent_since = time.monotonic()
        self._unsent = rest
        if self._write_watcher is None:
            self._write_watcher = gevent.get_hub().loop.io(self._socket.fileno(), WRITABLE)
        self._write_watcher.start(self._writable)

    def _writable(self) -> None:
        assert self._write_watcher is not None
        self._write_watcher.stop()
        rest = self._unsent
        if rest is None:
            return
        self._send(rest)
        if self._unsent is rest:  # all of it was sent
            self._unsent = None
            self.wake()

    def _readable(self) -> None:
        """The client hung up, or sent something, which is ignored."""
        assert self._socket is not None
        try:
            received = self._socket.recv(4096)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            received = b""
        if not received:
            self.close()

    def _framed(self, data: bytes) -> bytes:
        return chunk(data) if self._chunked else data


def page_stream(connection: Connection, environ: Mapping[str, Any]) -> Iterator[bytes]:
    """The response body of a page's stream: the first bytes, after which its socket is detached from the server.

    A socket that cannot be detached stays the server's, which then passes on what the connection writes.
    """
    try:
        yield RETRY  # at once, so that the headers go out and the page knows it is connected
        if connection.subscription.closing:
            yield GOODBYE
            return
        if detached := detach(server_socket(environ)):
            connection.attach(detached, environ.get("SERVER_PROTOCOL") == "HTTP/1.1")
            raise Detached
        ours, near = gevent.socket.socketpair()
        connection.attach(_socket.socket(fileno=ours.detach()), False)
        with near:
            while data := near.recv(65536):
                yield data
    finally:
        connection.end_unless_open()


class SocketGuard:
    """Watches the socket below a stream that the server's greenlet writes (of a v1.1 client).

    Wakes the stream when the client hangs up, and cuts the socket when it accepts nothing for ``stall`` seconds.
    Without a socket (another server than gunicorn) a vanished client is noticed by the failing heartbeat alone.
    """

    def __init__(self, sock: socket.socket | None, wake: Callable[[], None], stall: float) -> None:
        self._socket = sock
        self._wake = wake
        self._readable = False
        if sock is not None:
            loop = gevent.get_hub().loop
            self._watcher = loop.io(sock.fileno(), READABLE)
            self._watcher.start(self._on_readable)
            self._timer = loop.timer(stall)

    @property
    def gone(self) -> bool:
        """Whether the client hung up."""
        if not self._readable or self._socket is None:
            return False
        self._readable = False  # the watcher stays off: what is still there to read would set it off for ever
        try:
            return self._socket.recv(1, socket.MSG_PEEK) == b""
        except ValueError:  # TLS cannot be peeked at; the heartbeat must do
            return False
        except OSError:
            return True

    def pass_on(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Pass on the chunks, each under the timer until it is accepted."""
        try:
            for data in chunks:
                if self._socket is not None:
                    self._timer.start(self._cut)
                yield data
                if self._socket is not None:
                    self._timer.stop()
        finally:
            self.close()

    def close(self) -> None:
        """Stop watching; the socket stays the server's."""
        if self._socket is not None:
            for watcher in (self._watcher, self._timer):
                watcher.stop()
                watcher.close()
            self._socket = None

    def _on_readable(self) -> None:
        self._watcher.stop()
        self._readable = True
        self._wake()

    def _cut(self) -> None:
        assert self._socket is not None  # the timer is stopped before
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # the write that hangs fails now, as if the client had hung up


def _nothing() -> None:
    """Nothing serves the stream any more."""
