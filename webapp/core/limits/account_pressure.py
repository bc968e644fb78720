"""Load control of an account, learnt from its answers: state in, state out.

Calls in flight rise by one after as many successes as are allowed in flight, and halve when the provider answers "too
many requests" (AIMD, as in TCP). The pace falls by a fifth when it does so without a time to wait, and climbs back with
each success. Both stay inside the user's own settings.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from statistics import median
from typing import Any

START = 2
"""Calls in flight for an account that is not known yet."""

EASE_EVERY = 10.0
"""Seconds in which several limited answers count as one: they are for calls that were in flight together."""

EASED = 0.8
LEAST_SHARE = 0.1
CLIMB = 0.02
"""The part of the user's rate that comes back with each success."""

FIRST_COOLING = 2.0
LONGEST_COOLING = 120.0
"""Seconds of silence when the provider does not say how long. Doubled from the first to the longest each time that the
call after it is limited again."""

LONGEST_WISH = 3_600.0
"""A provider's own time to wait is followed for an hour at most; then one call asks again. Whatever it meant (a date
decades ahead, milliseconds, "inf"), no key is lost for longer; a daily quota costs one refused call an hour."""

LONG_SILENCE = 600.0
"""Seconds of a silence after which one call alone goes first, and which a page tells in words."""

MOST_STRIKES = 30

SAMPLES = 9
FEWEST_SAMPLES = 5
SLOW = 2.0
FORGET = 1.01
"""Factor by which the best known duration grows with each success, for the day on which the user changes to a slower
model."""


@dataclass(frozen=True, slots=True)
class Pressure:
    """The state of one account.

    ``limit`` calls may be in flight, ``share`` of the user's rate may be used, ``good`` successes came since the limit
    changed, ``strikes`` silences since the last success, the last one until ``silent``. ``recent`` are the seconds of
    the last successes, ``best`` their lowest median so far (0: unknown). ``eased_at`` and ``silent`` are on the clock
    of ``now`` below.
    """

    limit: int = START
    share: float = 1.0
    good: int = 0
    strikes: int = 0
    eased_at: float = 0.0
    silent: float = 0.0
    recent: tuple[float, ...] = ()
    best: float = 0.0

    @property
    def strained(self) -> bool:
        """Return whether calls take twice as long as they can: more at once would only queue at the provider."""
        return self.best > 0 and len(self.recent) >= FEWEST_SAMPLES and median(self.recent) > SLOW * self.best

    def after_success(self, seconds: float, most: int) -> Pressure:
        """Return the pressure after a call of ``seconds``; ``most`` is the user's ceiling of calls in flight."""
        recent = (*self.recent, max(0.0, seconds))[-SAMPLES:]
        best = self.best * FORGET
        if len(recent) >= FEWEST_SAMPLES:
            best = min(best or math.inf, median(recent))
        limit, good = min(self.limit, max(1, most)), self.good + 1
        learnt = replace(self, recent=recent, best=best, strikes=0, share=min(1.0, self.share + CLIMB))
        if good < limit:
            return replace(learnt, limit=limit, good=good)
        if limit < most and not learnt.strained:
            return replace(learnt, limit=limit + 1, good=0)
        return replace(learnt, limit=limit, good=limit)

    def after_limit(self, now: float, wish: float | None) -> tuple[Pressure, float]:
        """Return the pressure after "too many requests", and the seconds to be silent.

        ``wish`` is the provider's own time to wait, None when it gave none or none that is a time.
        """
        if wish is not None and not (math.isfinite(wish) and wish >= 0):
            wish = None
        eased = self
        if not 0 <= now - self.eased_at < EASE_EVERY:
            eased = replace(
                self,
                limit=max(1, self.limit // 2),
                share=self.share if wish is not None else max(LEAST_SHARE, self.share * EASED),
                good=0,
                eased_at=now,
            )
        strikes = self.strikes if self.strikes and now < self.silent else min(self.strikes + 1, MOST_STRIKES)
        silence = min(LONGEST_COOLING, FIRST_COOLING * 2.0 ** (strikes - 1)) if wish is None else wish
        silence = min(LONGEST_WISH, silence)
        if silence >= LONG_SILENCE:
            eased = replace(eased, limit=1, good=0)
        return replace(eased, strikes=strikes, silent=max(self.silent, now + silence)), silence

    def to_json(self) -> str:
        """Return it as text for `from_json`."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | None) -> Pressure:
        """Read what `to_json` wrote. Returns the pressure of an unknown account for anything else."""
        try:
            data = json.loads(text or "")
            read = cls(
                limit=_count(data["limit"]),
                share=_number(data["share"]),
                good=_count(data["good"]),
                strikes=_count(data["strikes"]),
                eased_at=_number(data["eased_at"]),
                silent=_number(data["silent"]),
                recent=tuple(map(_number, data["recent"]))[-SAMPLES:],
                best=_number(data["best"]),
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            return cls()
        return read if read.limit >= 1 and LEAST_SHARE <= read.share <= 1 and read.strikes <= MOST_STRIKES else cls()


def _count(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 1_000_000:
        raise ValueError
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value < 1e12:
        raise ValueError
    return float(value)
