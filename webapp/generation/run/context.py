"""What all attempts of a run share: the disk's side of them, the journal, the gate and the clocks.

What a run is driven by: its clocks, its lease, the steering of its user; and how the driving ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from gevent.event import Event

from webapp.core.project import Frame
from webapp.core.run.states import Cause, Run
from webapp.generation.events.run_metrics import NOTHING, RunMetrics
from webapp.generation.job import RunLimits, UnfinishedAttempt
from webapp.generation.run.disk_space import DiskSpace
from webapp.generation.run.frame_queue import Desk

DISK_PATIENCE = 30.0
"""Seconds for which bytes that were paid for are offered to a disk that refuses them."""


class Saved(Protocol):
    """A picture on disk."""

    @property
    def version(self) -> str: ...

    @property
    def bytes(self) -> int: ...


class Pictures(Protocol):
    """The disk's side of an attempt."""

    def spool(self, folder: Any, attempt: str, body: bytes) -> Any: ...

    def publish(
        self, folder: Any, frame: Frame, attempt: str, metadata: Mapping[str, str], replaces: str, body: bytes | None
    ) -> Saved: ...


class Scribe(Protocol):
    """Writes down what becomes of attempts."""

    def append(self, record: dict[str, Any]) -> None: ...


class Journal(Scribe, Protocol):
    """Where attempts are written down."""

    def append_all(self, records: list[dict[str, Any]]) -> None: ...

    def compact(self) -> int: ...


@dataclass(frozen=True, slots=True)
class AttemptContext:
    """What all attempts of a run share.

    ``gate`` answers the run's state as stored, or "lost"; ``clock`` is epoch seconds. ``earlier`` are the frames whose
    call was sent before and may still bring its picture: they are asked for that one first. ``known_as`` are the ids
    under which a service knows the attempts in flight. ``disk_patience`` is in seconds.
    """

    folder: Any
    run: str
    token: int
    timeout: float
    pictures: Pictures
    journal: Scribe
    gate: Callable[[], str]
    clock: Callable[[], float]
    leaving: Event
    room: DiskSpace
    meter: RunMetrics = NOTHING
    disk_patience: float = DISK_PATIENCE
    earlier: dict[Frame, UnfinishedAttempt] = field(default_factory=dict)
    known_as: dict[str, str] = field(default_factory=dict)


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
class LoopEnd:
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

    def limits(self) -> RunLimits:
        """The limits as the user has them now."""
