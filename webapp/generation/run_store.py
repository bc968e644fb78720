"""The run of a project: the one place where its state changes.

A change is decided by the table in `core.run`, kept apart from concurrent ones by a compare-and-swap on the board, and
written to ``.step8/run.json``, which is what counts when Redis knows nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

from webapp.coordination.live_state import LiveState
from webapp.core.activity_line import line_of_change
from webapp.core.run.states import (
    ENDED,
    Move,
    Run,
    move,
)
from webapp.errors import CoordinationDown, DiskTrouble, IllegalMove
from webapp.generation.events.event_log import NOBODY, RunObserver
from webapp.generation.events.run_metrics import NOTHING, RunMetrics

log = logging.getLogger("step8.run")


class ProjectFolder(Protocol):
    """What generation needs to know of a project's folder: its name under the root and its opaque id."""

    @property
    def name(self) -> str: ...

    @property
    def id(self) -> str: ...


class StoredRuns(Protocol):
    """The run as the project folder keeps it."""

    def run(self, folder: Any) -> Run: ...

    def write_run(self, folder: Any, run: Run) -> None: ...


class RunStore:
    """Reads and changes runs. ``clock`` gives seconds since the epoch; ``witness`` is told of each change."""

    def __init__(
        self,
        board: LiveState,
        store: StoredRuns,
        clock: Callable[[], float],
        meter: RunMetrics = NOTHING,
        *,
        witness: RunObserver = NOBODY,
    ) -> None:
        self._board = board
        self._store = store
        self._clock = clock
        self._meter = meter
        self._witness = witness

    def run(self, folder: ProjectFolder) -> Run:
        """The run as it is now; an idle one when there never was any. Falls back on the folder when Redis is away."""
        try:
            shared = self._board.run(folder.id)
        except CoordinationDown:
            shared = None
        kept = self._store.run(folder)
        return shared if shared and shared.seq >= kept.seq else kept

    def change(
        self, folder: ProjectFolder, what: Move, *, token: int | None = None, note: str = "", **details: Any
    ) -> Run:
        """Make the move and answer the run after it. ``note`` is a line of activity told with it.

        Repeats the decision when another process changed the run meanwhile.

        Raises:
            IllegalMove: the table does not allow it from where the run stands now; nothing changed.
            LeaseLost: ``token`` is not the one of the lease any more.
            CoordinationDown: Redis did not answer; nothing changed.
        """
        after = self._change(folder, what, None, token, note, details)
        assert after is not None  # the run may be whatever it is
        return after

    def change_from(
        self, folder: ProjectFolder, seq: int, what: Move, *, token: int | None = None, note: str = "", **details: Any
    ) -> Run | None:
        """Like `change`, but only while the run is as it was at this ``seq``; else ``None``, and nothing changed."""
        return self._change(folder, what, seq, token, note, details)

    def _change(
        self,
        folder: ProjectFolder,
        what: Move,
        seq: int | None,
        token: int | None,
        note: str,
        details: dict[str, Any],
    ) -> Run | None:
        if token is not None:
            details = {**details, "token": token}  # in the folder too: it must keep rising when Redis lost its data
        while True:
            before = self._newest(folder)
            if seq is not None and before.seq != seq:
                return None
            after = move(before, what, self._clock(), **details)
            lines = [line_of_change(self._clock(), after, note).to_json()] if note else []
            posted = self._board.post(folder.id, run=after, expect=before.seq, name=folder.name, token=token, log=lines)
            if posted:
                self._keep(folder, what, after)
                if before.state not in ENDED and after.state in ENDED:
                    self._meter.ended(after.state.value)
                self._witness.wrote(folder, lines)
                self._witness.saw(folder, what, before, after)
                log.info("project=%s run=%s state=%s %s", folder.name, after.id, after.state, after.reason)
                return after

    def try_change(self, folder: ProjectFolder, what: Move, **details: Any) -> Run:
        """Like `change`, but an illegal move leaves everything alone and answers the run as it is."""
        try:
            return self.change(folder, what, **details)
        except IllegalMove:
            return self.run(folder)

    def _keep(self, folder: ProjectFolder, what: Move, run: Run) -> None:
        """Write the run to its folder. A disk that is full must not keep anybody from stopping: Redis knows it."""
        try:
            self._store.write_run(folder, run)
        except DiskTrouble as error:
            if what in (Move.START, Move.RESUME):
                raise
            log.warning("project=%s run=%s is not kept on disk: %s", folder.name, run.id, error)

    def _newest(self, folder: ProjectFolder) -> Run:
        """Like `run`, but Redis must answer: without it no change can be kept apart from another."""
        shared, kept = self._board.run(folder.id), self._store.run(folder)
        return shared if shared and shared.seq >= kept.seq else kept
