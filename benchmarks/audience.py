"""Viewers of a live stream, any number of them in one process of their own, which note when each mark reaches them.

A *mark* is ``mark-<number>-`` somewhere in what is streamed.
"""

from __future__ import annotations

import multiprocessing
import re
import selectors
import socket
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

_SPAWN = multiprocessing.get_context("spawn")
_MARK = re.compile(rb"mark-(\d+)-")
_TAIL = 24
_PATIENCE = 60.0
QUIET = 0.5
"""Seconds without a byte after which all viewers are up to date."""


def mark(number: int) -> str:
    """The words by which a message is known again."""
    return f"mark-{number}-"


class Audience:
    """So many viewers of the streams at these paths, in turn, while it is open.

    Opening it waits until the server has answered all of them; not when it is ``silent`` until there is something to
    say, as flask-sse is.
    """

    def __init__(self, port: int, paths: Sequence[str], count: int, silent: bool = False) -> None:
        self._pipe, other = _SPAWN.Pipe()
        answered = 0 if silent else count
        self._process = _SPAWN.Process(target=_watch, args=(port, list(paths), count, answered, other), daemon=True)

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
        """The last bytes that held a mark, as the first viewer got them."""
        data: bytes = self._ask("sample")
        return data

    def _ask(self, what: str) -> Any:
        if what:
            self._pipe.send(what)
        if not self._pipe.poll(_PATIENCE):
            raise RuntimeError("The viewers do not answer.")
        return self._pipe.recv()


def _watch(port: int, paths: list[str], count: int, answered: int, pipe: Connection) -> None:
    house = _House(port)
    for number in range(count):
        house.enter(paths[number % len(paths)])
    house.listen_until(lambda: house.answered >= answered)
    house.listen_until(lambda: time.monotonic() - house.heard_at > QUIET)  # each page is shown everything first
    pipe.send("ready")
    while True:
        house.listen_until(pipe.poll)
        match pipe.recv():
            case "arrivals":
                pipe.send(dict(house.arrivals))
            case "sample":
                pipe.send(house.sample)
            case _:
                return


class _House:
    def __init__(self, port: int) -> None:
        self._port = port
        self._selector = selectors.DefaultSelector()
        self._tails: dict[socket.socket, bytes] = {}
        self._first: socket.socket | None = None
        self.answered = 0
        self.heard_at = time.monotonic()
        self.sample = b""
        self.arrivals: dict[int, list[float]] = defaultdict(list)

    def enter(self, path: str) -> None:
        """Open one stream."""
        viewer = socket.create_connection(("127.0.0.1", self._port), timeout=30)
        head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\nAccept: text/event-stream\r\n\r\n"
        viewer.sendall(head.encode())
        viewer.setblocking(False)
        self._first = self._first or viewer
        self._tails[viewer] = b""
        self._selector.register(viewer, selectors.EVENT_READ)

    def listen_until(self, over: Callable[[], bool]) -> None:
        """Read everything that comes."""
        while not over():
            for key, _ in self._selector.select(0.05):
                assert isinstance(key.fileobj, socket.socket)
                self._hear(key.fileobj)

    def _hear(self, viewer: socket.socket) -> None:
        data = viewer.recv(1 << 20)
        now = self.heard_at = time.monotonic()
        if not data:
            raise RuntimeError("A stream was ended by the server.")
        tail = self._tails[viewer]
        if data.startswith(b"HTTP/1.1 200") and not tail:
            self.answered += 1
        elif data.startswith(b"HTTP/1.1 ") and not tail:
            raise RuntimeError(f"A viewer was not let in: {data[:200]!r}")
        for found in _MARK.finditer(tail + data):
            if found.end() > len(tail):
                self.arrivals[int(found[1])].append(now)
                if viewer is self._first:
                    self.sample = data
        self._tails[viewer] = (tail + data)[-_TAIL:]
