"""Circuit breakers, one per provider and model, in Redis: repeated faults of a service pause the calls to it.

A breaker opens when five calls in a row ended in a fault of the service (5xx, time-outs), or half of at least eight
within a minute. Then no call begins for 30 s; after that one call probes. When the probe fails the pause doubles, up to
five minutes; when it succeeds the breaker closes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum

import redis

from webapp.coordination.lua_clock import (
    NOW,
    Clock,
    number,
    time_argument,
)
from webapp.coordination.redis_client import reaching_redis

WINDOW = 60.0
FEWEST_CALLS = 8
IN_A_ROW = 5
FIRST_PAUSE = 30.0
LONGEST_PAUSE = 300.0
ASK_AGAIN = 1.0
"""Seconds to wait while another call probes, whose end is unknown."""

KEPT = 3600
"""Seconds for which Redis keeps a breaker without calls."""

# KEYS: breaker. ARGV: time, attempt, seconds after which a probe is given up.
# Returns the seconds to wait, 0 to go. The breaker is a hash: `row` of faults while closed; `open` until when, `pause`
# how long that was, `probe` and `probe_ends` while open.
ASK = (
    NOW
    + f"""
local open = number(KEYS[1], 'open', nil)
if not open then return '0' end
if open > now then return exact(math.min({LONGEST_PAUSE}, open - now)) end
local ends = number(KEYS[1], 'probe_ends', 0)
if ends > now and redis.call('HGET', KEYS[1], 'probe') ~= ARGV[2] then
  return exact(math.min({ASK_AGAIN}, ends - now))
end
redis.call('HSET', KEYS[1], 'probe', ARGV[2], 'probe_ends', exact(now + tonumber(ARGV[3])))
redis.call('EXPIRE', KEYS[1], {KEPT})
return '0'
"""
)

# KEYS: breaker, calls, faults (sorted sets of attempts by time). ARGV: time, attempt, "ok", "fault" or "".
TELL = (
    NOW
    + f"""
local breaker, calls, faults = KEYS[1], KEYS[2], KEYS[3]
local attempt, ok, fault = ARGV[2], ARGV[3] == 'ok', ARGV[3] == 'fault'
local function pause(seconds)
  redis.call('DEL', breaker, calls, faults)
  redis.call('HSET', breaker, 'open', exact(now + seconds), 'pause', exact(seconds))
  redis.call('EXPIRE', breaker, {KEPT})
end

if number(breaker, 'open', nil) then
  -- calls that were on their way when it opened say nothing new: the probe decides
  if redis.call('HGET', breaker, 'probe') ~= attempt then return end
  redis.call('HDEL', breaker, 'probe', 'probe_ends')
  if ok then redis.call('DEL', breaker, calls, faults) end
  if fault then pause(math.min({LONGEST_PAUSE}, 2 * number(breaker, 'pause', {FIRST_PAUSE}))) end
  return
end
if not ok and not fault then return end
if redis.call('ZADD', calls, 'NX', exact(now), attempt) == 0 then return end
if fault then redis.call('ZADD', faults, exact(now), attempt) end
for _, key in ipairs({{calls, faults}}) do
  redis.call('ZREMRANGEBYSCORE', key, '-inf', exact(now - {WINDOW}))
  redis.call('EXPIRE', key, {KEPT})
end
if ok then redis.call('HDEL', breaker, 'row') return end
local row, total = redis.call('HINCRBY', breaker, 'row', 1), redis.call('ZCARD', calls)
redis.call('EXPIRE', breaker, {KEPT})
if row >= {IN_A_ROW} or (total >= {FEWEST_CALLS} and 2 * redis.call('ZCARD', faults) >= total) then
  pause({FIRST_PAUSE})
end
"""
)


class Circuit(StrEnum):
    """State of a circuit breaker."""

    CLOSED = "closed"
    """All calls may begin."""
    OPEN = "open"
    """No call may begin."""
    PROBING = "probing"
    """One call may begin, to see whether the service is back."""


@dataclass(frozen=True, slots=True)
class BreakerView:
    """A breaker as pages show it; ``wait`` is how many seconds it stays open."""

    circuit: Circuit = Circuit.CLOSED
    wait: float = 0.0


class CircuitBreaker:
    """The breakers of all providers and models; ``name`` is any text that identifies one. ``clock`` is for tests.

    Every method raises CoordinationDown when Redis does not answer.
    """

    def __init__(self, client: redis.Redis, clock: Clock | None = None) -> None:
        self._client = client
        self._clock = clock
        self._ask = client.register_script(ASK)
        self._tell = client.register_script(TELL)

    def ask(self, name: str, attempt: str, *, ttl: float) -> float:
        """Ask to begin a call. Returns the seconds to wait before asking again; 0: the attempt may begin.

        It may be the probe, so its result must be reported with `tell`. A probe without a result for ``ttl`` seconds
        (its worker died) is replaced by the next.
        """
        with reaching_redis():
            return float(self._ask(keys=_keys(name)[:1], args=[time_argument(self._clock), attempt, repr(float(ttl))]))

    def tell(self, name: str, attempt: str, ok: bool | None) -> None:
        """Report the result of an attempt. Idempotent.

        ``ok``: False for a fault of the service; None when the result says nothing about it (4xx, too many requests,
        nothing sent).
        """
        word = "" if ok is None else "ok" if ok else "fault"
        with reaching_redis():
            self._tell(keys=_keys(name), args=[time_argument(self._clock), attempt, word])

    def look(self, name: str) -> BreakerView:
        """Read the breaker without asking for a call."""
        with reaching_redis():
            pipe = self._client.pipeline()
            pipe.time()
            pipe.hget(_keys(name)[0], "open")
            time, text = pipe.execute()
        now = self._clock() if self._clock else time[0] + time[1] / 1e6
        until = number(text, -1.0)
        if until < 0:
            return BreakerView()
        wait = until - now
        return BreakerView(Circuit.OPEN, min(LONGEST_PAUSE, wait)) if wait > 0 else BreakerView(Circuit.PROBING)


def _keys(name: str) -> tuple[str, str, str]:
    digest = hashlib.blake2s(name.encode(), digest_size=8).hexdigest()
    return f"step8:breaker:{digest}", f"step8:calls:{digest}", f"step8:faults:{digest}"
