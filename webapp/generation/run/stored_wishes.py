"""What the user wants of a run, as it is stored, and what its driver stores in return."""

from __future__ import annotations

import logging
from collections.abc import Callable

from webapp.coordination.live_state import LiveState
from webapp.core import marks
from webapp.core.project import Frame, Project
from webapp.core.run.states import Cause, Move, Run
from webapp.core.work_plan import WorkPlan
from webapp.disk.files.folder import Folder
from webapp.errors import CoordinationDown
from webapp.generation.job import RunLimits
from webapp.generation.ports import ProjectFiles
from webapp.generation.run_store import RunStore

log = logging.getLogger("step8.steering")


class StoredWishes:
    """Reads one run, its limits and its plan anew with every call; changes the run under the lease's ``token``."""

    def __init__(
        self,
        runs: RunStore,
        live_state: LiveState,
        files: ProjectFiles,
        folder: Folder,
        token: int,
        limits: Callable[[Folder], RunLimits],
    ) -> None:
        self._runs = runs
        self._live_state = live_state
        self._files = files
        self._folder = folder
        self._token = token
        self._limits = limits

    def run(self, known_seq: int = 0) -> Run | None:
        """The run as it is stored; None while its ``seq`` is still ``known_seq``, or Redis does not answer."""
        try:
            if known_seq and self._live_state.seq(self._folder.id) == known_seq:
                return None
        except CoordinationDown:  # nor could anybody change it there
            return None
        return self._runs.run(self._folder)

    def take_up(self) -> None:
        """Store that the run is driven again: it was resumed before its driver had ended.

        Raises:
            IllegalMove: it was stopped at the same time.
        """
        self._runs.change(self._folder, Move.TAKEN, token=self._token)

    def hold(self, cause: Cause, reason: str) -> None:
        """Pause the run until the user acts. One that the user stopped or paused meanwhile stays as it is."""
        note = f"Paused: {reason}"
        self._runs.try_change(self._folder, Move.HOLD, token=self._token, cause=cause.value, reason=reason, note=note)

    def acknowledge(self, run: Run) -> None:
        """Say that no call begins any more under this state of the run."""
        try:
            self._live_state.acknowledge(self._folder.id, run)
        except CoordinationDown:
            log.warning("project=%s the stop could not be acknowledged", self._folder.name)

    def limits(self) -> RunLimits:
        """The run's limits now."""
        return self._limits(self._folder)

    def project(self) -> Project:
        """The project as its files are now."""
        return self._files.project(self._folder)

    def plan(self) -> WorkPlan:
        """Order, scope and holds of the work."""
        return self._files.records.plan(self._folder)

    def locked(self) -> frozenset[str]:
        """The frames that are never made, by `Frame.id`."""
        return marks.locked(self._files.records.marks(self._folder))

    def versions(self) -> dict[Frame, str]:
        """The versions of the images that are there now."""
        images = self._files.images.of_project(self._folder, self._files.project(self._folder))
        return {frame: image.version for frame, image in images.items()}
