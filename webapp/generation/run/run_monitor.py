"""Whether a run goes on: what its user wishes, whether the lease is still held, whether this process stays."""

from __future__ import annotations

import logging
from collections.abc import Callable

from webapp.core.project import Frame
from webapp.core.run.schedule import Schedule
from webapp.core.run.states import Cause, Run, RunState
from webapp.errors import CoordinationDown, LeaseLost, Step8Error
from webapp.generation.run.context import (
    AttemptContext,
    Clocks,
    Lease,
    LoopEnd,
    Steering,
)
from webapp.generation.run.progress_reporter import ProgressReporter

log = logging.getLogger("step8.runner")

LOOK_EVERY = 10.0
"""Seconds between two looks at the stored run, for a wake-up that got lost. A thousand runners look."""

SETTLED = 0.1
"""Seconds after its last look at the run during which a call may still be on its way to the provider."""


class RunMonitor:
    """Keeps one run on the course that is stored. ``retune`` is called when limits, order or scope may have changed;
    ``end`` is how the run would end now, ``seen`` the ``seq`` of the run as it was looked at last."""

    def __init__(
        self,
        terms: AttemptContext,
        schedule: Schedule,
        tally: ProgressReporter,
        lease: Lease,
        steering: Steering,
        clocks: Clocks,
        retune: Callable[[], None],
        seen: int = 0,
    ) -> None:
        self._terms = terms
        self._schedule = schedule
        self._tally = tally
        self._lease = lease
        self._steering = steering
        self._clocks = clocks
        self._retune = retune
        self._began: dict[Frame, float] = {}
        self.seen = seen
        self._stopped_by: Run | None = None
        self._looked_at = 0.0
        self._due = False
        self._disk_failed = False
        self.end = LoopEnd()

    def look_again(self) -> None:
        """The stored run is to be looked at with the next `watch`."""
        self._due = True

    def began(self, frame: Frame) -> None:
        """The frame's call begins now."""
        self._began[frame] = self._clocks.monotonic()

    def ended(self, frame: Frame) -> None:
        """The frame's call is not on its way any more."""
        self._began.pop(frame, None)

    def due_in(self) -> float:
        """Seconds until `watch` is to be called at the latest."""
        settled = LOOK_EVERY if self._stopped_by is None else self._settled_in(self._clocks.monotonic())
        return min(LOOK_EVERY, settled)

    def watch(self) -> None:
        """See whether the run is still wished for, the lease still ours, and this process still staying."""
        if not self._lease.held or self._terms.leaving.is_set():
            self.hand_over()
        now = self._clocks.monotonic()
        if self._due or now - self._looked_at >= LOOK_EVERY:
            self._looked_at, self._due = now, False
            run = self._steering.run(self.seen)
            if run is not None:
                self._obey(run)
        if self._stopped_by is not None and self._settled_in(now) <= 0:
            self._steering.seen(self._stopped_by)
            self._stopped_by = None

    def _obey(self, run: Run) -> None:
        """Do what the stored run asks for, where that is new."""
        if run.id == self._terms.run and run.seq == self.seen:
            return
        self.seen = run.seq
        if run.id != self._terms.run or run.state not in (RunState.GENERATING, RunState.STARTING):
            self._schedule.stop()
            self._stopped_by = run
            self.end = self.end if self.end.left or self.end.reason else LoopEnd(stopped=True)
            return
        if run.state is RunState.STARTING and not self._resume():
            return
        self._retune()

    def _resume(self) -> bool:
        """Go on after a pause that did not last until the last call in flight had ended. Whether that worked."""
        if self._disk_failed:  # paid bytes may lie in the spool: the next driver begins by making pictures of them
            self.hand_over()
            return False
        try:
            self._steering.take_up()
        except Step8Error as error:  # it was stopped at the same time: the next look tells
            log.info("project=%s not taken up again: %s", self._terms.folder.name, error)
            self.seen = 0
            return False
        self.end, self._stopped_by = LoopEnd(), None
        self._schedule.go_on()
        return True

    def _settled_in(self, now: float) -> float:
        """Seconds until no call in flight can still be on its way to the provider."""
        return max((began + SETTLED - now for began in self._began.values()), default=0.0)

    def hold(self, cause: Cause, reason: str) -> None:
        """Nothing more can be done before the user acts: the run pauses, and can be resumed as it is."""
        self._schedule.stop()
        self._disk_failed |= cause is Cause.DISK
        if self.end.reason or self.end.stopped:
            return
        self.end = LoopEnd(reason=reason, cause=cause)
        try:
            self._steering.hold(cause, reason)
        except Step8Error as error:  # told again when the last call has ended
            log.warning("project=%s the pause could not be stored: %s", self._terms.folder.name, error)

    def give_up(self, reason: str) -> None:
        """The run cannot go on, and ends."""
        self._schedule.stop()
        if not self.end.reason:
            self.end = LoopEnd(stopped=self.end.stopped, reason=reason)
            self._tally.say(reason, "error")

    def hand_over(self) -> None:
        """The run goes on elsewhere, or later."""
        self._schedule.stop()
        self.end = LoopEnd(left=True)

    def restore_board(self) -> None:
        """Redis lost its data: tell it everything again."""
        try:
            self._tally.post(self._steering.run(), self._terms.folder.name)
        except (CoordinationDown, LeaseLost) as error:
            log.warning("project=%s the board could not be restored: %s", self._terms.folder.name, error)
