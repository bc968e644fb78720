"""Viewers of a live stream, any number of them in one process of their own, which note when each mark reaches them.

A *mark* is ``mark-<number>-`` somewhere in what is streamed. The process is one loop over epoll that looks at as few
bytes as possible, so that it does not take the time that it measures. Linux only.
"""

from __future__ import annotations

import multiprocessing
import re
import select
import socket
import struct
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from webapp.process.os_limits import raise_limit

_SPAWN = multiprocessing.get_context("spawn")
_MARK = re.compile(rb"mark-(\d+)-")
_PATIENCE = 90.0
_AT_ONCE = 256
"""Viewers that wait for their first byte at the same time while the house is filled."""

_GONE = struct.pack("ii", 1, 0)
QUIET = 0.5
"""Seconds without a byte after which all viewers are up to date."""


def mark(number: int) -> str:
    """The words by which a message is known again."""
    return f"mark-{number}-"


class Audience:
    """So many viewers of the streams at these paths, in turn, while it is open. In the end they vanish without a word.

    Opening it waits until the server has answered all of them; not when it is ``silent`` until there is something to
    say, as flask-sse is.
    """

    def __init__(self, port: int, paths: Sequence[str], count: int, silent: bool = False) -> None:
        self._pipe, other = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_watch, args=(port, list(paths), count, silent, other), daemon=True)

    def __enter__(self) -> Audience:
        self._process.start()
        self._ask("")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.send("leave")
        self._process.join(30)

    def arrivals(self) -> dict[int, list[float]]:
        """When each mark came, at each viewer that got it (monotonic)."""
        found: dict[int, list[float]] = self._ask("arrivals")
        return found

    def sample(self) -> bytes:
        """Bytes that held one mark, as the first viewer got them: of middling length."""
        data: bytes = self._ask("sample")
        return data

    def _ask(self, what: str) -> Any:
        if what:
            self._pipe.send(what)
        if not self._pipe.poll(_PATIENCE):
            raise RuntimeError("The viewers do not answer.")
        return self._pipe.recv()


def _watch(port: int, paths: list[str], count: int, silent: bool, pipe: Connection) -> None:
    raise_limit()
    house = _House(port)
    for number in range(count):
        house.enter(paths[number % len(paths)])
        if not silent:
            house.listen_until(lambda least=number + 1 - _AT_ONCE: house.answered >= least)  # type: ignore[misc]
    house.listen_until(lambda: silent or house.answered >= count)
    house.listen_until(house.quiet)  # each page is shown everything first
    pipe.send("ready")
    while True:
        house.listen_until(pipe.poll)
        match pipe.recv():
            case "arrivals":
                house.listen_until(house.quiet)
                pipe.send(dict(house.arrivals))
            case "sample":
                pipe.send(sorted(house.samples, key=len)[len(house.samples) // 2])
            case _:
                house.vanish()
                return


class _House:
    def __init__(self, port: int) -> None:
        self._port = port
        self._epoll = select.epoll()
        self._viewers: dict[int, socket.socket] = {}
        self._unanswered: set[int] = set()
        self._broken: dict[int, bytes] = {}
        self._buffer = bytearray(1 << 18)
        self._first = -1
        self.answered = 0
        self.heard_at = time.monotonic()
        self.samples: list[bytes] = []
        self.arrivals: dict[int, list[float]] = defaultdict(list)

    def enter(self, path: str) -> None:
        """Open one stream."""
        viewer = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nAccept: text/event-stream\r\n\r\n"
        viewer.sendall(head.encode())
        viewer.setblocking(False)
        number = viewer.fileno()
        self._first = number if self._first < 0 else self._first
        self._viewers[number] = viewer
        self._unanswered.add(number)
        self._epoll.register(number, select.EPOLLIN)

    def listen_until(self, over: Callable[[], bool]) -> None:
        """Read everything that comes."""
        while not over():
            for number, _ in self._epoll.poll(0.05, 1024):
                self._hear(number)

    def quiet(self) -> bool:
        """Whether nothing but heartbeats came for a while."""
        return time.monotonic() - self.heard_at > QUIET

    def vanish(self) -> None:
        """All at once, and without the end that a connection usually has."""
        for viewer in self._viewers.values():
            viewer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _GONE)
            viewer.close()

    def _hear(self, number: int) -> None:
        size = self._viewers[number].recv_into(self._buffer)
        now = time.monotonic()
        if not size:
            raise RuntimeError("A stream was ended by the server.")
        data = bytes(memoryview(self._buffer)[:size])
        if b"event: ping" not in data:
            self.heard_at = now
        if number in self._unanswered:
            self._see_answer(number, data)
        data = self._broken.pop(number, b"") + data
        place = 0
        while (place := data.find(b"mark-", place)) >= 0:
            if found := _MARK.match(data, place):
                self.arrivals[int(found[1])].append(now)
                if number == self._first and data.count(b"mark-") == 1:
                    self.samples.append(data)
            place += 5
        if not data.endswith((b"\n\n", b"\n\r\n")):  # the rest comes with the next bytes, a mark perhaps in two halves
            self._broken[number] = data[data.rfind(b"-") + 1 :][-24:] if data.endswith(b"-") else data[-24:]

    def _see_answer(self, number: int, data: bytes) -> None:
        self._unanswered.discard(number)
        if not data.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"A viewer was not let in: {data[:200]!r}")
        self.answered += 1
