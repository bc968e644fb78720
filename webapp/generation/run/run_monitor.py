"""Whether a run goes on: by the user's stored wishes, by the lease, by whether this process stays."""

from __future__ import annotations

import logging
from collections.abc import Callable

from webapp.core.project import Frame
from webapp.core.run.schedule import Schedule
from webapp.core.run.states import Cause, Run, RunState
from webapp.errors import CoordinationDown, LeaseLost, Step8Error
from webapp.generation.run.context import LoopEnd, RunContext

log = logging.getLogger("step8.runner")

READ_EVERY = 10.0
"""Seconds between two reads of the stored run, for a wake-up that got lost. A thousand runners read."""

SETTLED = 0.1
"""Seconds after its last check of the run during which a call may still be on its way to the provider."""


class RunMonitor:
    """Stops, resumes and ends the schedule of one run as the stored run says.

    ``retune`` is called when limits, order or scope may have changed. ``end`` is how the loop would end now, ``seen``
    the ``seq`` of the run as it was read last.
    """

    def __init__(self, context: RunContext, schedule: Schedule, retune: Callable[[], None], seen: int = 0) -> None:
        self._context = context
        self._clock = context.clocks.monotonic
        self._schedule = schedule
        self._retune = retune
        self._began: dict[Frame, float] = {}
        self.seen = seen
        self._stopped_by: Run | None = None
        self._read_at = 0.0
        self._due = False
        self._disk_failed = False
        self.end = LoopEnd()

    def request_check(self) -> None:
        """Read the stored run with the next `check`."""
        self._due = True

    def call_began(self, frame: Frame) -> None:
        """The frame's call begins now."""
        self._began[frame] = self._clock()

    def call_ended(self, frame: Frame) -> None:
        """The frame's call is not on its way any more."""
        self._began.pop(frame, None)

    def due_in(self) -> float:
        """Seconds until `check` is to be called at the latest."""
        settled = READ_EVERY if self._stopped_by is None else self._settled_in(self._clock())
        return min(READ_EVERY, settled)

    def check(self) -> None:
        """Apply the stored run if it changed; hand over when the lease is lost or this process leaves.

        Effect: acknowledges Stop and Pause once no call is on its way out any more.
        """
        if not self._context.lease.held or self._context.leaving.is_set():
            self.hand_over()
        now = self._clock()
        if self._due or now - self._read_at >= READ_EVERY:
            self._read_at, self._due = now, False
            run = self._context.wishes.run(self.seen)
            if run is not None:
                self._apply(run)
        if self._stopped_by is not None and self._settled_in(now) <= 0:
            self._context.wishes.acknowledge(self._stopped_by)
            self._stopped_by = None

    def _apply(self, run: Run) -> None:
        """Do what the stored run asks for, where that is new."""
        if run.id == self._context.run and run.seq == self.seen:
            return
        self.seen = run.seq
        if run.id != self._context.run or run.state not in (RunState.GENERATING, RunState.STARTING):
            self._schedule.stop()
            self._stopped_by = run
            self.end = self.end if self.end.left or self.end.reason else LoopEnd(stopped=True)
            return
        if run.state is RunState.STARTING and not self._resume():
            return
        self._retune()

    def _resume(self) -> bool:
        """Go on after a pause that did not last until the last call in flight had ended. Whether that worked."""
        if self._disk_failed:  # paid bytes may lie in the spool: the next driver begins by making images of them
            self.hand_over()
            return False
        try:
            self._context.wishes.take_up()
        except Step8Error as error:  # it was stopped at the same time: the next check finds that
            log.info("project=%s not taken up again: %s", self._context.folder.name, error)
            self.seen = 0
            return False
        self.end, self._stopped_by = LoopEnd(), None
        self._schedule.go_on()
        return True

    def _settled_in(self, now: float) -> float:
        return max((began + SETTLED - now for began in self._began.values()), default=0.0)

    def hold(self, cause: Cause, reason: str) -> None:
        """Pause the run until the user acts; it can be resumed as it is."""
        self._schedule.stop()
        self._disk_failed |= cause is Cause.DISK
        if self.end.reason or self.end.stopped:
            return
        self.end = LoopEnd(reason=reason, cause=cause)
        try:
            self._context.wishes.hold(cause, reason)
        except Step8Error as error:  # stored again when the last call has ended
            log.warning("project=%s the pause could not be stored: %s", self._context.folder.name, error)

    def break_off(self, reason: str) -> None:
        """End the run: it cannot go on."""
        self._schedule.stop()
        if not self.end.reason:
            self.end = LoopEnd(stopped=self.end.stopped, reason=reason)
            self._context.progress.add_line(reason, "error")

    def hand_over(self) -> None:
        """Leave the run to another driver, or to a later one."""
        self._schedule.stop()
        self.end = LoopEnd(left=True)

    def restore_live_state(self) -> None:
        """Post everything again: Redis lost its data."""
        try:
            self._context.progress.post(self._context.wishes.run(), self._context.folder.name)
        except (CoordinationDown, LeaseLost) as error:
            log.warning("project=%s the board could not be restored: %s", self._context.folder.name, error)
