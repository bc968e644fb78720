"""The SSE hub: one Redis subscription per process, any number of open pages.

A subclass of flask-sse's blueprint: events are published with its `publish`, framed as its messages and streamed by its
`stream`. Its stock form opens a Redis connection for each viewer, notices a dead viewer only at the next message, ends
every stream when Redis restarts and lets any visitor read any channel. So between Redis and the browser there is here::

    LiveState.post ─▶ Redis ─▶ RedisSubscription ─▶ ProjectChannel ─▶ PageFollower ─▶ Connection ─▶ browser
    LiveState.post, Hub.publish ─▶ Redis ─▶ RedisSubscription ─▶ HintChannel ─▶ HintFollower ─▶ Connection ─▶ browser

Changes of a run are published by the script that stores them, in one step, so they cannot go through `publish`. A
project that is not followed costs nothing: no channel, no subscription, no rendering. Events are hints; the folder and
the live state are the truth, so what may have been missed is made good by a snapshot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from flask import Response, current_app, request
from flask_sse import ServerSentEventsBlueprint
from gevent.event import Event as Signal
from redis import Redis
from werkzeug.exceptions import ServiceUnavailable

from webapp.coordination.messages import hints_channel
from webapp.coordination.redis_client import UNREACHABLE, connect, reaching_redis
from webapp.disk.files.folder import Folder
from webapp.web.live.broadcaster import Broadcaster
from webapp.web.live.channels import Channels
from webapp.web.live.connection import page_stream
from webapp.web.live.followers import Follower, HintFollower, PageFollower
from webapp.web.live.ports import PartRenderer
from webapp.web.live.stream_limits import LIMITS, OpenStreams, StreamLimits
from webapp.web.live.subscription import Channel, Subscription
from webapp.web.live.timing import TIMING, Timing
from webapp.web.live.wire import ResumePoint

TOO_MANY_STREAMS = "Too many live views are open on this server. Close some tabs, or wait a moment."
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}


@dataclass(frozen=True)
class Visitor:
    """Who opens a stream.

    ``id`` is for the limit per visitor ("" is not counted); ``still_allowed`` is asked every 30 s, outside any request.
    """

    id: str = ""
    still_allowed: Callable[[], bool] = lambda: True


class Hub(ServerSentEventsBlueprint):  # type: ignore[misc]
    """Streams live changes to pages. Registering it on the app serves ``/p/<project>/events`` and ``/hints``.

    ``find`` returns the folder of a project's name or raises (`Library.find`); ``visitor`` is called within the
    request; ``hints`` is the channel of the storage's hints. Nothing connects before the first stream or `publish`, so
    it may be made before a fork.
    """

    def __init__(
        self,
        url: str,
        renderer: PartRenderer,
        find: Callable[[str], Folder],
        *,
        visitor: Callable[[], Visitor] = Visitor,
        limits: StreamLimits = LIMITS,
        timing: Timing = TIMING,
        hints: str = hints_channel(""),
    ) -> None:
        super().__init__("live", __name__)
        self._url = url
        self._find = find
        self._visitor = visitor
        self._timing = timing
        self._client: Redis | None = None
        self._open_streams = OpenStreams(limits)
        self._channels = Channels(url, renderer, timing.outage, hints)
        self._broadcaster = Broadcaster(timing)
        self.closed = Signal()
        self.add_url_rule("/p/<project:project>/events", endpoint="stream", view_func=self.stream, methods=["GET"])
        self.add_url_rule("/hints", endpoint="hints", view_func=self.hints, methods=["GET"])

    # -- flask-sse's verbs -------------------------------------------------------------------------

    @property
    def redis(self) -> Redis:
        """The client that `publish` uses, one for this process; flask-sse makes a new one for each call."""
        if self._client is None:
            self._client = connect(self._url, connections=4)
        return self._client

    def publish(
        self, data: Any, type: str | None = None, id: str | None = None, retry: int | None = None, channel: str = "sse"
    ) -> int:
        """Publish a named event, as flask-sse does: to the pages of a project, or as a hint.

        On a page it is a DOM event called ``type`` of the stream's element. Events without a type are not relayed.
        Returns the number of processes that received it.

        Raises:
            CoordinationDown: Redis did not answer.
        """
        with reaching_redis():
            return int(super().publish(data, type=type, id=id, retry=retry, channel=channel))

    def publish_hint(self, kind: str, project: str) -> None:
        """Publish that something of a project (its opaque id) changed: `publish` on the channel of hints."""
        self.publish(project, type=kind, channel=self._channels.hints.name)

    def stream(self, project: str) -> Response:
        """The live stream of a project's page (a view). Resumes from ``Last-Event-ID`` or ``?since=``.

        While Redis is away the answer is 503 with Retry-After: an open stream would say "Connected" and show nothing.
        """
        folder = self._find(project)
        resume = ResumePoint.newest(request.headers.get("Last-Event-ID", ""), request.args.get("since", ""))
        return self._respond(self._channels.project(folder), PageFollower(_nothing, resume))

    def hints(self) -> Response:
        """The stream of hints (a view): ``run`` and ``export`` events with the ids of the projects that changed, and
        ``listening`` whenever some may have been missed. One serves all tabs of a browser."""
        return self._respond(self._channels.hints, HintFollower(_nothing))

    def _respond(self, channel: Channel, page: PageFollower) -> Response:
        if request.method == "HEAD":
            return _event_stream(())
        visitor = self._visitor()
        subscription = self._subscribe(channel, page, visitor.id)
        if subscription is None:
            _unavailable(TOO_MANY_STREAMS, 10)
        try:
            if not subscription.ready(self._timing.confirm):
                _unavailable(UNREACHABLE, 3)
        except BaseException:
            subscription.end()
            raise
        connection = self._broadcaster.connection(subscription, page, visitor.still_allowed)
        response = _event_stream(page_stream(connection, request.environ))
        response.call_on_close(connection.end_unless_open)  # also when the body was never begun
        return response

    # -- subscriptions -------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether no further stream may be opened."""
        return self._open_streams.full or self.closed.is_set()

    @property
    def full_for_v1(self) -> bool:
        """Whether no further stream of a v1.1 client may be opened."""
        return self._open_streams.full_for_v1 or self.closed.is_set()

    @property
    def viewers(self) -> int:
        """Streams open in this process."""
        return len(self._open_streams)

    @property
    def down(self) -> bool:
        """Whether any stream is open while Redis is away."""
        return self._channels.down

    def subscribe(self, folder: Folder, follower: Follower, visitor: str = "") -> Subscription | None:
        """Let a follower receive a project's changes until its subscription is ended.

        ``None``: too many streams are open, or the hub is closed.
        """
        return self._subscribe(self._channels.project(folder), follower, visitor)

    def close(self) -> None:
        """End every stream at once and disconnect from Redis, at the end of the process. No new stream is opened."""
        self.closed.set()
        self._channels.close()
        self._broadcaster.close()
        for subscription in self._open_streams:
            subscription.follower.wake()
        self._channels.disconnect()
        if self._client is not None:
            self._client.close()

    def _subscribe(self, channel: Channel, follower: Follower, visitor: str) -> Subscription | None:
        if self.closed.is_set() or not self._open_streams.allows(follower, visitor):
            return None
        subscription = Subscription(channel, follower, visitor, self.closed, self._unsubscribe)
        self._open_streams.add(subscription)
        self._channels.add(channel, follower)
        return subscription

    def _unsubscribe(self, subscription: Subscription) -> None:
        if subscription in self._open_streams:
            self._open_streams.remove(subscription)
            self._channels.remove(subscription.channel, subscription.follower)


def _unavailable(sentence: str, seconds: int) -> NoReturn:
    raise ServiceUnavailable(sentence, retry_after=seconds)


def _event_stream(chunks: Iterable[bytes]) -> Response:
    return current_app.response_class(chunks, mimetype="text/event-stream", headers=HEADERS)


def _nothing() -> None:
    """Nothing serves the stream yet."""
