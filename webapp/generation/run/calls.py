"""The calls of one run, and the finishing of the images they brought, each in a greenlet of its own.

Sending the next request has priority over finishing an earlier image: a service that waits for its request does
nothing, and an image's pixels would take the processor and the interpreter from it.
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
from webapp.generation.makers.maker import Maker
from webapp.generation.run import attempt, finishing
from webapp.generation.run.context import RunContext
from webapp.generation.run.finishing import ASK_AGAIN

T = TypeVar("T")

log = logging.getLogger("step8.runner")

BODIES_IN_MEMORY = 8
"""Images being finished whose bytes stay in memory; those of others are read from the spool when it is their turn."""

Result = SpooledImage | MadeImage | Exception


class Calls:
    """Begins calls and hands back their results: first the spooled bytes, then the finished image; or the failure.

    ``arrived`` is set with each result.
    """

    def __init__(self, context: RunContext, arrived: Event) -> None:
        self._context = context
        self._arrived = arrived
        self._precedence = CallPrecedence()
        self._results: list[tuple[Frame, str, Result]] = []
        self._finishing = 0

    def begin(self, job: ImageJob, ident: str, maker: Maker, slot: Slot) -> None:
        """Make this call under the attempt's id, in the slot taken for it, which is given back with the answer."""
        self._precedence.begins(ident)
        gevent.spawn(self._call, job, ident, maker, slot)

    def pause(self) -> None:
        """Let images be finished: no further call begins for now."""
        self._precedence.decided()

    def take(self) -> list[tuple[Frame, str, Result]]:
        """The results since the last time, in their order, each with its frame and attempt."""
        results, self._results = self._results, []
        return results

    def _call(self, job: ImageJob, ident: str, maker: Maker, slot: Slot) -> None:
        on_sent = partial(self._precedence.sent, ident)
        result = _result_of(lambda: attempt.make(self._context, job, ident, slot.key, on_sent))
        on_sent()
        failure = result if isinstance(result, Exception) else None
        seconds = result.seconds if isinstance(result, SpooledImage) else 0.0
        give_back = partial(maker.keys.give_back, slot, ident, failure, seconds)
        if not _redis_answered(give_back):  # the run goes on meanwhile, as far as it can
            log.warning("attempt=%s its place is given back when Redis answers again", ident)
            gevent.spawn(self._give_back_later, give_back)
        if isinstance(result, SpooledImage):  # in a greenlet of its own, or the bytes would stay in this one's memory
            self._finishing += 1
            self._precedence.answered()
            keeps_body = self._finishing <= BODIES_IN_MEMORY
            gevent.spawn(self._finish, result if keeps_body else result.without_body(), ident)
            result = result.without_body()
        self._add(job.frame, ident, result)

    def _give_back_later(self, give_back: Callable[[], None]) -> None:
        while not self._context.leaving.wait(ASK_AGAIN) and not _redis_answered(give_back):
            pass

    def _finish(self, spooled: SpooledImage, ident: str) -> None:
        self._precedence.await_finishing()
        result = _result_of(lambda: finishing.finish(self._context, spooled))
        self._finishing -= 1
        self._add(spooled.job.frame, ident, result)

    def _add(self, frame: Frame, ident: str, result: Result) -> None:
        self._results.append((frame, ident, result))
        self._arrived.set()


def _redis_answered(work: Callable[[], None]) -> bool:
    try:
        work()
    except CoordinationDown:
        return False
    return True


def _result_of(work: Callable[[], T]) -> T | Exception:
    try:
        return work()
    except Exception as error:
        return error


PATIENCE = 0.1
"""Seconds after which an image waits no longer: Redis, a disk or a name server may hold up a call on its way."""


class CallPrecedence:
    """Holds up the finishing of images while a call of the same run goes out, each for at most `PATIENCE` seconds."""

    def __init__(self) -> None:
        self._going_out: set[str] = set()
        self._deciding = False
        self._clear = Event()
        self._clear.set()

    def answered(self) -> None:
        """A call was answered: until the run has decided what takes its place, that has priority."""
        self._deciding = True
        self._clear.clear()

    def begins(self, attempt: str) -> None:
        """The attempt's call is on its way to its service."""
        self._going_out.add(attempt)
        self._clear.clear()

    def sent(self, attempt: str) -> None:
        """The attempt's request goes out now, or never will. Repeatable."""
        self._going_out.discard(attempt)
        self._update()

    def decided(self) -> None:
        """The run begins no further call for now."""
        self._deciding = False
        self._update()

    def await_finishing(self) -> None:
        """Return when no call is on its way out, nor about to be; or when that takes too long."""
        self._clear.wait(PATIENCE)

    def _update(self) -> None:
        if not self._deciding and not self._going_out:
            self._clear.set()
