"""Whose turn it is to release paused runs: one at a time over all processes, and nobody's once it was ended."""

from __future__ import annotations

import redis

from webapp.coordination.connection import reaching_redis

KEY = "step8:release"
LASTS = 3600
"""Seconds after which a turn ends by itself."""


class Turn:
    """Every method raises CoordinationDown when Redis does not answer."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def begin(self, mine: str) -> str:
        """From now on it is this one's turn, and nobody else's any more."""
        with reaching_redis():
            self._client.set(KEY, mine, ex=LASTS)
        return mine

    def lasts(self, mine: str) -> bool:
        """Whether it is still this one's turn."""
        with reaching_redis():
            return bool(self._client.get(KEY) == mine)

    def end(self) -> None:
        """It is nobody's turn any more."""
        with reaching_redis():
            self._client.delete(KEY)
