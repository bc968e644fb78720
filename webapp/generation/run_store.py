"""Store of runs: the one place where a project's run changes its state.

A change is decided by the table in `core.run`, kept apart from concurrent ones by a compare-and-swap on the live state,
and written to ``.step8/run.json``, which is what counts when Redis knows nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from webapp.coordination.live_state import LiveState
from webapp.core.activity_line import line_of_change
from webapp.core.run.states import (
    ENDED,
    Move,
    Run,
    move,
)
from webapp.disk.files.folder import Folder
from webapp.errors import CoordinationDown, DiskTrouble, IllegalMove
from webapp.generation.events.event_log import NO_OBSERVER
from webapp.generation.events.run_metrics import NO_METRICS
from webapp.generation.ports import RunFiles, RunMetrics, RunObserver

log = logging.getLogger("step8.run")


class RunStore:
    """Reads runs, and changes each by one legal move at a time. ``clock`` gives seconds since the epoch."""

    def __init__(
        self,
        live_state: LiveState,
        files: RunFiles,
        clock: Callable[[], float],
        metrics: RunMetrics = NO_METRICS,
        *,
        observer: RunObserver = NO_OBSERVER,
    ) -> None:
        self._live_state = live_state
        self._files = files
        self._clock = clock
        self._metrics = metrics
        self._observer = observer

    def run(self, folder: Folder) -> Run:
        """The run as it is now, by the folder alone when Redis is away; an idle one when there never was any."""
        try:
            shared = self._live_state.run(folder.id)
        except CoordinationDown:
            shared = None
        kept = self._files.records.run(folder)
        return shared if shared and shared.seq >= kept.seq else kept

    def change(self, folder: Folder, what: Move, *, token: int | None = None, note: str = "", **details: Any) -> Run:
        """Make the move, by the table, from where the run is now. Returns the run after it.

        Decides again when another process changed the run meanwhile. ``note`` is a line of activity posted with it.

        Raises:
            IllegalMove: the table does not allow it from where the run stands now; nothing changed.
            LeaseLost: ``token`` is not the one of the lease any more; nothing changed.
            CoordinationDown: Redis did not answer; nothing changed.
        """
        after = self._change(folder, what, None, token, note, details)
        assert after is not None  # the run may be whatever it is
        return after

    def change_from(
        self, folder: Folder, seq: int, what: Move, *, token: int | None = None, note: str = "", **details: Any
    ) -> Run | None:
        """Like `change`, but only while the run's ``seq`` is this one; else None, and nothing changed."""
        return self._change(folder, what, seq, token, note, details)

    def _change(
        self,
        folder: Folder,
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
            posted = self._live_state.post(
                folder.id, run=after, expect=before.seq, name=folder.name, token=token, log=lines
            )
            if posted:
                self._keep(folder, what, after)
                if before.state not in ENDED and after.state in ENDED:
                    self._metrics.ended(after.state.value)
                self._observer.add_lines(folder, lines)
                self._observer.run_changed(folder, what, before, after)
                log.info("project=%s run=%s state=%s %s", folder.name, after.id, after.state, after.reason)
                return after

    def try_change(self, folder: Folder, what: Move, **details: Any) -> Run:
        """Like `change`, but an illegal move changes nothing and returns the run as it is."""
        try:
            return self.change(folder, what, **details)
        except IllegalMove:
            return self.run(folder)

    def _keep(self, folder: Folder, what: Move, run: Run) -> None:
        # a disk that is full must not keep a user from stopping: Redis knows the run
        try:
            self._files.records.write_run(folder, run)
        except DiskTrouble as error:
            if what in (Move.START, Move.RESUME):
                raise
            log.warning("project=%s run=%s is not kept on disk: %s", folder.name, run.id, error)

    def _newest(self, folder: Folder) -> Run:
        # unlike in `run`, Redis must answer: without it no change can be kept apart from another
        shared, kept = self._live_state.run(folder.id), self._files.records.run(folder)
        return shared if shared and shared.seq >= kept.seq else kept
