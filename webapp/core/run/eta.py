"""Estimate of how long a run still takes, by the pace seen, the limits and the pauses. All times in seconds.

It is made of what is known alone: while too little is, there is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ENOUGH = 3
"""Images after which a pace counts as seen."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One way to make calls: an account, or a provider without keys.

    ``per_minute`` calls may begin and ``at_once`` be in flight (None: no limit), from ``opens_in`` seconds on; infinite
    where a user must act.
    """

    per_minute: float | None = None
    at_once: int | None = None
    opens_in: float = 0.0

    def rate(self, seconds: float) -> float:
        """Return the most calls a second when each takes ``seconds``; infinite without a limit."""
        by_pace = math.inf if self.per_minute is None else self.per_minute / 60.0
        by_parallel = math.inf if self.at_once is None or seconds <= 0 else self.at_once / seconds
        return min(by_pace, by_parallel)


@dataclass(frozen=True, slots=True)
class SeenProgress:
    """The progress of a run under its present limits: ``made`` images in ``span`` seconds of work.

    One image takes ``seconds`` (0: unknown) and ``calls`` calls, failed tries among them.
    """

    made: int = 0
    span: float = 0.0
    seconds: float = 0.0
    calls: float = 1.0

    @property
    def pace(self) -> float:
        """Return images a second; infinite while too few were seen."""
        return self.made / self.span if self.made >= ENOUGH and self.span > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Estimate:
    """``seconds`` until the last image, and the pace that was assumed."""

    seconds: float
    per_minute: float


def estimate(left: int, parallel: int, lanes: Iterable[Lane], seen: SeenProgress) -> Estimate | None:
    """Return how long ``left`` images take with ``parallel`` calls in flight; None while it cannot be known.

    The pace seen counts, but never more than the limits allow. Without one the limits alone decide, as soon as the
    duration of an image is known.
    """
    if not (seen.pace < math.inf or seen.seconds > 0):
        return None
    calls = max(1.0, seen.calls)
    ceiling = parallel / seen.seconds / calls if seen.seconds > 0 else math.inf
    most = min(ceiling, seen.pace)
    ways = sorted((lane.opens_in, lane.rate(seen.seconds) / calls) for lane in lanes if lane.opens_in < math.inf)
    if not ways:
        return None
    if left <= 0:
        return Estimate(0.0, 60.0 * most)
    seconds = _time_of_last_image(left, most, ways)
    return Estimate(max(seconds, ways[0][0] + seen.seconds), 60.0 * min(most, sum(rate for _, rate in ways)))


def _time_of_last_image(left: float, most: float, ways: Sequence[tuple[float, float]]) -> float:
    total, at = 0.0, 0.0
    for opens, rate in ways:
        made = min(most, total) * (opens - at)
        if total > 0 and made >= left:
            break
        left, at, total = left - made, opens, total + rate
    return at + left / min(most, total)
