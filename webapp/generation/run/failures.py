"""What failed attempts lead to: another try, a pause, giving the frame up, or the end of the run.

What that is in each case is decided in `webapp.core.run.schedule`; here it is done.
"""

from __future__ import annotations

from typing import Any

from webapp.core.frames import Status
from webapp.core.project import Frame
from webapp.core.run.schedule import (
    CoolDown,
    End,
    GiveUp,
    Opening,
    Retry,
    RetryAllowance,
    Schedule,
    Swap,
    after_failure,
)
from webapp.core.run.states import Cause
from webapp.errors import DiskTrouble, Limited, NotSent, ProviderError, Rejected, Unsuited
from webapp.generation.run.call_gate import CallGate
from webapp.generation.run.context import RunContext
from webapp.generation.run.frame_queue import FrameQueue
from webapp.generation.run.run_monitor import RunMonitor

LIMITED_FOR_LONG = 600.0
"""Seconds of nothing but "too many requests" after which the run pauses with a reason."""


class FailureHandler:
    """Does what each failure of one run leads to. ``attempts`` are the tries that a frame may have."""

    def __init__(
        self,
        context: RunContext,
        attempts: int,
        frames: FrameQueue,
        schedule: Schedule,
        gate: CallGate,
        monitor: RunMonitor,
    ) -> None:
        self.attempts = attempts
        self._context = context
        self._progress = context.progress
        self._frames = frames
        self._schedule = schedule
        self._gate = gate
        self._monitor = monitor
        self._tries: dict[Frame, int] = {}
        self._opening = Opening()
        self._allowances: dict[str, RetryAllowance] = {}
        self._limited_since: float | None = None

    def tries(self, frame: Frame) -> dict[str, Any]:
        """How often the frame was tried, as a fact for the page."""
        return {"tries": self._tries.get(frame, 0)}

    def answered(self) -> None:
        """A call brought bytes that may be an image."""
        self._limited_since = None
        self._opening = self._opening.after(None)

    def succeeded(self, frame: Frame) -> None:
        """The frame's image is finished."""
        self._allowances[self._provider_of(frame)] = self._allowance(frame).after_success()

    def failed(self, frame: Frame, error: ProviderError) -> None:
        """Do what this failure of an attempt leads to."""
        now = self._context.clocks.monotonic()
        self._tries[frame] = self._tries.get(frame, 0) + 1
        if not isinstance(error, Limited):
            self._limited_since = None
            self._opening = self._opening.after(error)
        match after_failure(error, self._tries[frame], self.attempts, self._context.clocks.random):
            case Retry(delay):
                self._retry(frame, error, delay)
            case CoolDown(delay):
                self._tries[frame] -= 1
                self._context.metrics.retried(self._provider_of(frame))
                self._cool_down(frame, error, now, delay)
            case GiveUp(sentence):
                self.give_up(frame, sentence, error)
            case Swap(sentence):
                self._tries[frame] -= 1  # a key's fault is none of the frame's
                self._context.metrics.retried(self._provider_of(frame))
                self.put_back(frame, 0.0)
                self._progress.add_line(f"A key is out of use: {sentence}", "warn")
                if self._frames.maker_of_job(frame).keys.empty:  # there is none to swap it for
                    self._monitor.hold(Cause.KEYS, sentence)
            case End(sentence):
                self.put_back(frame, 0.0)
                self._monitor.break_off(sentence)
        if self._opening.verdict:
            self._monitor.break_off(self._opening.verdict)

    def _retry(self, frame: Frame, error: ProviderError, delay: float) -> None:
        """Try the frame again later, as long as the provider's failures leave retries to be spent on it."""
        left = self._allowance(frame) if isinstance(error, NotSent) else self._allowance(frame).spend()
        if left is None:
            self.give_up(frame, f"{error} It fails so often now that nothing more is tried by itself.", error)
            return
        self._allowances[self._provider_of(frame)] = left
        self._context.metrics.retried(self._provider_of(frame))
        self.put_back(frame, delay)
        text = f"[{frame.style}] Beat {frame.beat}: {error} Trying again in {delay:.0f} s."
        self._progress.add_line(text, "warn", frame)

    def give_up(self, frame: Frame, sentence: str, error: ProviderError) -> None:
        """Give the frame up. One that has an image keeps it."""
        self._context.metrics.frames("failed")
        self._schedule.done(frame)
        record = {
            "what": "gave up",
            "at": self._context.clocks.epoch(),
            "run": self._context.run,
            "error": sentence,
            "refused": isinstance(error, Rejected) and not isinstance(error, Unsuited),
            **frame._asdict(),
            **self._frames.give_up(frame),
        }
        try:
            self._context.journal.append(record)
        except DiskTrouble as trouble:
            self._monitor.hold(Cause.DISK, str(trouble))
        kept = self._progress.version(frame)
        status = Status.EXISTS if kept else Status.ERROR
        self._progress.set(frame, status, run=self._context.run, error=sentence, image=kept, **self.tries(frame))
        self._progress.add_line(f"[{frame.style}] Beat {frame.beat} failed: {sentence}", "error", frame)

    def _allowance(self, frame: Frame) -> RetryAllowance:
        return self._allowances.get(self._provider_of(frame), RetryAllowance())

    def _provider_of(self, frame: Frame) -> str:
        return self._frames.maker_of_job(frame).provider.name

    def _cool_down(self, frame: Frame, error: ProviderError, now: float, delay: float) -> None:
        maker = self._frames.maker_of_job(frame)
        self.put_back(frame, delay if maker.keys.empty else 0.0)
        if maker.keys.empty:
            self._gate.cool_down(maker, delay)
        if self._limited_since is None:
            self._limited_since = now
            self._progress.add_line(str(error), "warn")
        if now - self._limited_since > LIMITED_FOR_LONG:
            self._monitor.hold(Cause.LIMITED, f"{error} It stayed so for ten minutes. Resume later.")

    def put_back(self, frame: Frame, delay: float) -> None:
        """Let the frame be tried again after so many seconds."""
        self._schedule.again(frame, self._context.clocks.monotonic() + delay)
        kept = self._progress.version(frame)
        status = Status.EXISTS if kept else Status.PENDING
        self._progress.set(frame, status, run=self._context.run, image=kept, **self.tries(frame))
