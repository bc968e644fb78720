"""A small app around the real hub and the real board, which gunicorn serves for tests with real sockets.

Its parts are as plain as can be (one line a frame), and it tells what the hub did at ``/counts``.
"""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import gevent
from flask import Flask, Response, request
from werkzeug.routing import PathConverter

from webapp.coordination.live_state import LiveState, Message, channel
from webapp.coordination.redis_client import connect
from webapp.core.frames import Status
from webapp.core.project import Beat, Frame, Project, Style
from webapp.core.run.states import Run
from webapp.errors import NoSuchProject
from webapp.web.live.hub import Hub, Visitor
from webapp.web.live.v1_stream import Timing, v1_events

if TYPE_CHECKING:
    from webapp.disk.files.folder import Folder

STYLES = ("illustration", "clear")
BEATS = 6


@dataclass(frozen=True)
class Place:
    """As much of a project's folder as the hub looks at."""

    name: str

    @property
    def id(self) -> str:
        """Its opaque id; here simply the name."""
        return self.name


def a_project(name: str = "story") -> Project:
    """Two styles of six beats; the second spells its numbers the other way."""
    return Project(
        name,
        name,
        tuple(
            Style(
                style, tuple(Beat("1", f"1.{n}", f"{prefix}1.{n}", "words", "", "prompt") for n in range(1, BEATS + 1))
            )
            for style, prefix in zip(STYLES, ("", "Beat "), strict=True)
        ),
    )


class PlainParts:
    """Renders a frame as its status, its number and its note."""

    def __init__(self, board: LiveState) -> None:
        self._board = board
        self.counts: Counter[str] = Counter()

    def changed(self, folder: Folder, message: Message) -> Mapping[str, str]:
        self.counts["renderings"] += 1
        return self._rendered(message)

    def since(self, folder: Folder, live: str) -> tuple[str, Mapping[str, str]]:
        self.counts["snapshots"] += 1
        board = self._board.changes_since(folder.id, live)
        return board.id, self._rendered(board)

    def outage(self, folder: Folder) -> Mapping[str, str]:
        return {"banner": "banner|Redis is away"}

    def _rendered(self, message: Message) -> dict[str, str]:
        parts = {f"cell-{key}": f"{key}|{n.status}|{n.seq}|{n.note}" for key, n in message.frames.items()}
        return {**parts, "banner": f"banner|{message.run.state if message.run else 'idle'}"}


class Source:
    """The truth a v1.1 stream looks at; an image exists when the board says so."""

    def __init__(self, board: LiveState) -> None:
        self._board = board

    def board(self, folder: Folder) -> Message:
        return self._board.read(folder.id)

    def run(self, folder: Folder) -> Run:
        return self._board.run(folder.id) or Run()

    def images(self, folder: Folder, project: Project) -> Collection[Frame]:
        there = (Status.COMPLETE, Status.EXISTS)
        return [Frame(n.style, n.shot, n.beat) for n in self.board(folder).frames.values() if n.status in there]


class ProjectName(PathConverter):
    """A project's name in a URL."""


def make_app(redis_url: str, limit: int = 500, limit_each: int = 50, programs: int = 500, **seconds: float) -> Flask:
    """The app. ``seconds`` are fields of `Timing`."""
    app = Flask("live_app")
    app.url_map.converters["project"] = ProjectName
    board = LiveState(connect(redis_url), time.time)
    parts = PlainParts(board)
    allowed: set[str] = {"everybody"}
    timing = Timing(**seconds)
    hub = Hub(
        redis_url,
        parts,
        _find,
        visitor=lambda: Visitor(request.args.get("visitor", ""), lambda: bool(allowed)),
        limit=limit,
        limit_each=limit_each,
        programs=programs,
        timing=timing,
    )
    app.register_blueprint(hub)

    @app.get("/counts")
    def counts() -> dict[str, Any]:
        watched = ""
        with contextlib.suppress(Exception):
            watched = ",".join(map(str, hub.redis.pubsub_channels("step8:live:*")))
        return {**parts.counts, "viewers": hub.viewers, "down": hub.down, "watched": watched}

    @app.get("/held")
    def held() -> dict[str, int]:
        gc.collect()
        greenlets = sum(isinstance(each, gevent.Greenlet) and not each.dead for each in gc.get_objects())
        return {"greenlets": greenlets, "handles": len(os.listdir("/dev/fd"))}

    @app.post("/publish/<name>")
    def publish(name: str) -> dict[str, int]:
        return {"heard": hub.publish(request.json, type="notice", channel=channel(name))}

    @app.get("/messages/<name>")
    def messages(name: str) -> Response:
        return app.response_class(_first_two(hub, name), mimetype="text/event-stream")

    @app.post("/forbid")
    def forbid() -> dict[str, bool]:
        allowed.clear()
        return {"done": True}

    @app.post("/v1/<name>")
    def v1(name: str) -> Response:
        run = Run.from_json(request.get_json())
        sock = request.environ.get("gunicorn.socket")
        events = v1_events(hub, _find(name), a_project(name), run, Source(board), sock=sock, timing=timing)
        return app.response_class(events, mimetype="text/event-stream")

    def watch(alive: Any) -> None:
        while alive():
            gevent.sleep(0.05)
        hub.close()

    app.extensions["watch"] = lambda alive: gevent.spawn(watch, alive)
    return app


def _find(name: str) -> Folder:
    if name == "nowhere":
        raise NoSuchProject("There is no such project.")
    return cast("Folder", Place(name))


def _first_two(hub: Hub, name: str) -> Iterator[bytes]:
    yield b": reading\n\n"
    messages = hub.messages(channel(name))
    for _ in range(2):
        yield bytes(next(messages))
