"""Metrics of runs: the port's null object, and the labels. Never a project's name, never a key."""

from __future__ import annotations

import re

from webapp.errors import Step8Error


class NoMetrics:
    """`RunMetrics` that count nothing."""

    def called(self, provider: str, outcome: str, seconds: float, cost: int) -> None:
        """Ignore it."""

    def retried(self, provider: str) -> None:
        """Ignore it."""

    def frames(self, outcome: str, count: int = 1) -> None:
        """Ignore it."""

    def took_over(self) -> None:
        """Ignore it."""

    def ended(self, state: str) -> None:
        """Ignore it."""


NO_METRICS = NoMetrics()


def outcome_of(error: Step8Error) -> str:
    """The kind of a failure as a label: ``lost_answer`` for `LostAnswer`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", error.kind).lower()
