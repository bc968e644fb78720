"""Looks out for runs that nobody drives: whose worker died, whose wake-up got lost, that Redis forgot."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import Any, Protocol

import gevent

from webapp.coordination.lease import Leases
from webapp.coordination.live_state import LiveState
from webapp.core.money.ledger import Ledger
from webapp.core.run.states import Move, Run
from webapp.errors import CoordinationDown, Step8Error
from webapp.generation.run.context import Clocks
from webapp.generation.run.unfinished_attempts import driven_elsewhere
from webapp.generation.run_store import RunStore

log = logging.getLogger("step8.driver")

FRESH_FOR = 900.0
"""Seconds after its last sign of life in which a run whose worker died goes on by itself; later a person must ask."""

SWEEP_EVERY = 30.0
"""Seconds between two looks into every folder, for runs that Redis forgot together with the worker that drove them."""

BREATH = 50
"""Folders looked into before the other greenlets get their turn."""


class Library(Protocol):
    """The projects folder."""

    def names(self) -> list[str]: ...

    def find(self, project_path: str) -> Any: ...


class Store(Protocol):
    """What is in a project."""

    def run(self, folder: Any) -> Run: ...

    def ledger(self, folder: Any) -> Ledger: ...


class Reconciler:
    """One process's look at the projects that want to run."""

    def __init__(
        self, library: Library, store: Store, board: LiveState, leases: Leases, records: RunStore, clocks: Clocks
    ) -> None:
        self._library = library
        self._store = store
        self._board = board
        self._leases = leases
        self._records = records
        self._clocks = clocks
        self._swept_at: float | None = None

    def forgotten(self, here: Collection[str]) -> list[tuple[str, str]]:
        """Projects that want to run and that nobody drives, each named once in six seconds over all processes.

        Those whose name is among ``here`` are driven, that much is known. One whose last sign of life is too old is
        marked interrupted instead: nothing is spent unasked after a long gap. So is the run in a folder that was
        renamed or copied: nobody asked for it there.
        """
        folders = self._candidates(here)
        held = self._leases.held_among([folder.id for folder in folders])
        found = []
        for folder in folders:
            try:
                if folder.id in held:
                    continue
                run = self._records.run(folder)
                if run.active and not self.left_behind(folder, run) and self._board.first_to_wake(run.id):
                    found.append((folder.name, run.id))
            except CoordinationDown:
                raise
            except Step8Error as error:  # one project's trouble keeps no other one waiting
                log.debug("project=%s %s", folder.name, error)
        return found

    def left_behind(self, folder: Any, run: Run) -> bool:
        """Whether an active run waits for a person: its last sign of life is too old, or it was another folder's.

        It is marked as interrupted then.
        """
        alive = max(run.changed_at, self._board.touched(folder.id))
        worked = run.worked_until(alive)  # not while nobody drove it
        if self._clocks.epoch() - alive > FRESH_FOR:
            self._records.try_change(folder, Move.LOST, worked=worked, note="Generation was interrupted.")
        elif driven_elsewhere(self._store.ledger(folder), run.id, folder.id):
            note = "The folder was renamed or copied in mid-run."
            self._records.try_change(folder, Move.LOST, worked=worked, note=note)
        else:
            return False
        return True

    def _candidates(self, here: Collection[str]) -> list[Any]:
        """By the board, and now and then by every folder: Redis may have lost its data."""
        told = self._board.active()
        names = sorted(told.difference(here))
        now = self._clocks.monotonic()
        if self._swept_at is None or now - self._swept_at >= SWEEP_EVERY:
            names += [name for name in self._library.names() if name not in told and name not in here]
            self._swept_at = now
        found = []
        for place, name in enumerate(names):
            if place % BREATH == BREATH - 1:
                gevent.sleep(0)
            try:
                folder = self._library.find(name)
                if name in told or self._store.run(folder).active:
                    found.append(folder)
            except Step8Error as error:
                log.debug("project=%s %s", name, error)
        return found
