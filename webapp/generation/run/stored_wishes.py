"""A run as its user steers it, seen by the driver: the wishes that are stored, and the driver's word back."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from webapp.coordination.live_state import LiveState
from webapp.core import marks
from webapp.core.marks import FrameMarks
from webapp.core.project import Frame, Project
from webapp.core.run.states import Cause, Move, Run
from webapp.core.work_plan import WorkPlan
from webapp.errors import CoordinationDown
from webapp.generation.job import RunLimits
from webapp.generation.run_store import RunStore

log = logging.getLogger("step8.steering")


class Wishes(Protocol):
    """Where the user's wishes for a project lie, and what is there."""

    def project(self, folder: Any) -> Project: ...

    def images(self, folder: Any, project: Project) -> dict[Frame, Any]: ...

    def plan(self, folder: Any) -> WorkPlan: ...

    def marks(self, folder: Any) -> Mapping[str, FrameMarks]: ...


class StoredWishes:
    """One run as the user steers it (`charter.StoredWishes`), while a driver holds its project under this token."""

    def __init__(
        self,
        records: RunStore,
        board: LiveState,
        store: Wishes,
        folder: Any,
        token: int,
        limits: Callable[[Any], RunLimits],
    ) -> None:
        self._records = records
        self._board = board
        self._store = store
        self._folder = folder
        self._token = token
        self._limits = limits

    def run(self, seen: int = 0) -> Run | None:
        """The run as it is stored now; ``None`` while it is as it was when its ``seq`` was that, as far as is known."""
        try:
            if seen and self._board.seq(self._folder.id) == seen:
                return None
        except CoordinationDown:  # nor could anybody change it there
            return None
        return self._records.run(self._folder)

    def take_up(self) -> None:
        """The run was resumed while its driver was still there: it is being driven again."""
        self._records.change(self._folder, Move.TAKEN, token=self._token)

    def hold(self, cause: Cause, reason: str) -> None:
        """Pause the run until the user acts. One that the user stopped or paused meanwhile stays as it is."""
        note = f"Paused: {reason}"
        self._records.try_change(
            self._folder, Move.HOLD, token=self._token, cause=cause.value, reason=reason, note=note
        )

    def seen(self, run: Run) -> None:
        """No call begins any more under this state of the run."""
        try:
            self._board.acknowledge(self._folder.id, run)
        except CoordinationDown:
            log.warning("project=%s the stop could not be acknowledged", self._folder.name)

    def limits(self) -> RunLimits:
        """The limits as the user has them now."""
        return self._limits(self._folder)

    def project(self) -> Project:
        """The project as its files are now."""
        return self._store.project(self._folder)

    def plan(self) -> WorkPlan:
        """How the user arranged the work."""
        return self._store.plan(self._folder)

    def locked(self) -> frozenset[str]:
        """The frames that are never made."""
        return marks.locked(self._store.marks(self._folder))

    def versions(self) -> dict[Frame, str]:
        """The versions of the images that are there now."""
        images = self._store.images(self._folder, self._store.project(self._folder))
        return {frame: image.version for frame, image in images.items()}
