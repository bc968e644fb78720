"""Progress is written beside the calls: not too often, and at the end whole."""

from __future__ import annotations

from collections.abc import Collection

import gevent
from gevent.event import Event

from tests.harness.in_memory_project import story
from webapp.core.project import Frame
from webapp.errors import DiskTrouble, Step8Error
from webapp.generation.run.v1_progress_writer import EVERY, SHARE, V1ProgressWriter


class ProgressInMemory:
    """A store that takes ``seconds`` of its own clock for each file, once it may; and the frames that are done."""

    def __init__(self) -> None:
        self.now, self.seconds = 100.0, 0.0
        self.written: list[tuple[str, int]] = []
        self.done: list[Frame] = []
        self.heard: list[Step8Error] = []
        self.ended: list[bool] = []
        self.full = False
        self.may = Event()
        self.may.set()
        self.frames = [frame for frame in story().frames() if frame.style == "clear"]
        self.notes = V1ProgressWriter(
            self.write_progress, lambda: list(self.done), self.heard.append, self.has_ended, lambda: self.now
        )

    def write_progress(self, style: str, done: Collection[Frame]) -> None:
        self.may.wait()
        self.now += self.seconds
        if self.full:
            raise DiskTrouble("The disk is full.")
        self.written.append((style, len(done)))

    def has_ended(self) -> None:
        self.ended.append(self.notes.writing)

    def made(self, frame: Frame) -> None:
        self.done.append(frame)
        self.notes.changed(frame.style)


def test_what_changes_while_progress_is_written_is_written_at_the_end() -> None:
    desk = ProgressInMemory()
    desk.may.clear()
    desk.made(desk.frames[0])
    desk.notes.write_if_due()
    gevent.idle()
    desk.made(desk.frames[1])
    assert desk.notes.due_in() is None
    desk.may.set()
    desk.notes.flush()
    assert desk.written == [("clear", 1), ("clear", 2)]
    assert desk.notes.due_in() is None


def test_a_project_whose_progress_takes_long_to_write_is_written_more_rarely() -> None:
    desk = ProgressInMemory()
    for seconds, rest in ((0.0, EVERY), (2.0, 2.0 / SHARE)):
        desk.seconds = seconds
        desk.made(desk.frames[0])
        desk.notes.write_if_due()
        gevent.idle()
        desk.made(desk.frames[0])
        assert desk.notes.due_in() == rest
        desk.notes.write_if_due()
        desk.now += rest
        assert len(desk.written) == (1 if seconds == 0 else 2)


def test_a_disk_that_refuses_is_told_once_and_ends_no_wait() -> None:
    desk = ProgressInMemory()
    desk.full = True
    desk.made(desk.frames[0])
    desk.notes.flush()
    assert [str(error) for error in desk.heard] == ["The disk is full."]


def test_it_is_writing_until_the_disk_has_answered_and_says_when() -> None:
    for full in (False, True):
        desk = ProgressInMemory()
        desk.full = full
        desk.may.clear()
        desk.made(desk.frames[0])
        desk.notes.write_if_due()
        assert desk.notes.writing and desk.ended == []
        desk.may.set()
        desk.notes.flush()
        assert not desk.notes.writing and desk.ended == [False] and len(desk.heard) == full
