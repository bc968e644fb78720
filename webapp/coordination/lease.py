"""Leases in Redis: one driver per project, with a fencing token; and one bulk resume over all processes.

The holder of a project's lease may start calls. Its token only rises, so that everything written under an older lease
is refused. The token counter is seeded from the highest token on disk, so it keeps rising after Redis lost its data.
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

# A lease that vanished (Redis was flushed) is put back unless a higher token was given meanwhile.
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
    """A unique name for this process, which does not reveal the host's."""
    return f"{hashlib.blake2s(host.encode(), digest_size=4).hexdigest()}:{pid}:{random}"


def lease_key(project: str) -> str:
    """The Redis key of a project's lease; ``project`` is its opaque id."""
    return f"step8:lease:{project}"


def token_key(project: str) -> str:
    """The Redis key of a project's token counter."""
    return f"step8:token:{project}"


class Lease:
    """The lease of one project, claimed by `Leases.claim`. ``clock`` is monotonic; ``sent`` is when it was claimed."""

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
        """Whether its owner may still act. False once renewals failed for too long, even if Redis is only away."""
        return self._clock() < self._good_until

    def renew(self) -> bool:
        """Renew it. False when another owner has it now.

        Raises:
            CoordinationDown: Redis did not answer; the lease is trusted until its own deadline.
        """
        sent = self._clock()
        with reaching_redis():
            return self.renewed(sent, self.send_renewal(self._client))

    def send_renewal(self, client: redis.Redis) -> Any:
        """Send the renewal to a client, or add it to a pipeline. Its reply goes to `renewed`."""
        return client.eval(RENEW, 2, *self._keys, self._owner, self.token, int(TTL * 1000))

    def renewed(self, sent: float, kept: Any) -> bool:
        """Take the reply to a renewal sent at ``sent``. Returns whether the lease is still held."""
        self._good_until = sent + TRUSTED_FOR if kept else 0.0
        return bool(kept)

    def release(self) -> None:
        """Release it, so that another worker may take the project at once. Does nothing to another owner's lease."""
        self._good_until = 0.0
        with reaching_redis():
            self._client.eval(RELEASE, 1, self._keys[0], self._owner)


class Leases:
    """Claims and renews leases for one process. Every method raises CoordinationDown when Redis does not answer."""

    def __init__(self, client: redis.Redis, clock: Callable[[], float]) -> None:
        self._client = client
        self._clock = clock

    def claim(self, project: str, owner: str, seen: int = 0) -> Lease | None:
        """Claim a project. ``None`` while another owner has it. ``seen`` is the highest token in its folder."""
        sent = self._clock()
        with reaching_redis():
            token = self._client.eval(CLAIM, 2, lease_key(project), token_key(project), owner, seen, int(TTL * 1000))
        return Lease(self._client, project, owner, int(token), self._clock, sent) if token else None

    def renew(self, held: Sequence[Lease]) -> set[Lease]:
        """Renew all of these at once. Returns those that another owner has now.

        When Redis does not answer, each lease is trusted until its own deadline.
        """
        sent = self._clock()
        with reaching_redis():
            pipe = self._client.pipeline(transaction=False)
            for lease in held:
                lease.send_renewal(pipe)
            answers = pipe.execute()
        return {lease for lease, kept in zip(held, answers, strict=True) if not lease.renewed(sent, kept)}

    def held(self, project: str) -> bool:
        """Whether any worker holds the project's lease."""
        return project in self.held_among([project])

    def held_among(self, projects: Sequence[str]) -> set[str]:
        """Those of the projects whose lease any worker holds."""
        if not projects:
            return set()
        with reaching_redis():
            pipe = self._client.pipeline(transaction=False)
            for project in projects:
                pipe.exists(lease_key(project))
            return {project for project, held in zip(projects, pipe.execute(), strict=True) if held}


KEY = "step8:release"
LASTS = 3600
"""Seconds after which a bulk resume ends by itself."""


class BulkResumeLock:
    """The one bulk resume that may go on, over all processes; beginning another one ends it.

    Every method raises CoordinationDown when Redis does not answer.
    """

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def begin(self, ident: str) -> str:
        """Begin the bulk resume of this id, and end any other."""
        with reaching_redis():
            self._client.set(KEY, ident, ex=LASTS)
        return ident

    def lasts(self, ident: str) -> bool:
        """Whether the bulk resume of this id may go on."""
        with reaching_redis():
            return bool(self._client.get(KEY) == ident)

    def end(self) -> None:
        """End any bulk resume."""
        with reaching_redis():
            self._client.delete(KEY)
