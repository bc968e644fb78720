"""The budget of a run, which cannot be overshot, in whole micro-dollars."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace


def estimate(missing: int, price: int | None) -> int | None:
    """Return the cost of the missing images; None when some are missing and the price of one is unknown."""
    if missing <= 0:
        return 0
    return None if price is None else missing * price


@dataclass(frozen=True, slots=True)
class Budget:
    """A cap (None: no cap), what was spent, and what attempts in flight may still cost, by attempt.

    Every step is idempotent: an attempt is reserved once and settled or released once, however often it is called.
    """

    cap: int | None = None
    spent: int = 0
    reserved: Mapping[str, int] = field(default_factory=dict)

    @property
    def held(self) -> int:
        """Return the sum of all reservations."""
        return sum(self.reserved.values())

    @property
    def left(self) -> int | None:
        """Return what may still be reserved; None without a cap, negative when an image cost more than reserved."""
        return None if self.cap is None else self.cap - self.spent - self.held

    def allows(self, price: int) -> bool:
        """Return whether ``spent + reserved + price <= cap``."""
        left = self.left
        return left is None or price <= left

    def reserve(self, attempt: str, price: int) -> Budget | None:
        """Return the budget with the price reserved for this attempt, or None when the cap does not allow it."""
        if attempt in self.reserved:
            return self
        return replace(self, reserved={**self.reserved, attempt: price}) if self.allows(price) else None

    def raise_to(self, attempts: Collection[str], price: int) -> Budget:
        """Return the budget with at least this price reserved for each of these attempts, whatever the cap."""
        raised = {name: max(old, price) if name in attempts else old for name, old in self.reserved.items()}
        return replace(self, reserved=raised)

    def settle(self, attempt: str, cost: int | None = None) -> Budget:
        """Return the budget after the attempt was charged; None means as much as was reserved for it."""
        if attempt not in self.reserved:
            return self
        charged = self.reserved[attempt] if cost is None else cost
        return replace(self.release(attempt), spent=self.spent + charged)

    def release(self, attempt: str) -> Budget:
        """Return the budget once it is certain that the attempt was not charged."""
        return replace(self, reserved={name: price for name, price in self.reserved.items() if name != attempt})
