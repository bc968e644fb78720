"""Progress files: read leniently, written as v1 reads them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.project import Beat, Frame, Style
from webapp.core.v1_progress import (
    Progress,
    completed_beats,
    dump_progress,
    iso_time,
    parse_progress,
)
from webapp.errors import BadFile

NUMBERS = st.from_regex(r"\A(Beat |Beat_)?[0-9]{1,2}\.[0-9]{1,2}\Z") | st.integers(0, 99)


def beat(shot: str, number: str, written: str | int | float | None = None) -> Beat:
    return Beat(shot, number, number if written is None else written, "", "", "a")


def test_a_file_of_v1_is_read() -> None:
    progress = parse_progress(
        '{"completedBeats": ["1.1", "Beat 1.2", 2], "lastUpdated": "2024-11-03T18:22:07.141Z", "total": 9}'
    )
    assert progress == Progress(("1.1", "Beat 1.2", 2), "2024-11-03T18:22:07.141Z", {"total": 9}, sound=True)


def test_each_beat_counts_once_whatever_its_spelling() -> None:
    assert parse_progress('{"completedBeats": ["1.1", "Beat 1.1", 1.1, "1.10"]}').completed == ("1.1", "1.10")


@pytest.mark.parametrize(
    "text", ['{"completedBeats": ["1.1"],}', "{completedBeats: ['1.1']}", '{"completedBeats": ["1.1", "../x"]}']
)
def test_a_file_that_only_we_can_read_is_not_sound(text: str) -> None:
    progress = parse_progress(text)
    assert progress.completed == ("1.1",)
    assert not progress.sound


@pytest.mark.parametrize(
    "text", ["", '{"completedBeats": ["1.1"', "[]", "5", '{"completedBeats": "1.1"}', '{"completedBeats": {}}']
)
def test_a_file_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadFile):
        parse_progress(text)


def test_what_is_written_is_what_v1_reads() -> None:
    data = json.loads(
        dump_progress(Progress(("1.1", 2), "2025-01-31T09:30:00.000Z", {"note": "mine", "odd": float("inf")}))
    )
    assert data == {
        "completedBeats": ["1.1", 2],
        "lastUpdated": "2025-01-31T09:30:00.000Z",
        "note": "mine",
        "odd": None,
    }


@given(
    st.lists(NUMBERS), st.text(max_size=30), st.dictionaries(st.text(max_size=10), st.integers() | st.text(max_size=5))
)
def test_what_is_written_is_read_back(numbers: list[str | int], updated: str, extra: dict[str, int | str]) -> None:
    kept = {name: value for name, value in extra.items() if name not in ("completedBeats", "lastUpdated")}
    progress = parse_progress(dump_progress(Progress(tuple(numbers), updated, kept)))
    again = parse_progress(dump_progress(progress))
    assert again == progress
    assert (again.last_updated, again.extra, again.sound) == (updated, kept, True)


def test_finished_beats_are_listed_in_story_order_as_the_prompts_write_them() -> None:
    style = Style("clear", (beat("1", "1.1", "Beat 1.1"), beat("1", "1.2", 1.2), beat("2", "2")))
    done = {Frame("clear", "2", "2"), Frame("clear", "1", "1.1"), Frame("ink", "1", "1.2")}
    assert completed_beats(style, done) == ("Beat 1.1", "2")


def test_a_beat_of_two_shots_is_listed_when_both_have_their_image() -> None:
    style = Style("clear", (beat("1", "1"), beat("2", "1")))
    assert completed_beats(style, {Frame("clear", "1", "1")}) == ()
    assert completed_beats(style, {Frame("clear", "1", "1"), Frame("clear", "2", "1")}) == ("1",)


def test_times_are_written_as_javascript_writes_them() -> None:
    assert iso_time(0) == "1970-01-01T00:00:00.000Z"
    assert iso_time(1_730_658_127.1416) == "2024-11-03T18:22:07.141Z"
