"""What people do with an app, in a hurry: runs, pages, uploads, and viewers who vanish in the middle of it all."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import requests

from tests.harness.app_process import AppProcess, until
from tests.harness.scripted_answers import picture

ROUND = 8
"""Stages after which the names of projects come again: what is remembered of so many projects is held on purpose."""

STYLES = ("illustration", "clear")
BEATS = 4
PAGES = (
    "/p/{0}/images",
    "/p/{0}/costs",
    "/p/{0}/activity",
    "/p/{0}/setup",
    "/p/{0}/prompts",
    "/p/{0}/select",
    "/p/{0}/export",
    "/",
    "/runs",
    "/healthz",
    "/metrics",
    "/no-such-page",
    "/p/no-such-project/images",
)
GONE = struct.pack("ii", 1, 0)


class Load:
    """One stage of projects, made, used and thrown away. The same seed draws the same things to do."""

    def __init__(self, app: AppProcess, seed: str) -> None:
        self._app = app
        self._dice = Random(seed)
        self._acts = 0
        self.done: Counter[str] = Counter()

    def act(self, seconds: float, projects: int = 3) -> None:
        """Make projects, use them for so long, and remove them. Everything has ended when this returns."""
        self._acts += 1
        names = [f"film-{self._acts % ROUND}-{number}" for number in range(projects)]
        viewers: list[socket.socket] = []
        with requests.Session() as session:
            for name in names:
                self._make(session, name)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                self._do_something(session, self._dice.choice(names), viewers)
            for viewer in viewers:
                self._leave(viewer)
            for name in names:
                self._remove(session, name)

    def _do_something(self, session: requests.Session, name: str, viewers: list[socket.socket]) -> None:
        things: dict[str, Callable[[], object]] = {
            "runs started": lambda: self._start(session, name),
            "commands": lambda: self._command(session, name),
            "viewers": lambda: viewers.append(self._view(name)),
            "viewers gone": lambda: self._leave(viewers.pop(self._dice.randrange(len(viewers)))) if viewers else None,
            "pages": lambda: self._get(session, name),
            "uploads": lambda: self._upload(session, name),
            "broken requests": lambda: self._break(name),
            "images deleted": lambda: self._delete(session, name),
        }
        weights = (4, 4, 12, 8, 10, 3, 4, 4)
        (what,) = self._dice.choices(list(things), weights)
        things[what]()
        self.done[what] += 1

    def _call(self, session: requests.Session, path: str, name: str, **body: Any) -> requests.Response:
        return session.post(f"{self._app.url}/api/{path}", json={"projectPath": name, **body}, timeout=60)

    def _make(self, session: requests.Session, name: str) -> None:
        self._call(session, "project", name, bookContent="Once upon a time.", videoTitle=name).raise_for_status()
        for style in STYLES:
            self._save(session, name, style)

    def _save(self, session: requests.Session, name: str, style: str) -> None:
        entries = [
            {
                "shot_number": 1,
                "beat_number": f"1.{number + 1}",
                "script_phrase": "And so on.",
                "transition_type": "S",
                "ai_prompt": f"{name}, {style}, {number}, {self._dice.random()}",
            }
            for number in range(BEATS)
        ]
        self._call(session, "save-prompts", name, style=style, prompts=entries).raise_for_status()

    def _start(self, session: requests.Session, name: str) -> None:
        """Start a run as a program does, and stop listening, soon or at once."""
        body = {"projectPath": name}
        with session.post(f"{self._app.url}/api/generate-images", json=body, timeout=60, stream=True) as answer:
            if answer.ok:
                lines = answer.iter_lines()
                for _ in range(self._dice.choice((0, 1, 3, 6))):
                    next(lines, b"")

    def _command(self, session: requests.Session, name: str) -> None:
        path = self._dice.choice(("stop-generation", "pause-generation", "resume-generation", "retry-failed"))
        self._call(session, path, name)

    def _delete(self, session: requests.Session, name: str) -> None:
        style, beat = self._dice.choice(STYLES), self._dice.randrange(BEATS) + 1
        self._call(session, "delete-image", name, frames=[f"{style}-1-1_{beat}"])

    def _get(self, session: requests.Session, name: str) -> None:
        page = self._dice.choice(PAGES).format(name)
        assert session.get(f"{self._app.url}{page}", timeout=60).status_code < 500, page

    def _upload(self, session: requests.Session, name: str) -> None:
        if self._dice.random() < 0.5:
            self._save(session, name, self._dice.choice(STYLES))
        else:
            files = {"reference": ("reference.png", picture("a harbour"), "image/png")}
            headers = {"Sec-Fetch-Site": "same-origin"}
            address = f"{self._app.url}/p/{name}/setup/reference"
            session.post(address, files=files, headers=headers, timeout=60)

    def _view(self, name: str) -> socket.socket:
        """Open a stream. Some read a little, some never."""
        viewer = socket.socket()
        viewer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        viewer.settimeout(20)
        viewer.connect(("127.0.0.1", self._app.port))
        viewer.sendall(f"GET /p/{name}/events HTTP/1.1\r\nHost: 127.0.0.1:{self._app.port}\r\n\r\n".encode())
        if self._dice.random() < 0.7:
            viewer.recv(self._dice.choice((100, 1000, 4000)))
        return viewer

    def _leave(self, viewer: socket.socket) -> None:
        """Go, in good manners or without a word."""
        if self._dice.random() < 0.7:
            viewer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, GONE)
        viewer.close()

    def _break(self, name: str) -> None:
        """Send half a request, or more than is taken, and be gone."""
        head = (
            f"POST /api/save-prompts HTTP/1.1\r\nHost: 127.0.0.1:{self._app.port}\r\nContent-Type: application/json\r\n"
        )
        length = self._dice.choice((100, 1_000_000, 500_000_000))
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self._app.port), timeout=20) as broken,
        ):
            broken.sendall((head + f"Content-Length: {length}\r\n\r\n" + '{"projectPath": "' + name).encode())
            if self._dice.random() < 0.5:
                broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, GONE)

    def _remove(self, session: requests.Session, name: str) -> None:
        def removed() -> bool:
            self._call(session, "stop-generation", name)
            return self._call(session, "delete-project", name, confirmTitle=name).ok

        until(removed, 60.0)
        self.done["projects"] += 1
