"""The seconds by which live streams live."""

from __future__ import annotations

from dataclasses import dataclass

RETRY_SNAPSHOT = 1.0
"""Seconds until a snapshot that could not be read is tried again."""


@dataclass(frozen=True)
class Timing:
    """All in seconds.

    - ``heartbeat``: between two heartbeats.
    - ``recheck``: between two checks whether the visitor is still allowed.
    - ``confirm``: at most, for Redis to confirm a subscription.
    - ``stall``: at most, for a client to accept one write.
    - ``outage``: until pages show that Redis is away.
    """

    heartbeat: float = 15.0
    recheck: float = 30.0
    confirm: float = 3.0
    stall: float = 60.0
    outage: float = 3.0


TIMING = Timing()
