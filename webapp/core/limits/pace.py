"""Requests per minute as arithmetic: state in, state out.

The rule is the generic cell rate algorithm (ITU-T I.371): the only state is the *theoretical arrival time* of the next
request. A short burst is allowed (a tenth of a minute's calls, at least one), the average never exceeds the rate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

BURST_SHARE = 0.1
"""The part of one minute's calls that may go out at once."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate in calls per minute (None: no limit), when the next call is ``due`` by the average, and the end of a
    silence that the provider asked for. Times are seconds on the caller's clock."""

    per_minute: float | None
    due: float = 0.0
    silent: float = 0.0

    @property
    def interval(self) -> float:
        """Return the seconds between two calls at the full rate; 0 without a limit."""
        return 60.0 / self.per_minute if self.per_minute else 0.0

    @property
    def tolerance(self) -> float:
        """Return the seconds that a call may run ahead of the average."""
        if not self.per_minute:
            return 0.0
        return (max(1.0, self.per_minute * BURST_SHARE) - 1.0) * self.interval

    def free_at(self) -> float:
        """Return the earliest time at which a call may begin."""
        return max(self.silent, self.due - self.tolerance) if self.per_minute else self.silent

    def take(self, now: float) -> Pace:
        """Return the pace after a call began at ``now``. Not: whether it was allowed, see `free_at`."""
        return replace(self, due=max(self.due, now) + self.interval)

    def cool(self, until: float) -> Pace:
        """Return the pace with a silence until then, after which no burst follows."""
        return replace(self, silent=max(self.silent, until), due=max(self.due, until + self.tolerance))

    def at(self, per_minute: float | None, now: float) -> Pace:
        """Return the pace at another rate from now on: what was begun ahead of the average counts at the new one."""
        other = replace(self, per_minute=per_minute)
        ahead = max(0.0, self.due - max(now, self.silent)) / self.interval if self.interval else 0.0
        return replace(other, due=max(now, self.silent) + ahead * other.interval)
