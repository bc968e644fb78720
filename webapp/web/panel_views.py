"""What the run panel of Step 8 is given besides its controls: speed, budget, keys."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Speed:
    """The two numbers of the speed form (`partials/_speed.html`). "" is not set: the usual one stands there faintly.

    Posts ``perMinute`` and ``parallel`` to ``action``.
    """

    action: str
    per_minute: str
    usual_per_minute: str
    parallel: str
    usual_parallel: str


@dataclass(frozen=True, slots=True)
class Meter:
    """How much of the budget is used, in micro-dollars, and the same in words."""

    used: int
    most: int
    text: str  # "$0.66 of $5.00"

    @property
    def low(self) -> int:
        """From here on it is nearly used up: four fifths."""
        return self.most * 4 // 5

    @property
    def high(self) -> int:
        """From here on it is as good as used up: 19 parts of 20."""
        return self.most * 19 // 20


@dataclass(frozen=True, slots=True)
class BudgetForm:
    """Where the budget is set (`partials/_budget.html`). Posts ``budget`` to ``action``; an empty one removes it.

    ``value`` is the project's own in dollars, "" when it sets none; ``note`` says what holds then, ``spent`` what was
    spent so far.
    """

    action: str
    value: str
    note: str
    spent: str


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One line of the key pool (`partials/_keys.html`).

    ``kind`` is ready, cool, bad, off, or "" for a line that is no key. With ``until`` (epoch seconds) the page counts
    down to it behind the note.
    """

    name: str
    note: str = ""
    kind: str = ""
    sign: str = ""
    until: float = 0.0
