"""Choosing images: copied, noted as v1 notes them, one choice a beat."""

import json
import os
from collections.abc import Callable

import pytest

from tests.harness.project_folders import NOW
from webapp.disk.files.folder import Folder
from webapp.disk.project_store import ProjectStore
from webapp.errors import BadInput, NotFound

CHOICES = "image_selections.json"


def chosen(folder: Folder) -> list[str]:
    return sorted(path.name for path in (folder.path / "selected_images").iterdir())


def test_a_choice_is_copied_and_noted(folder: Folder, store: ProjectStore) -> None:
    store.selections.select(folder, "Beat_1.2", "illustration", False, NOW)
    image = folder.path / "generated_images/illustration/Shot_1/Beat_1.2.png"
    assert (folder.path / "selected_images/Beat_1.2.png").read_bytes() == image.read_bytes()
    assert store.selections.read(folder)["1.2"] == {
        "style": "illustration",
        "isFlagged": False,
        "selectedAt": "2025-01-01T00:00:00.000Z",
    }
    assert store.selections.read(folder).keys() == {"1.1", "1.2"}


def test_a_flagged_choice_takes_the_place_of_the_other(folder: Folder, store: ProjectStore) -> None:
    store.selections.select(folder, "1.1", "illustration", True, NOW)
    assert chosen(folder) == ["Beat_1.1_flagged.png"]
    store.selections.select(folder, 1.1, "illustration", False, NOW)
    assert chosen(folder) == ["Beat_1.1.png"]


def test_another_spelling_is_the_same_beat(folder: Folder, store: ProjectStore) -> None:
    store.selections.select(folder, "1.1", "clear", False, NOW)
    assert store.selections.read(folder) == {
        "Beat 1.1": {"style": "clear", "isFlagged": False, "selectedAt": "2025-01-01T00:00:00.000Z"}
    }
    clear = folder.path / "generated_images/clear/Shot_1/Beat_1.1.png"
    assert (folder.path / "selected_images/Beat_1.1.png").read_bytes() == clear.read_bytes()


@pytest.mark.parametrize("beat", ["2.1", "2.10"])
def test_a_beat_without_a_complete_image_cannot_be_chosen(folder: Folder, store: ProjectStore, beat: str) -> None:
    with pytest.raises(NotFound, match="has no image in style illustration yet"):
        store.selections.select(folder, beat, "illustration", False, NOW)
    assert chosen(folder) == ["Beat_1.1.png"]


@pytest.mark.parametrize(("beat", "style"), [("9", "illustration"), ("1.1", "ink"), ("1.1", "../clear")])
def test_an_unknown_beat_or_style_cannot_be_chosen(folder: Folder, store: ProjectStore, beat: str, style: str) -> None:
    with pytest.raises(NotFound):
        store.selections.select(folder, beat, style, False, NOW)


@pytest.mark.parametrize("beat", ["../../1.1", "", "Beat", "1/1", "1\0"])
def test_what_is_no_beat_number_is_a_bad_request(folder: Folder, store: ProjectStore, beat: str) -> None:
    with pytest.raises(BadInput):
        store.selections.select(folder, beat, "illustration", False, NOW)


def test_of_two_shots_with_the_beat_the_first_with_an_image_is_taken(folder: Folder, store: ProjectStore) -> None:
    entries = [{"shot_number": shot, "beat_number": "1.1", "ai_prompt": "a"} for shot in (7, 1)]
    store.prompts.save(folder, "illustration", entries)
    store.selections.select(folder, "1.1", "illustration", False, NOW)
    assert chosen(folder) == ["Beat_1.1.png"]


def test_a_malformed_file_is_told_and_kept_aside_on_the_next_choice(folder: Folder, store: ProjectStore) -> None:
    (folder.path / CHOICES).write_text('{"1.1": {"style"')
    assert store.selections.read(folder) == {}
    (problem,) = store.project(folder).problems
    assert (problem.file, problem.line) == (CHOICES, 1)
    store.selections.select(folder, "1.1", "clear", False, NOW)
    assert json.loads((folder.path / CHOICES).read_text()).keys() == {"Beat 1.1"}
    assert (folder.path / f"{CHOICES}.corrupt-20250101T000000Z").read_text() == '{"1.1": {"style"'
    assert store.project(folder).problems == ()


def test_a_link_where_the_copy_goes_is_replaced_not_followed(
    folder: Folder, store: ProjectStore, tmp_path: os.PathLike[str]
) -> None:
    victim = folder.path.parent / "victim.txt"
    victim.write_text("untouched")
    copy = folder.path / "selected_images/Beat_1.1.png"
    copy.unlink()
    copy.symlink_to(victim)
    store.selections.select(folder, "1.1", "illustration", False, NOW)
    assert victim.read_text() == "untouched"
    assert not copy.is_symlink()


def test_the_same_choice_again_changes_nothing(folder: Folder, store: ProjectStore) -> None:
    store.selections.select(folder, "1.2", "illustration", False, NOW)
    before, change = store.selections.read(folder), store.selections.last_change(folder)
    store.selections.select(folder, "Beat 1.2", "illustration", False, NOW + 60)
    assert (store.selections.read(folder), store.selections.last_change(folder)) == (before, change)


def test_choosing_again_brings_back_a_copy_that_is_gone(folder: Folder, store: ProjectStore) -> None:
    (folder.path / "selected_images/Beat_1.1.png").unlink()
    store.selections.select(folder, "1.1", "illustration", False, NOW)
    assert chosen(folder) == ["Beat_1.1.png"]


def test_a_flag_renames_the_copy_and_keeps_its_bytes(folder: Folder, store: ProjectStore) -> None:
    copy = (folder.path / "selected_images/Beat_1.1.png").read_bytes()
    store.selections.flag(folder, "1.1", True, NOW)
    assert chosen(folder) == ["Beat_1.1_flagged.png"]
    assert (folder.path / "selected_images/Beat_1.1_flagged.png").read_bytes() == copy
    assert store.selections.read(folder)["1.1"] == {
        "style": "illustration",
        "isFlagged": True,
        "selectedAt": "2024-11-04T08:00:00.000Z",
    }
    store.selections.flag(folder, "1.1", False, NOW)
    store.selections.flag(folder, "1.1", False, NOW)
    assert chosen(folder) == ["Beat_1.1.png"]


def test_what_is_not_chosen_cannot_be_flagged(folder: Folder, store: ProjectStore) -> None:
    with pytest.raises(NotFound, match="Choose an image first"):
        store.selections.flag(folder, "1.2", True, NOW)


def test_a_cleared_choice_leaves_no_entry_and_no_copy(folder: Folder, store: ProjectStore) -> None:
    (folder.path / "selected_images/Beat_1.1_flagged.png").write_bytes(b"left by somebody")
    assert store.selections.clear(folder, "Beat_1.1", NOW) is True
    assert (chosen(folder), store.selections.read(folder)) == ([], {})
    assert store.selections.clear(folder, "1.1", NOW) is False
    assert (folder.path / "generated_images/illustration/Shot_1/Beat_1.1.png").exists()


def test_a_beat_the_prompts_do_not_have_can_be_cleared_too(folder: Folder, store: ProjectStore) -> None:
    (folder.path / CHOICES).write_text('{"9.9": {"style": "ink", "isFlagged": false}}')
    assert store.selections.clear(folder, "9.9", NOW) is True
    assert store.selections.read(folder) == {}


def state(folder: Folder) -> dict[str, bytes]:
    copies = {path.name: path.read_bytes() for path in (folder.path / "selected_images").iterdir()}
    noted = json.loads((folder.path / CHOICES).read_text())
    return copies | {number: json.dumps(choice).encode() for number, choice in noted.items()}


@pytest.mark.parametrize("what", ["choose", "choose another", "flag", "clear", "all"])
def test_each_change_can_be_taken_back_once(folder: Folder, store: ProjectStore, what: str) -> None:
    (folder.path / "selected_images/Beat_1.1.png").write_bytes(b"an image that was made anew since")
    before = state(folder)
    changes: dict[str, Callable[[], object]] = {
        "choose": lambda: store.selections.select(folder, "1.2", "illustration", False, NOW),
        "choose another": lambda: store.selections.select(folder, "1.1", "clear", False, NOW),
        "flag": lambda: store.selections.flag(folder, "1.1", True, NOW),
        "clear": lambda: store.selections.clear(folder, "1.1", NOW),
        "all": lambda: store.selections.select_open(folder, "illustration", None, NOW),
    }
    changes[what]()
    assert state(folder) != before
    change = store.selections.last_change(folder)
    assert change is not None
    assert store.selections.undo(folder, "another change", NOW) is None
    assert store.selections.undo(folder, change.id, NOW) == change
    assert state(folder) == before
    assert store.selections.undo(folder, change.id, NOW) is None
    assert store.selections.last_change(folder) is None


def test_undo_leaves_alone_what_another_program_changed_since(folder: Folder, store: ProjectStore) -> None:
    store.selections.select(folder, "1.2", "illustration", False, NOW)
    (folder.path / CHOICES).write_text('{"1.2": {"style": "clear", "isFlagged": true}}')
    assert store.selections.undo(folder, None, NOW) is not None
    assert store.selections.read(folder) == {"1.2": {"style": "clear", "isFlagged": True}}
    assert "Beat_1.2.png" in chosen(folder)


@pytest.mark.parametrize(
    "record",
    [
        "[]",
        '{"beats": 5}',
        '{"beats": {"../1": {"written": "../1", "before": null, "after": null, "files": []}}}',
        '{"beats": {"1.1": {"written": "1.1", "before": null, "after": null, "files": ["../../script.md"]}}}',
        '{"beats": {"1.1": {"written": {}, "files": []}}}',
    ],
)
def test_a_record_that_was_tampered_with_leads_nowhere(folder: Folder, store: ProjectStore, record: str) -> None:
    (folder.path / ".step8").mkdir(exist_ok=True)
    (folder.path / ".step8/last_choice.json").write_text(record)
    before = state(folder), (folder.path / "script.md").read_bytes()
    store.selections.undo(folder, None, NOW)
    assert (state(folder), (folder.path / "script.md").read_bytes()) == before


def test_all_open_beats_with_an_image_take_a_style_and_the_others_stay(folder: Folder, store: ProjectStore) -> None:
    assert store.selections.select_open(folder, "illustration", 1, NOW) == ("1.2",)
    assert store.selections.read(folder).keys() == {"1.1", "1.2"}
    assert store.selections.read(folder)["1.1"]["selectedAt"] == "2024-11-04T08:00:00.000Z"
    assert store.selections.select_open(folder, "illustration", 0, NOW) == ()


def test_other_beats_than_were_told_are_not_chosen(folder: Folder, store: ProjectStore) -> None:
    before = state(folder)
    with pytest.raises(BadInput, match="1 beat is open"):
        store.selections.select_open(folder, "illustration", 2, NOW)
    with pytest.raises(NotFound):
        store.selections.select_open(folder, "ink", None, NOW)
    assert state(folder) == before


def test_it_is_known_whether_a_copy_is_still_the_image(folder: Folder, store: ProjectStore) -> None:
    project = store.project(folder)
    store.selections.select(folder, "1.1", "clear", False, NOW)
    assert store.selections.is_current(folder, project, "1.1", "clear")
    assert not store.selections.is_current(folder, project, "1.1", "illustration")
    (folder.path / "selected_images/Beat_1.1.png").unlink()
    assert not store.selections.is_current(folder, project, "1.1", "clear")
