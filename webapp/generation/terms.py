"""What all attempts of a run share: the disk's side of them, the journal, the gate and the clocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from gevent.event import Event

from webapp.core.project import Frame
from webapp.generation.meter import NOTHING, Meter
from webapp.generation.room import Room
from webapp.generation.unfinished import Unfinished

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
class Terms:
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
    room: Room
    meter: Meter = NOTHING
    disk_patience: float = DISK_PATIENCE
    earlier: dict[Frame, Unfinished] = field(default_factory=dict)
    known_as: dict[str, str] = field(default_factory=dict)
