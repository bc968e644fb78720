"""What is counted of the work, for whoever watches over the installation. Never a project's name, never a key."""

from __future__ import annotations

import re
from typing import Protocol

from webapp.errors import Step8Error


class RunMetrics(Protocol):
    """Takes measurements; it neither fails nor waits."""

    def called(self, provider: str, outcome: str, seconds: float, cost: int) -> None:
        """A provider's call ended like this after so long and cost so much, in micro-dollars, as far as is known."""

    def retried(self, provider: str) -> None:
        """A call that failed will be made again."""

    def frames(self, outcome: str, count: int = 1) -> None:
        """So many frames were ``made``, ``restored`` from their spooled bytes, or given up as ``failed``."""

    def took_over(self) -> None:
        """A run that another worker left is driven here now."""

    def ended(self, state: str) -> None:
        """A run ended in this state."""


class NoMetrics:
    """A meter that counts nothing."""

    def called(self, provider: str, outcome: str, seconds: float, cost: int) -> None:
        """Forget it."""

    def retried(self, provider: str) -> None:
        """Forget it."""

    def frames(self, outcome: str, count: int = 1) -> None:
        """Forget it."""

    def took_over(self) -> None:
        """Forget it."""

    def ended(self, state: str) -> None:
        """Forget it."""


NOTHING = NoMetrics()
"""For who does not ask for measurements."""


def outcome_of(error: Step8Error) -> str:
    """The kind of a failure as a label: ``lost_answer`` for `LostAnswer`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", error.kind).lower()
