"""Small real stand-ins for the parts at the edge: a project in memory, a provider that does as it is told."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event

from webapp.core.image_request import ImageAnswer, ImageRequest, Key
from webapp.core.marks import FrameMarks
from webapp.core.money.ledger import Ledger
from webapp.core.project import Beat, Frame, Project, Style
from webapp.core.run.states import Run
from webapp.core.settings.project_settings import ProjectSettings
from webapp.core.work_plan import WorkPlan
from webapp.disk.files.folder import Folder
from webapp.errors import DiskTrouble, NoSuchProject, ProviderError

PICTURE = b"a picture"


def story(beats: int = 3, styles: tuple[str, ...] = ("illustration", "clear")) -> Project:
    """A project of so many beats in each style."""
    made = tuple(Beat("1", f"1.{n}", f"Beat 1.{n}", f"Phrase {n}", "", f"prompt {n}") for n in range(1, beats + 1))
    return Project("film", "Film", tuple(Style(style, made) for style in styles))


class FakeFolder(Folder):
    """A project's folder that is only a name, on a disk with so many ``free`` bytes."""

    __setattr__ = object.__setattr__  # what is added here may change

    def __init__(self, name: str = "film", ident: str = "", free: int = 10**12) -> None:
        super().__init__(name, Path("/nowhere") / name)
        self.ident = ident or secrets.token_hex(8)
        self.free = free

    @property
    def id(self) -> str:
        return self.ident

    def free_space(self) -> int:
        return self.free

    def check_writable(self) -> None:
        """It can be written."""


@dataclass
class FakeImage:
    """A picture that only has a version and a size."""

    version: str
    bytes: int = 100


class FakeDisk:
    """Library, store, pictures and journal of one project, in memory.

    ``broken`` is raised by every spool while it is set, ``refused`` counts how often; ``spooled`` outlives a "crash" of
    the process that wrote it; ``deleted_by_hand`` is a picture that somebody deletes once a later one is published;
    ``progress_refused`` is raised by a write of progress, when ``progress_may`` end.
    """

    def __init__(self, project: Project, folder: FakeFolder) -> None:
        self.folder = folder
        self._project = project
        self.made: dict[Frame, FakeImage] = {}
        self.spooled: dict[str, bytes] = {}
        self.progress: dict[str, list[str]] = {}
        self.journal_records: list[dict[str, Any]] = []
        self.kept = Run()
        self.settings = ProjectSettings()
        self.plans = WorkPlan()
        self.marked: dict[str, FrameMarks] = {}
        self.broken: DiskTrouble | None = None
        self.refused = 0
        self.deleted_by_hand: Frame | None = None
        self.progress_refused: DiskTrouble | None = None
        self.progress_may = Event()
        self.progress_may.set()
        self.on_intent: Callable[[dict[str, Any]], None] = lambda record: None
        self.refuses: Frame | None = None
        self._unpublished: dict[Frame, str] = {}
        self._finishing = Event()
        self._finishing.set()

    def hold(self) -> None:
        """Let no picture be published from now on."""
        self._finishing.clear()

    def release(self) -> None:
        """Let pictures be published."""
        self._finishing.set()

    # the library
    def names(self) -> list[str]:
        return [self.folder.name]

    def find(self, project_path: str) -> FakeFolder:
        if project_path != self.folder.name:
            raise NoSuchProject("There is no such project.")
        return self.folder

    # the store
    def project(self, folder: Any) -> Project:
        return self._project

    @property
    def records(self) -> Any:
        return self

    @property
    def images(self) -> Any:
        return self

    def of_project(self, folder: Any, project: Project) -> dict[Frame, FakeImage]:
        return dict(self.made)

    def run(self, folder: Any) -> Run:
        return self.kept

    def write_run(self, folder: Any, run: Run) -> None:
        self.kept = run if run.seq >= self.kept.seq else self.kept

    def write_progress(
        self, folder: Any, project: Project, style: str, done: Collection[Frame], *, seen: bool = False
    ) -> None:
        if not seen:
            self.progress_may.wait()
        if self.progress_refused and not seen:
            raise self.progress_refused
        self.progress[style] = sorted(frame.beat for frame in done)

    def change_settings(self, folder: Any, change: Callable[[ProjectSettings], ProjectSettings]) -> ProjectSettings:
        self.settings = change(self.settings)
        return self.settings

    def plan(self, folder: Any) -> WorkPlan:
        return self.plans

    def change_plan(self, folder: Any, change: Callable[[WorkPlan], WorkPlan]) -> WorkPlan:
        self.plans = change(self.plans)
        return self.plans

    def marks(self, folder: Any) -> dict[str, FrameMarks]:
        return self.marked

    # pictures
    def spool(self, folder: Any, attempt: str, body: bytes) -> None:
        if self.broken:
            self.refused += 1
            raise self.broken
        self.spooled[attempt] = body

    def publish(
        self, folder: Any, frame: Frame, attempt: str, metadata: Mapping[str, str], replaces: str, body: bytes | None
    ) -> FakeImage:
        if frame == self.refuses:
            self._unpublished[frame] = attempt
            raise DiskTrouble("The folder cannot be written.")
        self._finishing.wait()
        before = self.made.get(frame)
        assert before is None or before.version == replaces, "a frame was published twice"
        del self.spooled[attempt]
        self.made[frame] = FakeImage(attempt)
        if self.deleted_by_hand not in (None, frame):
            self.made.pop(self.deleted_by_hand, None)
        return self.made[frame]

    def recover(self, folder: Any, project: Project) -> list[tuple[Frame, Any]]:
        found, self._unpublished = self._unpublished, {}
        return [(frame, self.publish(folder, frame, attempt, {}, "", None)) for frame, attempt in found.items()]

    # the journal
    def ledger(self, folder: Any) -> Ledger:
        return Ledger.sum(self.journal_records)

    def journal(self, folder: Any) -> FakeJournal:
        return FakeJournal(self.journal_records, lambda record: self.on_intent(record))


@dataclass
class FakeJournal:
    """A journal over a list; ``on_intent`` is called with each intent, before its call begins."""

    lines: list[dict[str, Any]]
    on_intent: Callable[[dict[str, Any]], None]

    def append(self, record: dict[str, Any]) -> None:
        self.lines.append(record)
        if record["what"] == "intent":
            self.on_intent(record)

    def append_all(self, records: list[dict[str, Any]]) -> None:
        for record in records:
            self.append(record)

    def records(self) -> Iterator[dict[str, Any]]:
        return iter(list(self.lines))

    def compact(self) -> int:
        return 0


class FakeProvider:
    """Answers as told: ``fates[(style, beat)]`` is a list of errors to raise first; then it makes the picture.

    ``key_faults`` are raised for every call with the key of that name; ``used`` names the key of each call. While held,
    calls wait; `began` is the number of calls so far, `most_at_once` the most that overlapped.
    """

    name, label, model, offline, needs_key = "fake", "Fake", "fake-1", False, False
    requests_per_minute: float | None = None

    def __init__(self, parallel: int = 3, price: int | None = 0) -> None:
        self.parallel = parallel
        self.price = price
        self.fates: dict[tuple[str, str], list[ProviderError]] = {}
        self.calls: list[tuple[str, str]] = []
        self.key_names: dict[str, str] = {}
        self.key_faults: dict[str, ProviderError] = {}
        self.used: list[str] = []
        self.in_flight = 0
        self.most_at_once = 0
        self._open = Event()
        self._open.set()

    def hold(self) -> None:
        """Let no call end from now on."""
        self._open.clear()

    def release(self) -> None:
        """Let the calls end."""
        self._open.set()

    def generate(self, request: ImageRequest, key: Key | None) -> ImageAnswer:
        self.calls.append((request.style, request.number))
        self.in_flight += 1
        self.most_at_once = max(self.most_at_once, self.in_flight)
        try:
            gevent.sleep(0)
            self._open.wait()
            if key:
                self.used.append(self.key_names.get(key.secret.reveal(), ""))
                if fault := self.key_faults.get(self.used[-1]):
                    raise fault
            fates = self.fates.get((request.style, request.number))
            if fates:
                raise fates.pop(0)
            return ImageAnswer(PICTURE, self.model, request.seed, self.price)
        finally:
            self.in_flight -= 1


class FakeJobs(FakeProvider):
    """A provider whose calls are jobs that can be asked for again. ``known`` are the jobs it has a picture of."""

    def __init__(self, parallel: int = 3, price: int | None = 0) -> None:
        super().__init__(parallel, price)
        self.known: set[str] = set()
        self.lookups: list[str] = []

    def generate(self, request: ImageRequest, key: Key | None) -> ImageAnswer:
        request.accepted(f"job of {request.attempt}")
        return super().generate(request, key)

    def lookup(self, attempt: str, job: str = "") -> ImageAnswer | None:
        self.lookups.append(job or attempt)
        return ImageAnswer(PICTURE, self.model, cost=0) if job in self.known else None
