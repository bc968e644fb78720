"""The frames that one run still has to make, their order, and their jobs; read anew with every change by the user.

Plan, marks and prompts are the user's and may change at any moment; what was given up is the run's own.
"""

from __future__ import annotations

from typing import Any

from webapp.core import work_plan as plans
from webapp.core.frames import Status
from webapp.core.project import Frame
from webapp.core.run.schedule import Schedule
from webapp.core.work_plan import RunScope
from webapp.errors import Rejected
from webapp.generation.job import ImageJob
from webapp.generation.makers.maker import Maker
from webapp.generation.makers.run_setup import RunSetup
from webapp.generation.run.context import RunContext

GONE = "This beat is not in the prompts any more."


class FrameQueue:
    """Knows which frames the run makes, in which order, by which maker and of what.

    ``given_up`` are the frames the run failed at, each with how often the user had asked for it by then.
    """

    def __init__(self, context: RunContext, setup: RunSetup, given_up: dict[Frame, int]) -> None:
        self._run = context.run
        self._setup = setup
        self._wishes = context.wishes
        self._progress = context.progress
        self._given_up = given_up
        self._styles = [style.name for style in context.project.styles]
        self._scope = RunScope()
        self._inputs: dict[Frame, str] = {}
        self._makers: dict[Frame, Maker] = {}

    def arrange(self, schedule: Schedule, counted: bool = False) -> set[str]:
        """Let the schedule make what is wanted now, in the order wanted now. Returns the styles that are held.

        ``counted``: the images were counted just now, and are not looked at again.
        """
        plan = self._wishes.plan()
        self._scope = plan.scope(self._run)
        if not counted:
            self._update_images()
        missing = self._progress.with_status(Status.PENDING, Status.ERROR)
        kept = self._progress.with_status(Status.COMPLETE, Status.EXISTS)
        images = {frame: self._progress.version(frame) for frame in kept}
        wanted = plans.wanted(self._scope, missing, images, self._given_up, self._wishes.locked())
        for frame in wanted:
            if self._progress.status(frame) is Status.ERROR:  # the user asked for it once more
                self._progress.set(frame, Status.PENDING, run=self._run)
        schedule.arrange(plan.in_order(wanted, self._styles))
        names = {style: maker.provider.name for style, maker in self._setup.makers.items()}
        return {style for style, provider in names.items() if plan.is_held(style, provider)}

    def _update_images(self) -> None:
        """The user may have chosen another image of a frame, brought one back, or deleted one.

        A deleted one is made again only when the user asks for it.
        """
        there = self._wishes.versions()
        for frame in self._progress.with_status(Status.COMPLETE, Status.EXISTS):
            if frame not in there:
                self._given_up[frame] = self._scope.again.get(frame.id, 0)
                self._progress.set(frame, Status.PENDING, run=self._run)
            elif self._progress.version(frame) != there[frame]:
                self._progress.set(frame, Status.EXISTS, run=self._run, image=there[frame])
        for frame in self._progress.with_status(Status.PENDING, Status.ERROR):
            if frame in there:
                self._progress.set(frame, Status.EXISTS, run=self._run, image=there[frame])

    def maker(self, frame: Frame) -> Maker:
        """The maker of the frame's image, by the user's wishes now.

        Raises:
            Misconfigured: the model that was asked for cannot be used.
        """
        return self._setup.maker(frame, self._scope.redo.get(frame.id))

    def job(self, frame: Frame, maker: Maker) -> ImageJob:
        """The job for the frame, by its words as they are now.

        Raises:
            Rejected: its beat is gone.
        """
        beat = self._wishes.project().beat(frame)
        if beat is None:
            raise Rejected(GONE)
        job = self._setup.job(frame, beat, maker.provider, self._scope.redo.get(frame.id))
        self._inputs[frame] = job.inputs
        self._makers[frame] = maker
        return job

    def maker_of_job(self, frame: Frame) -> Maker:
        """The maker of the frame's newest job."""
        return self._makers[frame]

    def give_up(self, frame: Frame) -> dict[str, Any]:
        """Make the frame no more unless the user asks again. Returns what the journal keeps of that."""
        asked = self._scope.again.get(frame.id, 0)
        self._given_up[frame] = asked
        return {"asked": asked, "inputs": self._inputs.get(frame, "")}
