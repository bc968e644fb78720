"""Pausing every run at once, and letting them go on one after the other.

Paused runs are released a second apart, so that the providers are not met by all of them in the same moment. Who
pauses everything meanwhile, in whatever process, ends the release; one that its process does not survive just ends:
what was not released stays paused.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

import gevent

from webapp.coordination.lease import BulkResumeLock
from webapp.core.run.states import Cause, Run, RunState
from webapp.errors import Step8Error

log = logging.getLogger("step8.releases")

APART = 1.0
"""Seconds between two runs that are released."""


class Control(Protocol):
    """The commands of one project."""

    def run(self, folder: Any) -> Run: ...

    def pause(self, folder: Any, run_id: str | None = None) -> Run: ...

    def resume(self, folder: Any, run_id: str | None = None) -> Run: ...


class BulkControl:
    """Commands for all projects. ``turn`` is shared by all processes; ``sleep`` waits."""

    def __init__(self, control: Control, turn: BulkResumeLock, sleep: Callable[[float], None]) -> None:
        self._control = control
        self._turn = turn
        self._sleep = sleep

    def pause_all(self, folders: Iterable[Any]) -> int:
        """Pause every run that goes on, all at the same time. Answers how many were paused by this.

        Raises:
            CoordinationDown: Redis did not answer; some may have been paused.
        """
        self._turn.end()
        going = [
            folder for folder in folders if self._control.run(folder).state in (RunState.STARTING, RunState.GENERATING)
        ]
        pausing = [gevent.spawn(self._pause, folder) for folder in going]
        gevent.joinall(pausing)
        return sum(bool(each.value) for each in pausing)

    def resume_all(self, folders: Iterable[Any]) -> int:
        """Release every paused run that only waits for that, see `may_be_released`. Answers how many will be.

        Raises:
            CoordinationDown: Redis did not answer; nothing was released.
        """
        waiting = [(folder, run) for folder in folders if may_be_released(run := self._control.run(folder))]
        if waiting:
            gevent.spawn(self._release, waiting, self._turn.begin(secrets.token_hex(8)))
        return len(waiting)

    def _pause(self, folder: Any) -> bool:
        try:
            return self._control.pause(folder).pausing
        except Step8Error as error:
            log.warning("project=%s is not paused: %s", folder.name, error)
            return False

    def _release(self, waiting: Sequence[tuple[Any, Run]], mine: str) -> None:
        for number, (folder, shown) in enumerate(waiting):
            if number:
                self._sleep(APART)
            try:
                if not self._turn.lasts(mine):
                    return
                now = self._control.run(folder)
                if now.id == shown.id and may_be_released(now):  # else somebody decided otherwise meanwhile
                    self._control.resume(folder, shown.id)
                    if not self._turn.lasts(mine):  # everything was paused in this very moment
                        self._pause(folder)
            except Step8Error as error:
                log.warning("project=%s is not resumed: %s", folder.name, error)


def may_be_released(run: Run) -> bool:
    """Whether a run only waits to be resumed. One that reached its budget, or cannot keep it, waits for another one."""
    return run.pausing and run.cause not in (Cause.BUDGET, Cause.PRICE)
