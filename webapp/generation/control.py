"""Start, Pause, Resume, Stop and new limits as wishes: stored first, then told to whoever drives the project.

Every command may be pressed twice and from any process; each answers with the run as it is afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from webapp.coordination.lease import Leases
from webapp.coordination.live_state import LiveState
from webapp.core.marks import FrameMarks, locked
from webapp.core.run.states import (
    Cause,
    Move,
    Run,
    RunState,
)
from webapp.core.settings.project_settings import ProjectSettings
from webapp.core.work_plan import Redo, RunScope, WorkPlan
from webapp.errors import BadInput, IllegalMove
from webapp.generation.run_store import ProjectFolder, RunStore

STOP_SECONDS = 0.9
"""How long Stop and Pause wait for the driver to say that it begins no further call."""


class Outfitter(Protocol):
    """What a run would work with."""

    def check(self, folder: Any) -> tuple[str, str]:
        """Refuses a start before anything happens; answers the provider and model names the run will use."""

    def forgive(self, folder: Any) -> None:
        """Keys that were out of use get another chance."""

    def limits(self, folder: Any) -> Any:
        """The limits as they are now; ``budget`` in micro-dollars."""


class Desk(Protocol):
    """Where the user's wishes for a project lie."""

    def change_settings(self, folder: Any, change: Callable[[ProjectSettings], ProjectSettings]) -> ProjectSettings:
        """Replace the project's settings by what ``change`` makes of them, and answer that."""

    def change_plan(self, folder: Any, change: Callable[[WorkPlan], WorkPlan]) -> WorkPlan:
        """The same for how its work is arranged."""

    def marks(self, folder: Any) -> Mapping[str, FrameMarks]:
        """What the user says of its frames."""


class Control:
    """The commands of a user. ``summon`` asks the engine to look at a project."""

    def __init__(
        self,
        records: RunStore,
        board: LiveState,
        leases: Leases,
        desk: Desk,
        summon: Callable[[str, str], None],
        outfitter: Outfitter,
    ) -> None:
        self._records = records
        self._board = board
        self._leases = leases
        self._desk = desk
        self._summon = summon
        self._outfitter = outfitter

    def run(self, folder: ProjectFolder) -> Run:
        """The run as it is now."""
        return self._records.run(folder)

    def start(self, folder: ProjectFolder, scope: RunScope | None = None) -> tuple[Run, bool]:
        """Wish the project's missing frames made. Answers the run, and whether this call began it (False: attached).

        With a ``scope`` a new run makes only what that says. A paused run is resumed.

        Raises:
            Step8Error: it cannot start; the sentence says why and nothing changed.
        """
        run = self._records.run(folder)
        if run.pausing:
            return self.resume(folder), True
        if run.active:
            if not self._leases.held(folder.id):  # its worker is gone: do not wait until somebody notices
                self._summon(folder.name, run.id)
            return run, False
        provider, model = self._outfitter.check(folder)
        ident = secrets.token_hex(6)
        self._desk.change_plan(folder, lambda plan: plan.with_scope(ident, scope or RunScope()))
        try:
            run = self._records.change(
                folder, Move.START, id=ident, provider=provider, model=model, note="Generation started."
            )
        except IllegalMove:  # another tab was quicker
            return self._records.run(folder), False
        self._outfitter.forgive(folder)
        self._summon(folder.name, run.id)
        return run, True

    def stop(self, folder: ProjectFolder, run_id: str | None = None) -> Run:
        """Wish the run ended. Once this returned no provider call begins; calls in flight are finished and saved.

        With ``run_id`` only that run is stopped: a stale tab cannot stop a newer one.

        Raises:
            IllegalMove: nothing is running (or not that run).
        """
        run = self._open(folder, run_id)
        if run.state is not RunState.STOPPING:
            run = self._records.change(folder, Move.STOP, note="Stop pressed. The current images are finished first.")
        return self._await_driver(folder, run)

    def pause(self, folder: ProjectFolder, run_id: str | None = None) -> Run:
        """Wish that no further call begins until `resume`, also over a restart. Otherwise as `stop`.

        Raises:
            IllegalMove: nothing is running (or not that run), or it is stopping.
        """
        run = self._open(folder, run_id)
        if not run.pausing:
            run = self._records.change(folder, Move.PAUSE, cause=Cause.USER.value, note="Pause pressed.")
        return self._await_driver(folder, run)

    def resume(self, folder: ProjectFolder, run_id: str | None = None, budget: int | None = None) -> Run:
        """Wish a paused run to go on, with another ``budget`` (micro-dollars) if one is given.

        Raises:
            IllegalMove: nothing is paused (or not that run).
            Step8Error: it cannot go on; the sentence says what to do and nothing changed.
        """
        run = self._open(folder, run_id)
        if not run.pausing:
            return run
        cap = self._outfitter.limits(folder).budget
        if run.cause == Cause.BUDGET and cap is not None and (budget if budget is not None else cap) <= cap:
            raise BadInput("Write a budget that is higher than the one that is reached, then click Resume.")
        if budget is not None:
            self._desk.change_settings(folder, lambda settings: settings.with_restraint(budget=budget))
        self._outfitter.check(folder)
        self._outfitter.forgive(folder)
        run = self._records.change(folder, Move.RESUME, cause="", reason="", note="Resumed.")
        self._board.wake(folder.id)
        self._summon(folder.name, run.id)
        return run

    def tune(self, folder: ProjectFolder, change: Callable[[ProjectSettings], ProjectSettings]) -> Run:
        """Change the project's settings; a run that is there keeps to its new limits from the next call on.

        Raises:
            DiskTrouble: they could not be stored.
        """
        self._desk.change_settings(folder, change)
        return self._tell(folder)

    def make(self, folder: ProjectFolder, ids: Sequence[str]) -> Run:
        """Wish these missing frames made: first of all by the run that is there, else by one for them alone.

        One that the run gave up is tried again.

        Raises:
            Step8Error: as `start`; or they are all locked.
        """
        ids = self._unlocked(folder, ids)
        run = self._records.run(folder)
        if not run.open or run.state is RunState.STOPPING:
            return self.start(folder, RunScope(only=tuple(ids)))[0]
        self._desk.change_plan(
            folder, lambda plan: plan.moved_first(ids).with_scope(run.id, plan.scope(run.id).asked_again(ids))
        )
        return self._tell_or_start(folder, RunScope(only=tuple(ids)))

    def remake(
        self, folder: ProjectFolder, versions: Mapping[str, str], *, fresh_seed: bool = True, model: str = ""
    ) -> Run:
        """Wish frames made anew that have an image: ``versions`` are those of the images as the user sees them.

        With ``fresh_seed`` they are asked for with another seed each, else with the one that their words give. The
        images they have are kept in their history. Otherwise as `make`.
        """
        ids = self._unlocked(folder, list(versions))
        seeds = {ident: secrets.randbelow(2**31) if fresh_seed else None for ident in ids}
        redo = {ident: Redo(seed, versions[ident], model) for ident, seed in seeds.items()}
        run = self._records.run(folder)
        if not run.open or run.state is RunState.STOPPING:
            return self.start(folder, RunScope(only=(), redo=redo))[0]
        self._desk.change_plan(
            folder,
            lambda plan: plan.moved_first(ids).with_scope(run.id, plan.scope(run.id).asked_again(ids).redone(redo)),
        )
        return self._tell_or_start(folder, RunScope(only=(), redo=redo))

    def arrange(self, folder: ProjectFolder, change: Callable[[WorkPlan], WorkPlan]) -> Run:
        """Change the order of the work, or what of it is held; a run keeps to it from the next call on."""
        self._desk.change_plan(folder, change)
        return self._tell(folder)

    def _tell(self, folder: ProjectFolder) -> Run:
        """The user changed something: whoever drives the project looks at it, and every open page shows it."""
        run = self._records.try_change(folder, Move.TUNE)
        if not run.open:  # no move was made, so nothing was published yet
            self._board.post(folder.id)
        self._board.wake(folder.id)
        return run

    def _tell_or_start(self, folder: ProjectFolder, scope: RunScope) -> Run:
        """The run that is there is told, or, when it ended in this very moment, another one is started."""
        run = self._tell(folder)
        return run if run.open else self.start(folder, scope)[0]

    def _unlocked(self, folder: ProjectFolder, ids: Sequence[str]) -> list[str]:
        shut = locked(self._desk.marks(folder))
        found = [ident for ident in ids if ident not in shut]
        if ids and not found:
            which = "This image is" if len(ids) == 1 else "These images are all"
            raise BadInput(f"{which} approved and locked. Unlock first, then try again.")
        return found

    def _open(self, folder: ProjectFolder, run_id: str | None) -> Run:
        run = self._records.run(folder)
        if not run.open or (run_id and run.id != run_id):
            raise IllegalMove("No active generation found")
        return run

    def _await_driver(self, folder: ProjectFolder, run: Run) -> Run:
        """Wait until the driver begins no call any more. Where there is none, there is nothing to wait for."""
        if run.state in (RunState.STOPPING, RunState.PAUSING):
            self._board.wake(folder.id)
            if self._leases.held(folder.id):
                self._board.await_acknowledgement(folder.id, run, STOP_SECONDS)
            else:
                self._records.try_change(folder, Move.LOST)
        return self._records.run(folder)
