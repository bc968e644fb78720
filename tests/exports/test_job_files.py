"""Exports are kept in files: any process can tell, stop and hand out."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from webapp.disk.files.folder import Folder
from webapp.errors import AlreadyRunning, NotFound
from webapp.exports.job_files import KEPT, PLACE, ExportJobs
from webapp.exports.requests import CANCELLED, INTERRUPTED, RUNNING, ExportJob, ExportRequest


class Clock:
    """A clock that is set by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def jobs(clock: Clock) -> ExportJobs:
    return ExportJobs(clock)


def complete(jobs: ExportJobs, folder: Folder, body: bytes = b"zip") -> ExportJob:
    """An export that was made."""
    job = jobs.begin(folder, ExportRequest("images"))
    folder.files.write_whole(f"{PLACE}/{job.id}.zip", body)
    return jobs.finish(folder, job)


def files(folder: Folder) -> set[str]:
    return {path.name for path in (folder.path / PLACE).iterdir()}


def test_a_result_is_handed_out_by_any_process(jobs: ExportJobs, folder: Folder, clock: Clock) -> None:
    done = complete(jobs, folder, b"body")
    other = ExportJobs(clock)
    assert other.job(folder) == done
    assert other.results(folder) == [done]
    job, file = other.open(folder, done.id)
    with file:
        assert (job.file, job.size, file.read()) == ("lighthouse-images.zip", 4, b"body")


def test_only_one_export_of_a_project_is_made_at_a_time(jobs: ExportJobs, folder: Folder, clock: Clock) -> None:
    jobs.begin(folder, ExportRequest("images"))
    with pytest.raises(AlreadyRunning):
        ExportJobs(clock).begin(folder, ExportRequest("sheet"))
    clock.now += 61
    job = jobs.job(folder)
    assert job and job.state == INTERRUPTED
    assert jobs.begin(folder, ExportRequest("sheet")).state == RUNNING


def test_how_far_it_is_and_the_wish_to_cancel_cross_processes(jobs: ExportJobs, folder: Folder, clock: Clock) -> None:
    job = jobs.begin(folder, ExportRequest("images"))
    clock.now += 50
    jobs.update(folder, replace(job, done=3, total=6, note="half"))
    clock.now += 50
    seen = ExportJobs(clock).job(folder)
    assert seen and (seen.state, seen.percent, seen.note) == (RUNNING, 50, "half")
    assert not jobs.is_cancelled(folder, job)
    ExportJobs(clock).cancel(folder)
    assert jobs.is_cancelled(folder, job)
    jobs.end(folder, job, CANCELLED, "Cancelled.")
    assert files(folder) == {"job.json"}
    jobs.cancel(folder)
    assert files(folder) == {"job.json"}


def test_the_oldest_results_go(jobs: ExportJobs, folder: Folder, clock: Clock) -> None:
    made = []
    for _ in range(KEPT + 2):
        clock.now += 1
        made.append(complete(jobs, folder).id)
    assert [job.id for job in jobs.results(folder)] == made[: -KEPT - 1 : -1]
    assert len(files(folder)) == 2 * KEPT + 1


def test_what_a_crash_left_is_swept_and_nothing_else(jobs: ExportJobs, folder: Folder, tmp_path: Path) -> None:
    done = complete(jobs, folder)
    place = folder.path / PLACE
    (place / "00112233445566aa.zip").write_bytes(b"half")
    (place / "00112233445566aa.work").mkdir()
    (place / "00112233445566aa.work" / "1.jpg").touch()
    (place / "mine.txt").touch()
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (place / "00112233445566bb.work").symlink_to(outside)
    jobs.begin(folder, ExportRequest("images"))
    assert files(folder) == {"job.json", "mine.txt", f"{done.id}.json", f"{done.id}.zip"}
    assert (outside / "kept").exists()


@pytest.mark.parametrize("ident", ["", "..", "../../journal", "job", "x", "0" * 16, "a/b"])
def test_nothing_but_a_result_is_handed_out(jobs: ExportJobs, folder: Folder, ident: str) -> None:
    complete(jobs, folder)
    with pytest.raises(NotFound):
        jobs.open(folder, ident)


@pytest.mark.parametrize(
    ("text", "state"),
    [
        *((text, None) for text in ("", "[]", "{", '{"wish": {}}')),
        (json.dumps({"id": "../x", "wish": {"kind": "images"}}), INTERRUPTED),
    ],
)
def test_a_damaged_record_counts_as_none(jobs: ExportJobs, folder: Folder, text: str, state: str | None) -> None:
    done = complete(jobs, folder)
    (folder.path / PLACE / "job.json").write_text(text)
    (folder.path / PLACE / f"{done.id}.json").write_text(text)
    assert jobs.results(folder) == []
    job = jobs.job(folder)
    assert (job and job.state) == state
