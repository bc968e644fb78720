"""Wiring of everything in Redis for one process, and the checks for nodes that do not fit together."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis

from webapp.coordination.account_limits import AccountLimits
from webapp.coordination.circuit_breaker import CircuitBreaker
from webapp.coordination.lease import BulkResumeLock, Leases
from webapp.coordination.live_state import LiveState
from webapp.coordination.redis_client import connect, connect_for_queue, connect_strictly, reaching_redis
from webapp.coordination.redis_server import EmbeddedServer


@dataclass(frozen=True, slots=True)
class Coordination:
    """What a process shares with others in Redis.

    ``queue`` is the client of the job queue; ``ping`` raises redis-py's errors; ``concerns`` is the function below.
    """

    url: str
    embedded: EmbeddedServer | None
    queue: redis.Redis
    live_state: LiveState
    leases: Leases
    limits: AccountLimits
    breaker: CircuitBreaker
    bulk_resume: BulkResumeLock
    ping: Callable[[], bool]
    concerns: Callable[[], list[str]]


def coordinate(redis_url: str | None, data_dir: Path, storage: str, secret: bytes) -> Coordination:
    """Wire everything to the Redis at ``redis_url``, or to the embedded one of ``data_dir``.

    ``storage`` is the id of the projects folder, ``secret`` the installation's. Connects at the first command.
    """
    embedded = None if redis_url else EmbeddedServer(data_dir)
    url = redis_url or (embedded.url if embedded else "")
    client = connect(url)
    return Coordination(
        url=url,
        embedded=embedded,
        queue=connect_for_queue(url),
        live_state=LiveState(client, time.time, storage),
        leases=Leases(connect_strictly(url), time.monotonic),
        limits=AccountLimits(client, secret),
        breaker=CircuitBreaker(client),
        bulk_resume=BulkResumeLock(client),
        ping=lambda: bool(client.ping()),
        concerns=lambda: concerns(client, secret, time.time),
    )


SKEW = 5.0
"""Seconds by which this machine's clock may differ from Redis's: the heartbeats of the queue depend on it."""

SECRET = "step8:secret"
"""Key of a digest of the session secret, stored by the first node."""


def concerns(client: redis.Redis, secret: bytes, clock: Callable[[], float]) -> list[str]:
    """Check clock and secret of this node against Redis. Returns a sentence for each that differs.

    They are for the log and change nothing: leases and limits use Redis's clock, and a node with a secret of its own
    works, with limits and sign-ins of its own. ``clock`` gives seconds since the epoch.

    Raises:
        CoordinationDown: Redis did not answer.
    """
    with reaching_redis():
        before = clock()
        seconds, micros = client.time()
        after = clock()
        mine = hmac.digest(secret, b"step8", "sha256").hex()
        client.set(SECRET, mine, nx=True)
        theirs = client.get(SECRET)
    found = []
    theirs_now = int(seconds) + int(micros) / 1e6
    skew = max(theirs_now - after, before - theirs_now)
    if skew > SKEW:
        found.append(f"The clock of this machine differs from Redis's by {skew:.0f} s. Let both follow a time server.")
    if theirs != mine:
        found.append(
            "Another node has another session secret, so key limits and sign-ins are not shared. Copy session-secret"
            " from its DATA_DIR to this one, then start this node again."
        )
    return found
