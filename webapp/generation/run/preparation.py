"""What comes before the first call of a driver: what an earlier one left is settled, and what is there is counted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import gevent

from webapp.coordination.live_state import LiveState
from webapp.core.frames import Status
from webapp.core.money.ledger import GivenUp, Ledger
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run
from webapp.generation.events.run_metrics import RunMetrics
from webapp.generation.job import UnfinishedAttempt
from webapp.generation.makers.run_setup import RunSetup
from webapp.generation.run.context import Journal, Pictures, Saved
from webapp.generation.run.progress_reporter import ProgressReporter
from webapp.generation.run.stored_wishes import Wishes
from webapp.generation.run.unfinished_attempts import UnfinishedAttempts

log = logging.getLogger("step8.driver")

DELETED = "Its image was deleted while the run went on. Click Start to make it again."

BREATH = 500
"""Frames that are counted before the other greenlets get their turn."""


class Store(Wishes, Protocol):
    """What is in a project."""

    def run(self, folder: Any) -> Run: ...

    def ledger(self, folder: Any) -> Ledger: ...

    def write_progress(self, folder: Any, project: Project, style: str, done: Any, *, seen: bool = False) -> None: ...


class Recovery(Pictures, Protocol):
    """Pictures that can also be restored after a crash."""

    def recover(self, folder: Any, project: Project) -> list[tuple[Frame, Any]]: ...


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """What a run begins with: who makes its pictures, what was given up and how often that had been asked for, calls
    that may still bring their picture, micro-dollars spent so far, bytes of the largest image."""

    equipment: RunSetup
    given_up: dict[Frame, int]
    earlier: dict[Frame, UnfinishedAttempt]
    spent: int
    largest: int


class RunPreparation:
    """Prepares one run of a project that is ours. Everything here may be done again after a crash."""

    def __init__(
        self,
        store: Store,
        pictures: Recovery,
        board: LiveState,
        equip: Callable[[Any], RunSetup],
        clock: Callable[[], float],
        meter: RunMetrics,
    ) -> None:
        self._store = store
        self._pictures = pictures
        self._board = board
        self._equip = equip
        self._clock = clock
        self._meter = meter

    def prepare(
        self, folder: Any, project: Project, run: Run, journal: Journal, tally: ProgressReporter
    ) -> PreparedRun:
        """Restore, count, write the progress files, tell the pages; into ``tally`` goes what is there.

        Raises:
            Step8Error: the run cannot begin.
        """
        for frame, _ in self._pictures.recover(folder, project):
            log.info("project=%s frame=%s restored from its spooled bytes", folder.name, frame.id)
            self._meter.frames("restored")
        images = self._store.images(folder, project)
        inheritance = UnfinishedAttempts(journal, self._store.ledger(folder), self._clock)
        inheritance.adopt(images)
        ledger = self._store.ledger(folder)
        equipment = self._equip(folder)
        given_up = self._given_up(folder, project, images, ledger, run, equipment)
        for frame in inheritance.deleted([frame for frame in project.frames() if frame not in images], run.id):
            asked = self._store.plan(folder).scope(run.id).again.get(frame.id, 0)
            given_up.setdefault(frame, GivenUp(run=run.id, sentence=DELETED, asked=asked))
        self._count(tally, folder, project, images, ledger, run, given_up)
        for maker in equipment.makers.values():
            maker.ring.abandon()
        providers = {style: maker.provider for style, maker in equipment.makers.items()}
        return PreparedRun(
            equipment,
            {frame: known.asked for frame, known in given_up.items()},
            inheritance.settle(run.id, providers),
            ledger.spent,
            max((image.bytes for image in images.values()), default=0),
        )

    def _given_up(
        self,
        folder: Any,
        project: Project,
        images: Mapping[Frame, Saved],
        ledger: Ledger,
        run: Run,
        equipment: RunSetup,
    ) -> dict[Frame, GivenUp]:
        """The frames that this run failed at already, and those that a provider refused as they still are.

        The latter are left out of a run for everything that is missing; who asks for them by name gets them tried.
        """
        everything = self._store.plan(folder).scope(run.id).only is None
        found = {}
        for frame, known in ledger.given_up.items():
            beat = project.beat(frame)
            if beat is None:
                continue
            if known.run == run.id:
                found[frame] = known
            elif everything and known.refused and frame not in images:
                now = equipment.inputs(frame, beat, equipment.makers[frame.style].provider)
                if now.code == known.inputs:
                    found[frame] = replace(known, asked=0)
        return found

    def _count(
        self,
        tally: ProgressReporter,
        folder: Any,
        project: Project,
        images: Mapping[Frame, Saved],
        ledger: Ledger,
        run: Run,
        given_up: Mapping[Frame, GivenUp],
    ) -> None:
        """Count what is there, put the progress files right, and tell the pages what is not as they last heard."""
        told = self._board.read(folder.id).frames
        for number, (frame, image) in enumerate(images.items()):
            if number % BREATH == BREATH - 1:
                gevent.sleep(0)
            made_now = ledger.run_of(image.version) == run.id
            before = told.get(frame.id) if told else None
            changed = before is not None and before.status is not Status.EXISTS
            if made_now:
                facts = ledger.facts(image.version)
                tally.set(frame, Status.COMPLETE, run=run.id, image=image.version, **facts)
            else:
                tally.set(frame, Status.EXISTS, tell=changed, run=run.id, image=image.version)
        for frame in set(given_up) & set(tally.with_status(Status.PENDING)):
            tally.set(frame, Status.ERROR, run=run.id, error=given_up[frame].sentence)
        for frame in tally.with_status(Status.PENDING) if told else ():
            before = told.get(frame.id)
            if before is not None and before.status is not Status.PENDING:
                tally.set(frame, Status.PENDING)
        for style in project.styles:
            done = [frame for frame in images if frame.style == style.name]
            self._store.write_progress(folder, project, style.name, done, seen=True)
        tally.post()
