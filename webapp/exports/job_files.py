"""The exports of a project: the one that is being made, and the files of the last ones, in ``.step8/exports``.

Everything is in files, so that any process can tell how far an export is, stop it, and hand out what it made.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from webapp.disk import project_tree
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.json_files import read_object, write_object
from webapp.disk.files.native_threads import run_native
from webapp.disk.files.os_calls import PRIVATE
from webapp.disk.records import read_title
from webapp.errors import AlreadyRunning, BadFile, DiskTrouble, NotFound
from webapp.exports.formats import (
    DONE,
    RUNNING,
    SUFFIXES,
    ExportJob,
    ExportRequest,
    file_name,
)

PLACE = f"{STATE}/exports"
NOW = f"{PLACE}/job.json"
KEPT = 5
"""Results that are kept; an older one is removed when a new one is finished."""

_RECORD = re.compile(r"(?P<id>[0-9a-f]{16})\.json\Z")
_OURS = re.compile(r"(?P<id>[0-9a-f]{16})\.(?:json|zip|pdf|mp4|part|cancel|work)\Z")


class ExportJobs:
    """Keeps exports. ``clock`` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def begin(self, folder: Folder, wish: ExportRequest) -> ExportJob:
        """Note that an export is being made, in this process.

        Raises:
            AlreadyRunning: another one is.
            DiskTrouble: the folder refuses to be written.
        """
        return run_native(self._begin, folder, wish)

    def job(self, folder: Folder) -> ExportJob | None:
        """The newest export as it stands; ``None`` when there never was one."""
        job = ExportJob.from_json(run_native(read_object, folder, NOW))
        return job.seen(self._clock()) if job else None

    def note(self, folder: Folder, job: ExportJob) -> None:
        """Tell how far the export is. For native threads too."""
        write_object(folder, NOW, replace(job, touched_at=self._clock()).to_json())

    def cancel(self, folder: Folder) -> None:
        """Ask for the running export to end, if there is one; whichever process makes it sees that within a second."""
        job = self.job(folder)
        if job and job.state == RUNNING:
            run_native(folder.files.write_whole, f"{PLACE}/{job.id}.cancel", b"", PRIVATE)

    def is_cancelled(self, folder: Folder, job: ExportJob) -> bool:
        """Whether somebody asked for this export to end. For native threads too."""
        return bool(folder.files.stats(PLACE, [f"{job.id}.cancel"]))

    def finish(self, folder: Folder, job: ExportJob) -> ExportJob:
        """The file of the export is complete: keep it and remove the oldest ones.

        Raises:
            DiskTrouble: the disk refuses.
        """
        return run_native(self._finish, folder, job)

    def end(self, folder: Folder, job: ExportJob, state: str, note: str) -> None:
        """The export ended without a result."""
        run_native(self._end, folder, job, state, note)

    def results(self, folder: Folder) -> list[ExportJob]:
        """What can be downloaded, newest first."""
        return run_native(self._results, folder)

    def open(self, folder: Folder, ident: str) -> tuple[ExportJob, BinaryIO]:
        """A result, opened.

        Raises:
            NotFound: there is none of this id.
        """
        return run_native(self._open, folder, ident)

    def _begin(self, folder: Folder, wish: ExportRequest) -> ExportJob:
        now = self._clock()
        folder.files.make_folder(PLACE)
        with folder.files.locked():
            before = ExportJob.from_json(read_object(folder, NOW))
            if before and before.seen(now).state == RUNNING:
                raise AlreadyRunning("An export of this project is being made. Wait for it, or cancel it first.")
            job = ExportJob(secrets.token_hex(8), wish, note="Begins", started_at=now, touched_at=now)
            self._sweep(folder)
            write_object(folder, NOW, job.to_json())
        return job

    def _finish(self, folder: Folder, job: ExportJob) -> ExportJob:
        name = f"{job.id}.{SUFFIXES[job.wish.kind]}"
        status = folder.files.stats(PLACE, [name]).get(name)
        if status is None:
            raise DiskTrouble("The disk did not keep the export. Check the disk, then start the export again.")
        title = read_title(folder)
        done = replace(job, state=DONE, note="", file=file_name(title, job.wish.kind), size=status.st_size)
        done = replace(done, done=done.total, touched_at=self._clock())
        write_object(folder, f"{PLACE}/{job.id}.json", done.to_json())
        self._sweep(folder)
        self._forget_the_oldest(folder)
        write_object(folder, NOW, done.to_json())
        return done

    def _end(self, folder: Folder, job: ExportJob, state: str, note: str) -> None:
        self._sweep(folder)
        write_object(folder, NOW, replace(job, state=state, note=note, touched_at=self._clock()).to_json())

    def _results(self, folder: Folder) -> list[ExportJob]:
        found = [self._record(folder, match["id"]) for name in _names(folder) if (match := _RECORD.match(name))]
        return sorted((job for job in found if job), key=lambda job: -job.touched_at)

    def _record(self, folder: Folder, ident: str) -> ExportJob | None:
        job = ExportJob.from_json(read_object(folder, f"{PLACE}/{ident}.json"))
        if job is None or job.id != ident:
            return None
        name = f"{ident}.{SUFFIXES[job.wish.kind]}"
        return job if folder.files.stats(PLACE, [name]) else None

    def _open(self, folder: Folder, ident: str) -> tuple[ExportJob, BinaryIO]:
        known = next((job for job in self._results(folder) if job.id == ident), None)
        handle: int | None = None
        if known:
            try:
                handle = folder.files.open(f"{PLACE}/{known.id}.{SUFFIXES[known.wish.kind]}")
            except BadFile:
                handle = None
        if known is None or handle is None:
            raise NotFound("This export is not there (any more). Make it again.")
        return known, open(handle, "rb", closefd=True)

    def _sweep(self, folder: Folder) -> None:
        """Remove what unfinished exports left. Only one is made at a time, so everything without a record is a rest."""
        records = {match["id"] for name in _names(folder) if (match := _RECORD.match(name))}
        for name in _names(folder):
            match = _OURS.match(name)
            if match and (match["id"] not in records or name.endswith((".part", ".cancel", ".work"))):
                project_tree.remove(folder.files, f"{PLACE}/{name}")

    def _forget_the_oldest(self, folder: Folder) -> None:
        for job in self._results(folder)[KEPT:]:
            for suffix in (SUFFIXES[job.wish.kind], "json"):
                folder.files.remove(f"{PLACE}/{job.id}.{suffix}")


def _names(folder: Folder) -> list[str]:
    try:
        return folder.files.names(PLACE)
    except BadFile:
        return []
