"""Event log: writes every line of activity and every end of a run to disk, beside the runs, then passes changes on.

It never holds a run up: lines wait in memory until the disk has taken them. Those that a crash takes along are lost,
and so are the oldest when the disk refuses for long; no run depends on them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

import gevent

from webapp.core.money.ledger import Ledger
from webapp.core.money.run_summary import ending
from webapp.core.run.states import (
    ENDED,
    OPEN,
    Move,
    Run,
)
from webapp.disk.files.folder import Folder
from webapp.errors import Step8Error
from webapp.generation.ports import ActivityWriter, RecordWriter, RunListener

log = logging.getLogger("step8.chronicle")

MOST_WAITING = 2000
"""Lines of one project that wait for the disk."""


class EventLog:
    """A `RunObserver` that writes lines to ``activity`` and ends to the journal, and then notifies the ``listener``.

    ``ledger`` answers a project's ledger as it is now.
    """

    def __init__(
        self,
        activity: ActivityWriter,
        journal: Callable[[Folder], RecordWriter],
        ledger: Callable[[Folder], Ledger],
        listener: RunListener | None = None,
    ) -> None:
        self._activity = activity
        self._journal = journal
        self._ledger = ledger
        self._listener = listener
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._writers: dict[str, gevent.Greenlet[..., None]] = {}
        self._notifiers: set[gevent.Greenlet[..., None]] = set()

    def add_lines(self, folder: Folder, lines: Sequence[dict[str, Any]]) -> None:
        """Write these lines soon."""
        if not lines:
            return
        waiting = [*self._waiting.get(folder.id, ()), *lines]
        self._waiting[folder.id] = waiting[-MOST_WAITING:]
        if folder.id not in self._writers:
            self._writers[folder.id] = gevent.spawn(self._write, folder)

    def run_changed(self, folder: Folder, what: Move, before: Run, after: Run) -> None:
        """Write the run's end if this is one, and notify the listener, soon."""
        notifier = gevent.spawn(self._pass_on, folder, what, before, after)
        self._notifiers.add(notifier)
        notifier.link(self._notifiers.discard)

    def flush(self, seconds: float) -> None:
        """Wait until everything is written and passed on, at most that long."""
        gevent.joinall([*self._writers.values(), *self._notifiers], timeout=seconds)

    def _write(self, folder: Folder) -> None:
        try:
            while lines := self._waiting.pop(folder.id, []):
                try:
                    self._activity.write(folder, lines)
                except Step8Error as error:  # they wait for the next line
                    log.warning("project=%s the activity is not kept: %s", folder.name, error)
                    self._waiting[folder.id] = [*lines, *self._waiting.get(folder.id, ())][-MOST_WAITING:]
                    return
        finally:
            del self._writers[folder.id]

    def _pass_on(self, folder: Folder, what: Move, before: Run, after: Run) -> None:
        try:
            if before.state in OPEN and after.state in ENDED:
                self._journal(folder).append(ending(self._ledger(folder), after).to_record())
        except Step8Error as error:
            log.warning("project=%s run=%s its end is not in the journal: %s", folder.name, after.id, error)
        if self._listener:
            self.add_lines(folder, self._listener.notify(folder, what, before, after))


class NoObserver:
    """A `RunObserver` that keeps nothing."""

    def add_lines(self, folder: Folder, lines: Sequence[dict[str, Any]]) -> None:
        """Ignore them."""

    def run_changed(self, folder: Folder, what: Move, before: Run, after: Run) -> None:
        """Ignore it."""


NO_OBSERVER = NoObserver()
