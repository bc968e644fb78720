"""The hard budget of a project: the price is reserved before the call, in one script, so that no number of calls in
flight and no number of workers can spend more than the cap.

Redis is the fast copy; the ledger in the project folder is the truth. A project whose spending Redis does not know gets
nothing until it is seeded from there. Reservations have no end of their own: only the journal knows what became of an
attempt whose worker died.

Amounts are whole micro-dollars. Lua counts in doubles, which are exact up to 2^53; no amount and no sum goes beyond.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import redis

from webapp.coordination.connection import reaching_redis
from webapp.core.money import Budget

MOST = 2**53 - 1
"""The largest amount: nine thousand million dollars."""

AMOUNT = f"""
local MOST = {MOST}
local function amount(text)
  if not text or not string.find(text, '^%d+$') or #text > 16 then return nil end
  local value = tonumber(text)
  if value <= MOST then return value end
  return nil
end
"""
"""The beginning of each script here. Whatever is no amount, whoever wrote it, is ``nil``."""

# KEYS: spent, held (hash of attempt → price). ARGV: attempt, price, cap. Answers "held", "over" or "unknown".
RESERVE = (
    AMOUNT
    + """
local total, cap = amount(redis.call('GET', KEYS[1])), tonumber(ARGV[3])
if not total then return 'unknown' end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 'held' end
for _, price in ipairs(redis.call('HVALS', KEYS[2])) do
  if not amount(price) then return 'unknown' end
  total = total + amount(price)
  if total > cap then return 'over' end
end
if total + tonumber(ARGV[2]) > cap then return 'over' end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
return 'held'
"""
)

# KEYS: spent, held. ARGV: attempt, cost ("" for as much as was reserved).
SETTLE = (
    AMOUNT
    + """
local price = redis.call('HGET', KEYS[2], ARGV[1])
if not price then return end
redis.call('HDEL', KEYS[2], ARGV[1])
local spent, cost = amount(redis.call('GET', KEYS[1])), amount(ARGV[2]) or amount(price)
if not spent or not cost then
  redis.call('DEL', KEYS[1]) -- only the ledger knows
else
  redis.call('SET', KEYS[1], string.format('%.0f', math.min(MOST, spent + cost)))
end
"""
)

# KEYS: spent, held. ARGV: spent by the ledger, then pairs of open attempt and price.
SEED = (
    AMOUNT
    + """
local known, held = amount(redis.call('GET', KEYS[1])), redis.call('HGETALL', KEYS[2])
for i = 1, #held, 2 do
  if not amount(held[i + 1]) then redis.call('HDEL', KEYS[2], held[i]) end
end
if not known then
  for i = 2, #ARGV, 2 do redis.call('HSETNX', KEYS[2], ARGV[i], ARGV[i + 1]) end
end
if not known or known < tonumber(ARGV[1]) then redis.call('SET', KEYS[1], ARGV[1]) end
"""
)


class Purse:
    """The budgets of all projects. ``project`` is an opaque id, ``attempt`` the id of one call."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._reserve = client.register_script(RESERVE)
        self._settle = client.register_script(SETTLE)
        self._seed = client.register_script(SEED)

    def reserve(self, project: str, attempt: str, price: int, cap: int | None) -> bool | None:
        """Reserve the price of an attempt if spent, reserved and price together stay within the cap (``None``: no cap).

        ``True``: it is reserved, now or before. ``False``: the budget does not allow it. ``None``: Redis does not know
        what was spent; `seed` it and ask again.
        """
        limit = MOST if cap is None else min(MOST, max(0, cap))
        with reaching_redis():
            answer = self._reserve(keys=_keys(project), args=[attempt, _amount(price), limit])
        return None if answer == "unknown" else bool(answer == "held")

    def settle(self, project: str, attempt: str, cost: int | None = None) -> None:
        """The attempt was charged, ``None``: as much as was reserved. Only the first word on an attempt counts."""
        with reaching_redis():
            self._settle(keys=_keys(project), args=[attempt, "" if cost is None else _amount(cost)])

    def release(self, project: str, attempt: str) -> None:
        """The attempt was certainly not charged. Only the first word on an attempt counts."""
        with reaching_redis():
            self._client.hdel(_keys(project)[1], attempt)

    def seed(self, project: str, spent: int, held: Mapping[str, int] | None = None) -> None:
        """Tell what the ledger says: what was spent, and at which price attempts that have no outcome yet are held.

        It never lowers what Redis knows, and where Redis knows anything the reservations are left to it. What the
        ledger has closed and Redis still holds must be settled or released first, or it would be counted twice.
        """
        pairs = [part for attempt, price in (held or {}).items() for part in (attempt, _amount(price))]
        with reaching_redis():
            self._seed(keys=_keys(project), args=[_amount(spent), *pairs])

    def look(self, project: str, cap: int | None = None) -> Budget | None:
        """What is spent and what is reserved, by attempt, under this cap; ``None`` when Redis does not know."""
        spent_key, held_key = _keys(project)
        with reaching_redis():
            pipe = self._client.pipeline()
            pipe.get(spent_key)
            pipe.hgetall(held_key)
            spent, held = pipe.execute()
        if not _is_amount(spent):
            return None
        return Budget(cap, int(spent), {attempt: int(price) for attempt, price in held.items() if _is_amount(price)})


def _amount(value: int) -> int:
    if type(value) is not int or not 0 <= value <= MOST:
        raise ValueError("Money is a whole number of micro-dollars, from 0 to 2^53 - 1")
    return value


def _is_amount(text: Any) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= 16 and int(text) <= MOST


def _keys(project: str) -> tuple[str, str]:
    return f"step8:spent:{project}", f"step8:held:{project}"
