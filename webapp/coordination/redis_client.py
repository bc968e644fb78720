"""Clients for the Redis that all processes share, and one word for "it cannot be reached"."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp.errors import CoordinationDown

UNREACHABLE = "Redis cannot be reached. Your images are safe; check the Redis server, the page recovers by itself."


def connect(url: str, *, connections: int = 32) -> redis.Redis:
    """A client on a pool that waits for a free connection instead of failing. Connects at the first command, not here.

    One retry and no backoff: redis-py's own default retries for 4.5 s, and `Redis.from_url` not at all.
    """
    pool = redis.BlockingConnectionPool.from_url(
        url,
        max_connections=connections,
        timeout=5,
        socket_timeout=5,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 1),
        decode_responses=True,
    )
    return redis.Redis(connection_pool=pool)


def connect_strictly(url: str) -> redis.Redis:
    """A client for leases: short time-out and no retry, since a repeated claim after a lost reply reads as "held by
    another"."""
    pool = redis.BlockingConnectionPool.from_url(
        url,
        max_connections=4,
        timeout=2,
        socket_timeout=2,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    return redis.Redis(connection_pool=pool)


def connect_for_queue(url: str) -> redis.Redis:
    """A client for the queue, which speaks bytes and keeps a connection per waiting consumer."""
    pool = redis.BlockingConnectionPool.from_url(
        url, max_connections=64, timeout=5, socket_timeout=5, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1)
    )
    return redis.Redis(connection_pool=pool)


@contextmanager
def reaching_redis() -> Iterator[None]:
    """Turn whatever redis-py raises inside into CoordinationDown, with one plain sentence."""
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise CoordinationDown(UNREACHABLE) from error
