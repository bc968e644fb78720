"""Bulk commands: pause every run at once, and resume them one after the other.

Runs are resumed a second apart, so that they do not all call the providers in the same moment. Pausing everything
meanwhile, in whatever process, ends that. It does not outlive its process: what was not resumed stays paused.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable, Sequence

import gevent

from webapp.coordination.lease import BulkResumeLock
from webapp.core.run.states import Cause, Run, RunState
from webapp.disk.files.folder import Folder
from webapp.errors import Step8Error
from webapp.generation.ports import RunCommands

log = logging.getLogger("step8.releases")

APART = 1.0
"""Seconds between two runs that are resumed."""


class BulkControl:
    """Pauses and resumes the runs of many projects. ``resume_lock`` is shared by all processes; ``sleep`` waits."""

    def __init__(self, commands: RunCommands, resume_lock: BulkResumeLock, sleep: Callable[[float], None]) -> None:
        self._commands = commands
        self._resume_lock = resume_lock
        self._sleep = sleep

    def pause_all(self, folders: Iterable[Folder]) -> int:
        """Pause every run that goes on, all at the same time. Returns how many this paused.

        Raises:
            CoordinationDown: Redis did not answer; some may have been paused.
        """
        self._resume_lock.end()
        going = [
            folder for folder in folders if self._commands.run(folder).state in (RunState.STARTING, RunState.GENERATING)
        ]
        pausing = [gevent.spawn(self._pause, folder) for folder in going]
        gevent.joinall(pausing)
        return sum(bool(each.value) for each in pausing)

    def resume_all(self, folders: Iterable[Folder]) -> int:
        """Resume every paused run that `may_be_released`, a second apart, in the background. Returns how many.

        Raises:
            CoordinationDown: Redis did not answer; nothing was resumed.
        """
        waiting = [(folder, run) for folder in folders if may_be_released(run := self._commands.run(folder))]
        if waiting:
            gevent.spawn(self._resume_each, waiting, self._resume_lock.begin(secrets.token_hex(8)))
        return len(waiting)

    def _pause(self, folder: Folder) -> bool:
        try:
            return self._commands.pause(folder).pausing
        except Step8Error as error:
            log.warning("project=%s is not paused: %s", folder.name, error)
            return False

    def _resume_each(self, waiting: Sequence[tuple[Folder, Run]], mine: str) -> None:
        for number, (folder, shown) in enumerate(waiting):
            if number:
                self._sleep(APART)
            try:
                if not self._resume_lock.lasts(mine):
                    return
                now = self._commands.run(folder)
                if now.id == shown.id and may_be_released(now):  # else a user decided otherwise meanwhile
                    self._commands.resume(folder, shown.id)
                    if not self._resume_lock.lasts(mine):  # everything was paused in this very moment
                        self._pause(folder)
            except Step8Error as error:
                log.warning("project=%s is not resumed: %s", folder.name, error)


def may_be_released(run: Run) -> bool:
    """Whether a paused run only waits to be resumed: not for a higher budget or a known price."""
    return run.pausing and run.cause not in (Cause.BUDGET, Cause.PRICE)
