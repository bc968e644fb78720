"""Gate of a run's calls: whether one may begin, by the budget, by the pace, by the keys of the style's maker.

A style that may not begin is *closed*, until a time or until something happens (a result, a change by the user). The
other styles go on meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from webapp.core.limits.key_states import Busy, Why
from webapp.core.limits.pace import Pace
from webapp.core.money.amounts import dollars
from webapp.core.money.budget import Budget
from webapp.core.money.prices import NO_EXTRA_COST, ExtraCost
from webapp.core.run.states import Cause
from webapp.errors import CoordinationDown, ProviderError
from webapp.generation.job import MadeImage, NotBegun, RunLimits, SpooledImage
from webapp.generation.makers.key_pool import Ceiling, Slot
from webapp.generation.makers.maker import Maker, unknown_price

REDIS_AWAY = 0.5
"""Seconds after which Redis is asked again when it did not answer."""


PRICE_OPEN = "the first image of this model shows what it really costs."


@dataclass(frozen=True, slots=True)
class Closed:
    """No call of a style may begin before ``until`` (monotonic; infinite: not before something happens), and why.

    ``sentence`` is set where only the user can help.
    """

    until: float
    why: Why | Cause
    sentence: str = ""


class CallGate:
    """Reserves money, pace and a key for each call of one run, or closes the call's style.

    ``clock`` is monotonic; ``spent`` micro-dollars count against the budget from the start.
    """

    def __init__(self, makers: Mapping[str, Maker], limits: RunLimits, spent: int, clock: Callable[[], float]) -> None:
        self._makers = makers
        self._limits = limits
        self._clock = clock
        self._budget = Budget(limits.budget, spent)
        self._closed: dict[str, Closed] = {}
        self._paces: dict[Maker, Pace] = {}
        self._calls: dict[str, Maker] = {}
        self._excess: dict[Maker, int] = {}
        self.retune(limits)

    def closed(self) -> dict[str, Closed]:
        """The styles that may not begin now, those that wait for their pace too. Effect: drops what is over."""
        now = self._clock()
        self._closed = {style: closed for style, closed in self._closed.items() if closed.until > now}
        found = dict(self._closed)
        for style, maker in self._makers.items():
            free_at = self._pace(maker).free_at()
            if free_at > now and style not in found:
                found[style] = Closed(free_at, Why.RATE)
        return found

    def reserve(self, style: str, maker: Maker, attempt: str, extra_cost: ExtraCost = NO_EXTRA_COST) -> Slot | Closed:
        """Reserve one call for an attempt in this style. Returns the slot, or why the style is closed now.

        ``extra_cost`` is what the call may cost beside the price of its image.
        """
        if (free_at := self._pace(maker).free_at()) > self._clock():
            return self._close(style, Closed(free_at, Why.RATE))
        if self._budget.cap is not None and maker.provider.price is None:
            return self._close(style, Closed(math.inf, Cause.PRICE, unknown_price(maker.provider)))
        if self._is_first_price_open(maker, extra_cost):
            return self._close(style, Closed(math.inf, Cause.BUDGET, PRICE_OPEN))
        budget = self._budget.reserve(attempt, self._most(maker, extra_cost))
        if budget is None:
            return self._close(
                style, Closed(math.inf, Cause.BUDGET, f"the {dollars(self._budget.cap or 0)} budget is reached.")
            )
        try:
            slot = maker.keys.take(style, attempt)
        except CoordinationDown:
            return self._close(style, Closed(self._clock() + REDIS_AWAY, Why.AWAY))
        if isinstance(slot, Busy):
            return self._close(style, self._busy(maker, style, slot))
        self._budget = budget
        self._calls[attempt] = maker
        if maker.keys.empty:
            self._paces[maker] = self._pace(maker).take(self._clock())
        return slot

    def settle(self, attempt: str, result: SpooledImage | MadeImage | Exception) -> None:
        """Settle the attempt's call in the budget: it is known what it cost, or may have cost. Repeatable."""
        self._budget = _after(self._budget, attempt, result)
        maker = self._calls.pop(attempt, None)
        if maker and isinstance(result, SpooledImage | MadeImage) and result.cost is not None:
            excess = result.cost - (maker.provider.price or 0)
            self._excess[maker] = max(excess, self._excess.get(maker, 0))
            same = [name for name, each in self._calls.items() if each is maker]
            self._budget = self._budget.raise_to(same, self._dearest(maker))
        self._reopen(Cause.BUDGET)

    def cool_down(self, maker: Maker, seconds: float) -> None:
        """Begin no call by this maker, which has no keys, for so many seconds: its provider asked for that."""
        self._paces[maker] = self._pace(maker).cool(self._clock() + seconds)

    def retune(self, limits: RunLimits) -> None:
        """Apply these limits from the next call on."""
        self._limits = limits
        self._budget = replace(self._budget, cap=limits.budget)
        now = self._clock()
        self._paces = {maker: pace.at(self._rate(maker), now) for maker, pace in self._paces.items()}
        for maker in {*self._makers.values(), *self._paces}:
            maker.keys.retune(Ceiling(limits.per_minute or maker.provider.requests_per_minute, limits.parallel))
        self._closed.clear()

    def hold(self, styles: Collection[str]) -> None:
        """Close these styles, and no others, as paused by the user."""
        self._reopen(Cause.HELD)
        for style in styles:
            self._closed[style] = Closed(math.inf, Cause.HELD, "the styles that are left are paused by themselves.")

    def dead_end(self, styles: Collection[str]) -> Closed | None:
        """Why none of these styles can go on before the user acts; None when one of them can."""
        found = [self._closed.get(style) for style in styles]
        reasons = [closed for closed in found if closed is not None and closed.sentence]
        if not reasons or len(reasons) < len(found):
            return None
        return min(reasons, key=lambda closed: _WEIGHT.index(closed.why))

    def cooling_provider(self, styles: Collection[str]) -> tuple[Closed, str] | None:
        """The shortest pause of a provider that all of these styles wait for, and that provider's name.

        Styles that only the user can open are passed over. None while one may begin, or waits for something else.
        """
        now = self._clock()
        found = [(self._closed.get(style), style) for style in styles]
        waits = [(closed, style) for closed, style in found if closed is None or not closed.sentence]
        cooling = [
            (closed, style) for closed, style in waits if closed and closed.until > now and closed.why in _PAUSES
        ]
        if not cooling or len(cooling) < len(waits):
            return None
        closed, style = min(cooling, key=lambda each: each[0].until)
        return closed, self._makers[style].provider.name

    def _most(self, maker: Maker, extra_cost: ExtraCost) -> int:
        # a service that bills by tokens must keep a budget too: what its first image costs beside its price is not
        # known; then twice the most that it was is enough, and nothing where the service charges the price and no more
        words = extra_cost.words if maker not in self._excess else min(extra_cost.words, 2 * self._excess[maker])
        return max(self._dearest(maker), (maker.provider.price or 0) + words) + extra_cost.reference

    def _dearest(self, maker: Maker) -> int:
        return (maker.provider.price or 0) + max(0, self._excess.get(maker, 0))

    def _is_first_price_open(self, maker: Maker, extra_cost: ExtraCost) -> bool:
        # under a budget one call shows what this maker really charges before several are made at once
        by_tokens = self._budget.cap is not None and extra_cost != NO_EXTRA_COST and maker not in self._excess
        return by_tokens and any(each is maker for each in self._calls.values())

    def _pace(self, maker: Maker) -> Pace:
        return self._paces.get(maker) or Pace(self._rate(maker))

    def _rate(self, maker: Maker) -> float | None:
        # kept here only where no key's account keeps it for all processes
        return (self._limits.per_minute or maker.provider.requests_per_minute) if maker.keys.empty else None

    def _busy(self, maker: Maker, style: str, busy: Busy) -> Closed:
        if busy.wait is None:
            return Closed(math.inf, Cause.KEYS, maker.keys.why_not(style))
        return Closed(self._clock() + max(0.01, busy.wait), busy.why)

    def _close(self, style: str, closed: Closed) -> Closed:
        self._closed[style] = closed
        return closed

    def _reopen(self, why: Cause) -> None:
        self._closed = {style: closed for style, closed in self._closed.items() if closed.why is not why}


_PAUSES = (Why.COOLING, Why.DOWN)

_WEIGHT: tuple[Why | Cause, ...] = (Cause.BUDGET, Cause.PRICE, Cause.KEYS, Cause.HELD)
"""Which reason is given when styles wait for different ones."""


def _after(budget: Budget, attempt: str, result: SpooledImage | MadeImage | Exception) -> Budget:
    """The budget once it is known what an attempt cost; what may have been charged counts."""
    match result:
        case SpooledImage() | MadeImage():
            return budget.settle(attempt, result.cost)
        case NotBegun() | CoordinationDown():
            return budget.release(attempt)
        case ProviderError() if result.charged is False:
            return budget.release(attempt)
        case ProviderError():
            return budget.settle(attempt, result.cost)
        case _:
            return budget.settle(attempt)
