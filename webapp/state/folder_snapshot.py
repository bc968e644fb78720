"""Snapshot of a project's folder: the files that a page needs, read in one go.

Each file that is read by itself costs a trip to a native thread and back. The live update needs most of them for every
message, so it takes one trip for all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Protocol

from webapp.core.marks import FrameMarks
from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run
from webapp.core.work_plan import WorkPlan
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.project_store import Image


class ProjectReads(Protocol):
    """What a snapshot reads of a project's folder; see `ProjectStore`."""

    def project(self, folder: Folder) -> Project: ...

    def images(self, folder: Folder, project: Project) -> dict[Frame, Image]: ...

    def image(self, folder: Folder, frame: Frame) -> Image | None: ...

    def run(self, folder: Folder) -> Run: ...

    def plan(self, folder: Folder) -> WorkPlan: ...

    def marks(self, folder: Folder) -> dict[str, FrameMarks]: ...

    def ledger(self, folder: Folder) -> Ledger: ...

    def settings(self, folder: Folder) -> dict[str, Any]: ...

    def reference(self, folder: Folder, elsewhere: Path | None) -> bytes | None: ...

    def reference_digest(self, folder: Folder, elsewhere: Path | None) -> str: ...


class FolderSnapshot:
    """The `ProjectReads` of one folder as they were when this was made. Of images those of ``frames``, or of all, are
    read at once; the ledger, which is shared with others, is read when it is first needed."""

    def __init__(
        self, files: ProjectReads, folder: Folder, reference: Path | None, frames: Iterable[Frame] | None = None
    ) -> None:
        self.folder = folder
        self._files = files
        self._reference = reference
        self._ledger: Ledger | None = None
        self._image: dict[Frame, Image | None] = {}
        self._images: dict[Frame, Image] | None = None
        run_native(self._read, folder, None if frames is None else list(frames))

    def _read(self, folder: Folder, frames: Collection[Frame] | None) -> None:
        files = self._files
        self._project, self._settings = files.project(folder), files.settings(folder)
        self._plan, self._marks = files.plan(folder), files.marks(folder)
        self._digest = files.reference_digest(folder, self._reference)
        self._run = files.run(folder)
        if frames is None:
            self._images = files.images(folder, self._project)
            self._image = {frame: self._images.get(frame) for frame in self._project.frames()}
        else:
            self._image = {frame: files.image(folder, frame) for frame in frames}

    def project(self, folder: Folder) -> Project:
        """As it was."""
        return self._project

    def images(self, folder: Folder, project: Project) -> dict[Frame, Image]:
        """As they were if all were asked for, else as they are now."""
        return self._files.images(folder, project) if self._images is None else self._images

    def image(self, folder: Folder, frame: Frame) -> Image | None:
        """As it was if that was asked for, else as it is now."""
        return self._image[frame] if frame in self._image else self._files.image(folder, frame)

    def run(self, folder: Folder) -> Run:
        """As it was."""
        return self._run

    def plan(self, folder: Folder) -> WorkPlan:
        """As it was."""
        return self._plan

    def marks(self, folder: Folder) -> dict[str, FrameMarks]:
        """As they were."""
        return self._marks

    def ledger(self, folder: Folder) -> Ledger:
        """As it was when it was first asked for."""
        if self._ledger is None:
            self._ledger = self._files.ledger(folder)
        return self._ledger

    def settings(self, folder: Folder) -> dict[str, Any]:
        """As they were."""
        return self._settings

    def reference(self, folder: Folder, elsewhere: Path | None) -> bytes | None:
        """As it is now."""
        return self._files.reference(folder, elsewhere)

    def reference_digest(self, folder: Folder, elsewhere: Path | None) -> str:
        """As it was."""
        return self._digest if elsewhere == self._reference else self._files.reference_digest(folder, elsewhere)
