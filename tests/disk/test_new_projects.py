"""Copies of projects: everything of the project, nothing of what happened to it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from webapp.core.run.states import Run, RunState
from webapp.disk.files.folder import Folder
from webapp.disk.files.writer import FolderWriter
from webapp.disk.library import Library
from webapp.disk.new_projects import NewProjects
from webapp.disk.project_store import ProjectStore
from webapp.errors import BadInput, DiskTrouble


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder and its content."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def arrivals(library: Library) -> NewProjects:
    return NewProjects(library)


def test_a_copy_has_all_files_and_no_history(arrivals: NewProjects, folder: Folder, store: ProjectStore) -> None:
    store.records.set_title(folder, "The lighthouse")
    store.records.write_settings(folder, {"provider": "sketch"})
    store.records.write_run(folder, Run(id="r", state=RunState.GENERATING, seq=4))
    (folder.path / ".step8" / "journal.jsonl").write_text("{}\n")
    store.records.set_archived(folder, True)
    copy = arrivals.duplicate(folder)
    before = {name: body for name, body in tree(folder.path).items() if not name.startswith(".step8/")}
    after = tree(copy.path)
    assert copy.name == "the-lighthouse-copy"
    assert {name for name in after if name.startswith(".step8/")} == {".step8/project.json", ".step8/settings.json"}
    assert {name: body for name, body in after.items() if not name.startswith(".step8/")} == before
    assert store.records.title(copy) == "The lighthouse copy"
    assert store.records.settings(copy) == {"provider": "sketch"}
    assert not store.records.archived(copy)
    assert store.records.archived(folder)


def test_a_copy_of_a_copy_is_another_project(arrivals: NewProjects, folder: Folder) -> None:
    first, second = arrivals.duplicate(folder, "Film"), arrivals.duplicate(folder, "Film")
    assert (first.name, second.name) == ("film", "film-2")


def test_links_are_not_copied(arrivals: NewProjects, folder: Folder, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "keys.txt").write_text("AIza")
    (folder.path / "voiceover").symlink_to(secret)
    (folder.path / "keys.txt").symlink_to(secret / "keys.txt")
    copied = tree(arrivals.duplicate(folder).path)
    assert any("prompts" in name for name in copied)
    assert not any("keys" in name or "voiceover" in name for name in copied)


def test_a_copy_that_fails_leaves_nothing(folder: Folder, library: Library) -> None:
    class Broken(FolderWriter):
        """A disk that is full after a few files."""

        def free_space(self) -> int:
            return 0

    with pytest.raises(DiskTrouble, match="too little room"):
        NewProjects(Library(library.root, Broken)).duplicate(folder)
    assert sorted(path.name for path in library.root.iterdir()) == ["lighthouse", "malformed"]


def test_a_folder_is_adopted_only_under_a_free_and_usable_name(library: Library) -> None:
    with library.arriving() as files:
        (files.base / "book.txt").write_text("x")
        for name in ("lighthouse", "Lighthouse", "../x", ".hidden", "a:b", ""):
            with pytest.raises(BadInput):
                library.adopt(files.base, name)
        made = library.adopt(files.base, "new")
    assert (made.path / "book.txt").read_text() == "x"
    assert library.names() == ["lighthouse", "malformed", "new"]


def test_archiving_keeps_the_title_and_says_since_when(folder: Folder, store: ProjectStore) -> None:
    store.records.set_title(folder, "The lighthouse")
    store.records.set_archived(folder, True)
    facts = json.loads((folder.path / ".step8/project.json").read_text())
    assert facts == {"title": "The lighthouse", "archivedAt": "2025-01-01T00:00:00.000Z"}
    store.records.set_title(folder, "Other")
    assert store.records.archived(folder)
    store.records.set_archived(folder, False)
    assert json.loads((folder.path / ".step8/project.json").read_text()) == {"title": "Other"}
