"""The budget of a run, which cannot be overshot, in whole micro-dollars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


def estimate(missing: int, price: int | None) -> int | None:
    """What the missing images will cost; ``None`` when the price of one is unknown, unless nothing is missing."""
    if missing <= 0:
        return 0
    return None if price is None else missing * price


@dataclass(frozen=True, slots=True)
class Budget:
    """A cap (``None``: no cap), what was spent, and what attempts in flight may still cost, by attempt.

    Every step is repeat-safe: an attempt is reserved once and settled or released once, however often it is said.
    """

    cap: int | None = None
    spent: int = 0
    reserved: Mapping[str, int] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """The sum of all reservations."""
        return sum(self.reserved.values())

    @property
    def left(self) -> int | None:
        """What may still be reserved; ``None`` without a cap. Negative when an answer cost more than was reserved."""
        return None if self.cap is None else self.cap - self.spent - self.held

    def allows(self, price: int) -> bool:
        """Whether ``spent + reserved + price <= cap``."""
        left = self.left
        return left is None or price <= left

    def reserve(self, attempt: str, price: int) -> Budget | None:
        """The budget with the price held for this attempt, or ``None`` when the cap does not allow it."""
        if attempt in self.reserved:
            return self
        return replace(self, reserved={**self.reserved, attempt: price}) if self.allows(price) else None

    def settle(self, attempt: str, cost: int | None = None) -> Budget:
        """The budget once the attempt was charged; ``None`` means as much as was reserved for it."""
        if attempt not in self.reserved:
            return self
        charged = self.reserved[attempt] if cost is None else cost
        return replace(self.release(attempt), spent=self.spent + charged)

    def release(self, attempt: str) -> Budget:
        """The budget once it is certain that the attempt was not charged."""
        return replace(self, reserved={name: price for name, price in self.reserved.items() if name != attempt})
