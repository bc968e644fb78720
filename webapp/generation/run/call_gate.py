"""Whether a call may begin: by the budget, by the pace, by the keys of whoever makes the style's pictures.

A style that may not begin is *shut*, until a time or until something happens (a result, a change by the user). The
other styles go on meanwhile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from webapp.core.limits.key_states import Busy, Why
from webapp.core.limits.pace import Pace
from webapp.core.money.prices import (
    ONLY_THE_PICTURE,
    Budget,
    ExtraCost,
    dollars,
)
from webapp.core.run.states import Cause
from webapp.errors import CoordinationDown, ProviderError
from webapp.generation.job import MadeImage, NotBegun, Provider, RunLimits, SpooledImage
from webapp.generation.makers.key_pool import KeyPool, Slot

REDIS_AWAY = 0.5
"""Seconds after which Redis is asked again when it did not answer."""


@dataclass(frozen=True, slots=True, eq=False)
class Maker:
    """Who makes a style's pictures: a provider and the ring of its keys. Styles made alike share one."""

    provider: Provider
    ring: KeyPool


@dataclass(frozen=True, slots=True)
class Closed:
    """A style whose calls may not begin before ``until`` (infinite: not before something happens), and why.

    ``sentence`` is set where only the user can help.
    """

    until: float
    why: Why | Cause
    sentence: str = ""


class CallGate:
    """The gate of one run. ``clock`` is monotonic; ``spent`` micro-dollars count against the budget from the start."""

    def __init__(self, makers: Mapping[str, Maker], limits: RunLimits, spent: int, clock: Callable[[], float]) -> None:
        self._makers = makers
        self._limits = limits
        self._clock = clock
        self._budget = Budget(limits.budget, spent)
        self._shut: dict[str, Closed] = {}
        self._paces: dict[Maker, Pace] = {}
        self._calls: dict[str, Maker] = {}
        self._excess: dict[Maker, int] = {}
        self.retune(limits)

    def shut(self) -> dict[str, Closed]:
        """The styles that may not begin now."""
        now = self._clock()
        self._shut = {style: shut for style, shut in self._shut.items() if shut.until > now}
        found = dict(self._shut)
        for style, maker in self._makers.items():
            free_at = self._pace(maker).free_at()
            if free_at > now and style not in found:
                found[style] = Closed(free_at, Why.RATE)
        return found

    def ask(self, style: str, maker: Maker, slot: str, besides: ExtraCost = ONLY_THE_PICTURE) -> Slot | Closed:
        """A place for one call in this style by this maker, under the attempt's id ``slot``, or why not.

        ``besides`` is what the call may cost beside the price of its picture.
        """
        if (free_at := self._pace(maker).free_at()) > self._clock():
            return self._close(style, Closed(free_at, Why.RATE))
        if self._budget.cap is not None and maker.provider.price is None:
            return self._close(style, Closed(math.inf, Cause.PRICE, unknown_price(maker.provider)))
        budget = self._budget.reserve(slot, self._most(maker, besides))
        if budget is None:
            return self._close(
                style, Closed(math.inf, Cause.BUDGET, f"the {dollars(self._budget.cap or 0)} budget is reached.")
            )
        try:
            hold = maker.ring.take(style, slot)
        except CoordinationDown:
            return self._close(style, Closed(self._clock() + REDIS_AWAY, Why.AWAY))
        if isinstance(hold, Busy):
            return self._close(style, self._busy(maker, style, hold))
        self._budget = budget
        self._calls[slot] = maker
        if maker.ring.empty:
            self._paces[maker] = self._pace(maker).take(self._clock())
        return hold

    def settle(self, slot: str, result: SpooledImage | MadeImage | Exception) -> None:
        """The call ended: it is known what it cost, or may have cost. Saying it again changes nothing."""
        self._budget = _after(self._budget, slot, result)
        maker = self._calls.pop(slot, None)
        if maker and isinstance(result, SpooledImage | MadeImage) and result.cost is not None:
            excess = result.cost - (maker.provider.price or 0)
            self._excess[maker] = max(excess, self._excess.get(maker, 0))
        self._open(Cause.BUDGET)

    def silence(self, maker: Maker, seconds: float) -> None:
        """The provider asked for silence and has no keys to keep apart."""
        self._paces[maker] = self._pace(maker).cool(self._clock() + seconds)

    def retune(self, limits: RunLimits) -> None:
        """The user changed the limits: they hold from the next call on."""
        self._limits = limits
        self._budget = replace(self._budget, cap=limits.budget)
        now = self._clock()
        self._paces = {maker: pace.at(self._rate(maker), now) for maker, pace in self._paces.items()}
        for maker in {*self._makers.values(), *self._paces}:
            maker.ring.retune(limits.per_minute or maker.provider.requests_per_minute, limits.parallel)
        self._shut.clear()

    def hold(self, styles: Collection[str]) -> None:
        """The user paused these styles, and no others."""
        self._open(Cause.HELD)
        for style in styles:
            self._shut[style] = Closed(math.inf, Cause.HELD, "the styles that are left are paused by themselves.")

    def verdict(self, styles: Collection[str]) -> Closed | None:
        """Why none of these styles can go on before the user acts; ``None`` when one of them can."""
        found = [self._shut.get(style) for style in styles]
        reasons = [shut for shut in found if shut is not None and shut.sentence]
        if not reasons or len(reasons) < len(found):
            return None
        return min(reasons, key=lambda shut: _WEIGHT.index(shut.why))

    def silence_of(self, styles: Collection[str]) -> tuple[Closed, str] | None:
        """The silence towards a provider that all of these styles wait for, the shortest one, and the provider's name.

        Styles that only the user can open are passed over. ``None`` while one may begin, or waits for something else.
        """
        now = self._clock()
        found = [(self._shut.get(style), style) for style in styles]
        waits = [(shut, style) for shut, style in found if shut is None or not shut.sentence]
        silent = [(shut, style) for shut, style in waits if shut and shut.until > now and shut.why in _SILENCES]
        if not silent or len(silent) < len(waits):
            return None
        shut, style = min(silent, key=lambda each: each[0].until)
        return shut, self._makers[style].provider.name

    def _most(self, maker: Maker, besides: ExtraCost) -> int:
        """What is held back for a call, so that a budget is kept also by a service that bills by tokens.

        Of the first pictures nobody knows what they cost beside their price. From then on twice the most that it was is
        enough, and nothing where the service charges the price and no more.
        """
        words = besides.words if maker not in self._excess else min(besides.words, 2 * self._excess[maker])
        return (maker.provider.price or 0) + words + besides.reference

    def _pace(self, maker: Maker) -> Pace:
        return self._paces.get(maker) or Pace(self._rate(maker))

    def _rate(self, maker: Maker) -> float | None:
        """The pace that is kept here: only where no key's account keeps it for all processes."""
        return (self._limits.per_minute or maker.provider.requests_per_minute) if maker.ring.empty else None

    def _busy(self, maker: Maker, style: str, busy: Busy) -> Closed:
        if busy.wait is None:
            return Closed(math.inf, Cause.KEYS, maker.ring.why_not(style))
        return Closed(self._clock() + max(0.01, busy.wait), busy.why)

    def _close(self, style: str, shut: Closed) -> Closed:
        self._shut[style] = shut
        return shut

    def _open(self, why: Cause) -> None:
        self._shut = {style: shut for style, shut in self._shut.items() if shut.why is not why}


_SILENCES = (Why.COOLING, Why.DOWN)

_WEIGHT: tuple[Why | Cause, ...] = (Cause.BUDGET, Cause.PRICE, Cause.KEYS, Cause.HELD)
"""Which reason is told when styles wait for different ones."""


def unknown_price(provider: Provider) -> str:
    """Why this provider's model makes nothing under a budget, and what helps."""
    return (
        f"The price of {provider.model} is not known, so the budget cannot be kept. "
        "Choose another model in Project Setup, write its price into prices.json, or remove the budget."
    )


def _after(budget: Budget, slot: str, result: SpooledImage | MadeImage | Exception) -> Budget:
    """The budget once it is known what an attempt cost; what may have been charged counts."""
    match result:
        case SpooledImage() | MadeImage():
            return budget.settle(slot, result.cost)
        case NotBegun() | CoordinationDown():
            return budget.release(slot)
        case ProviderError() if result.charged is False:
            return budget.release(slot)
        case _:
            return budget.settle(slot)
