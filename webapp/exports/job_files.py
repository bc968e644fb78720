"""Export jobs of a project on disk: the one being made, and the files of the last ones, in ``.step8/exports``.

Any process can tell how far an export is, cancel it, and hand out its result.
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
from webapp.exports.formats import FORMATS, file_name, read_job
from webapp.exports.requests import DONE, RUNNING, ExportJob, ExportRequest

PLACE = f"{STATE}/exports"
NOW = f"{PLACE}/job.json"
KEPT = 5
"""Results that are kept; an older one is removed when a new one is finished."""

_RECORD = re.compile(r"(?P<id>[0-9a-f]{16})\.json\Z")
_ENDINGS = "|".join(sorted({"json", "part", "cancel", "work"} | {made.suffix for made in FORMATS.values()}))
_OURS = re.compile(rf"(?P<id>[0-9a-f]{{16}})\.(?:{_ENDINGS})\Z")


class ExportJobs:
    """The export jobs of all projects. ``clock`` gives seconds since the epoch."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock

    def begin(self, folder: Folder, request: ExportRequest) -> ExportJob:
        """Write that an export is being made, in this process.

        Raises:
            AlreadyRunning: another one is.
            DiskTrouble: the folder refuses to be written.
        """
        return run_native(self._begin, folder, request)

    def job(self, folder: Folder) -> ExportJob | None:
        """Read the newest export; ``None`` when there never was one."""
        job = read_job(run_native(read_object, folder, NOW))
        return job.seen(self._clock()) if job else None

    def update(self, folder: Folder, job: ExportJob) -> None:
        """Write how far the export is. For native threads too."""
        write_object(folder, NOW, replace(job, touched_at=self._clock()).to_json())

    def cancel(self, folder: Folder) -> None:
        """Cancel the running export, if there is one; the process that makes it sees that within a second."""
        job = self.job(folder)
        if job and job.state == RUNNING:
            run_native(folder.files.write_whole, f"{PLACE}/{job.id}.cancel", b"", PRIVATE)

    def is_cancelled(self, folder: Folder, job: ExportJob) -> bool:
        """Whether this export was cancelled. For native threads too."""
        return bool(folder.files.stats(PLACE, [f"{job.id}.cancel"]))

    def finish(self, folder: Folder, job: ExportJob) -> ExportJob:
        """Keep the complete file of the export and remove the oldest ones.

        Raises:
            DiskTrouble: the disk refuses.
        """
        return run_native(self._finish, folder, job)

    def end(self, folder: Folder, job: ExportJob, state: str, note: str) -> None:
        """Write that the export ended without a result."""
        run_native(self._end, folder, job, state, note)

    def results(self, folder: Folder) -> list[ExportJob]:
        """The exports that can be downloaded, newest first."""
        return run_native(self._results, folder)

    def open(self, folder: Folder, ident: str) -> tuple[ExportJob, BinaryIO]:
        """Open a result.

        Raises:
            NotFound: there is none of this id.
        """
        return run_native(self._open, folder, ident)

    def _begin(self, folder: Folder, request: ExportRequest) -> ExportJob:
        now = self._clock()
        folder.files.make_folder(PLACE)
        with folder.files.locked():
            before = read_job(read_object(folder, NOW))
            if before and before.seen(now).state == RUNNING:
                raise AlreadyRunning("An export of this project is being made. Wait for it, or cancel it first.")
            job = ExportJob(secrets.token_hex(8), request, note="Begins", started_at=now, touched_at=now)
            self._sweep(folder)
            write_object(folder, NOW, job.to_json())
        return job

    def _finish(self, folder: Folder, job: ExportJob) -> ExportJob:
        name = f"{job.id}.{_suffix(job)}"
        status = folder.files.stats(PLACE, [name]).get(name)
        if status is None:
            raise DiskTrouble("The disk did not keep the export. Check the disk, then start the export again.")
        title = read_title(folder)
        done = replace(job, state=DONE, note="", file=file_name(title, job.request.kind), size=status.st_size)
        done = replace(done, done=done.total, touched_at=self._clock())
        write_object(folder, f"{PLACE}/{job.id}.json", done.to_json())
        self._sweep(folder)
        self._remove_the_oldest(folder)
        write_object(folder, NOW, done.to_json())
        return done

    def _end(self, folder: Folder, job: ExportJob, state: str, note: str) -> None:
        self._sweep(folder)
        write_object(folder, NOW, replace(job, state=state, note=note, touched_at=self._clock()).to_json())

    def _results(self, folder: Folder) -> list[ExportJob]:
        found = [self._record(folder, match["id"]) for name in _names(folder) if (match := _RECORD.match(name))]
        return sorted((job for job in found if job), key=lambda job: -job.touched_at)

    def _record(self, folder: Folder, ident: str) -> ExportJob | None:
        job = read_job(read_object(folder, f"{PLACE}/{ident}.json"))
        if job is None or job.id != ident:
            return None
        name = f"{ident}.{_suffix(job)}"
        return job if folder.files.stats(PLACE, [name]) else None

    def _open(self, folder: Folder, ident: str) -> tuple[ExportJob, BinaryIO]:
        known = next((job for job in self._results(folder) if job.id == ident), None)
        handle: int | None = None
        if known:
            try:
                handle = folder.files.open(f"{PLACE}/{known.id}.{_suffix(known)}")
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

    def _remove_the_oldest(self, folder: Folder) -> None:
        for job in self._results(folder)[KEPT:]:
            for suffix in (_suffix(job), "json"):
                folder.files.remove(f"{PLACE}/{job.id}.{suffix}")


def _suffix(job: ExportJob) -> str:
    return FORMATS[job.request.kind].suffix


def _names(folder: Folder) -> list[str]:
    try:
        return folder.files.names(PLACE)
    except BadFile:
        return []
