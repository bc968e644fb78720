"""Commands for the run of a project: start, pause, resume, stop, limits.

A model without a known price is used only after the user agreed to it, which the project's settings keep.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

from webapp.core.run.states import Run
from webapp.core.settings.project_settings import ProjectSettings
from webapp.disk.files.folder import Folder
from webapp.disk.project_store import ProjectStore
from webapp.errors import PriceUnknown
from webapp.generation.bulk_control import BulkControl
from webapp.generation.control import Control
from webapp.generation.makers.provider_choice import ProviderChoices
from webapp.operations.result import CommandResult, UndoCommand, UndoName

Answer = TypeVar("Answer")


class _AnyModel:
    def __contains__(self, model: object) -> bool:
        return True


ANY_MODEL = _AnyModel()
"""Agrees to every model without a known price."""


class RunOperations:
    """Starts, pauses, resumes and stops runs, each command with what it needs to be pressed twice without harm."""

    def __init__(self, control: Control, bulk: BulkControl, choices: ProviderChoices, store: ProjectStore) -> None:
        self._control = control
        self._bulk = bulk
        self._choices = choices
        self._store = store

    def start(self, folder: Folder, accepted: Container[str] = (), again: str = "") -> tuple[Run, bool]:
        """Start a run, or attach to the one that is there. ``accepted`` are models whose unknown price is agreed to;
        ``again`` is the id of an earlier run whose frames the new one makes.

        Returns the run, and whether this call began it.

        Raises:
            PriceUnknown: a model is needed that is neither accepted nor agreed to before.
            Step8Error: it cannot start for another reason.
        """
        scope = self._store.records.plan(folder).scope(again) if again else None
        return self.with_accepted(folder, accepted, lambda: self._control.start(folder, scope))

    def with_accepted(self, folder: Folder, accepted: Container[str], command: Callable[[], Answer]) -> Answer:
        """Carry out a command that may need models without a known price, agreeing to those ``accepted``.

        Raises:
            PriceUnknown: as `start`.
            Step8Error: as the command.
        """
        while True:
            try:
                return command()
            except PriceUnknown as error:
                if error.model not in accepted or error.model in self._choices.settings(folder).accepted:
                    raise
                self.accept(folder, error.model)

    def accept(self, folder: Folder, model: str) -> None:
        """Agree, for this project, to a model whose price is not known."""
        self._control.tune(folder, partial(_accepting, model))

    def pause(self, folder: Folder, run_id: str | None = None) -> Run:
        """Pause the run, or that run only; see `Control.pause`.

        Raises:
            IllegalMove: nothing is running (or not that run), or it is stopping.
        """
        return self._control.pause(folder, run_id)

    def resume(self, folder: Folder, run_id: str | None = None, budget: int | None = None) -> Run:
        """Resume the paused run, or that run only, with another ``budget`` (micro-dollars) if one is given.

        Raises:
            IllegalMove: nothing is paused (or not that run).
            Step8Error: it cannot go on.
        """
        return self._control.resume(folder, run_id, budget)

    def stop(self, folder: Folder, run_id: str | None = None) -> CommandResult:
        """Stop the run, or that run only; a new run for the same frames takes it back.

        Raises:
            IllegalMove: nothing is running (or not that run).
        """
        run = self._control.stop(folder, run_id)
        undo = UndoCommand(UndoName.START, fields=(("again", run.id), ("sure", True)), label="Start again")
        return CommandResult("Generation stopped.", undo)

    def set_limits(self, folder: Folder, **limits: Any) -> Run:
        """Set limits of the project (fields of `LimitSettings`); an open run keeps to them from its next call on."""
        return self._control.tune(folder, lambda settings: settings.with_restraint(**limits))

    def pause_all(self, folders: Iterable[Folder]) -> int:
        """Pause every active run of these projects. Returns how many."""
        return self._bulk.pause_all(folders)

    def resume_all(self, folders: Iterable[Folder]) -> int:
        """Resume every paused run of these projects, one after the other. Returns how many will go on."""
        return self._bulk.resume_all(folders)


def _accepting(model: str, settings: ProjectSettings) -> ProjectSettings:
    return settings if model in settings.accepted else replace(settings, accepted=(*settings.accepted, model))
