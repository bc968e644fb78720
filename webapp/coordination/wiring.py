"""Where the processes meet: the Redis they were given or their own, and everything they share in it.

What can be wrong between machines that work together, noticed through the Redis they share.

Both are said in the log and change nothing: leases and limits go by Redis's own clock, and a node with a secret of its
own works, only with limits and sign-ins of its own.
"""

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
    """What a process has of it. ``queue`` is the client for the queue, ``ping`` raises what redis-py raises, and
    ``concerns`` are those of `webapp.coordination.wiring`."""

    url: str
    embedded: EmbeddedServer | None
    queue: redis.Redis
    board: LiveState
    leases: Leases
    limits: AccountLimits
    breaker: CircuitBreaker
    turn: BulkResumeLock
    ping: Callable[[], bool]
    concerns: Callable[[], list[str]]


def meet(given: str | None, data_dir: Path, storage: str, secret: bytes) -> Coordination:
    """The Redis at the ``given`` URL, else the one that is embedded in ``data_dir``. Connects at the first command, not
    here. ``storage`` is the id of the projects folder, ``secret`` that of the installation."""
    embedded = None if given else EmbeddedServer(data_dir)
    url = given or (embedded.url if embedded else "")
    client = connect(url)
    return Coordination(
        url=url,
        embedded=embedded,
        queue=connect_for_queue(url),
        board=LiveState(client, time.time, storage),
        leases=Leases(connect_strictly(url), time.monotonic),
        limits=AccountLimits(client, secret),
        breaker=CircuitBreaker(client),
        turn=BulkResumeLock(client),
        ping=lambda: bool(client.ping()),
        concerns=lambda: concerns(client, secret, time.time),
    )


SKEW = 5.0
"""Seconds by which a clock may differ from Redis's before it is worth saying: the queue's heartbeats go by it."""

SECRET = "step8:secret"
"""A digest of the session secret of the node that came first."""


def concerns(client: redis.Redis, secret: bytes, clock: Callable[[], float]) -> list[str]:
    """A sentence for each thing that is wrong. ``clock`` gives seconds since the epoch.

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
