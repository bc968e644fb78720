"""From a wake-up to a driven run and its end: claims the project, sets the runner up, writes down how it ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from gevent.event import Event
from gevent.lock import BoundedSemaphore

from webapp.coordination.lease import Lease, Leases
from webapp.coordination.live_state import LiveState
from webapp.core.money.compaction import Compaction
from webapp.core.project import Project
from webapp.core.run.states import (
    Cause,
    Move,
    Run,
    RunState,
)
from webapp.errors import CoordinationDown, DiskTrouble, LeaseLost, Step8Error
from webapp.generation.events.event_log import NOBODY, RunObserver
from webapp.generation.events.run_metrics import NOTHING, RunMetrics
from webapp.generation.job import RunLimits
from webapp.generation.lease_renewal import LeaseRenewal
from webapp.generation.makers.run_setup import RunSetup
from webapp.generation.reconciler import Library, Reconciler
from webapp.generation.run.context import DISK_PATIENCE, AttemptContext, Clocks, Journal, LoopEnd
from webapp.generation.run.disk_space import DiskSpace
from webapp.generation.run.group_commit import GroupCommit
from webapp.generation.run.preparation import Recovery, RunPreparation, Store
from webapp.generation.run.progress_reporter import ProgressReporter
from webapp.generation.run.run_end import RunEnd
from webapp.generation.run.runner import Runner
from webapp.generation.run.stored_wishes import StoredWishes
from webapp.generation.run_store import ProjectFolder, RunStore

log = logging.getLogger("step8.driver")

BEGINNING = 8
"""Projects that are prepared at the same time: after a restart hundreds may begin, and pages go on meanwhile."""

MOST_TAKEOVERS = 3
"""Workers that may die over one run without a new picture before it is left to a person."""


class Driver:
    """Drives whatever project it is asked to, one run at a time per project, several projects side by side.

    ``owner`` is unique to this process; ``equip`` answers providers, keys and limits for a project, ``limits`` only
    these as they are now. ``witness`` hears each line of activity.
    """

    def __init__(
        self,
        library: Library,
        store: Store,
        pictures: Recovery,
        journal: Callable[[Any], Any],
        board: LiveState,
        leases: Leases,
        records: RunStore,
        equip: Callable[[Any], RunSetup],
        limits: Callable[[Any], RunLimits],
        clocks: Clocks,
        owner: str,
        meter: RunMetrics = NOTHING,
        disk_patience: float = DISK_PATIENCE,
        *,
        witness: RunObserver = NOBODY,
    ) -> None:
        self._disk_patience = disk_patience
        self._library = library
        self._store = store
        self._pictures = pictures
        self._journal = journal
        self._board = board
        self._leases = leases
        self._records = records
        self._limits = limits
        self._clocks = clocks
        self._owner = owner
        self._meter = meter
        self._witness = witness
        self._renewals = LeaseRenewal(leases, board)
        self._lookout = Reconciler(library, store, board, leases, records, clocks)
        self._preparation = RunPreparation(store, pictures, board, equip, clocks.epoch, meter)
        self._beginning = BoundedSemaphore(BEGINNING)
        self._leaving = Event()
        self._wakes: dict[str, Event] = {}
        self._names: set[str] = set()

    def drive(self, name: str, run: str) -> None:
        """Drive the project until its run ends or is handed over. Returns at once when another worker has it."""
        folder = self._library.find(name)
        if folder.id in self._wakes:
            return
        self._wakes[folder.id] = wake = Event()  # before anything that waits: a doubled wake-up finds it
        self._names.add(folder.name)
        try:
            while self._drive_once(folder, run, wake):
                pass  # it was resumed just when its driver had let go of it, and the wake-up found it still held
        finally:
            self._names.discard(folder.name)
            del self._wakes[folder.id]

    def forgotten(self) -> list[tuple[str, str]]:
        """Name and run of each project that wants to run and that nobody drives, see `Reconciler.forgotten`."""
        return self._lookout.forgotten(self._names)

    def wake(self, ident: str) -> None:
        """Let the runner of this project look at its run again, if it is here; "": all runners."""
        found = [self._wakes.get(ident)] if ident else list(self._wakes.values())
        for wake in found:
            if wake is not None:
                wake.set()

    def leave(self) -> None:
        """Begin no further call anywhere; every `drive` returns when its calls in flight are saved."""
        self._leaving.set()
        for wake in list(self._wakes.values()):
            wake.set()

    def _drive_once(self, folder: Any, run: str, wake: Event) -> bool:
        """Drive the run as far as it goes. Whether it waits for a driver again."""
        known = self._records.run(folder)
        if not known.active or self._lookout.left_behind(folder, known):
            return False
        lease = self._leases.claim(
            folder.id, f"{self._owner}:{run}", seen=max(known.token, self._store.run(folder).token)
        )
        if lease is None:
            return False
        with self._renewing(lease, folder, wake):
            self._drive_under(lease, folder, wake)
        return not self._leaving.is_set() and self._records.run(folder).state is RunState.STARTING

    def _drive_under(self, lease: Lease, folder: Any, wake: Event) -> None:
        journal = self._journal(folder)
        try:
            if Compaction(self._store.ledger(folder)).pays:
                journal.compact()
            run = self._take(lease, folder, journal)
            if run is None:
                return
            project = self._store.project(folder)
            tally = self._tally(lease, folder, project, run)
            with self._beginning:
                runner = self._runner(lease, folder, project, run, journal, tally, wake)
            ended = runner.drive() if run.state is RunState.GENERATING else LoopEnd(stopped=True)
            self._note_release(journal, run, lease)
            conclusion = RunEnd(self._records, self._store, folder, lease.token, project, run.id, tally)
            while not conclusion.drawn(ended, runner.seen):
                ended = runner.drive()  # a wish came in its last moments
        except LeaseLost:
            log.warning("project=%s another worker drives it now", folder.name)
        except CoordinationDown as error:
            log.warning("project=%s %s", folder.name, error)  # the reconciler comes back to it
        except DiskTrouble as error:
            self._steering(folder, lease).hold(Cause.DISK, str(error))
            self._records.try_change(folder, Move.DRAINED, token=lease.token)
        except Step8Error as error:
            self._records.try_change(folder, Move.BROKE, token=lease.token, reason=str(error), note=str(error))
        except Exception:
            log.exception("project=%s the run failed unexpectedly", folder.name)
            reason = "Something unexpected went wrong; the log has the details. Click Start to resume."
            self._records.try_change(folder, Move.BROKE, token=lease.token, reason=reason, note=reason)

    def _tally(self, lease: Lease, folder: Any, project: Project, run: Run) -> ProgressReporter:
        return ProgressReporter(
            self._board,
            folder.id,
            project,
            lease.token,
            self._clocks.epoch,
            run.id,
            lambda line: self._witness.wrote(folder, [line]),
        )

    def _steering(self, folder: Any, lease: Lease) -> StoredWishes:
        return StoredWishes(self._records, self._board, self._store, folder, lease.token, self._limits)

    def _note_release(self, journal: Journal, run: Run, lease: Lease) -> None:
        """Its worker lets go of the run in good order: it did not die over it."""
        record = {"what": "released", "at": self._clocks.epoch(), "run": run.id, "token": lease.token}
        with suppress(DiskTrouble):
            journal.append(record)

    def _take(self, lease: Lease, folder: Any, journal: Journal) -> Run | None:
        """The run as ours now, or ``None`` when there is nothing left to drive."""
        run = self._records.run(folder)
        if run.state in (RunState.STOPPING, RunState.PAUSING):
            return run
        if (
            run.state is RunState.GENERATING
            and self._store.ledger(folder).taken_without_picture(run.id) >= MOST_TAKEOVERS
        ):
            reason = "This run ended its worker three times without a new picture. Look at the log, then click Start."
            self._records.change(folder, Move.BROKE, token=lease.token, reason=reason, note=reason)
            return None
        if run.state not in (RunState.STARTING, RunState.GENERATING):
            return None
        if run.state is RunState.GENERATING:
            self._meter.took_over()
        taken = {"what": "taken", "at": self._clocks.epoch(), "run": run.id, "token": lease.token}
        journal.append({**taken, "project": folder.id})
        return self._records.change(folder, Move.TAKEN, token=lease.token)

    def _runner(
        self,
        lease: Lease,
        folder: Any,
        project: Project,
        run: Run,
        journal: Journal,
        tally: ProgressReporter,
        wake: Event,
    ) -> Runner:
        prepared = self._preparation.prepare(folder, project, run, journal, tally)
        equipment = prepared.equipment
        terms = AttemptContext(
            folder=folder,
            run=run.id,
            token=lease.token,
            timeout=equipment.limits.timeout,
            pictures=self._pictures,
            journal=GroupCommit(journal),
            gate=lambda: self._board.gate(folder.id, lease.token),
            clock=self._clocks.epoch,
            leaving=self._leaving,
            meter=self._meter,
            room=DiskSpace(folder, prepared.largest),
            disk_patience=self._disk_patience,
            earlier=prepared.earlier,
        )
        return Runner(
            project,
            terms,
            equipment,
            equipment.limits,
            prepared.spent,
            tally,
            prepared.given_up,
            self._store,
            lease,
            self._steering(folder, lease),
            self._clocks,
            wake,
            seen=run.seq,
        )

    @contextmanager
    def _renewing(self, lease: Lease, folder: ProjectFolder, wake: Event) -> Iterator[None]:
        """Keep the lease alive beside the work, and give it back at the end."""

        try:
            with self._renewals.of(folder.id, lease, wake.set):
                yield
        finally:
            try:
                lease.release()
            except CoordinationDown:
                log.warning("project=%s the lease runs out by itself", folder.name)
