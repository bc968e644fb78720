"""What one run still has to make: which frames, in which order, of what. Read anew whenever the user changes something.

The plan, the marks and the prompts are the user's and may change at any moment; what was given up is the run's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from webapp.core import work_plan as plans
from webapp.core.frames import Status
from webapp.core.project import Beat, Frame, Project
from webapp.core.run.schedule import Schedule
from webapp.core.work_plan import Redo, RunScope, WorkPlan
from webapp.errors import Rejected
from webapp.generation.job import ImageJob, Provider
from webapp.generation.run.call_gate import Maker
from webapp.generation.run.progress_reporter import ProgressReporter

GONE = "This beat is not in the prompts any more."


class Desk(Protocol):
    """Where the user's wishes lie."""

    def project(self) -> Project:
        """The project as its files are now."""

    def plan(self) -> WorkPlan:
        """How the user arranged the work."""

    def locked(self) -> frozenset[str]:
        """The frames that are never made, by `Frame.id`."""

    def versions(self) -> Mapping[Frame, str]:
        """The versions of the images that are there now."""


class Workshop(Protocol):
    """Who makes what."""

    @property
    def makers(self) -> Mapping[str, Maker]: ...

    def maker(self, frame: Frame, redo: Redo | None) -> Maker: ...

    def job(self, frame: Frame, beat: Beat, provider: Provider, redo: Redo | None) -> ImageJob: ...


class FrameQueue:
    """The work of the run ``run``. ``given_up`` says of frames it failed at how often they had been asked for by then.

    ``styles`` are in the project's order.
    """

    def __init__(
        self,
        run: str,
        workshop: Workshop,
        desk: Desk,
        tally: ProgressReporter,
        given_up: dict[Frame, int],
        styles: list[str],
    ) -> None:
        self._run = run
        self._workshop = workshop
        self._desk = desk
        self._tally = tally
        self._given_up = given_up
        self._styles = styles
        self._scope = RunScope()
        self._made_of: dict[Frame, str] = {}

    def arrange(self, schedule: Schedule, counted: bool = False) -> set[str]:
        """Let the schedule make what is wanted now, in the order wanted now. Answers the styles that are held.

        ``counted``: the images were counted just now, and are not looked at again.
        """
        plan = self._desk.plan()
        self._scope = plan.scope(self._run)
        if not counted:
            self._look_again()
        missing = self._tally.with_status(Status.PENDING, Status.ERROR)
        kept = self._tally.with_status(Status.COMPLETE, Status.EXISTS)
        images = {frame: self._tally.version(frame) for frame in kept}
        wanted = plans.wanted(self._scope, missing, images, self._given_up, self._desk.locked())
        for frame in wanted:
            if self._tally.status(frame) is Status.ERROR:  # the user asked for it once more
                self._tally.set(frame, Status.PENDING, run=self._run)
        schedule.arrange(plan.line_up(wanted, self._styles))
        names = {style: maker.provider.name for style, maker in self._workshop.makers.items()}
        return {style for style, provider in names.items() if plan.shuts(style, provider)}

    def _look_again(self) -> None:
        """The user may have chosen another image of a frame, brought one back, or deleted one.

        A deleted one is made again only when somebody asks for it.
        """
        there = self._desk.versions()
        for frame in self._tally.with_status(Status.COMPLETE, Status.EXISTS):
            if frame not in there:
                self._given_up[frame] = self._scope.again.get(frame.id, 0)
                self._tally.set(frame, Status.PENDING, run=self._run)
            elif self._tally.version(frame) != there[frame]:
                self._tally.set(frame, Status.EXISTS, run=self._run, image=there[frame])
        for frame in self._tally.with_status(Status.PENDING, Status.ERROR):
            if frame in there:
                self._tally.set(frame, Status.EXISTS, run=self._run, image=there[frame])

    def maker(self, frame: Frame) -> Maker:
        """Who makes this frame's picture.

        Raises:
            Misconfigured: the model that was asked for cannot be used.
        """
        return self._workshop.maker(frame, self._scope.redo.get(frame.id))

    def job(self, frame: Frame, maker: Maker) -> ImageJob:
        """What is to be made for the frame, by its words as they are now.

        Raises:
            Rejected: its beat is gone.
        """
        beat = self._desk.project().beat(frame)
        if beat is None:
            raise Rejected(GONE)
        job = self._workshop.job(frame, beat, maker.provider, self._scope.redo.get(frame.id))
        self._made_of[frame] = job.inputs
        return job

    def give_up(self, frame: Frame) -> dict[str, Any]:
        """The run is done with this frame unless the user asks again. Answers what the journal keeps of that."""
        asked = self._scope.again.get(frame.id, 0)
        self._given_up[frame] = asked
        return {"asked": asked, "inputs": self._made_of.get(frame, "")}

    def is_redo(self, frame: Frame) -> bool:
        """Whether the frame has an image that was to be replaced."""
        return frame.id in self._scope.redo
