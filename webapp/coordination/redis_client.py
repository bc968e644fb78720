"""Redis clients, and the one error for a Redis that cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from webapp.errors import CoordinationDown

UNREACHABLE = "Redis cannot be reached. Your images are safe; check the Redis server, the page recovers by itself."


def connect(url: str, *, connections: int = 32) -> redis.Redis:
    """Make a client on a pool that waits for a free connection instead of failing. Connects at the first command.

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
    """Make a client for leases: short time-out and no retry, since a claim repeated after a lost reply would read as
    "held by another"."""
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
    """Make a client for the job queue, which uses bytes and keeps a connection per waiting consumer."""
    pool = redis.BlockingConnectionPool.from_url(
        url, max_connections=64, timeout=5, socket_timeout=5, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1)
    )
    return redis.Redis(connection_pool=pool)


@contextmanager
def reaching_redis() -> Iterator[None]:
    """Raise CoordinationDown, with one plain sentence, for every error of redis-py inside."""
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise CoordinationDown(UNREACHABLE) from error
