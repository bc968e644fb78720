"""Makes exports in the background: one at a time for each project, two in each process.

The work is done in native threads and other programs; a greenlet looks after each. How far it is stands in the
project's folder, so every process can tell it and stop it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace

import gevent
from gevent.lock import BoundedSemaphore
from werkzeug.exceptions import ServiceUnavailable

from webapp.core.v1_progress import iso_time
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.project_store import ProjectStore
from webapp.errors import BadInput, Cancelled, CoordinationDown, Step8Error
from webapp.exports import zip_files
from webapp.exports.animatic import MISSING, Find, film
from webapp.exports.contact_sheet import sheet
from webapp.exports.formats import (
    CANCELLED,
    FAILED,
    FILM,
    IMAGES,
    INTERRUPTED,
    SHEET,
    SUFFIXES,
    ExportJob,
    ExportRequest,
)
from webapp.exports.job_files import PLACE, ExportJobs
from webapp.exports.story import ExportProgress, read_story
from webapp.fonts import FontFor

log = logging.getLogger("step8.export")

AT_ONCE = 2
CROWDED = "So many exports wait already that no other is taken. Try again in a few minutes."
TELL_EVERY = 0.5
"""Seconds between two notes of how far an export is."""

STOPPED = "The app was stopped meanwhile. Start the export again."


class Exporter:
    """Starts exports and looks after them: at most ``most``, those that wait included.

    ``clock`` gives seconds since the epoch, ``find`` where ffmpeg is; ``tell`` is called when there is something new to
    read of a project's exports.
    """

    def __init__(
        self,
        store: ProjectStore,
        cabinet: ExportJobs,
        font_for: FontFor,
        clock: Callable[[], float],
        find: Find,
        most: int = 20,
        tell: Callable[[Folder], None] = lambda folder: None,
    ) -> None:
        self._store = store
        self._cabinet = cabinet
        self._font_for = font_for
        self._clock = clock
        self._find = find
        self._most = most
        self._tell = tell
        self._places = BoundedSemaphore(AT_ONCE)
        self._running: set[gevent.Greenlet] = set()
        self._leaving = False

    @property
    def cabinet(self) -> ExportJobs:
        """Where the exports are kept."""
        return self._cabinet

    @property
    def obstacle(self) -> str:
        """Why no animatic can be made on this machine; "" when one can."""
        return "" if self._find() else MISSING

    def start(self, folder: Folder, wish: ExportRequest) -> ExportJob:
        """Begin an export.

        Raises:
            BadInput: there is nothing to export, or the machine lacks what it takes.
            AlreadyRunning: another one of this project is being made.
            ServiceUnavailable: too many of other projects wait already.
            DiskTrouble: the folder refuses to be written.
        """
        if len(self._running) >= self._most:
            raise ServiceUnavailable(CROWDED, retry_after=60)
        if wish.kind == FILM and self.obstacle:
            raise BadInput(self.obstacle)
        if wish.kind in (IMAGES, SHEET, FILM):
            story = read_story(self._store, folder)
            if not story.images:
                raise BadInput("There is no image yet. Make some in Step 8 first.")
        job = self._cabinet.begin(folder, wish)
        greenlet = gevent.spawn(self._look_after, folder, job)
        self._running.add(greenlet)
        greenlet.link(self._running.discard)
        return job

    def leave(self) -> None:
        """The process ends: whatever is being made stops, and says so."""
        self._leaving = True

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is being made in this process, at most that long; whether that is so."""
        gevent.joinall(list(self._running), timeout=seconds)
        return not self._running

    def _look_after(self, folder: Folder, job: ExportJob) -> None:
        telling = gevent.spawn(self._tell_meanwhile, folder)
        try:
            self._see_through(folder, job)
        finally:
            telling.kill()
            self._say(folder)

    def _tell_meanwhile(self, folder: Folder) -> None:
        """The work itself is done where nothing can be told: in native threads, and by other programs."""
        while True:
            gevent.sleep(TELL_EVERY)
            self._say(folder)

    def _say(self, folder: Folder) -> None:
        with contextlib.suppress(CoordinationDown):  # pages that missed it read the exports anew when Redis is back
            self._tell(folder)

    def _see_through(self, folder: Folder, job: ExportJob) -> None:
        try:
            with self._places:
                log.info("project=%s export=%s kind=%s begins", folder.name, job.id, job.wish.kind)
                self._make(folder, job)
                done = self._cabinet.finish(folder, job)
                log.info("project=%s export=%s done bytes=%s", folder.name, job.id, done.size)
        except Cancelled:
            state, note = (INTERRUPTED, STOPPED) if self._leaving else (CANCELLED, "Cancelled. Nothing was kept.")
            self._end(folder, job, state, note)
        except Step8Error as error:
            self._end(folder, job, FAILED, str(error))
        except Exception:
            log.exception("project=%s export=%s failed", folder.name, job.id)
            self._end(folder, job, FAILED, "Something went wrong in the app. Try again; the log says more.")

    def _end(self, folder: Folder, job: ExportJob, state: str, note: str) -> None:
        log.info("project=%s export=%s %s: %s", folder.name, job.id, state, note)
        try:
            self._cabinet.end(folder, job, state, note)
        except Step8Error as error:  # the project was deleted meanwhile
            log.warning("project=%s export=%s %s", folder.name, job.id, error)

    def _make(self, folder: Folder, job: ExportJob) -> None:
        path, tick = f"{PLACE}/{job.id}.{SUFFIXES[job.wish.kind]}", self._tick(folder, job)
        wish = job.wish
        if wish.kind == IMAGES:
            story = read_story(self._store, folder)
            run_native(zip_files.pictures, story, wish, iso_time(self._clock()), path, tick)
        elif wish.kind == SHEET:
            run_native(sheet, read_story(self._store, folder), wish, path, tick, self._font_for)
        elif wish.kind == FILM:
            film(read_story(self._store, folder), wish, path, tick, self._font_for, self._find)
        else:
            run_native(zip_files.whole, folder, path, tick)

    def _tick(self, folder: Folder, job: ExportJob) -> ExportProgress:
        told = [0.0]

        def tick(done: int, total: int, note: str) -> None:
            if self._leaving:
                raise Cancelled("The app ends.")
            now = self._clock()
            if 0 <= now - told[0] < TELL_EVERY:
                return
            told[0] = now
            if self._cabinet.is_cancelled(folder, job):
                raise Cancelled("Cancelled.")
            self._cabinet.note(folder, replace(job, done=done, total=total, note=note))

        return tick
