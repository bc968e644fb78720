"""The calls of one run and the pictures that are finished behind them, each in a greenlet of its own.

Which goes first: a call on its way out, or the picture of an earlier call.

The call: a service that waits for it does nothing, and a picture's pixels would take the processor and the interpreter
from it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import gevent
from gevent.event import Event

from webapp.core.project import Frame
from webapp.errors import CoordinationDown
from webapp.generation.job import ImageJob, MadeImage, SpooledImage
from webapp.generation.makers.key_pool import Slot
from webapp.generation.run import attempt, finishing
from webapp.generation.run.call_gate import Maker
from webapp.generation.run.context import AttemptContext
from webapp.generation.run.finishing import ASK_AGAIN

T = TypeVar("T")

log = logging.getLogger("step8.runner")

AT_HAND = 8
"""Pictures being finished whose bytes stay in memory; those of others are read from the spool when it is their turn."""

Result = SpooledImage | MadeImage | Exception


class Calls:
    """Begins calls and hands back what comes of them: first the spooled bytes, then the picture; or what went wrong.

    ``stir`` is set with each result.
    """

    def __init__(self, terms: AttemptContext, stir: Event) -> None:
        self._terms = terms
        self._stir = stir
        self._order = CallPrecedence()
        self._results: list[tuple[Frame, str, Result]] = []
        self._finishing = 0

    def begin(self, job: ImageJob, slot: str, maker: Maker, hold: Slot) -> None:
        """Have this call made, in the place that was taken for it, which is given back as soon as it is answered."""
        self._order.begins(slot)
        gevent.spawn(self._call, job, slot, maker, hold)

    def rest(self) -> None:
        """No further call begins for now: pictures may be finished."""
        self._order.decided()

    def take(self) -> list[tuple[Frame, str, Result]]:
        """The results since the last time, in their order, each with its frame and attempt."""
        results, self._results = self._results, []
        return results

    def _call(self, job: ImageJob, slot: str, maker: Maker, hold: Slot) -> None:
        sent = partial(self._order.sent, slot)
        result = _outcome_of(lambda: attempt.make(self._terms, job, slot, hold.key, sent))
        sent()
        failure = result if isinstance(result, Exception) else None
        seconds = result.seconds if isinstance(result, SpooledImage) else 0.0
        give_back = partial(maker.ring.give_back, hold, slot, failure, seconds)
        if not _reached(give_back):  # the run goes on meanwhile, as far as it can
            log.warning("attempt=%s its place is given back when Redis answers again", slot)
            gevent.spawn(self._give_back_later, give_back)
        if isinstance(result, SpooledImage):  # in a greenlet of its own, or the bytes would stay in this one's memory
            self._finishing += 1
            self._order.answered()
            gevent.spawn(self._finish, result if self._finishing <= AT_HAND else result.set_down(), slot)
            result = result.set_down()
        self._hear(job.frame, slot, result)

    def _give_back_later(self, give_back: Callable[[], None]) -> None:
        while not self._terms.leaving.wait(ASK_AGAIN) and not _reached(give_back):
            pass

    def _finish(self, spooled: SpooledImage, slot: str) -> None:
        self._order.give_way()
        result = _outcome_of(lambda: finishing.finish(self._terms, spooled))
        self._finishing -= 1
        self._hear(spooled.job.frame, slot, result)

    def _hear(self, frame: Frame, slot: str, result: Result) -> None:
        self._results.append((frame, slot, result))
        self._stir.set()


def _reached(work: Callable[[], None]) -> bool:
    """Whether Redis answered while it was done."""
    try:
        work()
    except CoordinationDown:
        return False
    return True


def _outcome_of(work: Callable[[], T]) -> T | Exception:
    """What it answers, or what it raised."""
    try:
        return work()
    except Exception as error:
        return error


PATIENCE = 0.1
"""Seconds after which a picture waits no longer: Redis, a disk or a name server may hold up a call on its way."""


class CallPrecedence:
    """The order between the calls of one run and its pictures. No picture is held up for longer than `PATIENCE`."""

    def __init__(self) -> None:
        self._leaving: set[str] = set()
        self._deciding = False
        self._clear = Event()
        self._clear.set()

    def answered(self) -> None:
        """A call was answered: until the run has decided what takes its place, that goes first."""
        self._deciding = True
        self._clear.clear()

    def begins(self, slot: str) -> None:
        """The attempt ``slot`` is on its way to its service."""
        self._leaving.add(slot)
        self._clear.clear()

    def sent(self, slot: str) -> None:
        """Its request goes out now, or never will. Saying it again changes nothing."""
        self._leaving.discard(slot)
        self._see()

    def decided(self) -> None:
        """The run begins no further call for now."""
        self._deciding = False
        self._see()

    def give_way(self) -> None:
        """Return when no call is on its way out, nor about to be; or when that takes too long."""
        self._clear.wait(PATIENCE)

    def _see(self) -> None:
        if not self._deciding and not self._leaving:
            self._clear.set()
