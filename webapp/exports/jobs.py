"""Runner of exports in the background: one at a time for each project, two in each process.

The work is done in native threads and other programs; a greenlet looks after each. How far it is stands in the
project's folder, so every process can tell it and cancel it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace

import gevent
from gevent.lock import BoundedSemaphore

from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, Cancelled, CoordinationDown, Overloaded, Step8Error
from webapp.exports.contract import ExportProgress, ExportTask, ExportTools
from webapp.exports.formats import FORMATS
from webapp.exports.job_files import PLACE, ExportJobs
from webapp.exports.requests import CANCELLED, FAILED, INTERRUPTED, ExportJob, ExportRequest
from webapp.exports.story import read_story

log = logging.getLogger("step8.export")

AT_ONCE = 2
CROWDED = "So many exports wait already that no other is taken. Try again in a few minutes."
RETRY_AFTER = 60
"""Seconds."""

NOTIFY_EVERY = 0.5
"""Seconds between two notes of how far an export is."""

STOPPED = "The app was stopped meanwhile. Start the export again."


class Exporter:
    """Starts exports and looks after them: at most ``most``, those that wait included.

    ``notify`` is called when there is something new to read of a project's exports.
    """

    def __init__(
        self,
        jobs: ExportJobs,
        tools: ExportTools,
        most: int = 20,
        notify: Callable[[Folder], None] = lambda folder: None,
    ) -> None:
        self._jobs = jobs
        self._tools = tools
        self._most = most
        self._notify = notify
        self._places = BoundedSemaphore(AT_ONCE)
        self._running: set[gevent.Greenlet] = set()
        self._leaving = False

    @property
    def jobs(self) -> ExportJobs:
        """The exports on disk."""
        return self._jobs

    def obstacle(self, kind: str) -> str:
        """Why no export of this format can be made on this machine; "" when one can."""
        return FORMATS[kind].obstacle(self._tools)

    def start(self, folder: Folder, request: ExportRequest) -> ExportJob:
        """Start an export.

        Raises:
            BadInput: there is nothing to export, or the machine lacks what it takes.
            AlreadyRunning: another one of this project is being made.
            Overloaded: too many of other projects wait already.
            DiskTrouble: the folder refuses to be written.
        """
        if len(self._running) >= self._most:
            raise Overloaded(CROWDED, RETRY_AFTER)
        if obstacle := self.obstacle(request.kind):
            raise BadInput(obstacle)
        if FORMATS[request.kind].needs_images and not read_story(self._tools.store, folder).images:
            raise BadInput("There is no image yet. Make some in Step 8 first.")
        job = self._jobs.begin(folder, request)
        greenlet = gevent.spawn(self._look_after, folder, job)
        self._running.add(greenlet)
        greenlet.link(self._running.discard)
        return job

    def leave(self) -> None:
        """Interrupt every export that is being made: the process ends."""
        self._leaving = True

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is being made in this process, at most that long; whether that is so."""
        gevent.joinall(list(self._running), timeout=seconds)
        return not self._running

    def _look_after(self, folder: Folder, job: ExportJob) -> None:
        notifying = gevent.spawn(self._notify_meanwhile, folder)
        try:
            self._run(folder, job)
        finally:
            notifying.kill()
            self._notify_once(folder)

    def _notify_meanwhile(self, folder: Folder) -> None:
        """Notify from a greenlet of its own: the work is done in native threads and other programs."""
        while True:
            gevent.sleep(NOTIFY_EVERY)
            self._notify_once(folder)

    def _notify_once(self, folder: Folder) -> None:
        with contextlib.suppress(CoordinationDown):  # pages that missed it read the exports anew when Redis is back
            self._notify(folder)

    def _run(self, folder: Folder, job: ExportJob) -> None:
        try:
            with self._places:
                log.info("project=%s export=%s kind=%s begins", folder.name, job.id, job.request.kind)
                self._make(folder, job)
                done = self._jobs.finish(folder, job)
                log.info("project=%s export=%s done bytes=%s", folder.name, job.id, done.size)
        except Cancelled:
            state, note = (INTERRUPTED, STOPPED) if self._leaving else (CANCELLED, "Cancelled. Nothing was kept.")
            self._end(folder, job, state, note)
        except Step8Error as error:
            self._end(folder, job, FAILED, str(error))
        except Exception:
            log.exception("project=%s export=%s failed", folder.name, job.id)
            self._end(folder, job, FAILED, "Something went wrong in the app. Try again; the log says more.")

    def _make(self, folder: Folder, job: ExportJob) -> None:
        made = FORMATS[job.request.kind]
        path, progress = f"{PLACE}/{job.id}.{made.suffix}", self._progress(folder, job)
        made.make(ExportTask(folder, job.request, path, progress, self._tools))

    def _end(self, folder: Folder, job: ExportJob, state: str, note: str) -> None:
        log.info("project=%s export=%s %s: %s", folder.name, job.id, state, note)
        try:
            self._jobs.end(folder, job, state, note)
        except Step8Error as error:  # the project was deleted meanwhile
            log.warning("project=%s export=%s %s", folder.name, job.id, error)

    def _progress(self, folder: Folder, job: ExportJob) -> ExportProgress:
        updated_at = 0.0

        def progress(done: int, total: int, note: str) -> None:
            nonlocal updated_at
            if self._leaving:
                raise Cancelled("The app ends.")
            now = self._tools.clock()
            if 0 <= now - updated_at < NOTIFY_EVERY:
                return
            updated_at = now
            if self._jobs.is_cancelled(folder, job):
                raise Cancelled("Cancelled.")
            self._jobs.update(folder, replace(job, done=done, total=total, note=note))

        return progress
