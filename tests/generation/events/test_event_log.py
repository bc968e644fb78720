"""What happens in runs is written down beside them: every line once, every end once, whatever the disk says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gevent.event import Event

from tests.harness.in_memory_project import FakeFolder
from webapp.core.money.ledger import Ledger
from webapp.core.run.states import Move, Run, RunState
from webapp.errors import DiskTrouble
from webapp.generation.events.event_log import MOST_WAITING, EventLog


class LinesInMemory:
    """Diaries, a journal and a listener in memory. ``full``: the disk refuses; while held it takes its time."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.ends: list[dict[str, Any]] = []
        self.heard: list[Move] = []
        self.full = False
        self.free = Event()
        self.free.set()

    def write(self, folder: Any, lines: Iterable[Mapping[str, Any]]) -> None:
        taken = [str(line["text"]) for line in lines]
        self.free.wait()
        if self.full:
            raise DiskTrouble("The disk is full.")
        self.lines += taken

    def append(self, record: dict[str, Any]) -> None:
        if self.full:
            raise DiskTrouble("The disk is full.")
        self.ends.append(record)

    def notify(self, folder: Any, what: Move, before: Run, after: Run) -> list[dict[str, Any]]:
        self.heard.append(what)
        return [{"text": f"told of {what}"}] if what is Move.FINISHED else []


def chronicle(shelf: LinesInMemory) -> EventLog:
    return EventLog(shelf, lambda folder: shelf, lambda folder: Ledger(), shelf)


FOLDER = FakeFolder("film", "f1")


def test_lines_are_kept_in_order_and_each_once_while_the_disk_is_slow() -> None:
    shelf = LinesInMemory()
    scribe = chronicle(shelf)
    shelf.free.clear()
    for number in range(20):
        scribe.add_lines(FOLDER, [{"text": str(number)}])
        scribe.flush(0.001)
    shelf.free.set()
    scribe.flush(5)
    assert shelf.lines == [str(number) for number in range(20)]


def test_lines_wait_for_a_full_disk_and_only_so_many() -> None:
    shelf = LinesInMemory()
    scribe = chronicle(shelf)
    shelf.full = True
    for number in range(MOST_WAITING + 5):
        scribe.add_lines(FOLDER, [{"text": str(number)}])
    scribe.flush(5)
    assert shelf.lines == []
    shelf.full = False
    scribe.add_lines(FOLDER, [{"text": "last"}])
    scribe.flush(5)
    assert len(shelf.lines) == MOST_WAITING and shelf.lines[-1] == "last"


def test_an_end_is_written_once_and_then_told_and_what_came_of_telling_is_a_line() -> None:
    shelf = LinesInMemory()
    scribe = chronicle(shelf)
    going, done = Run("r1", RunState.GENERATING), Run("r1", RunState.DONE, started_at=5.0, changed_at=9.0)
    scribe.run_changed(FOLDER, Move.TAKEN, Run("r1", RunState.STARTING), going)
    scribe.run_changed(FOLDER, Move.FINISHED, going, done)
    scribe.flush(5)
    scribe.flush(5)
    assert [(end["run"], end["state"]) for end in shelf.ends] == [("r1", "done")]
    assert shelf.heard == [Move.TAKEN, Move.FINISHED] and shelf.lines == ["told of finished"]


def test_an_end_that_the_disk_refuses_is_told_all_the_same() -> None:
    shelf = LinesInMemory()
    shelf.full = True
    scribe = chronicle(shelf)
    scribe.run_changed(FOLDER, Move.STOP, Run("r1", RunState.PAUSED), Run("r1", RunState.STOPPED))
    scribe.flush(5)
    assert shelf.ends == [] and shelf.heard == [Move.STOP]
