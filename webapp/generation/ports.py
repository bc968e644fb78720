"""Ports: what generation needs from outside it, or what a test stands in for, one Protocol each.

Everything else is used by its own class. A project's folder is `webapp.disk.files.folder.Folder` throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from webapp.core.marks import FrameMarks
from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame, Project
from webapp.core.run.states import Move, Run
from webapp.core.settings.project_settings import ProjectSettings
from webapp.core.work_plan import WorkPlan
from webapp.disk.files.folder import Folder
from webapp.generation.job import RunLimits


class ProjectFinder(Protocol):
    """The projects folder: the names in it, and the folder of a project by its path."""

    def names(self) -> list[str]: ...

    def find(self, project_path: str) -> Folder: ...


class ProjectRecords(Protocol):
    """The records of projects: the newest run, and what the user wants.

    A change gets the stored value and returns the new one.
    """

    def run(self, folder: Folder) -> Run: ...

    def write_run(self, folder: Folder, run: Run) -> None: ...

    def settings(self, folder: Folder) -> dict[str, Any]: ...

    def change_settings(
        self, folder: Folder, change: Callable[[ProjectSettings], ProjectSettings]
    ) -> ProjectSettings: ...

    def plan(self, folder: Folder) -> WorkPlan: ...

    def change_plan(self, folder: Folder, change: Callable[[WorkPlan], WorkPlan]) -> WorkPlan: ...

    def marks(self, folder: Folder) -> Mapping[str, FrameMarks]: ...


class WishFiles(Protocol):
    """Projects, to read and change what the user wants of them."""

    @property
    def records(self) -> ProjectRecords: ...


class RunFiles(WishFiles, Protocol):
    """Projects, to read their runs and attempts."""

    def ledger(self, folder: Folder) -> Ledger: ...


class SavedImage(Protocol):
    """A complete image on disk. ``bytes`` is its size."""

    @property
    def version(self) -> str: ...

    @property
    def bytes(self) -> int: ...


class ProjectImages(Protocol):
    """The complete images of projects."""

    def of_project(self, folder: Folder, project: Project) -> Mapping[Frame, SavedImage]: ...


class ProjectFiles(RunFiles, Protocol):
    """Everything in a project's folder that a run reads and writes, except the bytes of images and the journal."""

    @property
    def images(self) -> ProjectImages: ...

    def project(self, folder: Folder) -> Project: ...

    def write_progress(
        self, folder: Folder, project: Project, style: str, done: Collection[Frame], *, seen: bool = False
    ) -> None: ...


class SettingsRecords(Protocol):
    """The settings of projects, as written."""

    def settings(self, folder: Folder) -> dict[str, Any]: ...


class StyleReferences(Protocol):
    """The style references of projects. ``elsewhere`` is the one that a setting names for all projects."""

    def read(self, folder: Folder, elsewhere: Path | None) -> bytes | None: ...

    def digest(self, folder: Folder, elsewhere: Path | None) -> str: ...


class SetupFiles(Protocol):
    """What decides a project's makers and inputs."""

    def project(self, folder: Folder) -> Project: ...

    @property
    def records(self) -> SettingsRecords: ...

    @property
    def reference(self) -> StyleReferences: ...


class ImageFiles(Protocol):
    """The way of an image to its place, see `webapp.disk.images.image_store`."""

    def spool(self, folder: Folder, attempt: str, body: bytes) -> object: ...

    def publish(
        self, folder: Folder, frame: Frame, attempt: str, metadata: Mapping[str, str], replaces: str, body: bytes | None
    ) -> SavedImage: ...

    def recover(self, folder: Folder, project: Project) -> Sequence[tuple[Frame, SavedImage]]: ...


class RecordWriter(Protocol):
    """Appends a record to a project's journal and returns once it is synced."""

    def append(self, record: dict[str, Any]) -> None: ...


class AttemptJournal(RecordWriter, Protocol):
    """A project's journal. ``append_all`` syncs once for all records."""

    def append_all(self, records: list[dict[str, Any]]) -> None: ...

    def compact(self) -> int: ...


class ActivityWriter(Protocol):
    """Keeps lines of activity in a project's folder."""

    def write(self, folder: Folder, lines: Iterable[Mapping[str, Any]]) -> None: ...


class RunObserver(Protocol):
    """Learns of lines of activity and of changes of runs, in the process that made them. Never waits or raises."""

    def add_lines(self, folder: Folder, lines: Sequence[dict[str, Any]]) -> None:
        """These lines of activity were posted."""

    def run_changed(self, folder: Folder, what: Move, before: Run, after: Run) -> None:
        """The run was changed. Called once for each change over all processes."""


class RunListener(Protocol):
    """Learns of changes of runs once their records are written, and may take its time."""

    def notify(self, folder: Folder, what: Move, before: Run, after: Run) -> Sequence[dict[str, Any]]:
        """Act on the change. Returns lines of activity. Never raises."""


class RunMetrics(Protocol):
    """Counts the work; neither fails nor waits."""

    def called(self, provider: str, outcome: str, seconds: float, cost: int) -> None:
        """A call to a provider ended. ``cost`` is in micro-dollars, as far as it is known."""

    def retried(self, provider: str) -> None:
        """A call that failed will be made again."""

    def frames(self, outcome: str, count: int = 1) -> None:
        """So many frames were ``made``, ``restored`` from their spooled bytes, or given up as ``failed``."""

    def took_over(self) -> None:
        """A run that another worker left is driven here now."""

    def ended(self, state: str) -> None:
        """A run ended in this state."""


class RunChecks(Protocol):
    """What is checked and put right before a run starts or goes on."""

    def check(self, folder: Folder) -> tuple[str, str]:
        """Refuse a start that cannot work. Returns the provider and the model that the run will use."""

    def reset_keys(self, folder: Folder) -> None:
        """Use keys again that were spent or refused."""

    def limits(self, folder: Folder) -> RunLimits:
        """The limits as they are now."""


class RunCommands(Protocol):
    """The commands on one project's run that bulk commands are made of."""

    def run(self, folder: Folder) -> Run: ...

    def pause(self, folder: Folder, run_id: str | None = None) -> Run: ...

    def resume(self, folder: Folder, run_id: str | None = None) -> Run: ...


class ProjectDriver(Protocol):
    """Drives the projects that the job queue hands to this process."""

    def drive(self, name: str, run: str) -> None:
        """Drive one project to the end of its run; return at once when another worker has it."""

    def undriven(self) -> list[tuple[str, str]]:
        """Name and run id of each project that wants to run and that no worker drives."""

    def wake(self, ident: str) -> None:
        """Let the driver of this project read its run again; "": the drivers of all."""

    def leave(self) -> None:
        """Begin no further call; `drive` returns when the calls in flight are saved."""


class WakeChannel(Protocol):
    """Reaches every process. What is sent while one of them is cut off does not reach it."""

    def wake(self, project: str) -> None: ...

    def wakes(self) -> Iterator[str]: ...
