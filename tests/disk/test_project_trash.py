"""Deleted projects can be brought back for 30 days."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.harness.project_folders import NOW
from webapp.disk.files.folder import Folder
from webapp.disk.library import ARRIVING, Library
from webapp.disk.project_store import ProjectStore
from webapp.disk.project_trash import (
    DAY,
    DAYS,
    NOTE,
    ProjectTrash,
)
from webapp.errors import BadInput, DiskTrouble, NotFound


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def trash(library: Library, clock: Clock) -> ProjectTrash:
    return ProjectTrash(library, clock)


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_deleted_project_comes_back_as_it_was(
    trash: ProjectTrash, library: Library, folder: Folder, store: ProjectStore
) -> None:
    store.records.set_title(folder, "The lighthouse")
    before = listing(folder.path)
    trashed = trash.put(folder)
    assert library.names() == ["malformed"]
    assert trashed.entry == "lighthouse-20250101T000000Z"
    assert trash.entries() == [trashed]
    assert (trashed.title, trashed.name, trashed.until) == ("The lighthouse", "lighthouse", NOW + 30 * DAY)
    back = trash.restore(trashed.entry)
    assert back.name == "lighthouse"
    assert listing(back.path) == before
    assert trash.entries() == []


def test_two_projects_of_one_name_both_come_back(trash: ProjectTrash, library: Library, folder: Folder) -> None:
    kept = library.root.parent / "kept"
    shutil.copytree(folder.path, kept)
    first = trash.put(folder)
    shutil.copytree(kept, library.root / "lighthouse")
    second = trash.put(library.find("lighthouse"))
    assert first.entry != second.entry
    assert trash.restore(first.entry).name == "lighthouse"
    assert trash.restore(second.entry).name == "lighthouse-2"


def test_a_project_that_lay_deeper_comes_back_there(trash: ProjectTrash, library: Library) -> None:
    (library.root / "client" / "film").mkdir(parents=True)
    trashed = trash.put(library.find("client/film"))
    (library.root / "client").rmdir()
    assert trash.restore(trashed.entry).name == "client/film"


def test_after_thirty_days_it_is_gone(trash: ProjectTrash, library: Library, folder: Folder, clock: Clock) -> None:
    outside = library.root.parent / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    (folder.path / "link").symlink_to(outside)
    trashed = trash.put(folder)
    clock.now += DAYS * DAY - 1
    assert trash.purge() == []
    clock.now += 1
    assert trash.purge() == [trashed.entry]
    assert trash.entries() == []
    assert (outside / "kept").exists()
    with pytest.raises(NotFound):
        trash.restore(trashed.entry)


@pytest.mark.parametrize("entry", ["", ".", "..", "../lighthouse", "lighthouse", "x/../../malformed", "\0", "a" * 300])
def test_nothing_but_an_entry_of_the_trash_is_restored(trash: ProjectTrash, library: Library, entry: str) -> None:
    (library.root / ".trash").mkdir()
    (library.root / ".trash" / "link").symlink_to(library.root / "malformed")
    for name in (entry, "link"):
        with pytest.raises(NotFound):
            trash.restore(name)
    assert library.names() == ["lighthouse", "malformed"]


@pytest.mark.parametrize(
    "note", ["", "[]", '{"name": "../../evil", "time": 1}', '{"name": 5, "title": [], "time": "x"}']
)
def test_an_entry_whose_note_is_damaged_comes_back_inside_the_root(
    trash: ProjectTrash, library: Library, folder: Folder, note: str
) -> None:
    trashed = trash.put(folder)
    place = library.root / ".trash" / trashed.entry
    (place / NOTE).write_text(note)
    assert len(trash.entries()) == 1
    back = trash.restore(trashed.entry)
    assert back.path.parent == library.root
    assert (back.path / "book.txt").exists()


def test_an_entry_put_there_by_hand_is_kept(trash: ProjectTrash, library: Library, clock: Clock) -> None:
    (library.root / ".trash" / "old film").mkdir(parents=True)
    clock.now += 365 * DAY
    assert trash.purge() == []
    assert trash.restore("old film").name == "old film"


def test_a_run_that_begins_meanwhile_saves_the_project(trash: ProjectTrash, library: Library, folder: Folder) -> None:
    before = listing(folder.path)
    with pytest.raises(BadInput, match="Stop it first"):
        trash.put(folder, still=lambda: True)
    assert library.names() == ["lighthouse", "malformed"]
    assert [name for name in listing(folder.path) if name != ".step8"] == before
    assert folder.files.read("book.txt", 1000)


def test_a_trash_that_is_a_link_is_not_used(
    trash: ProjectTrash, library: Library, folder: Folder, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (library.root / ".trash").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DiskTrouble):
        trash.put(folder)
    assert listing(tmp_path / "elsewhere") == []
    assert "lighthouse" in library.names()


def test_what_a_crash_left_of_an_unfinished_project_is_swept(
    trash: ProjectTrash, library: Library, clock: Clock
) -> None:
    old, fresh = library.root / f"{ARRIVING}old", library.root / f"{ARRIVING}fresh"
    for path, age in ((old, 2 * DAY), (fresh, 60.0)):
        path.mkdir()
        os.utime(path, (NOW - age, NOW - age))
    assert trash.purge() == [old.name]
    assert fresh.is_dir()
