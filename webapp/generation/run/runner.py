"""One project's loop: asks the schedule what to do next, has it done, tells what came of it.

The runner is the only writer of its run while it lasts. Attempts run in greenlets of their own and hand their result
back, first when the bytes are spooled (the next call takes their place), again when the picture is finished; the loop
alone decides. It waits on one event, so Stop, a result and a change of pace all act at once.
"""

from __future__ import annotations

import logging
import secrets

import gevent
from gevent.event import Event

from webapp.core.frames import Status
from webapp.core.project import Frame, Project
from webapp.core.run.schedule import (
    Finish,
    Make,
    Schedule,
    Wait,
)
from webapp.core.run.states import Cause
from webapp.errors import CoordinationDown, DiskTrouble, LeaseLost, ProviderError, Step8Error
from webapp.generation.job import ImageJob, MadeImage, NotBegun, RunLimits, SpooledImage
from webapp.generation.makers.key_pool import Slot
from webapp.generation.run.call_gate import REDIS_AWAY, CallGate, Closed, Maker
from webapp.generation.run.calls import Calls
from webapp.generation.run.context import (
    AttemptContext,
    Clocks,
    Lease,
    LoopEnd,
    Steering,
)
from webapp.generation.run.failures import FailureHandler
from webapp.generation.run.frame_queue import FrameQueue, Workshop
from webapp.generation.run.progress_reporter import ProgressReporter
from webapp.generation.run.run_monitor import RunMonitor
from webapp.generation.run.v1_progress_writer import ProgressStore, V1ProgressWriter

log = logging.getLogger("step8.runner")

COMING = 3
"""Frames that come next, as far as the page is told."""


class Runner:
    """Drives one run of one project to its end. ``wake`` ends every wait.

    ``seen`` is the ``seq`` of the run as it was before its equipment was read: what changed since is looked at.
    """

    def __init__(
        self,
        project: Project,
        terms: AttemptContext,
        workshop: Workshop,
        limits: RunLimits,
        spent: int,
        tally: ProgressReporter,
        given_up: dict[Frame, int],
        store: ProgressStore,
        lease: Lease,
        steering: Steering,
        clocks: Clocks,
        wake: Event,
        seen: int = 0,
    ) -> None:
        self._terms = terms
        self._tally = tally
        self._steering = steering
        self._clocks = clocks
        self._wake = wake
        styles = [style.name for style in project.styles]
        self._work = FrameQueue(terms.run, workshop, steering, tally, given_up, styles)
        self._admission = CallGate(workshop.makers, limits, spent, clocks.monotonic)
        self._schedule = Schedule((), limits.parallel)
        self._admission.hold(self._work.arrange(self._schedule, counted=True))
        self._helm = RunMonitor(terms, self._schedule, tally, lease, steering, clocks, self._retune, seen)
        self._makers: dict[Frame, Maker] = {}
        self._setbacks = FailureHandler(
            terms,
            limits.attempts,
            self._work,
            self._schedule,
            self._admission,
            tally,
            self._makers,
            clocks,
            self._helm.hold,
            self._helm.give_up,
        )
        self._stir = Event()
        self._calls = Calls(terms, self._stir)
        self._notes = V1ProgressWriter(
            store,
            terms.folder,
            project,
            lambda: tally.with_status(Status.COMPLETE, Status.EXISTS),
            lambda error: self._helm.hold(Cause.DISK, str(error)),
            self._stir.set,
            clocks.monotonic,
        )

    @property
    def seen(self) -> int:
        """The ``seq`` of the run as it was looked at last."""
        return self._helm.seen

    def drive(self) -> LoopEnd:
        """Until nothing is left to do, the run is stopped, or it cannot go on. Returns with nothing in work.

        It begins with a look at the run, so it may be called again when something was wished for meanwhile.
        """
        self._helm.look_again()
        listener = gevent.spawn(self._listen)
        try:
            while (seconds := self._turn()) is not None:
                if seconds > 0:
                    self._stir.wait(seconds)
                else:
                    gevent.sleep(0)  # a call that was begun sets out before the next turn
                self._stir.clear()
        finally:
            listener.kill()
        self._notes.settle()
        self._tell(force=True)
        return self._helm.end

    def _listen(self) -> None:
        """Somebody outside wants the run to be looked at; a picture that was finished does not."""
        while True:
            self._wake.wait()
            self._wake.clear()
            self._helm.look_again()
            self._stir.set()

    def _turn(self) -> float | None:
        """One turn: take in what happened, do the next thing. Answers how long to wait at most, ``None`` at the end.

        No call begins while progress is being written: a disk that refuses it ends the run before another call.
        """
        self._take_results()
        self._helm.watch()
        now = self._clocks.monotonic()
        step = self._schedule.next(now, {style: shut.until for style, shut in self._admission.shut().items()})
        self._notes.write_if_due()
        writing = self._notes.writing
        if isinstance(step, Make) and not writing:  # before anything is told: a free place costs the run its time
            return self._admit(step.frame, now)
        self._calls.rest()
        self._tell()
        if isinstance(step, Finish):
            return None
        until = step.until if isinstance(step, Wait) else None
        if not writing:
            if self._see_dead_end():
                return 0.0
            self._see_silence(now)
        return self._patience(self._clocks.monotonic(), until)

    def _admit(self, frame: Frame, now: float) -> float:
        """Begin the frame's call if the budget and the keys allow it. Answers how long to wait before the next turn."""
        slot = secrets.token_hex(8)
        try:
            maker = self._work.maker(frame)
            job = self._work.job(frame, maker)
        except ProviderError as error:
            self._schedule.begin(frame)
            self._setbacks.give_up(frame, str(error), error)
            return 0.0
        hold = self._admission.ask(frame.style, maker, slot, job.besides)
        if not isinstance(hold, Closed):
            self._tally.wait(0.0)
            self._makers[frame] = maker
            self._begin(job, slot, hold)
        return 0.0

    def _see_dead_end(self) -> bool:
        """Pause when nothing that is left can begin before the user acts. Whether it is so."""
        if self._schedule.busy or self._schedule.stopped:
            return False
        shut = self._admission.verdict(self._schedule.styles)
        if shut is not None:
            self._helm.hold(Cause(shut.why), shut.sentence)
        return shut is not None

    def _see_silence(self, now: float) -> None:
        """Say until when nothing begins and whose doing that is, while nothing else is going on."""
        if self._schedule.busy or self._schedule.stopped:
            return
        found = self._admission.silence_of(self._schedule.styles)
        if found is not None:
            shut, provider = found
            self._tally.wait(self._clocks.epoch() + shut.until - now, shut.why.value, provider)

    def _begin(self, job: ImageJob, slot: str, hold: Slot) -> None:
        frame = job.frame
        self._schedule.begin(frame)
        self._helm.began(frame)
        kept = self._tally.version(frame)
        facts = {"since": self._clocks.epoch(), "image": kept, **self._setbacks.tried(frame)}
        self._tally.set(frame, Status.GENERATING, run=self._terms.run, **facts)
        self._tally.next(self._schedule.coming[:COMING])
        self._tally.say(f"[{frame.style}] Beat {frame.beat} started", frame=frame)
        self._calls.begin(job, slot, self._makers[frame], hold)

    def _take_results(self) -> None:
        for frame, slot, result in self._calls.take():
            self._helm.ended(frame)
            self._admission.settle(slot, result)
            if not isinstance(result, MadeImage):
                self._helm.look_again()  # another call will begin: by the newest wishes
            match result:
                case SpooledImage():
                    self._schedule.answered(frame)
                    self._setbacks.answered()
                case MadeImage():
                    self._made(frame, result)
                case NotBegun():
                    self._setbacks.put_back(frame, 0.0)
                    if result.state == "unknown":
                        self._helm.restore_board()
                case CoordinationDown():
                    self._setbacks.put_back(frame, REDIS_AWAY)
                case LeaseLost():
                    self._setbacks.put_back(frame, 0.0)
                    self._helm.hand_over()
                case ProviderError():
                    self._setbacks.failed(frame, result)
                case DiskTrouble():
                    self._setbacks.put_back(frame, 0.0)
                    self._helm.hold(Cause.DISK, str(result))
                case _:
                    log.error("frame=%s unexpected failure", frame.id, exc_info=result)
                    self._setbacks.put_back(frame, 0.0)
                    self._helm.give_up(
                        "Something unexpected went wrong; the log has the details. Click Start to resume."
                    )

    def _made(self, frame: Frame, picture: MadeImage) -> None:
        self._schedule.done(frame)
        self._setbacks.succeeded(frame)
        self._tally.set(
            frame,
            Status.COMPLETE,
            run=self._terms.run,
            seconds=round(picture.seconds, 1),
            cost=picture.cost,
            image=picture.version,
            note=picture.note,
            **self._setbacks.tried(frame),
        )
        self._tally.say(f"[{frame.style}] Beat {frame.beat} complete in {picture.seconds:.1f} s", "ok", frame)
        self._notes.changed(frame.style)

    def _retune(self) -> None:
        """The user may have changed limits, order or scope: they hold from the next call on."""
        try:
            limits = self._steering.limits()
            held = self._work.arrange(self._schedule)
        except Step8Error as error:
            log.warning("project=%s the new settings cannot be used: %s", self._terms.folder.name, error)
            return
        self._setbacks.attempts, self._schedule.parallel = limits.attempts, max(1, limits.parallel)
        self._admission.retune(limits)
        self._admission.hold(held)
        self._tally.next(self._schedule.coming[:COMING])

    def _tell(self, *, force: bool = False) -> None:
        if not self._tally.dirty or (self._tally.due_in() > 0 and not force):
            return
        try:
            self._tally.post()
        except CoordinationDown:
            pass  # kept for the next time; the page says by itself that Redis is away
        except LeaseLost:
            self._helm.hand_over()

    def _patience(self, now: float, until: float | None) -> float:
        """How long to wait: for the next call's time, the next message, the next look, whichever comes first."""
        ends = [self._helm.due_in(), self._tally.due_in()]
        if until is not None:
            ends.append(until - now)
        if (due := self._notes.due_in()) is not None:
            ends.append(due)
        return max(0.001, min(ends))
