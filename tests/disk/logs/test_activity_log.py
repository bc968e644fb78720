"""The diary of a project: nothing gets lost, nothing grows for ever, the newest lines come first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import gevent
import pytest

from webapp.core.activity_line import ActivityFilter, ActivityLine
from webapp.disk.files.folder import Folder
from webapp.disk.logs.activity_log import FILE, OLDER, ActivityLog
from webapp.errors import BadFile, DiskTrouble

ALL = ActivityFilter()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty project."""
    path = tmp_path / "film"
    path.mkdir()
    return Folder("film", path)


def line(number: int, **more: Any) -> dict[str, Any]:
    return ActivityLine(1_700_000_000.0 + number, "info", f"Line {number}", **more).to_json()


def texts(lines: list[ActivityLine]) -> list[str]:
    return [each.text for each in lines]


def test_the_newest_lines_come_first_and_page_by_page(folder: Folder) -> None:
    diaries = ActivityLog()
    for number in range(250):
        diaries.write(folder, [line(number)])
    first = diaries.newest(folder, ALL, 100)
    second = diaries.newest(folder, ALL, 100, before=first[-1].id)
    third = diaries.newest(folder, ALL, 100, before=second[-1].id)
    assert texts(first + second + third) == [f"Line {number}" for number in reversed(range(250))]
    assert diaries.newest(folder, ALL, 100, before="gone") == []


def test_a_page_turned_while_lines_are_added_misses_and_repeats_none(folder: Folder) -> None:
    diaries = ActivityLog()
    diaries.write(folder, map(line, range(10)))
    first = diaries.newest(folder, ALL, 5)
    diaries.write(folder, map(line, range(10, 20)))
    assert texts(diaries.newest(folder, ALL, 5, before=first[-1].id)) == [f"Line {n}" for n in (4, 3, 2, 1, 0)]


def test_lines_longer_than_a_block_and_of_any_words_are_read_whole(folder: Folder) -> None:
    diaries = ActivityLog()
    long = "ein Wort – 言葉\n\x85" * 100
    diaries.write(folder, [{**line(n), "text": f"{n}{long}"} for n in range(100)])
    found = diaries.newest(folder, ALL, 1000)
    assert texts(found) == [f"{n}{long}"[:2000] for n in reversed(range(100))]
    assert texts(list(diaries.read(folder, ALL))) == texts(found)[::-1]


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (ActivityFilter(kind="warn"), [3]),
        (ActivityFilter(style="clear"), [2, 1]),
        (ActivityFilter(style="clear", beat="1.1"), [1]),
        (ActivityFilter(run="r2"), [3, 2]),
        (ActivityFilter(q="LINE 1"), [1]),
        (ActivityFilter(q="nothing like it"), []),
    ],
)
def test_lines_can_be_chosen(folder: Folder, wanted: ActivityFilter, numbers: list[int]) -> None:
    diaries = ActivityLog()
    diaries.write(folder, [line(1, style="clear", beat="1.1", run="r1"), line(2, style="clear", beat="1.2", run="r2")])
    diaries.write(folder, [{**line(3, run="r2"), "kind": "warn"}])
    assert texts(diaries.newest(folder, wanted, 10)) == [f"Line {number}" for number in numbers]


def test_a_full_file_is_put_aside_and_only_one_older_is_kept(folder: Folder) -> None:
    diaries = ActivityLog(full=2000)
    for number in range(100):
        diaries.write(folder, [line(number)])
    kept = [n for file in (FILE, OLDER) if (n := (folder.path / file).stat().st_size)]
    assert len(kept) == 2 and max(kept) <= 2000
    assert sorted(os.listdir(folder.state)) == ["activity.1.jsonl", "activity.jsonl"]
    found = texts(diaries.newest(folder, ALL, 1000))
    assert found == [f"Line {number}" for number in reversed(range(100 - len(found), 100))] and len(found) > 20
    assert texts(list(diaries.read(folder, ALL))) == found[::-1]


def test_two_writers_at_once_lose_no_line_while_the_file_is_put_aside(folder: Folder) -> None:
    diaries = ActivityLog(full=20_000)

    def write(writer: int) -> None:
        for number in range(100):
            diaries.write(folder, [line(writer * 100 + number)])

    gevent.joinall([gevent.spawn(write, writer) for writer in range(3)], raise_error=True)
    assert len({each.text for each in diaries.read(folder, ALL)}) == 300


def test_a_line_cut_off_by_a_crash_costs_only_itself(folder: Folder) -> None:
    diaries = ActivityLog()
    diaries.write(folder, [line(1)])
    with open(folder.path / FILE, "ab") as file:
        file.write(b'{"at":17000000')
    diaries.write(folder, [line(2)])
    with open(folder.path / FILE, "ab") as file:
        file.write(b'[1]\n"text"\n{"at":"x","text":5}\n\xff\xfe\n')
    assert texts(diaries.newest(folder, ALL, 10)) == ["Line 2", "Line 1"]


def test_a_diary_that_is_no_file_is_refused_with_a_sentence(folder: Folder) -> None:
    (folder.path / FILE).mkdir(parents=True)
    with pytest.raises(DiskTrouble):
        ActivityLog().write(folder, [line(1)])
    with pytest.raises(BadFile, match="regular file"):
        ActivityLog().newest(folder, ALL, 10)
