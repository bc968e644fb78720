"""What is asked for, how far it is, and what the result is called."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import damaged
from webapp.core.project import Beat, Frame, Project, Style
from webapp.errors import BadInput
from webapp.exports.formats import FORMATS, file_name, read_job, read_request
from webapp.exports.image_zip import image_names
from webapp.exports.requests import DONE, INTERRUPTED, RUNNING, SILENT, ExportJob, ExportRequest
from webapp.exports.scenes import ALL, SELECTED, scenes


def test_a_form_and_a_program_ask_for_the_same() -> None:
    assert read_request({"kind": "images"}, ()) == ExportRequest(
        "images", ALL, {"prompts": False, "subtitles": "track"}
    )
    form = read_request({"kind": "film", "pictures": "clear", "prompts": "1", "subtitles": "burned"}, ["clear"])
    assert form == read_request(
        {"kind": "film", "pictures": "clear", "prompts": True, "subtitles": "burned"}, ["clear"]
    )


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"kind": "x"},
        {"kind": 5},
        {"kind": ["images"]},
        {"kind": "images", "pictures": "none"},
        {"kind": "images", "pictures": "../x"},
        {"kind": "film", "subtitles": "x"},
        {"kind": "images", "prompts": "yes"},
        {"kind": "images", "pictures": 5},
    ],
)
def test_what_is_not_offered_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        read_request(asked, ["clear"])


def test_an_export_whose_process_is_silent_is_interrupted() -> None:
    job = ExportJob("a" * 16, ExportRequest("images"), touched_at=1000.0)
    assert job.seen(1000 + SILENT - 1).state == RUNNING
    assert job.seen(1000 + SILENT).state == INTERRUPTED
    assert job.seen(1000 - SILENT).state == INTERRUPTED  # a clock that jumped back
    assert ExportJob("a" * 16, ExportRequest("images"), state=DONE, touched_at=0.0).seen(1e9).state == DONE


def test_a_record_reads_back_and_anything_else_is_none() -> None:
    job = ExportJob("a" * 16, ExportRequest("sheet", "clear"), done=1, total=3, file="x.pdf")
    assert read_job(job.to_json()) == job
    assert job.percent == 33
    others: list[Any] = [None, {}, [], {"id": 5, "wish": {"kind": "images"}}, {"id": "x", "wish": {"kind": "other"}}]
    others += [{"id": "x", "wish": {"kind": "film", name: value}} for name, value in UNKNOWN.items()]
    absurd = [{**job.to_json(), "done": 10**400}, {**job.to_json(), "touched_at": float("nan")}]
    for data in (*others, {"wish": 5}, *absurd):
        assert read_job(data) is None


UNKNOWN = {"subtitles": "sung", "prompts": "yes", "frames": "24", "pictures": 5}
RECORD = ExportJob("a" * 16, ExportRequest("sheet", "clear"), done=1, total=3).to_json()
KIND = st.text(max_size=3).map(lambda kind: {**RECORD, "wish": {"kind": kind}})


@given(damaged(RECORD) | KIND)
def test_no_record_is_ever_a_crash(data: Any) -> None:
    job = read_job(data)
    if job is None:
        assert json.dumps(data) != json.dumps(RECORD)  # == takes True for 1
    else:
        assert read_job(job.to_json()) == job
        assert job.request.kind in FORMATS and isinstance(job.id + job.state + job.note + job.file, str)


def test_images_are_named_by_beat() -> None:
    beats = (Beat("1", "1.1", "1.1", "", "", ""), Beat("2", "1.1", "1.1", "", "", ""), Beat("2", "2", "2", "", "", ""))
    project = Project("p", "P", (Style("clear", beats), Style("ink", beats[:1])))
    story = scenes(project, project.frames(), {"2": {"style": "clear", "isFlagged": True}})
    assert [name for _, name in image_names(story, ALL)] == [
        "clear/Shot_1_Beat_1.1",
        "ink/Shot_1_Beat_1.1",
        "clear/Shot_2_Beat_1.1",
        "clear/Beat_2",
    ]
    assert image_names(story, SELECTED) == [(Frame("clear", "2", "2"), "Beat_2_flagged")]
    assert [name for _, name in image_names(story, "ink")] == ["Shot_1_Beat_1.1"]


@pytest.mark.parametrize(
    ("title", "name"), [("The Lamp!", "the-lamp-images.zip"), ("日本", "project-images.zip"), ("../x", "x-images.zip")]
)
def test_a_result_has_a_plain_name(title: str, name: str) -> None:
    assert file_name(title, "images") == name
