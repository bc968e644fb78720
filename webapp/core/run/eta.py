"""How long a run still takes: by the pace that was seen, the limits that hold, and what stands in its way.

Everything is in seconds and handed in. An estimate is made of what is known and of nothing else: while too little is,
there is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ENOUGH = 3
"""Pictures after which a pace counts as seen."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One way to make calls: an account, or a provider without keys.

    ``per_minute`` calls may begin and ``at_once`` be in flight (``None``: no limit of its own), from ``opens_in``
    seconds on; infinite where only somebody's deed helps.
    """

    per_minute: float | None = None
    at_once: int | None = None
    opens_in: float = 0.0

    def rate(self, seconds: float) -> float:
        """Calls a second at most when each takes so long; infinite without a limit."""
        by_pace = math.inf if self.per_minute is None else self.per_minute / 60.0
        by_room = math.inf if self.at_once is None or seconds <= 0 else self.at_once / seconds
        return min(by_pace, by_room)


@dataclass(frozen=True, slots=True)
class SeenProgress:
    """What a run showed so far.

    Under the limits as they are now it ``made`` so many pictures in ``span`` seconds of work. One takes ``seconds``
    (0: not known) and ``calls`` calls, failed tries among them.
    """

    made: int = 0
    span: float = 0.0
    seconds: float = 0.0
    calls: float = 1.0

    @property
    def pace(self) -> float:
        """Pictures a second; infinite while too few were seen to tell."""
        return self.made / self.span if self.made >= ENOUGH and self.span > 0 else math.inf


@dataclass(frozen=True, slots=True)
class Estimate:
    """``seconds`` until the last picture is there, and the pace it was made with."""

    seconds: float
    per_minute: float


def estimate(left: int, parallel: int, lanes: Iterable[Lane], seen: SeenProgress) -> Estimate | None:
    """How long ``left`` pictures take with ``parallel`` calls in flight; ``None`` while nobody can know.

    The pace that was seen is believed, but never more than the limits allow. Without one the limits alone decide, as
    soon as it is known how long a picture takes.
    """
    if not (seen.pace < math.inf or seen.seconds > 0):
        return None
    calls = max(1.0, seen.calls)
    room = parallel / seen.seconds / calls if seen.seconds > 0 else math.inf
    most = min(room, seen.pace)
    ways = sorted((lane.opens_in, lane.rate(seen.seconds) / calls) for lane in lanes if lane.opens_in < math.inf)
    if not ways:
        return None
    if left <= 0:
        return Estimate(0.0, 60.0 * most)
    seconds = _until(left, most, ways)
    return Estimate(max(seconds, ways[0][0] + seen.seconds), 60.0 * min(most, sum(rate for _, rate in ways)))


def _until(left: float, most: float, ways: Sequence[tuple[float, float]]) -> float:
    """When so many pictures are made if the ways open at their times, never more than ``most`` a second together."""
    total, at = 0.0, 0.0
    for opens, rate in ways:
        made = min(most, total) * (opens - at)
        if total > 0 and made >= left:
            break
        left, at, total = left - made, opens, total + rate
    return at + left / min(most, total)
