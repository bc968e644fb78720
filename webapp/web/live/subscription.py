"""This process's one subscriber connection to Redis, kept up for as long as anybody watches anything.

One greenlet owns the connection and sends; a second one reads. redis-py must not retry here: it would reconnect and
subscribe again in silence, and nobody would learn that messages were missed.
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
    """Wanted channels, one connection.

    Tells when a channel is delivered (and by which server), what was published, and that the connection is lost. After
    a loss every wanted channel is confirmed anew.
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
        self._asked: set[str] = set()
        self._unconfirmed: Counter[str] = Counter()
        self._server: str | None = None
        self._heard_at = 0.0
        self._stir = Signal()
        self._ending = Signal()
        self._owner: gevent.Greenlet[..., Any] | None = None

    @property
    def connected(self) -> bool:
        """Whether Redis delivers."""
        return self._server is not None

    def want(self, name: str) -> str | None:
        """Subscribe to this channel. Answers the server's name if it is delivered already; else that comes later."""
        self._wanted.add(name)
        self._stir.set()
        if self._owner is None:
            self._owner = gevent.spawn(self._own)
        return self._server if name in self._asked and not self._unconfirmed[name] else None

    def drop(self, name: str) -> None:
        """Nobody needs this channel any more."""
        self._wanted.discard(name)
        self._stir.set()

    def open(self) -> PubSub:
        """A subscriber of its own, bytes in bytes out."""
        subscriber: PubSub = self._connect().pubsub()  # type: ignore[no-untyped-call]
        return subscriber

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

    def close(self) -> None:
        """Let go of Redis for good."""
        self._ending.set()
        self._stir.set()
        if self._owner is not None:
            self._owner.join(1)  # it ends by itself, unless it hangs in an attempt to connect
            self._owner.kill()
        if self._client is not None:
            self._client.close()

    def _own(self) -> None:
        failures = 0
        while not self._ending.is_set():
            self._stir.clear()
            if not self._wanted:
                self._stir.wait()
                continue
            try:
                self._attend()
                failures = 0
            except (redis.RedisError, OSError) as error:
                if self.connected:
                    failures = 0
                    log.warning("live changes are interrupted, Redis is away: %s", error)
                    self._server = None
                    self._on_lost()
                delay = min(BACKOFF_MOST, BACKOFF_LEAST * 2**failures)
                failures = min(failures + 1, 10)
                self._ending.wait(delay * random.uniform(0.7, 1.3))
            finally:
                self._server = None

    def _attend(self) -> None:
        """Keep one connection until nobody wants anything. Raises when it breaks."""
        reader = None
        with self.open() as pubsub:
            try:
                self._unconfirmed.clear()
                self._settle(pubsub)
                self._server = self._name_server()  # after subscribing: a restart in between breaks the subscription
                self._heard_at = time.monotonic()
                reader = gevent.spawn(self._read, pubsub)
                reader.link(lambda _: self._stir.set())
                while self._wanted and not self._ending.is_set():
                    self._stir.wait(PROBE_EVERY)
                    self._stir.clear()
                    if reader.dead:
                        raise reader.value if isinstance(reader.value, Exception) else redis.ConnectionError("closed")
                    self._settle(pubsub)
                    self._probe(pubsub)
            finally:
                self._asked.clear()
                if reader is not None:
                    reader.kill()

    def _settle(self, pubsub: PubSub) -> None:
        """Ask Redis for what is wanted and not asked for, and the other way round."""
        new, old = self._wanted - self._asked, self._asked - self._wanted
        self._asked = set(self._wanted)
        self._unconfirmed.update(new)
        if new:
            pubsub.subscribe(*new)
        if old:
            pubsub.unsubscribe(*old)  # type: ignore[no-untyped-call]

    def _probe(self, pubsub: PubSub) -> None:
        """A connection that died without a word is noticed by its silence."""
        silent = time.monotonic() - self._heard_at
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
                self._heard_at = time.monotonic()
                if item["type"] == "subscribe":
                    self._confirm(item["channel"].decode())
                elif item["type"] == "message":
                    self._hand_on(item["channel"].decode(), item["data"])
        except (redis.RedisError, OSError) as error:
            return error

    def _confirm(self, name: str) -> None:
        """Redis confirms in the order it was asked, so a channel counts once its last SUBSCRIBE is confirmed."""
        self._unconfirmed[name] -= 1
        if self._unconfirmed[name] <= 0:
            del self._unconfirmed[name]
            if name in self._asked and self._server is not None:
                self._on_confirmed(name, self._server)

    def _hand_on(self, name: str, payload: bytes) -> None:
        try:
            self._on_payload(name, payload)
        except Exception:  # one bad message must not silence the others
            log.exception("a message on %s could not be handled", name)

    def _name_server(self) -> str:
        """Which Redis process this is; "" when it may not say. It is another one after every restart."""
        try:
            return str(self._connect().info("server").get("run_id", ""))[:8]
        except redis.ResponseError:
            return ""
