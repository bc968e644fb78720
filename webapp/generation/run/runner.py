"""The loop of one project's run: asks the schedule what to do next, has it done, reports what came of it.

The runner is the only writer of its run while it lasts. Attempts run in greenlets of their own and hand their result
back, first when the bytes are spooled (the next call takes their place), again when the image is finished; the loop
alone decides. It waits on one event, so Stop, a result and a change of pace all act at once.
"""

from __future__ import annotations

import logging
import secrets
from functools import partial

import gevent
from gevent.event import Event

from webapp.core.frames import Status
from webapp.core.project import Frame
from webapp.core.run.schedule import (
    Finish,
    Make,
    Schedule,
    Wait,
)
from webapp.core.run.states import Cause
from webapp.errors import CoordinationDown, DiskTrouble, LeaseLost, ProviderError, Step8Error
from webapp.generation.job import ImageJob, MadeImage, NotBegun, SpooledImage
from webapp.generation.makers.key_pool import Slot
from webapp.generation.makers.maker import Maker
from webapp.generation.ports import ProjectFiles
from webapp.generation.run.call_gate import REDIS_AWAY, CallGate, Closed
from webapp.generation.run.calls import Calls
from webapp.generation.run.context import LoopEnd, RunContext
from webapp.generation.run.failures import FailureHandler
from webapp.generation.run.frame_queue import FrameQueue
from webapp.generation.run.preparation import PreparedRun
from webapp.generation.run.run_monitor import RunMonitor
from webapp.generation.run.v1_progress_writer import V1ProgressWriter

log = logging.getLogger("step8.runner")

COMING = 3
"""Frames that come next, as far as the page shows them."""


class Runner:
    """Makes the frames of one run until nothing is left, the run is stopped, or it cannot go on.

    ``wake`` ends every wait. ``seen`` is the ``seq`` of the run as it was before its setup was read: what changed since
    is read again.
    """

    def __init__(
        self, context: RunContext, prepared: PreparedRun, files: ProjectFiles, wake: Event, seen: int = 0
    ) -> None:
        setup, clock = prepared.setup, context.clocks.monotonic
        self._context = context
        self._progress = context.progress
        self._wake = wake
        self._frames = FrameQueue(context, setup, prepared.given_up)
        self._gate = CallGate(setup.makers, setup.limits, prepared.spent, clock)
        self._schedule = Schedule((), setup.limits.parallel)
        self._gate.hold(self._frames.arrange(self._schedule, counted=True))
        self._monitor = RunMonitor(context, self._schedule, self._retune, seen)
        self._failures = FailureHandler(
            context, setup.limits.attempts, self._frames, self._schedule, self._gate, self._monitor
        )
        self._happened = Event()
        self._calls = Calls(context, self._happened)
        self._v1_progress = V1ProgressWriter(
            partial(files.write_progress, context.folder, context.project),
            lambda: self._progress.with_status(Status.COMPLETE, Status.EXISTS),
            lambda error: self._monitor.hold(Cause.DISK, str(error)),
            self._happened.set,
            clock,
        )

    @property
    def seen(self) -> int:
        """The ``seq`` of the run as it was read last."""
        return self._monitor.seen

    def drive(self) -> LoopEnd:
        """Make frames until the loop ends. Returns with no call in flight and no image being finished.

        It begins by reading the run, so it may be called again when something was wished for meanwhile.
        """
        self._monitor.request_check()
        listener = gevent.spawn(self._listen)
        try:
            while (seconds := self._step()) is not None:
                if seconds > 0:
                    self._happened.wait(seconds)
                else:
                    gevent.sleep(0)  # a call that was begun goes out before the next step
                self._happened.clear()
        finally:
            listener.kill()
        self._v1_progress.flush()
        self._post(force=True)
        return self._monitor.end

    def _listen(self) -> None:
        # only a wake-up from outside makes the monitor read the run; a finished image does not
        while True:
            self._wake.wait()
            self._wake.clear()
            self._monitor.request_check()
            self._happened.set()

    def _step(self) -> float | None:
        """Take in what happened, do the next thing. Returns how long to wait at most, None at the end.

        No call begins while progress is being written: a disk that refuses it ends the run before another call.
        """
        self._take_results()
        self._monitor.check()
        now = self._context.clocks.monotonic()
        step = self._schedule.next(now, {style: closed.until for style, closed in self._gate.closed().items()})
        self._v1_progress.write_if_due()
        writing = self._v1_progress.writing
        if isinstance(step, Make) and not writing:  # before anything is posted: a free place costs the run its time
            self._make(step.frame)
            return 0.0
        self._calls.pause()
        self._post()
        if isinstance(step, Finish):
            return None
        until = step.until if isinstance(step, Wait) else None
        if not writing:
            if self._held_at_dead_end():
                return 0.0
            self._report_cooling(now)
        return self._longest_wait(self._context.clocks.monotonic(), until)

    def _make(self, frame: Frame) -> None:
        """Begin the frame's call if the budget and the keys allow it."""
        attempt = secrets.token_hex(8)
        try:
            maker = self._frames.maker(frame)
            job = self._frames.job(frame, maker)
        except ProviderError as error:
            self._schedule.begin(frame)
            self._failures.give_up(frame, str(error), error)
            return
        slot = self._gate.reserve(frame.style, maker, attempt, job.extra_cost)
        if not isinstance(slot, Closed):
            self._progress.set_wait(0.0)
            self._begin(job, attempt, maker, slot)

    def _held_at_dead_end(self) -> bool:
        if self._schedule.busy or self._schedule.stopped:
            return False
        closed = self._gate.dead_end(self._schedule.styles)
        if closed is not None:
            self._monitor.hold(Cause(closed.why), closed.sentence)
        return closed is not None

    def _report_cooling(self, now: float) -> None:
        if self._schedule.busy or self._schedule.stopped:
            return
        found = self._gate.cooling_provider(self._schedule.styles)
        if found is not None:
            closed, provider = found
            self._progress.set_wait(self._context.clocks.epoch() + closed.until - now, closed.why.value, provider)

    def _begin(self, job: ImageJob, attempt: str, maker: Maker, slot: Slot) -> None:
        frame = job.frame
        self._schedule.begin(frame)
        self._monitor.call_began(frame)
        kept = self._progress.version(frame)
        facts = {"since": self._context.clocks.epoch(), "image": kept, **self._failures.tries(frame)}
        self._progress.set(frame, Status.GENERATING, run=self._context.run, **facts)
        self._progress.set_next(self._schedule.coming[:COMING])
        self._progress.add_line(f"[{frame.style}] Beat {frame.beat} started", frame=frame)
        self._calls.begin(job, attempt, maker, slot)

    def _take_results(self) -> None:
        for frame, attempt, result in self._calls.take():
            self._monitor.call_ended(frame)
            self._gate.settle(attempt, result)
            if not isinstance(result, MadeImage):
                self._monitor.request_check()  # another call will begin: by the newest wishes
            match result:
                case SpooledImage():
                    self._schedule.answered(frame)
                    self._failures.answered()
                case MadeImage():
                    self._made(frame, result)
                case NotBegun():
                    self._failures.put_back(frame, 0.0)
                    if result.state == "unknown":
                        self._monitor.restore_live_state()
                case CoordinationDown():
                    self._failures.put_back(frame, REDIS_AWAY)
                case LeaseLost():
                    self._failures.put_back(frame, 0.0)
                    self._monitor.hand_over()
                case ProviderError():
                    self._failures.failed(frame, result)
                case DiskTrouble():
                    self._failures.put_back(frame, 0.0)
                    self._monitor.hold(Cause.DISK, str(result))
                case _:
                    log.error("frame=%s unexpected failure", frame.id, exc_info=result)
                    self._failures.put_back(frame, 0.0)
                    self._monitor.break_off(
                        "Something unexpected went wrong; the log has the details. Click Start to resume."
                    )

    def _made(self, frame: Frame, image: MadeImage) -> None:
        self._schedule.done(frame)
        self._failures.succeeded(frame)
        self._progress.set(
            frame,
            Status.COMPLETE,
            run=self._context.run,
            seconds=round(image.seconds, 1),
            cost=image.cost,
            image=image.version,
            note=image.note,
            **self._failures.tries(frame),
        )
        self._progress.add_line(f"[{frame.style}] Beat {frame.beat} complete in {image.seconds:.1f} s", "ok", frame)
        self._v1_progress.changed(frame.style)

    def _retune(self) -> None:
        """Apply limits, order and scope, which the user may have changed, from the next call on."""
        try:
            limits = self._context.wishes.limits()
            held = self._frames.arrange(self._schedule)
        except Step8Error as error:
            log.warning("project=%s the new settings cannot be used: %s", self._context.folder.name, error)
            return
        self._failures.attempts, self._schedule.parallel = limits.attempts, max(1, limits.parallel)
        self._gate.retune(limits)
        self._gate.hold(held)
        self._progress.set_next(self._schedule.coming[:COMING])

    def _post(self, *, force: bool = False) -> None:
        if not self._progress.dirty or (self._progress.due_in() > 0 and not force):
            return
        try:
            self._progress.post()
        except CoordinationDown:
            pass  # kept for the next time; the page says by itself that Redis is away
        except LeaseLost:
            self._monitor.hand_over()

    def _longest_wait(self, now: float, until: float | None) -> float:
        ends = [self._monitor.due_in(), self._progress.due_in()]
        if until is not None:
            ends.append(until - now)
        if (due := self._v1_progress.due_in()) is not None:
            ends.append(due)
        return max(0.001, min(ends))
