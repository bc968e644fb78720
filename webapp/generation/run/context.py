"""Contexts: the things that the parts of a worker, and the parts of one run, have in common.

Each is built once and handed down whole, so that a part takes its context and what is its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gevent.event import Event

from webapp.coordination.lease import Lease, Leases
from webapp.coordination.live_state import LiveState
from webapp.core.project import Frame, Project
from webapp.core.run.states import Cause
from webapp.disk.files.folder import Folder
from webapp.generation.events.event_log import NO_OBSERVER
from webapp.generation.events.run_metrics import NO_METRICS
from webapp.generation.job import UnfinishedAttempt
from webapp.generation.ports import (
    AttemptJournal,
    ImageFiles,
    ProjectFiles,
    ProjectFinder,
    RecordWriter,
    RunMetrics,
    RunObserver,
)
from webapp.generation.run.disk_space import DiskSpace
from webapp.generation.run.progress_reporter import ProgressReporter
from webapp.generation.run.stored_wishes import StoredWishes
from webapp.generation.run_store import RunStore

DISK_PATIENCE = 30.0
"""Seconds for which bytes that were paid for are offered to a disk that refuses them."""


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time and chance. ``monotonic`` and ``epoch`` answer seconds, ``random`` numbers in [0, 1)."""

    monotonic: Callable[[], float]
    epoch: Callable[[], float]
    random: Callable[[], float]


@dataclass(frozen=True, slots=True)
class ProjectDisk:
    """The projects on disk: the folders, what is in them, their images and their journals."""

    library: ProjectFinder
    files: ProjectFiles
    images: ImageFiles
    journal: Callable[[Folder], AttemptJournal]


@dataclass(frozen=True, slots=True)
class SharedRuns:
    """What all processes of a storage share about runs, in Redis: their live copy, their leases, their states."""

    live_state: LiveState
    leases: Leases
    runs: RunStore


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What is one for all runs of a process. ``owner`` is unique to it; ``disk_patience`` is in seconds."""

    owner: str
    clocks: Clocks
    metrics: RunMetrics = NO_METRICS
    observer: RunObserver = NO_OBSERVER
    disk_patience: float = DISK_PATIENCE
    leaving: Event = field(default_factory=Event)
    """Set when the process begins no further call."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """What all parts of one run share while a worker drives it.

    ``gate`` answers the run's state as stored, or "lost" when the lease is another worker's; ``timeout`` is in seconds.
    ``earlier`` are the frames whose call an earlier attempt sent and may still bring an image: that attempt is asked
    first. ``service_ids`` are the services' own ids of the attempts in flight.
    """

    worker: WorkerContext
    folder: Folder
    project: Project
    run: str
    lease: Lease
    gate: Callable[[], str]
    images: ImageFiles
    journal: RecordWriter
    disk_space: DiskSpace
    progress: ProgressReporter
    wishes: StoredWishes
    timeout: float
    earlier: dict[Frame, UnfinishedAttempt] = field(default_factory=dict)
    service_ids: dict[str, str] = field(default_factory=dict)

    @property
    def clocks(self) -> Clocks:
        """The worker's clocks."""
        return self.worker.clocks

    @property
    def metrics(self) -> RunMetrics:
        """The worker's metrics."""
        return self.worker.metrics

    @property
    def leaving(self) -> Event:
        """Set when the worker begins no further call."""
        return self.worker.leaving


@dataclass(frozen=True, slots=True)
class LoopEnd:
    """How the loop of a run ended.

    ``stopped``: the user stopped or paused the run. ``reason`` is set when it could not go on, with a ``cause`` when it
    can once the user has acted. ``left``: it handed over without an end.
    """

    stopped: bool = False
    reason: str = ""
    cause: Cause | None = None
    left: bool = False
