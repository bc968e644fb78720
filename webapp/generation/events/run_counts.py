"""Counts of open runs by state, over all processes of one storage."""

from __future__ import annotations

from collections import Counter

from webapp.coordination.live_state import LiveState
from webapp.core.run.states import ACTIVE
from webapp.errors import BadInput
from webapp.generation.ports import ProjectFinder
from webapp.generation.run_store import RunStore


class RunCounts:
    """Counts the runs that have not ended. Those that have are counted when they end, see `RunMetrics.ended`."""

    def __init__(self, library: ProjectFinder, live_state: LiveState, runs: RunStore) -> None:
        self._library = library
        self._live_state = live_state
        self._runs = runs

    def states(self) -> dict[str, int]:
        """The number of runs by each state that is no end.

        Raises:
            CoordinationDown: Redis, which knows them, did not answer.
        """
        found = Counter({state.value: 0 for state in sorted(ACTIVE)})
        for name in self._live_state.active():
            try:
                run = self._runs.run(self._library.find(name))
            except BadInput:  # the project was deleted
                continue
            if run.active:
                found[run.state.value] += 1
        return dict(found)
