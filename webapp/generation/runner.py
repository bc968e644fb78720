"""One project's loop: asks the schedule what to do next, has it done, tells what came of it.

The runner is the only writer of its run while it lasts. Attempts run in greenlets of their own and hand their result
back, first when the bytes are spooled (the next call takes their place), again when the picture is finished; the loop
alone decides. It waits on one event, so Stop, a result and a change of pace all act at once.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeVar

import gevent
from gevent.event import Event

from webapp.core.frames import Status
from webapp.core.keys import Why
from webapp.core.project import Frame, Project
from webapp.core.run import Cause, Run, State
from webapp.core.schedule import (
    Again,
    Allowance,
    Cool,
    End,
    Fail,
    Make,
    Opening,
    Schedule,
    Swap,
    Wait,
    after_failure,
)
from webapp.errors import (
    CoordinationDown,
    DiskTrouble,
    LeaseLost,
    Limited,
    NotSent,
    ProviderError,
    Rejected,
    Step8Error,
    Unsuited,
)
from webapp.generation import attempt, finishing
from webapp.generation.admission import REDIS_AWAY, Admission, Limits, Maker, Shut
from webapp.generation.attempt import NotBegun
from webapp.generation.job import Job, Picture, Spooled
from webapp.generation.keyring import Hold
from webapp.generation.notes import ProgressNotes, ProgressStore
from webapp.generation.tally import Tally
from webapp.generation.terms import Terms
from webapp.generation.work import Desk, Work, Workshop

T = TypeVar("T")

log = logging.getLogger("step8.runner")

LOOK_EVERY = 0.5
"""Seconds between two looks at the stored run, for a wake-up that got lost."""

SETTLED = 0.1
"""Seconds after its last look at the run during which a call may still be on its way to the provider."""

AT_HAND = 8
"""Pictures being finished whose bytes stay in memory; those of others are read from the spool when it is their turn."""

COMING = 3
"""Frames that come next, as far as the page is told."""

LIMITED_FOR_LONG = 600.0
"""Seconds of nothing but "too many requests" after which the run pauses with a reason."""


class Lease(Protocol):
    """The right to drive."""

    @property
    def held(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time and chance, handed in. ``monotonic`` and ``epoch`` answer seconds, ``random`` numbers in [0, 1)."""

    monotonic: Callable[[], float]
    epoch: Callable[[], float]
    random: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Ended:
    """How the loop ended.

    ``stopped``: the user stopped or paused the run. ``reason`` is set when it could not go on, with a ``cause`` when it
    can once the user has acted. ``left``: it handed over without an end.
    """

    stopped: bool = False
    reason: str = ""
    cause: Cause | None = None
    left: bool = False


class Steering(Desk, Protocol):
    """The run as the user steers it, and the driver's word back."""

    def run(self) -> Run:
        """The run as it is stored now."""

    def take_up(self) -> None:
        """The run was resumed while its driver was still there: it is being driven again."""

    def hold(self, cause: Cause, reason: str) -> None:
        """The run cannot go on before the user acts: pause it. The calls in flight are still being finished."""

    def seen(self, run: Run) -> None:
        """No call begins any more under this state of the run."""

    def limits(self) -> Limits:
        """The limits as the user has them now."""


class Runner:
    """Drives one run of one project to its end. ``wake`` ends every wait."""

    def __init__(
        self,
        project: Project,
        terms: Terms,
        workshop: Workshop,
        limits: Limits,
        spent: int,
        tally: Tally,
        given_up: dict[Frame, int],
        store: ProgressStore,
        lease: Lease,
        steering: Steering,
        clocks: Clocks,
        wake: Event,
    ) -> None:
        self._terms = terms
        self._attempts = limits.attempts
        self._tally = tally
        self._lease = lease
        self._steering = steering
        self._clocks = clocks
        self._wake = wake
        styles = [style.name for style in project.styles]
        self._work = Work(terms.run, workshop, steering, tally, given_up, styles)
        self._admission = Admission(workshop.makers, limits, spent, clocks.monotonic)
        self._schedule = Schedule((), limits.parallel)
        self._admission.hold(self._work.arrange(self._schedule))
        self._makers: dict[Frame, Maker] = {}
        self._results: list[tuple[Frame, str, Spooled | Picture | Exception]] = []
        self._stir = Event()
        self._tries: dict[Frame, int] = {}
        self._began: dict[Frame, float] = {}
        self._opening = Opening()
        self._allowances: dict[str, Allowance] = {}
        self._end = Ended()
        self._seen = 0
        self._stopped_by: Run | None = None
        self._looked_at = 0.0
        self._woken = False
        self._limited_since: float | None = None
        self._notes = ProgressNotes(
            store,
            terms.folder,
            project,
            lambda: tally.with_status(Status.COMPLETE, Status.EXISTS),
            lambda error: self._hold(Cause.DISK, str(error)),
            clocks.monotonic,
        )

    def drive(self) -> Ended:
        """Until nothing is left to do, the run is stopped, or it cannot go on. Returns with nothing in work."""
        listener = gevent.spawn(self._listen)
        try:
            while (seconds := self._turn()) is not None:
                if seconds > 0:
                    self._stir.wait(seconds)
                self._stir.clear()
        finally:
            listener.kill()
        self._notes.settle()
        self._tell(force=True)
        return self._end

    def _listen(self) -> None:
        """Somebody outside wants the run to be looked at; a picture that was finished does not."""
        while True:
            self._wake.wait()
            self._wake.clear()
            self._woken = True
            self._stir.set()

    def _turn(self) -> float | None:
        """One turn: take in what happened, do the next thing. Answers how long to wait at most, ``None`` at the end."""
        self._take_results()
        self._watch()
        now = self._clocks.monotonic()
        step = self._schedule.next(now, {style: shut.until for style, shut in self._admission.shut().items()})
        if isinstance(step, Make):  # before anything is told: a place that is free costs the run its time
            return self._admit(step.frame, now)
        self._notes.write_if_due()
        self._tell()
        if isinstance(step, Wait):
            self._see_dead_end()
            return self._patience(self._clocks.monotonic(), step.until)
        return None

    def _admit(self, frame: Frame, now: float) -> float:
        """Begin the frame's call if the budget and the keys allow it. Answers how long to wait before the next turn."""
        slot = secrets.token_hex(8)
        try:
            maker = self._work.maker(frame)
            job = self._work.job(frame, maker)
        except ProviderError as error:
            self._schedule.begin(frame)
            self._fail(frame, str(error), error)
            return 0.0
        hold = self._admission.ask(frame.style, maker, slot, job.besides)
        if isinstance(hold, Shut):
            if hold.why in (Why.COOLING, Why.DOWN) and not self._schedule.in_flight:
                self._tally.wait(self._clocks.epoch() + hold.until - now, hold.why.value)
        else:
            self._tally.wait(0.0)
            self._makers[frame] = maker
            self._begin(job, slot, hold, now)
        return 0.0

    def _see_dead_end(self) -> None:
        """Pause when nothing that is left can begin before the user acts."""
        if self._schedule.busy or self._schedule.stopped:
            return
        shut = self._admission.verdict(self._schedule.styles)
        if shut is not None:
            self._hold(Cause(shut.why), shut.sentence)

    def _begin(self, job: Job, slot: str, hold: Hold, now: float) -> None:
        frame = job.frame
        self._schedule.begin(frame)
        self._began[frame] = now
        kept = self._tally.version(frame)
        facts = {"since": self._clocks.epoch(), "image": kept, **self._tried(frame)}
        self._tally.set(frame, Status.GENERATING, run=self._terms.run, **facts)
        self._tally.next(self._schedule.coming[:COMING])
        self._tally.say(f"[{frame.style}] Beat {frame.beat} started", frame=frame)
        gevent.spawn(self._attempt, job, slot, hold)

    def _attempt(self, job: Job, slot: str, hold: Hold) -> None:
        """The call; behind it the finishing of its picture, which takes no place among the calls any more."""
        result = _outcome_of(lambda: attempt.make(self._terms, job, slot, hold.key))
        failure = result if isinstance(result, Exception) else None
        seconds = result.seconds if isinstance(result, Spooled) else 0.0
        try:
            self._makers[job.frame].ring.give_back(hold, slot, failure, seconds)
        except CoordinationDown:
            log.warning("attempt=%s its place comes back by itself", slot)
        self._hear(job.frame, slot, result)
        if isinstance(result, Spooled):  # in a greenlet of its own, or the bytes would stay in this one's memory
            at_hand = self._schedule.finishing < AT_HAND
            gevent.spawn(self._finish, result if at_hand else result.set_down(), slot)

    def _finish(self, spooled: Spooled, slot: str) -> None:
        self._hear(spooled.job.frame, slot, _outcome_of(lambda: finishing.finish(self._terms, spooled)))

    def _hear(self, frame: Frame, slot: str, result: Spooled | Picture | Exception) -> None:
        self._results.append((frame, slot, result))
        self._woken = self._woken or not isinstance(result, Picture)  # another call begins: by the newest wishes
        self._stir.set()

    def _take_results(self) -> None:
        while self._results:
            frame, slot, result = self._results.pop(0)
            self._began.pop(frame, None)
            self._admission.settle(slot, result)
            match result:
                case Spooled():
                    self._schedule.answered(frame)
                    self._limited_since = None
                    self._opening = self._opening.hear(None)
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
                    self._hold(Cause.DISK, str(result))
                case _:
                    log.error("frame=%s unexpected failure", frame.id, exc_info=result)
                    self._put_back(frame, 0.0)
                    self._give_up("Something unexpected went wrong; the log has the details. Click Start to resume.")

    def _made(self, frame: Frame, picture: Picture) -> None:
        self._schedule.done(frame)
        self._allowances[self._provider_of(frame)] = self._allowance(frame).after_success()
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
        self._tally.say(f"[{frame.style}] Beat {frame.beat} complete in {picture.seconds:.1f} s", "ok", frame)
        self._notes.changed(frame.style)

    def _failed(self, frame: Frame, error: ProviderError) -> None:
        now = self._clocks.monotonic()
        self._tries[frame] = self._tries.get(frame, 0) + 1
        if not isinstance(error, Limited):
            self._limited_since = None
            self._opening = self._opening.hear(error)
        match after_failure(error, self._tries[frame], self._attempts, self._clocks.random):
            case Again(delay):
                self._retry(frame, error, delay)
            case Cool(delay):
                self._tries[frame] -= 1
                self._terms.meter.retried(self._provider_of(frame))
                self._cool(frame, error, now, delay)
            case Fail(sentence):
                self._fail(frame, sentence, error)
            case Swap(sentence):
                self._tries[frame] -= 1  # a key's fault is none of the frame's
                self._terms.meter.retried(self._provider_of(frame))
                self._put_back(frame, 0.0)
                self._tally.say(f"A key is out of use: {sentence}", "warn")
                if self._makers[frame].ring.empty:  # there is none to swap it for
                    self._hold(Cause.KEYS, sentence)
            case End(sentence):
                self._put_back(frame, 0.0)
                self._give_up(sentence)
        if self._opening.verdict:
            self._give_up(self._opening.verdict)

    def _retry(self, frame: Frame, error: ProviderError, delay: float) -> None:
        """Try the frame again later, as long as the provider's failures leave retries to be spent on it."""
        left = self._allowance(frame) if isinstance(error, NotSent) else self._allowance(frame).spend()
        if left is None:
            self._fail(frame, f"{error} It fails so often now that nothing more is tried by itself.", error)
            return
        self._allowances[self._provider_of(frame)] = left
        self._terms.meter.retried(self._provider_of(frame))
        self._put_back(frame, delay)
        self._tally.say(f"[{frame.style}] Beat {frame.beat}: {error} Trying again in {delay:.0f} s.", "warn", frame)

    def _fail(self, frame: Frame, sentence: str, error: ProviderError) -> None:
        """Give the frame up. One that has an image keeps it."""
        self._terms.meter.frames("failed")
        self._schedule.done(frame)
        record = {"what": "gave up", "at": self._clocks.epoch(), "run": self._terms.run, "error": sentence}
        refused = isinstance(error, Rejected) and not isinstance(error, Unsuited)
        given_up = {"refused": refused, **asdict(frame), **self._work.give_up(frame)}
        try:
            self._terms.journal.append({**record, **given_up})
        except DiskTrouble as trouble:
            self._hold(Cause.DISK, str(trouble))
        kept = self._tally.version(frame)
        status = Status.EXISTS if kept else Status.ERROR
        self._tally.set(frame, status, run=self._terms.run, error=sentence, image=kept, **self._tried(frame))
        self._tally.say(f"[{frame.style}] Beat {frame.beat} failed: {sentence}", "error", frame)

    def _allowance(self, frame: Frame) -> Allowance:
        return self._allowances.get(self._provider_of(frame), Allowance())

    def _provider_of(self, frame: Frame) -> str:
        return self._makers[frame].provider.name

    def _cool(self, frame: Frame, error: ProviderError, now: float, delay: float) -> None:
        keyless = self._makers[frame].ring.empty
        self._put_back(frame, delay if keyless else 0.0)
        if keyless:
            self._admission.silence(self._makers[frame], delay)
        if self._limited_since is None:
            self._limited_since = now
            self._tally.say(str(error), "warn")
        if now - self._limited_since > LIMITED_FOR_LONG:
            self._hold(Cause.LIMITED, f"{error} It stayed so for ten minutes. Resume later.")

    def _put_back(self, frame: Frame, delay: float) -> None:
        self._schedule.again(frame, self._clocks.monotonic() + delay)
        kept = self._tally.version(frame)
        status = Status.EXISTS if kept else Status.PENDING
        self._tally.set(frame, status, run=self._terms.run, image=kept, **self._tried(frame))

    def _watch(self) -> None:
        """See whether the run is still wished for, the lease still ours, and this process still staying."""
        if not self._lease.held or self._terms.leaving.is_set():
            self._hand_over()
        now = self._clocks.monotonic()
        if self._woken or now - self._looked_at >= LOOK_EVERY:
            self._looked_at, self._woken = now, False
            self._obey(self._steering.run())
        if self._stopped_by is not None and self._settled_in(now) <= 0:
            self._steering.seen(self._stopped_by)
            self._stopped_by = None

    def _obey(self, run: Run) -> None:
        """Do what the stored run asks for, where that is new."""
        if run.id == self._terms.run and run.seq == self._seen:
            return
        self._seen = run.seq
        if run.id != self._terms.run or run.state not in (State.GENERATING, State.STARTING):
            self._schedule.stop()
            self._stopped_by = run
            self._end = self._end if self._end.left or self._end.reason else Ended(stopped=True)
            return
        if run.state is State.STARTING and not self._resume():
            return
        self._retune()

    def _resume(self) -> bool:
        """Go on after a pause that did not last until the last call in flight had ended. Whether that worked."""
        try:
            self._steering.take_up()
        except Step8Error as error:  # it was stopped at the same time: the next look tells
            log.info("project=%s not taken up again: %s", self._terms.folder.name, error)
            self._seen = 0
            return False
        self._end, self._stopped_by = Ended(), None
        self._schedule.go_on()
        return True

    def _retune(self) -> None:
        """The user may have changed limits, order or scope: they hold from the next call on."""
        try:
            limits = self._steering.limits()
            held = self._work.arrange(self._schedule)
        except Step8Error as error:
            log.warning("project=%s the new settings cannot be used: %s", self._terms.folder.name, error)
            return
        self._attempts, self._schedule.parallel = limits.attempts, max(1, limits.parallel)
        self._admission.retune(limits)
        self._admission.hold(held)
        self._tally.next(self._schedule.coming[:COMING])

    def _settled_in(self, now: float) -> float:
        """Seconds until no call in flight can still be on its way to the provider."""
        return max((began + SETTLED - now for began in self._began.values()), default=0.0)

    def _hold(self, cause: Cause, reason: str) -> None:
        """Nothing more can be done before the user acts: the run pauses, and can be resumed as it is."""
        self._schedule.stop()
        if self._end.reason or self._end.stopped:
            return
        self._end = Ended(reason=reason, cause=cause)
        try:
            self._steering.hold(cause, reason)
        except Step8Error as error:  # told again when the last call has ended
            log.warning("project=%s the pause could not be stored: %s", self._terms.folder.name, error)

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
            self._tally.post(self._steering.run(), self._terms.folder.name)
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

    def _patience(self, now: float, until: float | None) -> float:
        """How long to wait: for the next call's time, the next message, the next look, whichever comes first."""
        ends = [LOOK_EVERY]
        if until is not None:
            ends.append(until - now)
        if self._tally.dirty:
            ends.append(self._tally.due_in())
        if (due := self._notes.due_in()) is not None:
            ends.append(due)
        if self._stopped_by is not None:
            ends.append(self._settled_in(now))
        return max(0.001, min(ends))

    def _tried(self, frame: Frame) -> dict[str, Any]:
        return {"tries": self._tries.get(frame, 0)}


def _outcome_of(work: Callable[[], T]) -> T | Exception:
    """What it answers, or what it raised."""
    try:
        return work()
    except Exception as error:
        return error
