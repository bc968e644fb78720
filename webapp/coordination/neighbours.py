"""What can be wrong between machines that work together, noticed through the Redis they share.

Both are said in the log and change nothing: leases and limits go by Redis's own clock, and a node with a secret of its
own works, only with limits and sign-ins of its own.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

import redis

from webapp.coordination.connection import reaching_redis

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
