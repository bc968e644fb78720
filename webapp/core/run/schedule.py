"""Schedule of a run: which frame to make next, and what a failed attempt leads to. Decides and does nothing."""

from __future__ import annotations

import heapq
import itertools
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from webapp.core.project import Frame
from webapp.errors import (
    KeyRefused,
    KeySpent,
    Limited,
    LostAnswer,
    Misconfigured,
    NoImage,
    NotSent,
    ProviderError,
    Rejected,
    Unavailable,
    Unsuited,
)


@dataclass(frozen=True, slots=True)
class Make:
    """Begin a call for this frame now."""

    frame: Frame


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing may begin before ``until`` (None: not before a call in flight ends)."""

    until: float | None


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing waits and nothing is in work."""


Step = Make | Wait | Finish

LEAST_FINISHING = 2
"""Images that may be in finishing beside a single call in flight."""


class Schedule:
    """The order of a run's frames: first come, first served, failed ones again when their time has come.

    A frame is made at most once at a time, and never again after `done`. The next frame waits while ``parallel`` calls
    are in flight, or as many images (two at least) are being finished: they fill the memory.
    """

    def __init__(self, frames: Iterable[Frame], parallel: int) -> None:
        self._waiting = deque(frames)
        self._later: list[tuple[float, int, Frame]] = []
        self._turn = 0
        self._in_flight: set[Frame] = set()
        self._finishing: set[Frame] = set()
        self.parallel = max(1, parallel)
        self.stopped = False

    @property
    def in_flight(self) -> frozenset[Frame]:
        """Return the frames whose call has begun and not ended."""
        return frozenset(self._in_flight)

    @property
    def finishing(self) -> int:
        """Return how many images are being finished after their call."""
        return len(self._finishing)

    @property
    def busy(self) -> bool:
        """Return whether anything was begun that has not ended."""
        return bool(self._in_flight or self._finishing)

    @property
    def styles(self) -> set[str]:
        """Return the styles of the frames that wait."""
        return {frame.style for frame in self._waiting} | {entry[2].style for entry in self._later}

    @property
    def left(self) -> int:
        """Return how many frames wait, now or for their time."""
        return len(self._waiting) + len(self._later)

    def next(self, now: float, blocked: Mapping[str, float] = MappingProxyType({})) -> Step:
        """Return the next step; changes nothing.

        ``blocked`` are styles whose frames may not begin before a time: no key is free for them, the pace is used up,
        or they are held. It is infinite where a user must act.
        """
        if self.stopped or not self.left:
            return Wait(None) if self.busy else Finish()
        if len(self._in_flight) >= self.parallel or self.finishing >= max(LEAST_FINISHING, self.parallel):
            return Wait(None)
        shut = {style for style, until in blocked.items() if until > now}
        ready = self._due(now, shut)
        if ready is not None:
            return Make(ready)
        ends = [max(at, blocked.get(frame.style, at)) for at, _, frame in self._later]
        ends += [blocked[style] for style in {frame.style for frame in self._waiting} & shut]
        soonest = min(ends, default=math.inf)
        return Wait(soonest if soonest < math.inf else None)

    def begin(self, frame: Frame) -> None:
        """Note that the call for this frame, as returned by `next`, begins."""
        again = next((entry for entry in self._later if entry[2] == frame), None)
        if again:
            self._later.remove(again)
            heapq.heapify(self._later)
        else:
            self._waiting.remove(frame)
        self._in_flight.add(frame)

    def answered(self, frame: Frame) -> None:
        """Note that its call brought an image, which is now being finished: another call may begin."""
        self._in_flight.discard(frame)
        self._finishing.add(frame)

    def done(self, frame: Frame) -> None:
        """Note that the frame needs no other call."""
        self._in_flight.discard(frame)
        self._finishing.discard(frame)

    def again(self, frame: Frame, at: float) -> None:
        """Note that its call ended and the frame is to be tried again, not before ``at``."""
        self.done(frame)
        self._turn += 1
        heapq.heappush(self._later, (at, self._turn, frame))

    def arrange(self, frames: Iterable[Frame]) -> None:
        """Make these frames from now on, in this order. Those in work are left alone, those that wait for their time
        keep it."""
        wanted = [frame for frame in frames if frame not in self._in_flight | self._finishing]
        self._later = [entry for entry in self._later if entry[2] in set(wanted)]
        heapq.heapify(self._later)
        later = {entry[2] for entry in self._later}
        self._waiting = deque(frame for frame in wanted if frame not in later)

    @property
    def coming(self) -> tuple[Frame, ...]:
        """Return the frames that may begin, the next one first."""
        return tuple(self._waiting)

    def stop(self) -> None:
        """Begin no further call; what is in work goes on."""
        self.stopped = True

    def go_on(self) -> None:
        """Begin calls again."""
        self.stopped = False

    def _due(self, now: float, shut: set[str]) -> Frame | None:
        # a frame whose retry is due goes before those that were never tried
        chances = sorted(entry for entry in self._later if entry[0] <= now) if self._later else ()
        candidates = itertools.chain((entry[2] for entry in chances), self._waiting)
        return next((frame for frame in candidates if frame.style not in shut), None)


@dataclass(frozen=True, slots=True)
class Retry:
    """Try the frame again after ``delay`` seconds. ``counts``: whether the failure was one of its tries."""

    delay: float
    counts: bool = True


@dataclass(frozen=True, slots=True)
class CoolDown:
    """Send this provider nothing for ``delay`` seconds, then try the frame again; not one of its tries."""

    delay: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Give the frame up, with a sentence for it."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Swap:
    """Try the frame again with another key, since this one is of no use; not one of its tries."""

    sentence: str


@dataclass(frozen=True, slots=True)
class End:
    """End the run: every further call would fail in the same way."""

    sentence: str


Verdict = Retry | CoolDown | GiveUp | Swap | End

LONGEST_BACKOFF = 60.0
LONGEST_COOLING = 120.0
FIRST_COOLING = 10.0
SINGLE_RETRY = 2
"""Tries when an answer was lost or held no image: it may have been charged, so it is repeated once only."""


def after_failure(error: ProviderError, tries: int, most: int, random: Callable[[], float]) -> Verdict:
    """Return what a failed attempt leads to.

    ``tries`` counts the attempts so far including this one, ``most`` is the limit for a frame, ``random`` yields
    numbers in [0, 1). Backoff is exponential with full jitter (sleep = random · min(60 s, 2^n s)); a longer wait that
    the provider asked for wins.
    """
    sentence = str(error)
    match error:
        case Misconfigured():
            return End(sentence)
        case KeyRefused() | KeySpent():
            return Swap(sentence)
        case Rejected():
            return GiveUp(sentence)
        case Limited():
            wish = FIRST_COOLING if error.retry_after is None else error.retry_after
            return CoolDown(min(LONGEST_COOLING, max(0.0, wish)) * (1.0 + 0.2 * random()))
        case LostAnswer() | NoImage():
            most = min(most, SINGLE_RETRY)
        case NotSent() | Unavailable():
            pass
        case _:
            return GiveUp(sentence)
    if tries >= most:
        return GiveUp(f"{sentence.rstrip('.')}, after {tries} tries." if tries > 1 else sentence)
    backoff = random() * min(LONGEST_BACKOFF, 2.0 ** (tries - 1))
    wish = (error.retry_after or 0.0) if isinstance(error, Unavailable) else 0.0
    return Retry(min(LONGEST_COOLING, max(backoff, wish)))


MOST_ALIKE = 3


@dataclass(frozen=True, slots=True)
class Opening:
    """The first answers of a run: when all fail alike as requests, the settings are at fault and not a frame.

    ``sentence`` is their common error, ``count`` their number. An opening is ``over`` with the first other answer.
    """

    sentence: str = ""
    count: int = 0
    over: bool = False

    def after(self, error: Exception | None) -> Opening:
        """Return the opening after one more answer; None is an image."""
        if self.over:
            return self
        if not isinstance(error, Unsuited) or (self.count and str(error) != self.sentence):
            return replace(self, over=True)
        return Opening(str(error), self.count + 1)

    @property
    def verdict(self) -> str:
        """Return why the run should end, or ""."""
        if self.over or self.count < MOST_ALIKE:
            return ""
        return f"The first {self.count} images failed in the same way. {self.sentence}"


RETRIES_AT_ONCE = 10.0
RETRY_FOR_EACH = 0.1
"""Retries that a run may make: ten at the start, and a tenth of one more for each success. So a long outage costs about
a tenth more calls, not four times as many."""


@dataclass(frozen=True, slots=True)
class RetryAllowance:
    """The retries left for one provider in a run."""

    left: float = RETRIES_AT_ONCE

    def after_success(self) -> RetryAllowance:
        """Return the allowance with a tenth of a retry earned."""
        return RetryAllowance(min(RETRIES_AT_ONCE, self.left + RETRY_FOR_EACH))

    def spend(self) -> RetryAllowance | None:
        """Return the allowance after a retry, or None when none is left."""
        return RetryAllowance(self.left - 1.0) if self.left >= 1.0 else None
