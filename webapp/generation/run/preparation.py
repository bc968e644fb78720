"""Preparation of a run before its first call: what an earlier worker left is settled, what is there is counted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import gevent

from webapp.coordination.live_state import LiveState
from webapp.core.frames import Status
from webapp.core.money.ledger import GivenUp, Ledger
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run
from webapp.disk.files.folder import Folder
from webapp.generation.job import UnfinishedAttempt
from webapp.generation.makers.run_setup import RunSetup
from webapp.generation.ports import RecordWriter, SavedImage
from webapp.generation.run.context import ProjectDisk, WorkerContext
from webapp.generation.run.progress_reporter import ProgressReporter
from webapp.generation.run.unfinished_attempts import UnfinishedAttempts

log = logging.getLogger("step8.driver")

DELETED = "Its image was deleted while the run went on. Click Start to make it again."

YIELD_EVERY = 500
"""Frames that are counted before the other greenlets get their turn."""


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """What a run begins with.

    ``given_up`` are the frames it gave up, each with how often the user had asked for it by then; ``earlier`` the calls
    that may still bring their image; ``spent`` micro-dollars so far; ``largest`` the bytes of the largest image.
    """

    setup: RunSetup
    given_up: dict[Frame, int]
    earlier: dict[Frame, UnfinishedAttempt]
    spent: int
    largest: int


class RunPreparation:
    """Puts folder, journal, progress files and live state in order before a run's first call."""

    def __init__(
        self,
        disk: ProjectDisk,
        live_state: LiveState,
        build_setup: Callable[[Folder], RunSetup],
        worker: WorkerContext,
    ) -> None:
        self._disk = disk
        self._files = disk.files
        self._live_state = live_state
        self._build_setup = build_setup
        self._worker = worker

    def prepare(
        self, folder: Folder, project: Project, run: Run, journal: RecordWriter, progress: ProgressReporter
    ) -> PreparedRun:
        """Restore, count, write the progress files, post; ``progress`` is filled with what is there.

        Raises:
            Step8Error: the run cannot begin.
        """
        for frame, _ in self._disk.images.recover(folder, project):
            log.info("project=%s frame=%s restored from its spooled bytes", folder.name, frame.id)
            self._worker.metrics.frames("restored")
        images = self._files.images.of_project(folder, project)
        unfinished = UnfinishedAttempts(journal, self._files.ledger(folder), self._worker.clocks.epoch)
        unfinished.adopt(images)
        ledger = self._files.ledger(folder)
        setup = self._build_setup(folder)
        given_up = self._given_up(folder, project, images, ledger, run, setup)
        for frame in unfinished.deleted([frame for frame in project.frames() if frame not in images], run.id):
            asked = self._files.records.plan(folder).scope(run.id).again.get(frame.id, 0)
            given_up.setdefault(frame, GivenUp(run=run.id, sentence=DELETED, asked=asked))
        self._count(progress, folder, project, images, ledger, run, given_up)
        for maker in setup.makers.values():
            maker.keys.abandon()
        providers = {style: maker.provider for style, maker in setup.makers.items()}
        return PreparedRun(
            setup,
            {frame: known.asked for frame, known in given_up.items()},
            unfinished.settle(run.id, providers),
            ledger.spent,
            max((image.bytes for image in images.values()), default=0),
        )

    def _given_up(
        self,
        folder: Folder,
        project: Project,
        images: Mapping[Frame, SavedImage],
        ledger: Ledger,
        run: Run,
        setup: RunSetup,
    ) -> dict[Frame, GivenUp]:
        """The frames that this run failed at already, and those that a provider refused as they still are.

        The latter are left out of a run for everything that is missing, but made when the user asks for them by name.
        """
        everything = self._files.records.plan(folder).scope(run.id).only is None
        found = {}
        for frame, known in ledger.given_up.items():
            beat = project.beat(frame)
            if beat is None:
                continue
            if known.run == run.id:
                found[frame] = known
            elif everything and known.refused and frame not in images:
                now = setup.inputs(frame, beat, setup.makers[frame.style].provider)
                if now.code == known.inputs:
                    found[frame] = replace(known, asked=0)
        return found

    def _count(
        self,
        progress: ProgressReporter,
        folder: Folder,
        project: Project,
        images: Mapping[Frame, SavedImage],
        ledger: Ledger,
        run: Run,
        given_up: Mapping[Frame, GivenUp],
    ) -> None:
        """Count what is there, put the progress files right, and post what the live state says otherwise."""
        posted = self._live_state.read(folder.id).frames
        for number, (frame, image) in enumerate(images.items()):
            if number % YIELD_EVERY == YIELD_EVERY - 1:
                gevent.sleep(0)
            made_now = ledger.run_of(image.version) == run.id
            before = posted.get(frame.id) if posted else None
            changed = before is not None and before.status is not Status.EXISTS
            if made_now:
                facts = ledger.facts(image.version)
                progress.set(frame, Status.COMPLETE, run=run.id, image=image.version, **facts)
            else:
                progress.set(frame, Status.EXISTS, post=changed, run=run.id, image=image.version)
        for frame in set(given_up) & set(progress.with_status(Status.PENDING)):
            progress.set(frame, Status.ERROR, run=run.id, error=given_up[frame].sentence)
        for frame in progress.with_status(Status.PENDING) if posted else ():
            before = posted.get(frame.id)
            if before is not None and before.status is not Status.PENDING:
                progress.set(frame, Status.PENDING)
        for style in project.styles:
            done = [frame for frame in images if frame.style == style.name]
            self._files.write_progress(folder, project, style.name, done, seen=True)
        progress.post()
