"""The journal: every record durable, a torn one passed over."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.disk.folder import Folder
from webapp.disk.journal import FILE, Journal

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


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
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
