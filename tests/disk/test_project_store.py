"""What else a project keeps: title, settings, run, book, reference."""

import shutil
from pathlib import Path

import pytest

from webapp.core.run.states import Run, RunState
from webapp.disk.files.folder import Folder
from webapp.disk.project_store import ProjectStore
from webapp.errors import BadFile, DiskTrouble, NotFound


def test_the_title_is_the_folders_name_until_it_gets_one(folder: Folder, store: ProjectStore) -> None:
    assert store.records.title(folder) == "lighthouse"
    store.records.set_title(folder, "  The\nKeeper\0 \u202eof Grey Point ")
    assert store.records.title(folder) == "The Keeper of Grey Point"
    assert store.project(folder).title == "The Keeper of Grey Point"


def test_settings_are_read_back_and_broken_ones_kept_aside(folder: Folder, store: ProjectStore) -> None:
    assert store.records.settings(folder) == {}
    store.records.write_settings(folder, {"provider": "sketch"})
    assert store.records.settings(folder) == {"provider": "sketch"}
    (folder.state / "settings.json").write_text("{provider")
    assert store.records.settings(folder) == {}
    store.records.write_settings(folder, {"provider": "gemini"})
    assert store.records.settings(folder) == {"provider": "gemini"}
    assert (folder.state / "settings.json.corrupt-20250101T000000Z").read_text() == "{provider"


def test_a_run_is_read_back_and_anything_else_is_no_run(folder: Folder, store: ProjectStore) -> None:
    assert store.records.run(folder) == Run()
    run = Run("r1", RunState.GENERATING, seq=3, token=7)
    store.records.write_run(folder, run)
    assert store.records.run(folder) == run
    (folder.state / "run.json").write_text('{"state": "dancing"}')
    assert store.records.run(folder) == Run()


def test_what_is_the_apps_own_is_not_for_others_to_read(folder: Folder, store: ProjectStore) -> None:
    store.records.write_run(folder, Run("r1"))
    store.records.write_settings(folder, {})
    assert {path.stat().st_mode & 0o777 for path in folder.state.iterdir()} == {0o600}


def test_deleting_the_apps_own_folder_loses_no_image(folder: Folder, store: ProjectStore) -> None:
    store.records.write_run(folder, Run("r1"))
    before = store.images.of_project(folder, store.project(folder))
    shutil.rmtree(folder.state)
    assert store.images.of_project(folder, store.project(folder)) == before
    assert store.records.run(folder) == Run()


def test_a_book_is_kept(folder: Folder, store: ProjectStore) -> None:
    store.write_book(folder, "Größe 🎬 \ud800")
    assert (folder.path / "book.txt").read_text("utf-8") == "Größe 🎬 ?"


def test_the_reference_is_the_set_one_or_else_the_projects_own(
    folder: Folder, store: ProjectStore, tmp_path: Path, picture: dict[str, bytes]
) -> None:
    assert store.reference.read(folder, None) is None
    (folder.path / "style_reference.png").write_bytes(picture["JPEG"])
    (tmp_path / "other.png").write_bytes(picture["PNG"])
    assert store.reference.read(folder, None) == picture["JPEG"]
    assert store.reference.read(folder, tmp_path / "other.png") == picture["PNG"]


def test_a_reference_that_is_no_image_is_refused(
    folder: Folder, store: ProjectStore, tmp_path: Path, picture: dict[str, bytes]
) -> None:
    reference = folder.path / "style_reference.png"
    for body in (b"", b"text", picture["PNG"][:-3]):
        reference.write_bytes(body)
        with pytest.raises(BadFile, match="not a complete PNG"):
            store.reference.read(folder)
    reference.unlink()
    reference.symlink_to(tmp_path / "x.png")
    with pytest.raises(BadFile, match="link"):
        store.reference.read(folder)
    with pytest.raises(BadFile, match="STYLE_REFERENCE cannot be read"):
        store.reference.read(folder, tmp_path / "none.png")


def test_progress_of_an_unknown_style_is_refused(folder: Folder, store: ProjectStore) -> None:
    with pytest.raises(NotFound):
        store.write_progress(folder, store.project(folder), "../ink", [])


def test_a_deleted_project_takes_nothing_any_more(folder: Folder, store: ProjectStore) -> None:
    project = store.project(folder)
    shutil.rmtree(folder.path)
    for act in (
        lambda: store.records.write_run(folder, Run("r1")),
        lambda: store.records.write_settings(folder, {}),
        lambda: store.write_progress(folder, project, "clear", []),
        lambda: store.images.of_project(folder, project),
    ):
        with pytest.raises(DiskTrouble, match="folder is gone"):
            act()
    assert not folder.path.exists()
