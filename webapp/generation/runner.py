"""One project's loop: asks the schedule what to do next, has it done, tells what came of it.

The runner is the only writer of its run while it lasts. Attempts run in greenlets of their own and hand their result
back; the loop alone decides. It waits on one event, so Stop, a result and a change of pace all act at once.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Protocol

import gevent
from gevent.event import Event

from webapp.core.frames import Status
from webapp.core.keys import Why
from webapp.core.money import Budget, dollars
from webapp.core.pace import Pace
from webapp.core.project import Frame, Project
from webapp.core.run import Run, State
from webapp.core.schedule import Again, Cool, End, Fail, Finish, Make, Schedule, Wait, after_failure
from webapp.errors import (
    CoordinationDown,
    DiskTrouble,
    KeyRefused,
    KeySpent,
    LeaseLost,
    Limited,
    ProviderError,
    Step8Error,
)
from webapp.generation import attempt
from webapp.generation.attempt import NotBegun, Picture, Terms
from webapp.generation.keyring import Hold, Keyring
from webapp.generation.tally import Tally

log = logging.getLogger("step8.runner")

LOOK_EVERY = 0.5
"""Seconds between two looks at the stored run, for a wake-up that got lost."""

SETTLED = 0.1
"""Seconds after its last look at the run during which a call may still be on its way to the provider."""

PROGRESS_EVERY = 0.5
REDIS_AWAY = 0.5
LIMITED_FOR_LONG = 600.0
"""Seconds of nothing but "too many requests" after which the run ends with a reason."""


class ProgressStore(Protocol):
    """Where progress is written for v1."""

    def write_progress(self, folder: Any, project: Project, style: str, done: Collection[Frame]) -> None: ...


class Lease(Protocol):
    """The right to drive."""

    @property
    def held(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard a run may press. ``budget`` and ``spent`` are in micro-dollars; ``budget`` None means no cap."""

    parallel: int
    per_minute: float | None
    attempts: int
    budget: int | None = None
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time and chance, handed in. ``monotonic`` and ``epoch`` answer seconds, ``random`` numbers in [0, 1)."""

    monotonic: Callable[[], float]
    epoch: Callable[[], float]
    random: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Ended:
    """How the loop ended. ``reason`` is set when it could not go on; ``left`` when it handed over without an end."""

    stopped: bool = False
    reason: str = ""
    left: bool = False


class Runner:
    """Drives one run of one project to its end. ``wake`` ends every wait; ``seen_stop`` is called once no call begins
    any more."""

    def __init__(
        self,
        project: Project,
        terms: Terms,
        limits: Limits,
        ring: Keyring,
        tally: Tally,
        store: ProgressStore,
        lease: Lease,
        look: Callable[[], Run],
        clocks: Clocks,
        wake: Event,
        seen_stop: Callable[[], None],
    ) -> None:
        self._project = project
        self._terms = terms
        self._limits = limits
        self._ring = ring
        self._blocked: dict[str, float] = {}
        self._tally = tally
        self._store = store
        self._lease = lease
        self._look = look
        self._clocks = clocks
        self._wake = wake
        self._seen_stop = seen_stop
        self._schedule = Schedule(tally.with_status(Status.PENDING), limits.parallel)
        self._pace = Pace(limits.per_minute if ring.empty else None)
        self._results: list[tuple[Frame, str, Picture | Exception]] = []
        self._tries: dict[Frame, int] = {}
        self._began: dict[Frame, float] = {}
        self._budget = Budget(limits.budget, limits.spent)
        self._end = Ended()
        self._acknowledged = False
        self._looked_at = 0.0
        self._limited_since: float | None = None
        self._unwritten: set[str] = set()
        self._written_at = 0.0

    def drive(self) -> Ended:
        """Until nothing is left to do, the run is stopped, or it cannot go on. Returns with no call in flight."""
        while (seconds := self._turn()) is not None:
            if seconds > 0:
                self._wake.wait(seconds)
            self._wake.clear()
        self._write_progress(force=True)
        self._tell(force=True)
        return self._end

    def _turn(self) -> float | None:
        """One turn: take in what happened, do the next thing. Answers how long to wait at most, ``None`` at the end."""
        self._take_results()
        self._watch()
        self._write_progress()
        self._tell()
        now = self._clocks.monotonic()
        self._blocked = {style: until for style, until in self._blocked.items() if until > now}
        match self._schedule.next(now, self._pace.free_at(), self._blocked):
            case Make(frame):
                return self._admit(frame, now)
            case Wait(until):
                return self._patience(now, until)
            case Finish():
                return None

    def _admit(self, frame: Frame, now: float) -> float:
        """Begin the frame's call if the budget and the keys allow it. Answers how long to wait before the next turn."""
        slot = secrets.token_hex(8)
        budget = self._budget.reserve(slot, self._terms.provider.price or 0)
        if budget is None:
            self._give_up(f"The {dollars(self._budget.cap or 0)} budget is reached. Raise it to go on.")
            return 0.0
        try:
            hold = self._ring.take(frame.style, slot)
        except CoordinationDown:
            return REDIS_AWAY
        if isinstance(hold, Hold):
            self._tally.wait(0.0)
            self._budget = budget
            self._begin(frame, slot, hold, now)
        elif hold.wait is None:
            self._give_up(self._ring.why_not(frame.style))
        else:
            self._hold_back(frame, hold.wait, hold.why, now)
        return 0.0

    def _hold_back(self, frame: Frame, wait: float, why: Why, now: float) -> None:
        """No key of this style is free: the other styles go on meanwhile."""
        self._blocked[frame.style] = now + max(0.01, wait)
        if why in (Why.COOLING, Why.DOWN) and not self._schedule.in_flight:
            self._tally.wait(self._clocks.epoch() + wait, why.value)

    def _begin(self, frame: Frame, slot: str, hold: Hold, now: float) -> None:
        beat = self._project.beat(frame)
        assert beat is not None  # frames come from the project
        self._schedule.begin(frame)
        self._pace = self._pace.take(now)
        self._began[frame] = now
        self._tally.set(frame, Status.GENERATING, run=self._terms.run, since=self._clocks.epoch(), **self._tried(frame))
        self._tally.say(f"[{frame.style}] Beat {beat.number} started")
        gevent.spawn(self._attempt, frame, beat, slot, hold)

    def _attempt(self, frame: Frame, beat: Any, slot: str, hold: Hold) -> None:
        result: Picture | Exception
        try:
            result = attempt.make(self._terms, frame, beat, slot, hold.key)
        except Exception as error:
            result = error
        failure = result if isinstance(result, Exception) else None
        seconds = result.seconds if isinstance(result, Picture) else 0.0
        try:
            self._ring.give_back(hold, slot, failure, seconds)
        except CoordinationDown:
            log.warning("attempt=%s its place comes back by itself", slot)
        self._results.append((frame, slot, result))
        self._wake.set()

    def _take_results(self) -> None:
        while self._results:
            frame, slot, result = self._results.pop(0)
            self._began.pop(frame, None)
            self._budget = _after(self._budget, slot, result)
            match result:
                case Picture():
                    self._made(frame, result)
                case NotBegun():
                    self._put_back(frame, 0.0)
                    if result.state == "unknown":
                        self._restore_board()
                    self._looked_at = 0.0
                case CoordinationDown():
                    self._put_back(frame, REDIS_AWAY)
                case LeaseLost():
                    self._put_back(frame, 0.0)
                    self._hand_over()
                case ProviderError():
                    self._failed(frame, result)
                case DiskTrouble():
                    self._put_back(frame, 0.0)
                    self._give_up(str(result))
                case _:
                    log.error("frame=%s unexpected failure", frame.id, exc_info=result)
                    self._put_back(frame, 0.0)
                    self._give_up("Something unexpected went wrong; the log has the details. Click Start to resume.")

    def _made(self, frame: Frame, picture: Picture) -> None:
        self._schedule.done(frame)
        self._limited_since = None
        self._tally.set(
            frame,
            Status.COMPLETE,
            run=self._terms.run,
            seconds=round(picture.seconds, 1),
            cost=picture.cost,
            image=picture.version,
            note=picture.note,
            **self._tried(frame),
        )
        self._tally.say(f"[{frame.style}] Beat {frame.beat} complete in {picture.seconds:.1f} s", "ok")
        self._unwritten.add(frame.style)

    def _failed(self, frame: Frame, error: ProviderError) -> None:
        now = self._clocks.monotonic()
        self._tries[frame] = self._tries.get(frame, 0) + 1
        if not isinstance(error, Limited):
            self._limited_since = None
        match after_failure(error, self._tries[frame], self._limits.attempts, self._clocks.random):
            case Again(delay, counts):
                self._tries[frame] -= 0 if counts else 1
                self._put_back(frame, delay)
                self._tally.say(f"[{frame.style}] Beat {frame.beat}: {error} Trying again in {delay:.0f} s.", "warn")
            case Cool(delay):
                self._tries[frame] -= 1
                self._cool(frame, error, now, delay)
            case Fail(sentence):
                self._schedule.done(frame)
                self._tally.set(frame, Status.ERROR, run=self._terms.run, error=sentence, **self._tried(frame))
                self._tally.say(f"[{frame.style}] Beat {frame.beat} failed: {sentence}", "error")
            case End(sentence) if isinstance(error, KeyRefused | KeySpent) and not self._ring.empty:
                self._tries[frame] -= 1  # a key's fault is none of the frame's; the ring knows whether another is left
                self._put_back(frame, 0.0)
                self._tally.say(f"A key is out of use: {sentence}", "warn")
            case End(sentence):
                self._put_back(frame, 0.0)
                self._give_up(sentence)

    def _cool(self, frame: Frame, error: ProviderError, now: float, delay: float) -> None:
        self._put_back(frame, delay if self._ring.empty else 0.0)
        if self._ring.empty:
            self._pace = self._pace.cool(now + delay)
        if self._limited_since is None:
            self._limited_since = now
            self._tally.say(str(error), "warn")
        if now - self._limited_since > LIMITED_FOR_LONG:
            self._give_up(f"{error} It stayed so for ten minutes. Try again later.")

    def _put_back(self, frame: Frame, delay: float) -> None:
        self._schedule.again(frame, self._clocks.monotonic() + delay)
        self._tally.set(frame, Status.PENDING, run=self._terms.run, **self._tried(frame))

    def _watch(self) -> None:
        """See whether the run is still wished for, the lease still ours, and this process still staying."""
        if not self._lease.held or self._terms.leaving.is_set():
            self._hand_over()
        now = self._clocks.monotonic()
        if self._wake.is_set() or now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            run = self._look()
            if run.id != self._terms.run or run.state not in (State.GENERATING, State.STARTING):
                self._schedule.stop()
                self._end = self._end if self._end.left or self._end.reason else Ended(stopped=True)
        if self._end.stopped and not self._acknowledged and self._settled_in(now) <= 0:
            self._acknowledged = True
            self._seen_stop()

    def _settled_in(self, now: float) -> float:
        """Seconds until no call in flight can still be on its way to the provider."""
        return max((began + SETTLED - now for began in self._began.values()), default=0.0)

    def _give_up(self, reason: str) -> None:
        self._schedule.stop()
        if not self._end.reason:
            self._end = Ended(stopped=self._end.stopped, reason=reason)
            self._tally.say(reason, "error")

    def _hand_over(self) -> None:
        self._schedule.stop()
        self._end = Ended(left=True)

    def _restore_board(self) -> None:
        """Redis lost its data: tell it everything again."""
        try:
            self._tally.post(self._look(), self._terms.folder.name)
        except (CoordinationDown, LeaseLost) as error:
            log.warning("project=%s the board could not be restored: %s", self._terms.folder.name, error)

    def _tell(self, *, force: bool = False) -> None:
        if not self._tally.dirty or (self._tally.due_in() > 0 and not force):
            return
        try:
            self._tally.post()
        except CoordinationDown:
            pass  # kept for the next time; the page says by itself that Redis is away
        except LeaseLost:
            self._hand_over()

    def _write_progress(self, *, force: bool = False) -> None:
        now = self._clocks.monotonic()
        if not self._unwritten or (now - self._written_at < PROGRESS_EVERY and not force):
            return
        self._written_at = now
        done = self._tally.with_status(Status.COMPLETE, Status.EXISTS)
        for style in sorted(self._unwritten):
            there = [frame for frame in done if frame.style == style]
            try:
                self._store.write_progress(self._terms.folder, self._project, style, there)
            except Step8Error as error:
                self._give_up(str(error))
        self._unwritten.clear()

    def _patience(self, now: float, until: float | None) -> float:
        """How long to wait: for the next call's time, the next message, the next look, whichever comes first."""
        ends = [LOOK_EVERY, *(moment - now for moment in self._blocked.values())]
        if until is not None:
            ends.append(until - now)
        if self._tally.dirty:
            ends.append(self._tally.due_in())
        if self._unwritten:
            ends.append(self._written_at + PROGRESS_EVERY - now)
        if self._end.stopped and not self._acknowledged:
            ends.append(self._settled_in(now))
        return max(0.001, min(ends))

    def _tried(self, frame: Frame) -> dict[str, Any]:
        return {"tries": self._tries.get(frame, 0)}


def _after(budget: Budget, slot: str, result: Picture | Exception) -> Budget:
    """The budget once it is known what an attempt cost; what may have been charged counts."""
    match result:
        case Picture():
            return budget.settle(slot, result.cost)
        case NotBegun() | CoordinationDown():
            return budget.release(slot)
        case ProviderError() if result.charged is False:
            return budget.release(slot)
        case _:
            return budget.settle(slot)
