"""Which goes first: a call on its way out, or the picture of an earlier call.

The call: a service that waits for it does nothing, and a picture's pixels would take the processor and the interpreter
from it.
"""

from __future__ import annotations

from gevent.event import Event

PATIENCE = 0.1
"""Seconds after which a picture waits no longer: Redis, a disk or a name server may hold up a call on its way."""


class Precedence:
    """The order between the calls of one run and its pictures. No picture is held up for longer than `PATIENCE`."""

    def __init__(self) -> None:
        self._leaving: set[str] = set()
        self._deciding = False
        self._clear = Event()
        self._clear.set()

    def answered(self) -> None:
        """A call was answered: until the run has decided what takes its place, that goes first."""
        self._deciding = True
        self._clear.clear()

    def begins(self, slot: str) -> None:
        """The attempt ``slot`` is on its way to its service."""
        self._leaving.add(slot)
        self._clear.clear()

    def sent(self, slot: str) -> None:
        """Its request goes out now, or never will. Saying it again changes nothing."""
        self._leaving.discard(slot)
        self._see()

    def decided(self) -> None:
        """The run begins no further call for now."""
        self._deciding = False
        self._see()

    def give_way(self) -> None:
        """Return when no call is on its way out, nor about to be; or when that takes too long."""
        self._clear.wait(PATIENCE)

    def _see(self) -> None:
        if not self._deciding and not self._leaving:
            self._clear.set()
