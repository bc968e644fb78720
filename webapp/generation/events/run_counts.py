"""How many runs are in which state now, over all processes of one storage."""

from __future__ import annotations

from collections import Counter
from typing import Any, Protocol

from webapp.coordination.live_state import LiveState
from webapp.core.run.states import ACTIVE
from webapp.errors import BadInput
from webapp.generation.run_store import RunStore


class Library(Protocol):
    """The projects folder."""

    def find(self, project_path: str) -> Any: ...


class RunCounts:
    """Counts the runs that have not ended. Those that have are counted when they end, see `Meter.ended`."""

    def __init__(self, library: Library, board: LiveState, records: RunStore) -> None:
        self._library = library
        self._board = board
        self._records = records

    def states(self) -> dict[str, int]:
        """The number of runs by each state that is no end.

        Raises:
            CoordinationDown: Redis, which knows them, did not answer.
        """
        found = Counter({state.value: 0 for state in sorted(ACTIVE)})
        for name in self._board.active():
            try:
                run = self._records.run(self._library.find(name))
            except BadInput:  # the project was deleted
                continue
            if run.active:
                found[run.state.value] += 1
        return dict(found)
