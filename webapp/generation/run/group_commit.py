"""Group commit: records of many attempts that wait for a project's journal at the same time share one sync."""

from __future__ import annotations

from typing import Any

import gevent
from gevent.event import AsyncResult

from webapp.generation.ports import AttemptJournal


class GroupCommit:
    """Appends to a journal for the attempts of one run.

    While a sync is on its way further records gather for the next one, so a hundred calls that begin together wait for
    two syncs and not for a hundred.
    """

    def __init__(self, journal: AttemptJournal) -> None:
        self._journal = journal
        self._waiting: list[tuple[dict[str, Any], AsyncResult[None]]] = []
        self._writing = False

    def append(self, record: dict[str, Any]) -> None:
        """Write a record and return once it is synced.

        Raises:
            DiskTrouble: it could not be written, nor could those that were written with it.
        """
        written: AsyncResult[None] = AsyncResult()
        self._waiting.append((record, written))
        if not self._writing:
            self._writing = True
            gevent.spawn(self._write)
        written.get()

    def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                self._journal.append_all([record for record, _ in batch])
            except Exception as error:
                for _, written in batch:
                    written.set_exception(error)
            else:
                for _, written in batch:
                    written.set(None)
        self._writing = False
