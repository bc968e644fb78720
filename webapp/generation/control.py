"""Start, Pause, Resume, Stop and new limits as wishes: stored first, then told to whoever drives the project.

Every command may be pressed twice and from any process; each answers with the run as it is afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, Protocol

from webapp.coordination.board import Board
from webapp.coordination.lease import Leases
from webapp.core.run import Cause, Move, Run, State
from webapp.core.settings import ProjectSettings
from webapp.errors import BadInput, IllegalMove
from webapp.generation.records import ProjectFolder, Records

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


class SettingsStore(Protocol):
    """Where a project's own settings are kept."""

    def change_settings(self, folder: Any, change: Callable[[ProjectSettings], ProjectSettings]) -> ProjectSettings:
        """Replace them by what ``change`` makes of them, and answer that."""


class Control:
    """The commands of a user. ``summon`` asks the engine to look at a project."""

    def __init__(
        self,
        records: Records,
        board: Board,
        leases: Leases,
        settings: SettingsStore,
        summon: Callable[[str, str], None],
        outfitter: Outfitter,
    ) -> None:
        self._records = records
        self._board = board
        self._leases = leases
        self._settings = settings
        self._summon = summon
        self._outfitter = outfitter

    def run(self, folder: ProjectFolder) -> Run:
        """The run as it is now."""
        return self._records.run(folder)

    def start(self, folder: ProjectFolder) -> tuple[Run, bool]:
        """Wish the project's missing frames made. Answers the run, and whether this call began it (False: attached).

        A paused run is resumed.

        Raises:
            Step8Error: it cannot start; the sentence says why and nothing changed.
        """
        run = self._records.run(folder)
        if run.pausing:
            return self.resume(folder), True
        if run.active:
            return run, False
        provider, model = self._outfitter.check(folder)
        ident = secrets.token_hex(6)
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
        if run.state is not State.STOPPING:
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
            self._settings.change_settings(folder, lambda settings: settings.with_restraint(budget=budget))
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
        self._settings.change_settings(folder, change)
        run = self._records.try_change(folder, Move.TUNE)
        self._board.wake(folder.id)
        return run

    def _open(self, folder: ProjectFolder, run_id: str | None) -> Run:
        run = self._records.run(folder)
        if not run.open or (run_id and run.id != run_id):
            raise IllegalMove("No active generation found")
        return run

    def _await_driver(self, folder: ProjectFolder, run: Run) -> Run:
        """Wait until the driver begins no call any more. Where there is none, there is nothing to wait for."""
        if run.state in (State.STOPPING, State.PAUSING):
            self._board.wake(folder.id)
            if self._leases.held(folder.id):
                self._board.await_acknowledgement(folder.id, run, STOP_SECONDS)
            else:
                self._records.try_change(folder, Move.LOST)
        return self._records.run(folder)
