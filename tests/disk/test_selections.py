"""Choosing images: copied, noted as v1 notes them, one choice a beat."""

import json
import os

import pytest

from tests.disk.conftest import NOW
from webapp.disk.folder import Folder
from webapp.disk.store import Store
from webapp.errors import BadInput, NotFound

CHOICES = "image_selections.json"


def chosen(folder: Folder) -> list[str]:
    return sorted(path.name for path in (folder.path / "selected_images").iterdir())


def test_a_choice_is_copied_and_noted(folder: Folder, store: Store) -> None:
    store.select(folder, "Beat_1.2", "illustration", False, NOW)
    image = folder.path / "generated_images/illustration/Shot_1/Beat_1.2.png"
    assert (folder.path / "selected_images/Beat_1.2.png").read_bytes() == image.read_bytes()
    assert store.selections(folder)["1.2"] == {
        "style": "illustration",
        "isFlagged": False,
        "selectedAt": "2025-01-01T00:00:00.000Z",
    }
    assert store.selections(folder).keys() == {"1.1", "1.2"}


def test_a_flagged_choice_takes_the_place_of_the_other(folder: Folder, store: Store) -> None:
    store.select(folder, "1.1", "illustration", True, NOW)
    assert chosen(folder) == ["Beat_1.1_flagged.png"]
    store.select(folder, 1.1, "illustration", False, NOW)
    assert chosen(folder) == ["Beat_1.1.png"]


def test_another_spelling_is_the_same_beat(folder: Folder, store: Store) -> None:
    store.select(folder, "1.1", "clear", False, NOW)
    assert store.selections(folder) == {
        "Beat 1.1": {"style": "clear", "isFlagged": False, "selectedAt": "2025-01-01T00:00:00.000Z"}
    }
    clear = folder.path / "generated_images/clear/Shot_1/Beat_1.1.png"
    assert (folder.path / "selected_images/Beat_1.1.png").read_bytes() == clear.read_bytes()


@pytest.mark.parametrize("beat", ["2.1", "2.10"])
def test_a_beat_without_a_complete_image_cannot_be_chosen(folder: Folder, store: Store, beat: str) -> None:
    with pytest.raises(NotFound, match="has no image in style illustration yet"):
        store.select(folder, beat, "illustration", False, NOW)
    assert chosen(folder) == ["Beat_1.1.png"]


@pytest.mark.parametrize(("beat", "style"), [("9", "illustration"), ("1.1", "ink"), ("1.1", "../clear")])
def test_an_unknown_beat_or_style_cannot_be_chosen(folder: Folder, store: Store, beat: str, style: str) -> None:
    with pytest.raises(NotFound):
        store.select(folder, beat, style, False, NOW)


@pytest.mark.parametrize("beat", ["../../1.1", "", "Beat", "1/1", "1\0"])
def test_what_is_no_beat_number_is_a_bad_request(folder: Folder, store: Store, beat: str) -> None:
    with pytest.raises(BadInput):
        store.select(folder, beat, "illustration", False, NOW)


def test_of_two_shots_with_the_beat_the_first_with_an_image_is_taken(folder: Folder, store: Store) -> None:
    entries = [{"shot_number": shot, "beat_number": "1.1", "ai_prompt": "a"} for shot in (7, 1)]
    store.save_prompts(folder, "illustration", entries)
    store.select(folder, "1.1", "illustration", False, NOW)
    assert chosen(folder) == ["Beat_1.1.png"]


def test_a_malformed_file_is_told_and_kept_aside_on_the_next_choice(folder: Folder, store: Store) -> None:
    (folder.path / CHOICES).write_text('{"1.1": {"style"')
    assert store.selections(folder) == {}
    (problem,) = store.project(folder).problems
    assert (problem.file, problem.line) == (CHOICES, 1)
    store.select(folder, "1.1", "clear", False, NOW)
    assert json.loads((folder.path / CHOICES).read_text()).keys() == {"Beat 1.1"}
    assert (folder.path / f"{CHOICES}.corrupt-20250101T000000Z").read_text() == '{"1.1": {"style"'
    assert store.project(folder).problems == ()


def test_a_link_where_the_copy_goes_is_replaced_not_followed(
    folder: Folder, store: Store, tmp_path: os.PathLike[str]
) -> None:
    victim = folder.path.parent / "victim.txt"
    victim.write_text("untouched")
    copy = folder.path / "selected_images/Beat_1.1.png"
    copy.unlink()
    copy.symlink_to(victim)
    store.select(folder, "1.1", "illustration", False, NOW)
    assert victim.read_text() == "untouched"
    assert not copy.is_symlink()
