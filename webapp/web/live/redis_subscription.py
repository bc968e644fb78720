"""This process's one subscriber connection to Redis, kept up while any channel is wanted.

One greenlet owns the connection and sends, a second one reads. redis-py must not retry here: it would reconnect and
subscribe again in silence, and the missed messages would go unnoticed.
"""

from __future__ import annotations

import logging
import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import gevent
import redis
from gevent.event import Event as Signal
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

log = logging.getLogger(__name__)

BACKOFF_LEAST, BACKOFF_MOST = 0.05, 2.0
"""Seconds between two attempts to reach Redis again, doubling, ±30 % so that processes do not come back in step."""

PROBE_EVERY = 10.0
"""Seconds of silence after which the subscription is probed; after twice as many it counts as dead."""


class RedisSubscription:
    """Any number of channels over one connection.

    Calls ``on_confirmed(channel, server)`` once Redis delivers a channel, ``on_payload(channel, payload)`` for each
    message, and ``on_lost()`` when the connection is gone; after that every wanted channel is confirmed anew.
    """

    def __init__(
        self,
        url: str,
        *,
        on_confirmed: Callable[[str, str], None],
        on_lost: Callable[[], None],
        on_payload: Callable[[str, bytes], None],
    ) -> None:
        self._url = url
        self._on_confirmed = on_confirmed
        self._on_lost = on_lost
        self._on_payload = on_payload
        self._client: redis.Redis | None = None
        self._wanted: set[str] = set()
        self._requested: set[str] = set()
        self._unconfirmed: Counter[str] = Counter()
        self._server: str | None = None
        self._received_at = 0.0
        self._wake = Signal()
        self._closed = Signal()
        self._owner: gevent.Greenlet[..., Any] | None = None

    @property
    def connected(self) -> bool:
        """Whether Redis delivers."""
        return self._server is not None

    def subscribe(self, name: str) -> str | None:
        """Subscribe to a channel. Returns the server's id if it is delivered already; else `on_confirmed` follows."""
        self._wanted.add(name)
        self._wake.set()
        if self._owner is None:
            self._owner = gevent.spawn(self._run)
        return self._server if name in self._requested and not self._unconfirmed[name] else None

    def unsubscribe(self, name: str) -> None:
        """End the subscription to a channel."""
        self._wanted.discard(name)
        self._wake.set()

    def close(self) -> None:
        """Close the connection for good. Waits at most a second for an attempt to connect."""
        self._closed.set()
        self._wake.set()
        if self._owner is not None:
            self._owner.join(1)  # it ends by itself, unless it hangs in an attempt to connect
            self._owner.kill()
        if self._client is not None:
            self._client.close()

    def _connect(self) -> redis.Redis:
        if self._client is None:
            self._client = redis.Redis.from_url(
                self._url,
                socket_timeout=5,
                socket_connect_timeout=2,
                retry=Retry(NoBackoff(), 0),
                decode_responses=False,
            )
        return self._client

    def _run(self) -> None:
        failures = 0
        while not self._closed.is_set():
            self._wake.clear()
            if not self._wanted:
                self._wake.wait()
                continue
            try:
                self._use_one_connection()
                failures = 0
            except (redis.RedisError, OSError) as error:
                if self.connected:
                    failures = 0
                    log.warning("live changes are interrupted, Redis is away: %s", error)
                    self._server = None
                    self._on_lost()
                delay = min(BACKOFF_MOST, BACKOFF_LEAST * 2**failures)
                failures = min(failures + 1, 10)
                self._closed.wait(delay * random.uniform(0.7, 1.3))
            finally:
                self._server = None

    def _use_one_connection(self) -> None:
        """Keep one connection until no channel is wanted. Raises when it breaks."""
        reader = None
        with self._connect().pubsub() as pubsub:  # type: ignore[no-untyped-call]
            try:
                self._unconfirmed.clear()
                self._request_channels(pubsub)
                self._server = self._server_id()  # after subscribing: a restart in between breaks the subscription
                self._received_at = time.monotonic()
                reader = gevent.spawn(self._read, pubsub)
                reader.link(lambda _: self._wake.set())
                while self._wanted and not self._closed.is_set():
                    self._wake.wait(PROBE_EVERY)
                    self._wake.clear()
                    if reader.dead:
                        raise reader.value if isinstance(reader.value, Exception) else redis.ConnectionError("closed")
                    self._request_channels(pubsub)
                    self._probe(pubsub)
            finally:
                self._requested.clear()
                if reader is not None:
                    reader.kill()

    def _request_channels(self, pubsub: PubSub) -> None:
        new, old = self._wanted - self._requested, self._requested - self._wanted
        self._requested = set(self._wanted)
        self._unconfirmed.update(new)
        if new:
            pubsub.subscribe(*new)
        if old:
            pubsub.unsubscribe(*old)  # type: ignore[no-untyped-call]

    def _probe(self, pubsub: PubSub) -> None:
        silent = time.monotonic() - self._received_at
        if silent > 2 * PROBE_EVERY:
            raise redis.ConnectionError("no answer")
        if silent > PROBE_EVERY * 0.9:
            pubsub.ping()

    def _read(self, pubsub: PubSub) -> Exception | None:
        try:
            while True:
                item = pubsub.get_message(timeout=PROBE_EVERY)
                if item is None:
                    continue
                self._received_at = time.monotonic()
                if item["type"] == "subscribe":
                    self._confirm(item["channel"].decode())
                elif item["type"] == "message":
                    self._deliver(item["channel"].decode(), item["data"])
        except (redis.RedisError, OSError) as error:
            return error

    def _confirm(self, name: str) -> None:
        """Redis confirms in the order of the requests, so a channel counts once its last SUBSCRIBE is confirmed."""
        self._unconfirmed[name] -= 1
        if self._unconfirmed[name] <= 0:
            del self._unconfirmed[name]
            if name in self._requested and self._server is not None:
                self._on_confirmed(name, self._server)

    def _deliver(self, name: str, payload: bytes) -> None:
        try:
            self._on_payload(name, payload)
        except Exception:  # one bad message must not silence the others
            log.exception("a message on %s could not be handled", name)

    def _server_id(self) -> str:
        """The id of this Redis process, another one after every restart; "" when the server does not tell it."""
        try:
            return str(self._connect().info("server").get("run_id", ""))[:8]
        except redis.ResponseError:
            return ""
