"""The event hub: one Redis subscription per process, any number of viewers.

A subclass of flask-sse's blueprint with its three verbs. Its stock form opens a Redis connection per viewer, notices a
dead viewer only at the next message, ends every stream when Redis restarts and lets anybody read any channel; here::

    board.post ─▶ Redis ─▶ Subscription ─▶ Room (one per watched project) ─▶ Follower (one per viewer) ─▶ Audience
    board.post, board.hint ─▶ … ─▶ Lobby (one) ─▶ HintFollower (one per browser) ─▶ Audience

A project nobody watches costs nothing: no room, no subscription, no rendering. Events are hints; the folder and the
board are the truth, so whatever may have been missed is made good by a snapshot.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from flask import Response, current_app, request
from flask_sse import ServerSentEventsBlueprint
from gevent.event import Event as Signal
from redis import Redis
from werkzeug.exceptions import ServiceUnavailable

from webapp.coordination.live_state import channel, read_message
from webapp.coordination.messages import hints_channel
from webapp.coordination.redis_client import UNREACHABLE, connect
from webapp.web.live.broadcaster import Broadcaster
from webapp.web.live.channels import Channels
from webapp.web.live.connection import Connection, opening
from webapp.web.live.followers import Follower, HintFollower, PageFollower
from webapp.web.live.project_channel import Channel, Parts, Subscription
from webapp.web.live.stream_limits import OpenStreams, StreamLimits
from webapp.web.live.v1_stream import TIMING, Timing
from webapp.web.live.wire import ResumePoint, SseEvent, StreamPosition, read_event

if TYPE_CHECKING:
    from webapp.disk.files.folder import Folder

log = logging.getLogger(__name__)

CHANNELS = channel("")
CROWDED = "Too many live views are open on this server. Close some tabs, or wait a moment."
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


@dataclass(frozen=True)
class Visitor:
    """Who opens a stream.

    ``id`` is for the limit per visitor ("" is not counted); ``still_allowed`` is asked every 30 s, outside any request.
    """

    id: str = ""
    still_allowed: Callable[[], bool] = lambda: True


class Hub(ServerSentEventsBlueprint):  # type: ignore[misc]
    """Publishes, and streams live changes to the pages of a project. Registering it on the app serves ``rule``.

    ``find`` answers the folder of a project's name or raises (`Library.find`); ``visitor`` is called within the
    request. At most ``limit`` streams are let in, ``limit_each`` of one visitor, ``programs`` of v1.1 clients.
    ``hints`` is the channel of the storage's hints. Nothing connects before the first viewer or `publish`, so it may be
    made before a fork.
    """

    def __init__(
        self,
        url: str,
        parts: Parts,
        find: Callable[[str], Folder],
        *,
        visitor: Callable[[], Visitor] = Visitor,
        limit: int = 500,
        limit_each: int = 50,
        programs: int = 500,
        timing: Timing = TIMING,
        rule: str = "/p/<project:project>/events",
        hints: str = hints_channel(""),
    ) -> None:
        super().__init__("live", __name__)
        self._url = url
        self._find = find
        self._visitor = visitor
        self._timing = timing
        self._client: Redis | None = None
        self._seats = OpenStreams(StreamLimits(limit, limit_each, programs))
        self._rooms = Channels(url, parts, timing.outage, hints)
        self._audience = Broadcaster(timing)
        self.closed = Signal()
        self.add_url_rule(rule, endpoint="stream", view_func=self.stream, methods=["GET"])
        self.add_url_rule("/hints", endpoint="hints", view_func=self.hints, methods=["GET"])

    # -- flask-sse's verbs -------------------------------------------------------------------------

    @property
    def redis(self) -> Redis:
        """The one client of this process; flask-sse opens a new connection for each call."""
        if self._client is None:
            self._client = connect(self._url, connections=16)
        return self._client

    def publish(
        self, data: Any, type: str | None = None, id: str | None = None, retry: int | None = None, channel: str = ""
    ) -> int:
        """Send a named event to everybody who watches a project, in all processes. Answers how many processes heard it.

        It arrives on the page's stream element as a DOM event called ``type``. Changes of a run do not go this way: the
        board publishes them, numbered and stored.

        Raises:
            ValueError: no ``type``, or ``channel`` is not a project's.
            RedisError: it could not be sent.
        """
        if not type or not _is_project(channel):
            raise ValueError("Publish a named event to a project's channel.")
        event = SseEvent(data, type=type, id=id, retry=retry)
        return int(self.redis.publish(channel, current_app.json.dumps(event.to_dict())))

    def messages(self, channel: str = "") -> Iterator[SseEvent]:
        """Every message and named event of a project from now on, as flask-sse messages; for programs.

        No snapshot, and what is published while Redis is away is not made up for. Ends when the hub closes.

        Raises:
            ValueError: ``channel`` is not a project's.
        """
        if not _is_project(channel):
            raise ValueError("Only a project's channel can be read.")
        return self._messages(channel)

    def stream(self, project: str) -> Response:
        """The live stream of a project's page (a view). Goes on from ``Last-Event-ID`` or ``?since=``.

        While Redis is away the answer is 503 with Retry-After: an open stream would say "Connected" and tell nothing.
        """
        folder = self._find(project)
        mark = ResumePoint.newest(request.headers.get("Last-Event-ID", ""), request.args.get("since", ""))
        return self._open(self._rooms.room(folder), PageFollower(_nothing, mark))

    def hints(self) -> Response:
        """The stream of hints (a view): ``run`` and ``export`` events with the ids of the projects of which something
        changed, and ``listening`` whenever some may have been missed. One serves all tabs of a browser."""
        return self._open(self._rooms.lobby, HintFollower(_nothing))

    def _open(self, room: Channel, page: PageFollower) -> Response:
        if request.method == "HEAD":
            return _event_stream(())
        visitor = self._visitor()
        seat = self._sit(room, page, visitor.id)
        if seat is None:
            _unavailable(CROWDED, 10)
        try:
            if not seat.ready(self._timing.confirm):
                _unavailable(UNREACHABLE, 3)
        except BaseException:
            seat.leave()
            raise
        viewer = Connection(self._audience, seat, page, visitor.still_allowed, self._timing)
        chunked = request.environ.get("SERVER_PROTOCOL") == "HTTP/1.1"
        answer = _event_stream(opening(viewer, request.environ.get("gunicorn.socket"), chunked))
        answer.call_on_close(viewer.unless_open)  # also when the stream was never begun
        return answer

    # -- rooms ---------------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether no further stream would be let in."""
        return self._seats.full or self.closed.is_set()

    @property
    def packed(self) -> bool:
        """Whether no further stream of a program would be let in."""
        return self._seats.packed or self.closed.is_set()

    @property
    def viewers(self) -> int:
        """Streams open in this process."""
        return len(self._seats)

    @property
    def down(self) -> bool:
        """Whether somebody watches and Redis is away."""
        return self._rooms.down

    def join(self, folder: Folder, follower: Follower, visitor: str = "") -> Subscription | None:
        """Let a follower hear a project's news. ``None``: the house is full, or closing.

        Whoever gets a seat leaves it.
        """
        return self._sit(self._rooms.room(folder), follower, visitor)

    def _sit(self, room: Channel, follower: Follower, visitor: str) -> Subscription | None:
        if self.closed.is_set() or not self._seats.free_for(follower, visitor):
            return None
        seat = Subscription(self, room, follower, visitor)
        self._seats.take(seat)
        self._rooms.enter(seat.room, follower)
        return seat

    def leave(self, seat: Subscription) -> None:
        """Give a seat back; the last one to leave a room turns its subscription off."""
        if seat not in self._seats:
            return
        self._seats.free(seat)
        self._rooms.leave(seat.room, seat.follower)

    def close(self) -> None:
        """End every stream at once and let Redis go; for the end of the process. No new stream is let in."""
        self.closed.set()
        self._rooms.close()
        self._audience.close()
        for seat in self._seats:
            seat.follower.wake()
        self._rooms.end()
        if self._client is not None:
            self._client.close()

    def _messages(self, name: str) -> Iterator[SseEvent]:
        with self._rooms.open() as pubsub:
            pubsub.subscribe(name)
            while not self.closed.is_set():
                item = pubsub.get_message(timeout=1)
                if item is None or item["type"] != "message":
                    continue
                message = read_message(item["data"])
                if message and StreamPosition.read(message.id):
                    yield SseEvent(item["data"].decode(), id=message.id)
                elif event := read_event(item["data"]):
                    yield event


def _is_project(name: str) -> bool:
    return name.startswith(CHANNELS) and len(name) > len(CHANNELS)


def _unavailable(sentence: str, seconds: int) -> NoReturn:
    raise ServiceUnavailable(sentence, retry_after=seconds)


def _event_stream(chunks: Iterable[bytes]) -> Response:
    return current_app.response_class(chunks, mimetype="text/event-stream", headers=HEADERS)


def _nothing() -> None:
    """Nobody is there yet to be woken."""
