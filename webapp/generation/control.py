"""Start and Stop as wishes: stored first, then told to whoever drives the project.

Every command may be pressed twice and from any process; each answers with the run as it is afterwards.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from webapp.coordination.board import Board
from webapp.coordination.lease import Leases
from webapp.core.run import Move, Run, State
from webapp.errors import IllegalMove
from webapp.generation.records import ProjectFolder, Records

STOP_SECONDS = 0.9
"""How long Stop waits for the driver to say that it begins no further call."""


class Control:
    """The commands of a user.

    ``check`` refuses a start before anything happens (no prompts, no key, read-only folder); it answers the provider
    and model names the run will use. ``forgive`` gives keys that were out of use another chance at a fresh start.
    ``summon`` asks the engine to look at a project.
    """

    def __init__(
        self,
        records: Records,
        board: Board,
        leases: Leases,
        summon: Callable[[str, str], None],
        check: Callable[[Any], tuple[str, str]],
        forgive: Callable[[Any], None],
    ) -> None:
        self._forgive = forgive
        self._records = records
        self._board = board
        self._leases = leases
        self._summon = summon
        self._check = check

    def run(self, folder: ProjectFolder) -> Run:
        """The run as it is now."""
        return self._records.run(folder)

    def start(self, folder: ProjectFolder) -> tuple[Run, bool]:
        """Wish the project's missing frames made. Answers the run, and whether this call began it (False: attached).

        Raises:
            Step8Error: it cannot start; the sentence says why and nothing changed.
        """
        run = self._records.run(folder)
        if run.active:
            return run, False
        provider, model = self._check(folder)
        ident = secrets.token_hex(6)
        try:
            run = self._records.change(
                folder, Move.START, id=ident, provider=provider, model=model, note="Generation started."
            )
        except IllegalMove:  # another tab was quicker
            return self._records.run(folder), False
        self._forgive(folder)
        self._summon(folder.name, run.id)
        return run, True

    def stop(self, folder: ProjectFolder, run_id: str | None = None) -> Run:
        """Wish the run ended. Once this returned no provider call begins; calls in flight are finished and saved.

        With ``run_id`` only that run is stopped: a stale tab cannot stop a newer one.

        Raises:
            IllegalMove: nothing is running (or not that run).
        """
        run = self._records.run(folder)
        if not run.active or (run_id and run.id != run_id):
            raise IllegalMove("No active generation found")
        if run.state is not State.STOPPING:
            run = self._records.change(folder, Move.STOP, note="Stop pressed. The current images are finished first.")
        if run.state is State.STOPPING:
            self._board.wake(folder.id)
            if self._leases.held(folder.id):
                self._board.await_acknowledgement(folder.id, run.id, STOP_SECONDS)
            else:
                run = self._records.try_change(folder, Move.LOST)
        return self._records.run(folder)
