"""The clock of Lua scripts: Redis's own time, so that all processes and machines share one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Clock = Callable[[], float]
"""A clock to use instead of Redis's, for tests; in seconds since the epoch."""

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
"""The beginning of a script whose first argument is `time_argument`. Defines ``now``; ``exact``, which writes a time to
the microsecond (Lua itself would cut it to a tenth of a millisecond); and ``number``, the number in a field of a hash,
or the default where it holds none."""


def time_argument(clock: Clock | None) -> str:
    """The first argument of a script that begins with `NOW`: the time of ``clock``, "" for Redis's."""
    return "" if clock is None else repr(clock())


def number(text: Any, default: float) -> float:
    """The number in a field of a hash that was read here, by the rules of the script's ``number``."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return default
    return value if 0 <= value < 1e12 else default
