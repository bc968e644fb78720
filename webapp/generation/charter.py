"""What a run is driven by: its clocks, its lease, the steering of its user; and how the driving ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from webapp.core.run.states import Cause, Run
from webapp.generation.admission import Limits
from webapp.generation.work import Desk


class Lease(Protocol):
    """The right to drive."""

    @property
    def held(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time and chance, handed in. ``monotonic`` and ``epoch`` answer seconds, ``random`` numbers in [0, 1)."""

    monotonic: Callable[[], float]
    epoch: Callable[[], float]
    random: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Ended:
    """How the loop ended.

    ``stopped``: the user stopped or paused the run. ``reason`` is set when it could not go on, with a ``cause`` when it
    can once the user has acted. ``left``: it handed over without an end.
    """

    stopped: bool = False
    reason: str = ""
    cause: Cause | None = None
    left: bool = False


class Steering(Desk, Protocol):
    """The run as the user steers it, and the driver's word back."""

    def run(self, seen: int = 0) -> Run | None:
        """The run as it is stored now; ``None`` while it is as it was when its ``seq`` was that."""

    def take_up(self) -> None:
        """The run was resumed while its driver was still there: it is being driven again."""

    def hold(self, cause: Cause, reason: str) -> None:
        """The run cannot go on before the user acts: pause it. The calls in flight are still being finished."""

    def seen(self, run: Run) -> None:
        """No call begins any more under this state of the run."""

    def limits(self) -> Limits:
        """The limits as the user has them now."""
