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
from webapp.disk.images.completeness import Image


class RecordReads(Protocol):
    """The records a snapshot reads; see `RecordStore`."""

    def run(self, folder: Folder) -> Run: ...

    def plan(self, folder: Folder) -> WorkPlan: ...

    def marks(self, folder: Folder) -> dict[str, FrameMarks]: ...

    def settings(self, folder: Folder) -> dict[str, Any]: ...


class ImageReads(Protocol):
    """The images a snapshot reads; see `CompleteImages`."""

    def of_project(self, folder: Folder, project: Project) -> dict[Frame, Image]: ...

    def image(self, folder: Folder, frame: Frame) -> Image | None: ...


class ReferenceReads(Protocol):
    """The style reference a snapshot reads; see `ReferenceStore`."""

    def read(self, folder: Folder, elsewhere: Path | None) -> bytes | None: ...

    def digest(self, folder: Folder, elsewhere: Path | None) -> str: ...


class ProjectReads(Protocol):
    """The parts of a project's folder that a snapshot reads; see `ProjectStore`."""

    @property
    def records(self) -> RecordReads: ...

    @property
    def images(self) -> ImageReads: ...

    @property
    def reference(self) -> ReferenceReads: ...

    def project(self, folder: Folder) -> Project: ...

    def ledger(self, folder: Folder) -> Ledger: ...


class SnapshotRecords:
    """Records as they were."""

    def __init__(self, records: RecordReads, folder: Folder) -> None:
        self._run, self._plan = records.run(folder), records.plan(folder)
        self._marks, self._settings = records.marks(folder), records.settings(folder)

    def run(self, folder: Folder) -> Run:
        """Return the run."""
        return self._run

    def plan(self, folder: Folder) -> WorkPlan:
        """Return the work plan."""
        return self._plan

    def marks(self, folder: Folder) -> dict[str, FrameMarks]:
        """Return the marks."""
        return self._marks

    def settings(self, folder: Folder) -> dict[str, Any]:
        """Return the settings."""
        return self._settings


class SnapshotImages:
    """Images as they were, if they were read: those of ``frames``, or (None) all; the others as they are now."""

    def __init__(self, images: ImageReads, folder: Folder, project: Project, frames: Collection[Frame] | None) -> None:
        self._images = images
        self._all = images.of_project(folder, project) if frames is None else None
        self._one: dict[Frame, Image | None] = {
            frame: images.image(folder, frame) if self._all is None else self._all.get(frame)
            for frame in (project.frames() if frames is None else frames)
        }

    def of_project(self, folder: Folder, project: Project) -> dict[Frame, Image]:
        """Return every complete image."""
        return self._images.of_project(folder, project) if self._all is None else self._all

    def image(self, folder: Folder, frame: Frame) -> Image | None:
        """Return the complete image of a frame."""
        return self._one[frame] if frame in self._one else self._images.image(folder, frame)


class SnapshotReference:
    """The style reference: its digest as it was, its bytes as they are now."""

    def __init__(self, reference: ReferenceReads, folder: Folder, elsewhere: Path | None) -> None:
        self._reference = reference
        self._elsewhere = elsewhere
        self._digest = reference.digest(folder, elsewhere)

    def read(self, folder: Folder, elsewhere: Path | None) -> bytes | None:
        """Return the image."""
        return self._reference.read(folder, elsewhere)

    def digest(self, folder: Folder, elsewhere: Path | None) -> str:
        """Return the digest of the file."""
        return self._digest if elsewhere == self._elsewhere else self._reference.digest(folder, elsewhere)


class FolderSnapshot:
    """The `ProjectReads` of one folder as they were when this was made.

    Of images those of ``frames``, or of all, are read at once; the ledger, which is shared, when it is first needed.
    ``reference`` is the style reference that a setting names for all projects.
    """

    records: SnapshotRecords
    images: SnapshotImages
    reference: SnapshotReference

    def __init__(
        self, files: ProjectReads, folder: Folder, reference: Path | None, frames: Iterable[Frame] | None = None
    ) -> None:
        self.folder = folder
        self._files = files
        self._ledger: Ledger | None = None
        run_native(self._read, folder, reference, None if frames is None else list(frames))

    def project(self, folder: Folder) -> Project:
        """Return the project as it was."""
        return self._project

    def ledger(self, folder: Folder) -> Ledger:
        """Return the ledger as it was when it was first needed."""
        if self._ledger is None:
            self._ledger = self._files.ledger(folder)
        return self._ledger

    def _read(self, folder: Folder, elsewhere: Path | None, frames: Collection[Frame] | None) -> None:
        self._project = self._files.project(folder)
        self.records = SnapshotRecords(self._files.records, folder)
        self.reference = SnapshotReference(self._files.reference, folder, elsewhere)
        self.images = SnapshotImages(self._files.images, folder, self._project, frames)
