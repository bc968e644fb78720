"""What is asked for, how far it is, and what the result is called."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import damaged
from webapp.core.project import Beat, Frame, Project, Style
from webapp.errors import BadInput
from webapp.exports.formats import (
    DONE,
    INTERRUPTED,
    KINDS,
    RUNNING,
    SILENT,
    ExportJob,
    ExportRequest,
    file_name,
    picture_names,
)
from webapp.exports.scenes import ALL, SELECTED, scenes


def test_a_form_and_a_program_ask_for_the_same() -> None:
    assert ExportRequest.of({"kind": "images"}, ()) == ExportRequest("images", ALL, False, "track")
    form = ExportRequest.of({"kind": "film", "pictures": "clear", "prompts": "1", "subtitles": "burned"}, ["clear"])
    assert form == ExportRequest.of(
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
        ExportRequest.of(asked, ["clear"])


def test_an_export_whose_process_is_silent_is_interrupted() -> None:
    job = ExportJob("a" * 16, ExportRequest("images"), touched_at=1000.0)
    assert job.seen(1000 + SILENT - 1).state == RUNNING
    assert job.seen(1000 + SILENT).state == INTERRUPTED
    assert job.seen(1000 - SILENT).state == INTERRUPTED  # a clock that jumped back
    assert ExportJob("a" * 16, ExportRequest("images"), state=DONE, touched_at=0.0).seen(1e9).state == DONE


def test_a_record_reads_back_and_anything_else_is_none() -> None:
    job = ExportJob("a" * 16, ExportRequest("sheet", "clear"), done=1, total=3, file="x.pdf")
    assert ExportJob.from_json(job.to_json()) == job
    assert job.percent == 33
    others: list[Any] = [None, {}, [], {"id": 5, "wish": {"kind": "images"}}, {"id": "x", "wish": {"kind": "other"}}]
    absurd = [{**job.to_json(), "done": 10**400}, {**job.to_json(), "touched_at": float("nan")}]
    for data in (*others, {"wish": 5}, *absurd):
        assert ExportJob.from_json(data) is None


RECORD = ExportJob("a" * 16, ExportRequest("sheet", "clear"), done=1, total=3).to_json()
KIND = st.text(max_size=3).map(lambda kind: {**RECORD, "wish": {"kind": kind}})


@given(damaged(RECORD) | KIND)
def test_no_record_is_ever_a_crash(data: Any) -> None:
    job = ExportJob.from_json(data)
    if job is None:
        assert data != RECORD
    else:
        assert ExportJob.from_json(job.to_json()) == job
        assert job.wish.kind in KINDS and isinstance(job.id + job.state + job.note + job.file, str)


def test_pictures_are_named_by_beat() -> None:
    beats = (Beat("1", "1.1", "1.1", "", "", ""), Beat("2", "1.1", "1.1", "", "", ""), Beat("2", "2", "2", "", "", ""))
    project = Project("p", "P", (Style("clear", beats), Style("ink", beats[:1])))
    story = scenes(project, project.frames(), {"2": {"style": "clear", "isFlagged": True}})
    assert [name for _, name in picture_names(story, ALL)] == [
        "clear/Shot_1_Beat_1.1",
        "ink/Shot_1_Beat_1.1",
        "clear/Shot_2_Beat_1.1",
        "clear/Beat_2",
    ]
    assert picture_names(story, SELECTED) == [(Frame("clear", "2", "2"), "Beat_2_flagged")]
    assert [name for _, name in picture_names(story, "ink")] == ["Shot_1_Beat_1.1"]


@pytest.mark.parametrize(
    ("title", "name"), [("The Lamp!", "the-lamp-images.zip"), ("日本", "project-images.zip"), ("../x", "x-images.zip")]
)
def test_a_result_has_a_plain_name(title: str, name: str) -> None:
    assert file_name(title, "images") == name
