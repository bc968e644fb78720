"""The time by which scripts decide: Redis's own, so that all processes and machines share one clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Clock = Callable[[], float]
"""A clock to decide by instead of Redis's, in seconds since the epoch; the same one for everyone who shares a limit."""

NOW = """
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1e6
end
local function exact(number) return string.format('%.6f', number) end
local function number(key, field, default)
  local value = tonumber(redis.call('HGET', key, field) or '')
  if value and value >= 0 and value < 1e12 then return value end
  return default
end
"""
"""The beginning of a script whose first argument is a time, or "" for Redis's. Defines ``now``; ``exact``, by which
times are stored to the microsecond (Lua itself would cut them to a tenth of a millisecond); and ``number``, the number
in a field of a hash, or the default where it holds none."""


def told(clock: Clock | None) -> str:
    """The first argument for such a script."""
    return "" if clock is None else repr(clock())


def number(text: Any, default: float) -> float:
    """The same for a field that was read here."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return default
    return value if 0 <= value < 1e12 else default
