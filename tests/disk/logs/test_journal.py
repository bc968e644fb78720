"""The journal: every record durable, a torn one passed over."""

import json
from dataclasses import replace
from typing import Any, BinaryIO

import pytest
from gevent import get_hub
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.core.money.compaction import NEWEST
from webapp.core.money.ledger import Ledger
from webapp.core.money.sums import Sum
from webapp.disk.files.folder import Folder
from webapp.disk.files.os_calls import PUBLIC
from webapp.disk.files.writer import FolderWriter, Inside
from webapp.disk.logs.journal import FILE, Journal, JournalPosition
from webapp.disk.logs.ledger_cache import LedgerCache
from webapp.errors import DiskTrouble

RECORDS: list[dict[str, Any]] = [
    {"what": "intent", "attempt": "a1", "beat": "1.1"},
    {"what": "saved", "attempt": "a1", "cost": 39_000},
]


def test_records_come_back_in_order(folder: Folder) -> None:
    journal = Journal(folder)
    assert list(journal.records()) == []
    for record in RECORDS:
        journal.append(record)
    assert list(Journal(folder).records()) == RECORDS
    assert (folder.path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_record_never_spans_lines(folder: Folder) -> None:
    record = {"what": "failed", "error": "one\ntwo\r\u2028three"}
    Journal(folder).append(record)
    assert (folder.path / FILE).read_bytes().count(b"\n") == 1
    assert list(Journal(folder).records()) == [record]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 200))
def test_cut_anywhere_it_loses_only_the_torn_record_and_goes_on(folder: Folder, length: int) -> None:
    (folder.path / FILE).unlink(missing_ok=True)
    journal = Journal(folder)
    for record in RECORDS:
        journal.append(record)
    whole = (folder.path / FILE).read_bytes()
    (folder.path / FILE).write_bytes(whole[:length])
    kept = list(journal.records())
    assert kept == RECORDS[: len(kept)]
    journal.append({"what": "taken"})
    assert list(journal.records()) == [*kept, {"what": "taken"}]


def test_lines_that_are_no_records_are_passed_over(folder: Folder) -> None:
    Journal(folder).append(RECORDS[0])
    with open(folder.path / FILE, "ab") as file:
        file.write(b'[1]\n"x"\n\xff\xfe\n\n' + b"[" * 100_000 + b"\n" + b"x" * 2_000_000 + b"\n")
    Journal(folder).append(RECORDS[1])
    assert list(Journal(folder).records()) == RECORDS


def attempts(count: int, ending: dict[str, Any]) -> list[dict[str, Any]]:
    """So many attempts that all ended like this."""
    intent = {"what": "intent", "at": 1e9, "run": "r", "style": "clear", "shot": "1", "beat": "1.1", "price": 5}
    made = []
    for number in range(count):
        made += [{**intent, "attempt": f"{ending['what']}{number}"}, {**ending, "attempt": f"{ending['what']}{number}"}]
    return made


FAILED = {"what": "failed", "kind": "Unavailable", "charged": False, "error": "The service has trouble."}


def write(folder: Folder, records: list[dict[str, Any]]) -> None:
    (folder.path / FILE).parent.mkdir(exist_ok=True)
    (folder.path / FILE).write_text("".join(json.dumps(record) + "\n" for record in records))


def test_a_long_journal_is_written_anew_with_the_same_sums(folder: Folder) -> None:
    write(folder, [*attempts(2000, FAILED), *attempts(3, {"what": "saved", "cost": 7, "version": "v"})])
    before, size = Ledger.of(Journal(folder)), (folder.path / FILE).stat().st_size
    assert Journal(folder).compact(longer_than=1000) == 2003 - NEWEST
    after = Ledger.of(Journal(folder))
    assert after.groups() == before.groups() and after.total.attempts == 2003
    assert (folder.path / FILE).stat().st_size < size * 0.6
    assert (folder.path / FILE).stat().st_mode & 0o777 == 0o600
    assert Journal(folder).compact(longer_than=1000) == 0, "there is nothing more to gain"


def test_a_short_journal_and_none_at_all_stay_as_they_are(folder: Folder) -> None:
    assert Journal(folder).compact() == 0
    assert not (folder.path / FILE).exists()
    write(folder, attempts(2000, FAILED))
    written = (folder.path / FILE).read_bytes()
    assert Journal(folder).compact() == 0
    assert (folder.path / FILE).read_bytes() == written


def test_a_crash_in_mid_compaction_leaves_the_old_journal(folder: Folder) -> None:
    write(folder, attempts(2000, FAILED))
    written = (folder.path / FILE).read_bytes()
    full = replace(folder, make_files=FullDisk)
    with pytest.raises(DiskTrouble):
        Journal(full).compact(longer_than=1000)
    assert (folder.path / FILE).read_bytes() == written


class FullDisk(FolderWriter):
    """A disk on which no new file finds room."""

    def write_whole(self, path: Inside, data: bytes, mode: int = PUBLIC, *, synced: bool = True) -> None:
        raise DiskTrouble("The disk is full.")


def test_what_is_added_while_a_journal_is_compacted_is_not_lost(folder: Folder) -> None:
    folder.files.append_synced(FILE, b"old")
    adding = []

    def revision(file: BinaryIO) -> bytes:
        adding.append(get_hub().threadpool.spawn(folder.files.append_synced, FILE, b"late"))
        return file.read().upper()

    folder.files.revise(FILE, revision)
    adding[0].get(timeout=30)
    assert (folder.path / FILE).read_bytes() == b"OLD\nlate\n"


def test_a_reader_goes_on_where_it_stopped(folder: Folder) -> None:
    journal, books = Journal(folder), LedgerCache()
    assert journal.since(JournalPosition()) == ([], JournalPosition(), False)
    journal.append(RECORDS[0])
    found, mark, anew = journal.since(JournalPosition())
    assert (found, anew) == (RECORDS[:1], False)
    with open(folder.path / FILE, "ab") as file:
        file.write(b'{"what":"sav')  # cut off
    assert journal.since(mark) == ([], mark, False)
    journal.append(RECORDS[1])
    assert journal.since(mark)[0] == RECORDS[1:]
    assert books.ledger(folder).total == books.ledger(folder).total == Ledger.of(journal).total


def test_books_are_read_anew_after_a_compaction_and_after_the_folder_was_emptied(folder: Folder) -> None:
    books = LedgerCache()
    write(folder, attempts(2000, FAILED))
    assert len(books.ledger(folder).attempts) == 2000
    Journal(folder).compact(longer_than=1000)
    assert len(books.ledger(folder).attempts) == NEWEST and books.ledger(folder).total.attempts == 2000
    (folder.path / FILE).unlink()
    assert books.ledger(folder).total == Sum()
