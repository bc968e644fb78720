"""Writes down what happens in runs: every line into the project's diary, every end into its journal.

It works beside the runs and never holds one up: lines wait here until the disk has taken them. Those that a crash
takes along are lost, and so are the oldest when the disk refuses for long; no run depends on them.

Who is told what happens in runs, beside those who do it: the project's diary, and whoever wants to be called.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import gevent

from webapp.core.money.ledger import Ledger
from webapp.core.money.run_summary import ending
from webapp.core.run.states import (
    ENDED,
    OPEN,
    Move,
    Run,
)
from webapp.errors import Step8Error

log = logging.getLogger("step8.chronicle")

MOST_WAITING = 2000
"""Lines of one project that wait for the disk."""


class Diaries(Protocol):
    """Where lines are kept."""

    def write(self, folder: Any, lines: Iterable[Mapping[str, Any]]) -> None: ...


class Journal(Protocol):
    """Where ends are kept."""

    def append(self, record: dict[str, Any]) -> None: ...


class Listener(Protocol):
    """Hears of changes once what belongs to them is written; may take its time. Answers lines of activity."""

    def told(self, folder: Any, what: Move, before: Run, after: Run) -> Sequence[dict[str, Any]]: ...


class EventLog:
    """A `RunObserver` that writes. ``ledger`` answers a project's books as they are now."""

    def __init__(
        self,
        diaries: Diaries,
        journal: Callable[[Any], Journal],
        ledger: Callable[[Any], Ledger],
        listener: Listener | None = None,
    ) -> None:
        self._diaries = diaries
        self._journal = journal
        self._ledger = ledger
        self._listener = listener
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._writers: dict[str, gevent.Greenlet[..., None]] = {}
        self._enders: set[gevent.Greenlet[..., None]] = set()

    def wrote(self, folder: Any, lines: Sequence[dict[str, Any]]) -> None:
        """Keep these lines, soon."""
        if not lines:
            return
        waiting = [*self._waiting.get(folder.id, ()), *lines]
        self._waiting[folder.id] = waiting[-MOST_WAITING:]
        if folder.id not in self._writers:
            self._writers[folder.id] = gevent.spawn(self._write, folder)

    def saw(self, folder: Any, what: Move, before: Run, after: Run) -> None:
        """Keep how a run ended, and pass the change on."""
        ender = gevent.spawn(self._pass_on, folder, what, before, after)
        self._enders.add(ender)
        ender.link(self._enders.discard)

    def settle(self, seconds: float) -> None:
        """Wait until everything is written, at most that long."""
        gevent.joinall([*self._writers.values(), *self._enders], timeout=seconds)

    def _write(self, folder: Any) -> None:
        try:
            while lines := self._waiting.pop(folder.id, []):
                try:
                    self._diaries.write(folder, lines)
                except Step8Error as error:  # they wait for the next line
                    log.warning("project=%s the activity is not kept: %s", folder.name, error)
                    self._waiting[folder.id] = [*lines, *self._waiting.get(folder.id, ())][-MOST_WAITING:]
                    return
        finally:
            del self._writers[folder.id]

    def _pass_on(self, folder: Any, what: Move, before: Run, after: Run) -> None:
        try:
            if before.state in OPEN and after.state in ENDED:
                self._journal(folder).append(ending(self._ledger(folder), after).to_record())
        except Step8Error as error:
            log.warning("project=%s run=%s its end is not in the journal: %s", folder.name, after.id, error)
        if self._listener:
            self.wrote(folder, self._listener.told(folder, what, before, after))


class RunObserver(Protocol):
    """Is told of lines of activity and of each change of a run, in the process that made it. Never waits or raises."""

    def wrote(self, folder: Any, lines: Sequence[dict[str, Any]]) -> None:
        """These lines of activity were told."""

    def saw(self, folder: Any, what: Move, before: Run, after: Run) -> None:
        """The run was changed. Told once for each change over all processes."""


class NoObserver:
    """A witness that does not care."""

    def wrote(self, folder: Any, lines: Sequence[dict[str, Any]]) -> None:
        """Nothing comes of it."""

    def saw(self, folder: Any, what: Move, before: Run, after: Run) -> None:
        """Nothing comes of it."""


NOBODY = NoObserver()
