"""Commands on one project's run: Start, Pause, Resume, Stop, new limits, another order; stored first, then published.

Every command may be given twice and from any process; each returns the run as it is afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence

from webapp.coordination.lease import Leases
from webapp.coordination.live_state import LiveState
from webapp.core.marks import locked
from webapp.core.run.states import (
    Cause,
    Move,
    Run,
    RunState,
)
from webapp.core.settings.project_settings import ProjectSettings
from webapp.core.work_plan import Redo, RunScope, WorkPlan
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, IllegalMove
from webapp.generation.ports import RunChecks, WishFiles
from webapp.generation.run_store import RunStore

STOP_SECONDS = 0.9
"""Seconds for which Stop and Pause wait for the driver to acknowledge that it begins no further call."""


class Control:
    """Stores what the user wants of a run, then wakes its driver. ``summon`` sends a wake-up for a run."""

    def __init__(
        self,
        runs: RunStore,
        live_state: LiveState,
        leases: Leases,
        files: WishFiles,
        summon: Callable[[str, str], None],
        checks: RunChecks,
    ) -> None:
        self._runs = runs
        self._live_state = live_state
        self._leases = leases
        self._files = files
        self._summon = summon
        self._checks = checks

    def run(self, folder: Folder) -> Run:
        """The run as it is now."""
        return self._runs.run(folder)

    def driven(self, folder: Folder) -> bool:
        """Whether a worker drives the project now.

        Raises:
            CoordinationDown: Redis did not answer, so nobody can say.
        """
        return self._leases.held(folder.id)

    def start(self, folder: Folder, scope: RunScope | None = None) -> tuple[Run, bool]:
        """Start a run for the project's missing frames, or for its ``scope``; a paused run is resumed.

        Where a run is stopping the new one begins once its calls in flight have ended.

        Returns the run, and whether this call began it; False: one was there.

        Raises:
            Step8Error: it cannot start; the sentence says why and nothing changed.
        """
        run = self._runs.run(folder)
        if run.pausing:
            return self.resume(folder), True
        if run.active and run.state is not RunState.STOPPING:
            if not self._leases.held(folder.id):  # its worker is gone: do not wait for the reconciler
                self._summon(folder.name, run.id)
            return run, False
        provider, model = self._checks.check(folder)
        ident = secrets.token_hex(6)
        self._files.records.change_plan(folder, lambda plan: plan.with_scope(ident, scope or RunScope()))
        try:
            run = self._runs.change(
                folder, Move.START, id=ident, provider=provider, model=model, note="Generation started."
            )
        except IllegalMove:  # another tab was quicker
            return self._runs.run(folder), False
        self._checks.reset_keys(folder)
        self._summon(folder.name, run.id)
        return run, True

    def stop(self, folder: Folder, run_id: str | None = None) -> Run:
        """End the run. Once this returned no provider call begins; calls in flight are finished and saved.

        With ``run_id`` only that run is stopped: a stale tab cannot stop a newer one. Effect: waits for the driver at
        most `STOP_SECONDS`.

        Raises:
            IllegalMove: nothing is running (or not that run).
        """
        run = self._open(folder, run_id)
        if run.state is not RunState.STOPPING:
            run = self._runs.change(folder, Move.STOP, note="Stop pressed. The current images are finished first.")
        return self._await_driver(folder, run)

    def pause(self, folder: Folder, run_id: str | None = None) -> Run:
        """Let no further call begin until `resume`, also over a restart. Otherwise as `stop`.

        Raises:
            IllegalMove: nothing is running (or not that run), or it is stopping.
        """
        run = self._open(folder, run_id)
        if not run.pausing:
            run = self._runs.change(folder, Move.PAUSE, cause=Cause.USER.value, note="Pause pressed.")
        return self._await_driver(folder, run)

    def resume(self, folder: Folder, run_id: str | None = None, budget: int | None = None) -> Run:
        """Let a paused run go on, with another ``budget`` (micro-dollars) if one is given.

        Raises:
            IllegalMove: nothing is paused (or not that run).
            Step8Error: it cannot go on; the sentence says what to do and nothing changed.
        """
        run = self._open(folder, run_id)
        if not run.pausing:
            return run
        cap = self._checks.limits(folder).budget
        if run.cause == Cause.BUDGET and cap is not None and (budget if budget is not None else cap) <= cap:
            raise BadInput("Write a budget that is higher than the one that is reached, then click Resume.")
        if budget is not None:
            self._files.records.change_settings(folder, lambda settings: settings.with_restraint(budget=budget))
        self._checks.check(folder)
        self._checks.reset_keys(folder)
        run = self._runs.change(folder, Move.RESUME, cause="", reason="", note="Resumed.")
        self._live_state.wake(folder.id)
        self._summon(folder.name, run.id)
        return run

    def tune(self, folder: Folder, change: Callable[[ProjectSettings], ProjectSettings]) -> Run:
        """Change the project's settings; an open run applies its new limits from the next call on.

        Raises:
            DiskTrouble: they could not be stored.
        """
        self._files.records.change_settings(folder, change)
        return self._notify_driver_and_pages(folder)

    def make(self, folder: Folder, ids: Sequence[str]) -> Run:
        """Make these missing frames: first of all in the run that is there, else in one for them alone.

        One that the run gave up is tried again.

        Raises:
            Step8Error: as `start`; or they are all locked.
        """
        ids = self._unlocked(folder, ids)
        run = self._runs.run(folder)
        if not run.open or run.state is RunState.STOPPING:
            return self.start(folder, RunScope(only=tuple(ids)))[0]
        self._files.records.change_plan(
            folder, lambda plan: plan.moved_first(ids).with_scope(run.id, plan.scope(run.id).asked_again(ids))
        )
        return self._notify_or_start(folder, RunScope(only=tuple(ids)))

    def remake(self, folder: Folder, versions: Mapping[str, str], *, fresh_seed: bool = True, model: str = "") -> Run:
        """Make frames anew that have an image: ``versions`` are those of the images that the user sees.

        With ``fresh_seed`` each gets another seed, else the one that its words give; with ``model`` another model. The
        images they have are kept in their history. Otherwise as `make`.
        """
        ids = self._unlocked(folder, list(versions))
        seeds = {ident: secrets.randbelow(2**31) if fresh_seed else None for ident in ids}
        redo = {ident: Redo(seed, versions[ident], model) for ident, seed in seeds.items()}
        run = self._runs.run(folder)
        if not run.open or run.state is RunState.STOPPING:
            return self.start(folder, RunScope(only=(), redo=redo))[0]
        self._files.records.change_plan(
            folder,
            lambda plan: plan.moved_first(ids).with_scope(run.id, plan.scope(run.id).asked_again(ids).redone(redo)),
        )
        return self._notify_or_start(folder, RunScope(only=(), redo=redo))

    def arrange(self, folder: Folder, change: Callable[[WorkPlan], WorkPlan]) -> Run:
        """Change the order of the work, or what of it is held; an open run applies it from the next call on."""
        self._files.records.change_plan(folder, change)
        return self._notify_driver_and_pages(folder)

    def _notify_driver_and_pages(self, folder: Folder) -> Run:
        run = self._runs.try_change(folder, Move.TUNE)
        if not run.open:  # no move was made, so nothing was published yet
            self._live_state.post(folder.id)
        self._live_state.wake(folder.id)
        return run

    def _notify_or_start(self, folder: Folder, scope: RunScope) -> Run:
        # it may have ended in this very moment
        run = self._notify_driver_and_pages(folder)
        return run if run.open else self.start(folder, scope)[0]

    def _unlocked(self, folder: Folder, ids: Sequence[str]) -> list[str]:
        kept = locked(self._files.records.marks(folder))
        found = [ident for ident in ids if ident not in kept]
        if ids and not found:
            which = "This image is" if len(ids) == 1 else "These images are all"
            raise BadInput(f"{which} approved and locked. Unlock first, then try again.")
        return found

    def _open(self, folder: Folder, run_id: str | None) -> Run:
        run = self._runs.run(folder)
        if not run.open or (run_id and run.id != run_id):
            raise IllegalMove("No active generation found")
        return run

    def _await_driver(self, folder: Folder, run: Run) -> Run:
        if run.state in (RunState.STOPPING, RunState.PAUSING):
            self._live_state.wake(folder.id)
            if self._leases.held(folder.id):
                self._live_state.await_acknowledgement(folder.id, run, STOP_SECONDS)
            else:
                self._runs.try_change(folder, Move.LOST)
        return self._runs.run(folder)
