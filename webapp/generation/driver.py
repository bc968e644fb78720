"""Driver: takes a project that wants to run, runs it to its end under a lease, and stores how it ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from gevent.event import Event
from gevent.lock import BoundedSemaphore

from webapp.coordination.lease import Lease
from webapp.core.money.compaction import Compaction
from webapp.core.run.states import (
    Cause,
    Move,
    Run,
    RunState,
)
from webapp.disk.files.folder import Folder
from webapp.errors import CoordinationDown, DiskTrouble, LeaseLost, Step8Error
from webapp.generation.job import RunLimits
from webapp.generation.lease_renewal import LeaseRenewal
from webapp.generation.makers.run_setup import RunSetup
from webapp.generation.ports import AttemptJournal
from webapp.generation.reconciler import Reconciler
from webapp.generation.run.context import LoopEnd, ProjectDisk, RunContext, SharedRuns, WorkerContext
from webapp.generation.run.disk_space import DiskSpace
from webapp.generation.run.group_commit import GroupCommit
from webapp.generation.run.preparation import RunPreparation
from webapp.generation.run.progress_reporter import ProgressReporter
from webapp.generation.run.run_end import RunEnd
from webapp.generation.run.runner import Runner
from webapp.generation.run.stored_wishes import StoredWishes

log = logging.getLogger("step8.driver")

PREPARING = 8
"""Projects that are prepared at the same time: after a restart hundreds may begin, and pages go on meanwhile."""

MOST_TAKEOVERS = 3
"""Workers that may die over one run without a new image before it is left to a person."""


class Driver:
    """Drives the projects of one process: one run at a time per project, several projects side by side.

    ``build_setup`` answers providers, keys and limits of a project, ``limits`` only these as they are now.
    """

    def __init__(
        self,
        disk: ProjectDisk,
        shared: SharedRuns,
        build_setup: Callable[[Folder], RunSetup],
        limits: Callable[[Folder], RunLimits],
        worker: WorkerContext,
    ) -> None:
        self._disk = disk
        self._live_state = shared.live_state
        self._leases = shared.leases
        self._runs = shared.runs
        self._limits = limits
        self._worker = worker
        self._renewal = LeaseRenewal(shared.leases, shared.live_state)
        self._reconciler = Reconciler(disk, shared, worker.clocks)
        self._preparation = RunPreparation(disk, shared.live_state, build_setup, worker)
        self._preparing = BoundedSemaphore(PREPARING)
        self._wakes: dict[str, Event] = {}
        self._names: set[str] = set()

    def drive(self, name: str, run: str) -> None:
        """Drive the project until its run ends or is handed over. Returns at once when another worker has it."""
        folder = self._disk.library.find(name)
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

    def undriven(self) -> list[tuple[str, str]]:
        """Name and run id of each project that wants to run and that no worker drives, see `Reconciler.undriven`."""
        return self._reconciler.undriven(self._names)

    def wake(self, ident: str) -> None:
        """Let the runner of this project read its run again, if it is here; "": all runners."""
        found = [self._wakes.get(ident)] if ident else list(self._wakes.values())
        for wake in found:
            if wake is not None:
                wake.set()

    def leave(self) -> None:
        """Begin no further call anywhere; every `drive` returns when its calls in flight are saved."""
        self._worker.leaving.set()
        for wake in list(self._wakes.values()):
            wake.set()

    def _drive_once(self, folder: Folder, run: str, wake: Event) -> bool:
        """Drive the run as far as it goes. Whether it waits for a driver again."""
        known = self._runs.run(folder)
        if not known.active or self._reconciler.interrupt_if_stale(folder, known):
            return False
        owner = f"{self._worker.owner}:{run}"
        lease = self._leases.claim(folder.id, owner, seen=max(known.token, self._disk.files.records.run(folder).token))
        if lease is None:
            return False
        with self._renewing(lease, folder, wake):
            self._drive_under(lease, folder, wake)
        return not self._worker.leaving.is_set() and self._runs.run(folder).state is RunState.STARTING

    def _drive_under(self, lease: Lease, folder: Folder, wake: Event) -> None:
        journal = self._disk.journal(folder)
        try:
            if Compaction(self._disk.files.ledger(folder)).worthwhile:
                journal.compact()
            run = self._take(lease, folder, journal)
            if run is None:
                return
            runner, end = self._prepare(lease, folder, run, journal, wake)
            ended = runner.drive() if run.state is RunState.GENERATING else LoopEnd(stopped=True)
            self._record_release(journal, run, lease)
            while not end.conclude(ended, runner.seen):
                ended = runner.drive()  # a wish came in its last moments
        except LeaseLost:
            log.warning("project=%s another worker drives it now", folder.name)
        except CoordinationDown as error:
            log.warning("project=%s %s", folder.name, error)  # the reconciler comes back to it
        except DiskTrouble as error:
            self._wishes(folder, lease).hold(Cause.DISK, str(error))
            self._runs.try_change(folder, Move.DRAINED, token=lease.token)
        except Step8Error as error:
            self._runs.try_change(folder, Move.BROKE, token=lease.token, reason=str(error), note=str(error))
        except Exception:
            log.exception("project=%s the run failed unexpectedly", folder.name)
            reason = "Something unexpected went wrong; the log has the details. Click Start to resume."
            self._runs.try_change(folder, Move.BROKE, token=lease.token, reason=reason, note=reason)

    def _take(self, lease: Lease, folder: Folder, journal: AttemptJournal) -> Run | None:
        """The run as ours now, or None when there is nothing left to drive."""
        run = self._runs.run(folder)
        if run.state in (RunState.STOPPING, RunState.PAUSING):
            return run
        if (
            run.state is RunState.GENERATING
            and self._disk.files.ledger(folder).taken_without_image(run.id) >= MOST_TAKEOVERS
        ):
            reason = "This run ended its worker three times without a new picture. Look at the log, then click Start."
            self._runs.change(folder, Move.BROKE, token=lease.token, reason=reason, note=reason)
            return None
        if run.state not in (RunState.STARTING, RunState.GENERATING):
            return None
        if run.state is RunState.GENERATING:
            self._worker.metrics.took_over()
        taken = {"what": "taken", "at": self._worker.clocks.epoch(), "run": run.id, "token": lease.token}
        journal.append({**taken, "project": folder.id})
        return self._runs.change(folder, Move.TAKEN, token=lease.token)

    def _prepare(
        self, lease: Lease, folder: Folder, run: Run, journal: AttemptJournal, wake: Event
    ) -> tuple[Runner, RunEnd]:
        project = self._disk.files.project(folder)
        progress = ProgressReporter(
            partial(self._live_state.post, folder.id, token=lease.token),
            project,
            self._worker.clocks.epoch,
            run.id,
            lambda line: self._worker.observer.add_lines(folder, [line]),
        )
        with self._preparing:
            prepared = self._preparation.prepare(folder, project, run, journal, progress)
            context = RunContext(
                worker=self._worker,
                folder=folder,
                project=project,
                run=run.id,
                lease=lease,
                gate=lambda: self._live_state.gate(folder.id, lease.token),
                images=self._disk.images,
                journal=GroupCommit(journal),
                disk_space=DiskSpace(folder, prepared.largest),
                progress=progress,
                wishes=self._wishes(folder, lease),
                timeout=prepared.setup.limits.timeout,
                earlier=prepared.earlier,
            )
            runner = Runner(context, prepared, self._disk.files, wake, seen=run.seq)
        return runner, RunEnd(self._runs, self._disk.files, context)

    def _wishes(self, folder: Folder, lease: Lease) -> StoredWishes:
        return StoredWishes(self._runs, self._live_state, self._disk.files, folder, lease.token, self._limits)

    def _record_release(self, journal: AttemptJournal, run: Run, lease: Lease) -> None:
        # its worker lets go of the run in good order: it did not die over it
        record = {"what": "released", "at": self._worker.clocks.epoch(), "run": run.id, "token": lease.token}
        with suppress(DiskTrouble):
            journal.append(record)

    @contextmanager
    def _renewing(self, lease: Lease, folder: Folder, wake: Event) -> Iterator[None]:
        try:
            with self._renewal.of(folder.id, lease, wake.set):
                yield
        finally:
            try:
                lease.release()
            except CoordinationDown:
                log.warning("project=%s the lease runs out by itself", folder.name)
