"""Folders that earlier releases left behind are read as they are, and reading changes nothing in them."""

import shutil
from pathlib import Path

import pytest

from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame
from webapp.core.run.states import RunState
from webapp.disk.files.folder import Folder
from webapp.disk.images.image_store import ImageStore
from webapp.disk.library import Library
from webapp.disk.logs.journal import Journal
from webapp.disk.project_store import ProjectStore
from webapp.generation.run.unfinished_attempts import unfinished

DATA = Path(__file__).parent.parent / "data"
RELEASES = {"v1_half_finished": 5, "step8_1_2_0": 1}
"""The folders by the release that left them, with the number of whole images in each."""


def left_by(release: str, root: Path) -> Folder:
    shutil.copytree(DATA / release, root / release)
    return Library(root).find(release)


def content(folder: Folder) -> dict[str, bytes]:
    return {str(file.relative_to(folder.path)): file.read_bytes() for file in folder.path.rglob("*") if file.is_file()}


@pytest.mark.parametrize("release", RELEASES)
def test_looking_at_a_folder_changes_nothing_in_it(release: str, tmp_path: Path, store: ProjectStore) -> None:
    folder = left_by(release, tmp_path)
    before = content(folder)
    project = store.project(folder)
    store.images.of_project(folder, project)
    for style in project.styles:
        assert store.progress(folder, style.name).sound
    store.records.run(folder), store.records.settings(folder), store.selections.read(folder), Ledger.of(Journal(folder))
    assert project.total > 0 and project.problems == ()
    assert content(folder) == before


@pytest.mark.parametrize("release", RELEASES)
def test_recovery_keeps_every_image_and_all_that_was_written_down(
    release: str, tmp_path: Path, store: ProjectStore
) -> None:
    folder = left_by(release, tmp_path)
    before = content(folder)
    project = store.project(folder)
    ImageStore().recover(folder, project)
    images = store.images.of_project(folder, project)
    for style in project.styles:
        done = [frame for frame in images if frame.style == style.name]
        store.write_progress(folder, project, style.name, done)
    after = content(folder)
    kept = [name for name in before if not name.startswith("image_progress")]
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert len(images) == len(store.images.of_project(folder, project))


def test_the_run_and_the_books_of_1_2_0_go_on(tmp_path: Path, store: ProjectStore) -> None:
    folder = left_by("step8_1_2_0", tmp_path)
    run = store.records.run(folder)
    assert (run.id, run.state, run.token, run.seq) == ("3c1f0a9b2d44", RunState.GENERATING, 7, 2)
    ledger = Ledger.of(Journal(folder))
    assert ledger.spent == 38_700 + 39_000 + 39_000
    assert ledger.total.possibly == 78_000
    left = unfinished(ledger)
    assert [each.frame for each in left.values()] == [Frame("clear", "1", "1.3")]
    assert store.records.settings(folder)["provider"] == "gemini"
