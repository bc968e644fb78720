"""What failed attempts lead to: another try, silence, giving the frame up, or the end of the run.

What that is in each case is decided in `webapp.core.run.schedule`; here it is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from webapp.generation.run.call_gate import CallGate, Maker
from webapp.generation.run.context import AttemptContext, Clocks
from webapp.generation.run.frame_queue import FrameQueue
from webapp.generation.run.progress_reporter import ProgressReporter

LIMITED_FOR_LONG = 600.0
"""Seconds of nothing but "too many requests" after which the run pauses with a reason."""


class FailureHandler:
    """The failures of one run. ``attempts`` are the tries that a frame may have; ``makers`` tells who was asked for a
    frame; ``hold`` pauses the run until the user acts, ``end`` ends it."""

    def __init__(
        self,
        terms: AttemptContext,
        attempts: int,
        work: FrameQueue,
        schedule: Schedule,
        admission: CallGate,
        tally: ProgressReporter,
        makers: Mapping[Frame, Maker],
        clocks: Clocks,
        hold: Callable[[Cause, str], None],
        end: Callable[[str], None],
    ) -> None:
        self.attempts = attempts
        self._terms = terms
        self._work = work
        self._schedule = schedule
        self._admission = admission
        self._tally = tally
        self._makers = makers
        self._clocks = clocks
        self._hold = hold
        self._end = end
        self._tries: dict[Frame, int] = {}
        self._opening = Opening()
        self._allowances: dict[str, RetryAllowance] = {}
        self._limited_since: float | None = None

    def tried(self, frame: Frame) -> dict[str, Any]:
        """How often the frame was tried, as the page is told."""
        return {"tries": self._tries.get(frame, 0)}

    def answered(self) -> None:
        """A call brought something that may be a picture."""
        self._limited_since = None
        self._opening = self._opening.hear(None)

    def succeeded(self, frame: Frame) -> None:
        """A picture is finished."""
        self._allowances[self._provider_of(frame)] = self._allowance(frame).after_success()

    def failed(self, frame: Frame, error: ProviderError) -> None:
        """An attempt failed: do what that leads to."""
        now = self._clocks.monotonic()
        self._tries[frame] = self._tries.get(frame, 0) + 1
        if not isinstance(error, Limited):
            self._limited_since = None
            self._opening = self._opening.hear(error)
        match after_failure(error, self._tries[frame], self.attempts, self._clocks.random):
            case Retry(delay):
                self._retry(frame, error, delay)
            case CoolDown(delay):
                self._tries[frame] -= 1
                self._terms.meter.retried(self._provider_of(frame))
                self._cool(frame, error, now, delay)
            case GiveUp(sentence):
                self.give_up(frame, sentence, error)
            case Swap(sentence):
                self._tries[frame] -= 1  # a key's fault is none of the frame's
                self._terms.meter.retried(self._provider_of(frame))
                self.put_back(frame, 0.0)
                self._tally.say(f"A key is out of use: {sentence}", "warn")
                if self._makers[frame].ring.empty:  # there is none to swap it for
                    self._hold(Cause.KEYS, sentence)
            case End(sentence):
                self.put_back(frame, 0.0)
                self._end(sentence)
        if self._opening.verdict:
            self._end(self._opening.verdict)

    def _retry(self, frame: Frame, error: ProviderError, delay: float) -> None:
        """Try the frame again later, as long as the provider's failures leave retries to be spent on it."""
        left = self._allowance(frame) if isinstance(error, NotSent) else self._allowance(frame).spend()
        if left is None:
            self.give_up(frame, f"{error} It fails so often now that nothing more is tried by itself.", error)
            return
        self._allowances[self._provider_of(frame)] = left
        self._terms.meter.retried(self._provider_of(frame))
        self.put_back(frame, delay)
        self._tally.say(f"[{frame.style}] Beat {frame.beat}: {error} Trying again in {delay:.0f} s.", "warn", frame)

    def give_up(self, frame: Frame, sentence: str, error: ProviderError) -> None:
        """Give the frame up. One that has an image keeps it."""
        self._terms.meter.frames("failed")
        self._schedule.done(frame)
        record = {"what": "gave up", "at": self._clocks.epoch(), "run": self._terms.run, "error": sentence}
        refused = isinstance(error, Rejected) and not isinstance(error, Unsuited)
        given_up = {"refused": refused, **frame._asdict(), **self._work.give_up(frame)}
        try:
            self._terms.journal.append({**record, **given_up})
        except DiskTrouble as trouble:
            self._hold(Cause.DISK, str(trouble))
        kept = self._tally.version(frame)
        status = Status.EXISTS if kept else Status.ERROR
        self._tally.set(frame, status, run=self._terms.run, error=sentence, image=kept, **self.tried(frame))
        self._tally.say(f"[{frame.style}] Beat {frame.beat} failed: {sentence}", "error", frame)

    def _allowance(self, frame: Frame) -> RetryAllowance:
        return self._allowances.get(self._provider_of(frame), RetryAllowance())

    def _provider_of(self, frame: Frame) -> str:
        return self._makers[frame].provider.name

    def _cool(self, frame: Frame, error: ProviderError, now: float, delay: float) -> None:
        keyless = self._makers[frame].ring.empty
        self.put_back(frame, delay if keyless else 0.0)
        if keyless:
            self._admission.silence(self._makers[frame], delay)
        if self._limited_since is None:
            self._limited_since = now
            self._tally.say(str(error), "warn")
        if now - self._limited_since > LIMITED_FOR_LONG:
            self._hold(Cause.LIMITED, f"{error} It stayed so for ten minutes. Resume later.")

    def put_back(self, frame: Frame, delay: float) -> None:
        """Let the frame be tried again after so many seconds."""
        self._schedule.again(frame, self._clocks.monotonic() + delay)
        kept = self._tally.version(frame)
        status = Status.EXISTS if kept else Status.PENDING
        self._tally.set(frame, status, run=self._terms.run, image=kept, **self.tried(frame))
