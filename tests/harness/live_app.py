"""A small app around the real hub and the real board, which gunicorn serves for tests with real sockets.

Its parts are as plain as can be (one line a frame), and it tells what the hub did at ``/counts``.
"""

from __future__ import annotations

import contextlib
import gc
import os
import time
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import gevent
from flask import Flask, Response, request
from werkzeug.routing import PathConverter

from webapp.coordination.live_state import LiveState, Message
from webapp.coordination.messages import live_channel
from webapp.coordination.redis_client import connect
from webapp.core.frames import Status
from webapp.core.project import Beat, Frame, Project, Style
from webapp.core.run.states import Run
from webapp.errors import NoSuchProject
from webapp.web.live.connection import server_socket
from webapp.web.live.hub import Hub, Visitor
from webapp.web.live.stream_limits import StreamLimits
from webapp.web.live.timing import Timing
from webapp.web.live.v1_stream import v1_events

if TYPE_CHECKING:
    from webapp.disk.files.folder import Folder

STYLES = ("illustration", "clear")
BEATS = 6


@dataclass(frozen=True)
class ProjectStandIn:
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


class PlainRenderer:
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


class FixedRunSource:
    """The truth a v1.1 stream looks at; an image exists when the board says so."""

    def __init__(self, board: LiveState) -> None:
        self._board = board

    def live_state(self, folder: Folder) -> Message:
        return self._board.read(folder.id)

    def run(self, folder: Folder) -> Run:
        return self._board.run(folder.id) or Run()

    def images(self, folder: Folder, project: Project) -> Collection[Frame]:
        there = (Status.COMPLETE, Status.EXISTS)
        return [Frame(n.style, n.shot, n.beat) for n in self.live_state(folder).frames.values() if n.status in there]


class ProjectName(PathConverter):
    """A project's name in a URL."""


def make_app(redis_url: str, limit: int = 500, limit_each: int = 50, programs: int = 500, **seconds: float) -> Flask:
    """The app. ``seconds`` are fields of `Timing`."""
    app = Flask("live_app")
    app.url_map.converters["project"] = ProjectName
    board = LiveState(connect(redis_url), time.time)
    parts = PlainRenderer(board)
    allowed: set[str] = {"everybody"}
    timing = Timing(**seconds)
    hub = Hub(
        redis_url,
        parts,
        _find,
        visitor=lambda: Visitor(request.args.get("visitor", ""), lambda: bool(allowed)),
        limits=StreamLimits(limit, limit_each, programs),
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
        return {"heard": hub.publish(request.json, type="notice", channel=live_channel(name))}

    @app.post("/hints/<kind>/<name>")
    def hint(kind: str, name: str) -> dict[str, bool]:
        hub.publish_hint(kind, name)
        return {"done": True}

    @app.post("/forbid")
    def forbid() -> dict[str, bool]:
        allowed.clear()
        return {"done": True}

    @app.post("/v1/<name>")
    def v1(name: str) -> Response:
        run = Run.from_json(request.get_json())
        sock = server_socket(request.environ)
        events = v1_events(hub, _find(name), a_project(name), run, FixedRunSource(board), sock=sock, timing=timing)
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
    return cast("Folder", ProjectStandIn(name))
