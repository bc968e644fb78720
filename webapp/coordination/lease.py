"""One driver per project: a lease in Redis with a fencing token that only rises.

The lease says who may start calls; the token lets everything written under an older lease be refused. The token counter
is seeded from the highest token seen on disk, so it keeps rising after Redis lost its data.

Whose turn it is to release paused runs: one at a time over all processes, and nobody's once it was ended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import redis

from webapp.coordination.redis_client import reaching_redis

TTL = 15.0
"""Seconds after which an unrenewed lease is free for others."""

RENEW_EVERY = 4.0
TRUSTED_FOR = 10.0
"""Seconds after the last good renewal was sent during which the holder may act: 5 s less than the TTL, for scheduling
pauses."""

CLAIM = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local token = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[2])) + 1
redis.call('SET', KEYS[2], token)
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'token', token)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return token
"""

# A lease that vanished (Redis was flushed) is put back as long as nobody took a higher token meanwhile.
RENEW = """
local owner = redis.call('HGET', KEYS[1], 'owner')
if owner and owner ~= ARGV[1] then return 0 end
if not owner then
  if tonumber(redis.call('GET', KEYS[2]) or '0') > tonumber(ARGV[2]) then return 0 end
  redis.call('SET', KEYS[2], ARGV[2])
  redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'token', ARGV[2])
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
"""

RELEASE = """
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


def owner_name(host: str, pid: int, random: str) -> str:
    """A name for this process that no other process has, without telling the host."""
    return f"{hashlib.blake2s(host.encode(), digest_size=4).hexdigest()}:{pid}:{random}"


def lease_key(project: str) -> str:
    """The Redis key of a project's lease; ``project`` is its opaque id."""
    return f"step8:lease:{project}"


def token_key(project: str) -> str:
    """The Redis key of a project's token counter."""
    return f"step8:token:{project}"


class Lease:
    """A held lease. Made by `Leases.claim`; one owner renews and releases it.

    ``clock`` is monotonic; nothing here sleeps.
    """

    def __init__(
        self, client: redis.Redis, project: str, owner: str, token: int, clock: Callable[[], float], sent: float
    ) -> None:
        self._client = client
        self._keys = (lease_key(project), token_key(project))
        self._owner = owner
        self._clock = clock
        self.token = token
        self._good_until = sent + TRUSTED_FOR

    @property
    def held(self) -> bool:
        """Whether the holder may still act. False once renewals failed for too long, even if Redis is only away."""
        return self._clock() < self._good_until

    def renew(self) -> bool:
        """Ask for more time. False when another owner has it now.

        Raises:
            CoordinationDown: Redis did not answer; the lease is trusted until its own deadline.
        """
        sent = self._clock()
        with reaching_redis():
            return self.heard(sent, self.ask(self._client))

    def ask(self, client: redis.Redis) -> Any:
        """Put the question for more time to a client, or into a pipeline of questions."""
        return client.eval(RENEW, 2, *self._keys, self._owner, self.token, int(TTL * 1000))

    def heard(self, sent: float, kept: Any) -> bool:
        """The answer to a question that was sent then: whether the lease is still ours."""
        self._good_until = sent + TRUSTED_FOR if kept else 0.0
        return bool(kept)

    def release(self) -> None:
        """Give it back, so that another worker may take the project at once. Does nothing when it is another's."""
        self._good_until = 0.0
        with reaching_redis():
            self._client.eval(RELEASE, 1, self._keys[0], self._owner)


class Leases:
    """Claims leases for one process."""

    def __init__(self, client: redis.Redis, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock

    def claim(self, project: str, owner: str, seen: int = 0) -> Lease | None:
        """Take the project, or ``None`` while another has it. ``seen`` is the highest token its folder knows."""
        sent = self._clock()
        with reaching_redis():
            token = self._client.eval(CLAIM, 2, lease_key(project), token_key(project), owner, seen, int(TTL * 1000))
        return Lease(self._client, project, owner, int(token), self._clock, sent) if token else None

    def renew(self, held: Sequence[Lease]) -> set[Lease]:
        """Ask for more time for all of these at once. Answers those that another owner has now.

        Raises:
            CoordinationDown: Redis did not answer; each lease is trusted until its own deadline.
        """
        sent = self._clock()
        with reaching_redis():
            pipe = self._client.pipeline(transaction=False)
            for lease in held:
                lease.ask(pipe)
            answers = pipe.execute()
        return {lease for lease, kept in zip(held, answers, strict=True) if not lease.heard(sent, kept)}

    def held(self, project: str) -> bool:
        """Whether any worker holds it now."""
        return project in self.held_among([project])

    def held_among(self, projects: Sequence[str]) -> set[str]:
        """Those of the projects that any worker holds now."""
        if not projects:
            return set()
        with reaching_redis():
            pipe = self._client.pipeline(transaction=False)
            for project in projects:
                pipe.exists(lease_key(project))
            return {project for project, held in zip(projects, pipe.execute(), strict=True) if held}


KEY = "step8:release"
LASTS = 3600
"""Seconds after which a turn ends by itself."""


class BulkResumeLock:
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
