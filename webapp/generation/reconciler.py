"""Reconciler: finds runs that no worker drives, because theirs died, the wake-up got lost, or Redis lost its data."""

from __future__ import annotations

import logging
from collections.abc import Collection

import gevent

from webapp.core.run.states import Move, Run
from webapp.disk.files.folder import Folder
from webapp.errors import CoordinationDown, Step8Error
from webapp.generation.run.context import Clocks, ProjectDisk, SharedRuns
from webapp.generation.run.unfinished_attempts import driven_elsewhere

log = logging.getLogger("step8.driver")

FRESH_FOR = 900.0
"""Seconds after its last sign of life in which a run whose worker died goes on by itself; later a person must ask."""

SWEEP_EVERY = 30.0
"""Seconds between two looks into every folder, for runs that Redis forgot together with the worker that drove them."""

YIELD_EVERY = 50
"""Folders looked into before the other greenlets get their turn."""


class Reconciler:
    """Finds the projects that want to run and that no worker drives, and marks as interrupted what is too old."""

    def __init__(self, disk: ProjectDisk, shared: SharedRuns, clocks: Clocks) -> None:
        self._library = disk.library
        self._files = disk.files
        self._live_state = shared.live_state
        self._leases = shared.leases
        self._runs = shared.runs
        self._clocks = clocks
        self._swept_at: float | None = None

    def undriven(self, driven_here: Collection[str]) -> list[tuple[str, str]]:
        """Name and run id of the projects to wake, each once in six seconds over all processes.

        Effect: see `interrupt_if_stale`.
        """
        folders = self._candidates(driven_here)
        held = self._leases.held_among([folder.id for folder in folders])
        found = []
        for folder in folders:
            try:
                if folder.id in held:
                    continue
                run = self._runs.run(folder)
                if run.active and not self.interrupt_if_stale(folder, run) and self._live_state.first_to_wake(run.id):
                    found.append((folder.name, run.id))
            except CoordinationDown:
                raise
            except Step8Error as error:  # one project's trouble keeps no other one waiting
                log.debug("project=%s %s", folder.name, error)
        return found

    def interrupt_if_stale(self, folder: Folder, run: Run) -> bool:
        """Mark an active run as interrupted whose last sign of life is too old, or that was another folder's.

        Nothing is spent unasked after a long gap, nor in a folder that was renamed or copied. Returns whether it was
        one of these.
        """
        alive = max(run.changed_at, self._live_state.touched(folder.id))
        worked = run.worked_until(alive)  # not while nobody drove it
        if self._clocks.epoch() - alive > FRESH_FOR:
            self._runs.try_change(folder, Move.LOST, worked=worked, note="Generation was interrupted.")
        elif driven_elsewhere(self._files.ledger(folder), run.id, folder.id):
            note = "The folder was renamed or copied in mid-run."
            self._runs.try_change(folder, Move.LOST, worked=worked, note=note)
        else:
            return False
        return True

    def _candidates(self, driven_here: Collection[str]) -> list[Folder]:
        """By the live state, and now and then by every folder: Redis may have lost its data."""
        known = self._live_state.active()
        names = sorted(known.difference(driven_here))
        now = self._clocks.monotonic()
        if self._swept_at is None or now - self._swept_at >= SWEEP_EVERY:
            names += [name for name in self._library.names() if name not in known and name not in driven_here]
            self._swept_at = now
        found = []
        for place, name in enumerate(names):
            if place % YIELD_EVERY == YIELD_EVERY - 1:
                gevent.sleep(0)
            try:
                folder = self._library.find(name)
                if name in known or self._files.records.run(folder).active:
                    found.append(folder)
            except Step8Error as error:
                log.debug("project=%s %s", name, error)
        return found
