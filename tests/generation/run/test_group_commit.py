"""Records that wait together share one sync, and none returns before it is on disk."""

from __future__ import annotations

from typing import Any

import gevent
import pytest
from gevent.event import Event

from webapp.errors import DiskTrouble
from webapp.generation.run.group_commit import GroupCommit


class SlowJournal:
    """Takes records once it may; ``refuses`` makes it refuse them."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.refuses = False
        self.may = Event()

    def append(self, record: dict[str, Any]) -> None:
        self.append_all([record])

    def compact(self) -> int:
        return 0

    def append_all(self, records: list[dict[str, Any]]) -> None:
        self.may.wait()
        if self.refuses:
            raise DiskTrouble("The disk is full.")
        self.batches.append([record["n"] for record in records])


def test_records_that_come_during_a_sync_share_the_next_one_in_their_order() -> None:
    journal = SlowJournal()
    commit = GroupCommit(journal)
    first = gevent.spawn(commit.append, {"n": 0})
    gevent.idle()
    others = [gevent.spawn(commit.append, {"n": n}) for n in range(1, 9)]
    gevent.idle()
    assert not any(each.ready() for each in (first, *others))
    journal.may.set()
    gevent.joinall([first, *others], raise_error=True)
    assert journal.batches == [[0], list(range(1, 9))]


def test_a_refusal_reaches_all_who_waited_and_the_next_record_is_tried_anew() -> None:
    journal = SlowJournal()
    commit = GroupCommit(journal)
    journal.refuses = True
    waiting = [gevent.spawn(commit.append, {"n": n}) for n in range(3)]
    journal.may.set()
    gevent.joinall(waiting)
    assert all(isinstance(each.exception, DiskTrouble) for each in waiting)
    with pytest.raises(DiskTrouble):
        commit.append({"n": 3})
    journal.refuses = False
    commit.append({"n": 4})
    assert journal.batches == [[4]]
