"""Clients and servers for the tests of the live streams: real sockets, real gunicorn, a Redis that can be restarted."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import redis
import requests

from tests.harness.app_process import (
    PATIENCE,
    ROOT,
    free_port,
    until,
)
from webapp.coordination.live_state import LiveState
from webapp.coordination.redis_client import connect
from webapp.coordination.redis_server import EmbeddedServer
from webapp.core.frames import FrameNews, Status
from webapp.errors import CoordinationDown

CONFIG = """
worker_class = "gevent"
worker_connections = 2000
control_socket_disable = True
graceful_timeout = 10
keepalive = 1
loglevel = "warning"

def post_worker_init(worker):
    worker.wsgi.extensions["watch"](lambda: worker.alive)
"""


class LiveServer:
    """`live_app` served by gunicorn."""

    def __init__(self, folder: Path, redis_url: str, **settings: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "gunicorn.conf.py"
        config.write_text(CONFIG)
        self.port = free_port()
        self.streams: list[LiveStream] = []
        self.log = folder / "server.log"
        arguments = "".join(f", {name}={value!r}" for name, value in settings.items())
        app = f"tests.harness.live_app:make_app({redis_url!r}{arguments})"
        command = [sys.executable, "-m", "gunicorn", "-c", str(config), "-b", f"127.0.0.1:{self.port}", app]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        until(self._answers, says=self.log.read_text)

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return requests.get(f"{self.url}/counts", timeout=5).ok
        except requests.RequestException:
            return False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def counts(self) -> dict[str, Any]:
        answer: dict[str, Any] = requests.get(f"{self.url}/counts", timeout=PATIENCE).json()
        return answer

    def held(self) -> dict[str, int]:
        """Greenlets and open files of the worker."""
        answer: dict[str, int] = requests.get(f"{self.url}/held", timeout=20).json()
        return answer

    def crowd(self, path: str, count: int) -> list[socket.socket]:
        """So many streams, none of them read."""
        viewers = []
        for _ in range(count):
            viewer = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
            viewer.sendall(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
            viewers.append(viewer)
        return viewers

    def terminate(self) -> int:
        """SIGTERM, as at a deployment; answers the exit status."""
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in self.streams:
            stream.close()


class RestartableRedis:
    """A real server that can be taken away and brought back, with its data."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedServer(folder)
        self.url = self._server.ensure()
        self.board = LiveState(connect(self.url), time.time)

    def stop(self) -> None:
        """In good order: everything is written out."""
        self._server.end()

    def end(self) -> None:
        """For good: our own connections are closed too."""
        self.stop()
        self.board._client.connection_pool.disconnect()

    def kill(self) -> None:
        """As by a crash: its last second may be lost."""
        client = redis.Redis.from_url(self.url)
        pid = int(client.info("server")["process_id"])
        client.close()
        os.kill(pid, signal.SIGKILL)
        until(lambda: not self._up())

    def start(self) -> None:
        """Bring it back."""
        self._server.ensure()

    def _up(self) -> bool:
        try:
            self.board.active()
        except CoordinationDown:
            return False
        return True


class Sse(NamedTuple):
    """One event as a client reads it."""

    id: str
    type: str
    data: str


class LiveStream:
    """A connection to an event stream, read when asked. ``status`` and ``headers`` have come when it is made."""

    def __init__(self, server: LiveServer, path: str, last: str = "", post: Any = None, buffer: int = 0) -> None:
        server.streams.append(self)
        self.reader: threading.Thread | None = None
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", server.port))
        body = json.dumps(post) if post is not None else ""
        lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", "Host: test", f"Content-Length: {len(body)}"]
        lines += ["Content-Type: application/json"] if body else []
        lines += [f"Last-Event-ID: {last}"] if last else []
        self.socket.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
        self.response = http.client.HTTPResponse(self.socket)
        self.response.begin()
        self.status = self.response.status
        self.headers = self.response.headers
        self.raw = b""

    def line(self) -> str:
        """The next line; "" at the end of the stream."""
        line = self.response.readline()
        self.raw += line
        return line.decode()

    def frame(self) -> list[str]:
        """The next block of lines, up to a blank one; [] at the end of the stream."""
        lines: list[str] = []
        while line := self.line():
            if line == "\n":
                return lines
            lines.append(line.rstrip("\n"))
        return lines

    def events(self) -> Iterator[Sse]:
        """The events that a browser would dispatch, until the stream ends."""
        last = ""
        while lines := self.frame():
            fields = [line.partition(": ") for line in lines]
            data = [value for name, _, value in fields if name == "data"]
            last = next((value for name, _, value in fields if name == "id"), last)
            kind = next((value for name, _, value in fields if name == "event"), "message")
            if data:
                yield Sse(last, kind, "\n".join(data))

    def close(self) -> None:
        """Hang up; may be called again."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        if self.reader:
            self.reader.join(PATIENCE)
        self.response.close()
        self.socket.close()

    def vanish(self) -> None:
        """Be gone without a goodbye (RST)."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.response.close()
        self.socket.close()


class LivePage:
    """What a page shows, kept by the events of its stream: (status, number, note) by frame, and the banner."""

    def __init__(self, server: LiveServer, project: str) -> None:
        self.server = server
        self.project = project
        self.shown: dict[str, tuple[str, ...]] = {}
        self.last = ""
        self.named: list[Sse] = []
        self.went_back = 0
        self.stream: LiveStream | None = None

    def connect(self, query: str = "", **options: Any) -> LivePage:
        """Open the stream, as a browser does after a reconnect, and read it in the background."""
        self.stream = LiveStream(self.server, f"/p/{self.project}/events{query}", self.last, **options)
        if self.stream.status == 200:
            self.stream.reader = threading.Thread(target=self._read, args=(self.stream,), daemon=True)
            self.stream.reader.start()
        return self

    @property
    def open(self) -> bool:
        """Whether the stream has not ended."""
        return bool(self.stream and self.stream.reader and self.stream.reader.is_alive())

    def leave(self) -> None:
        """Close the connection; what is shown stays."""
        if self.stream:
            self.stream.close()
            self.stream = None

    def take(self, event: Sse) -> None:
        """Take in one event."""
        self.last = event.id or self.last
        if event.type != "message":
            self.named.append(event)
            return
        for line in event.data.split("\n"):
            key, *values = line.split("|")
            before = self.shown.get(key)
            if before and len(values) > 1 and int(values[1]) < int(before[1]):
                self.went_back += 1
            self.shown[key] = tuple(values)

    def _read(self, stream: LiveStream) -> None:
        with contextlib.suppress(OSError, ValueError, http.client.HTTPException, AttributeError):
            for event in stream.events():
                self.take(event)


def truth(board: LiveState, project: str) -> dict[str, tuple[str, ...]]:
    """What every page should show."""
    whole = board.read(project)
    cells = {key: (str(n.status), str(n.seq), n.note) for key, n in whole.frames.items()}
    return {**cells, "banner": (str(whole.run.state) if whole.run else "idle",)}


def news(style: str, beat: int, status: Status = Status.GENERATING, **facts: Any) -> FrameNews:
    """News of one frame of shot 1."""
    return FrameNews(style, "1", f"1.{beat}", status, **facts)
