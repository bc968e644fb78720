"""Changes of prompts: all forms written, remembered first, undone byte by byte."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness.project_folders import DATA
from webapp.core.prompts.edits import Entries, with_prompt, without
from webapp.core.prompts.prompt_files import read_entries
from webapp.disk.files.folder import Folder
from webapp.disk.project_store import ProjectStore
from webapp.disk.prompts import history as prompt_history
from webapp.disk.prompts import pending_imports
from webapp.disk.prompts.changes import CurrentStyle
from webapp.errors import BadFile, BadInput, NotFound, Outdated


def prompt(text: str, style: str = "clear", key: tuple[str, str] = ("1", "1.1")) -> Any:
    """A change of one prompt."""

    def decide(current: Mapping[str, CurrentStyle]) -> Mapping[str, Entries]:
        return {style: with_prompt(current[style].entries, key, style, text)}

    return decide


def files(folder: Folder) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder.path / "prompts").iterdir()}


def newest(store: ProjectStore, folder: Folder) -> int:
    return store.prompts.history(folder).undo[-1].seq


def test_a_change_is_in_all_three_forms_and_keeps_what_it_does_not_know(folder: Folder, store: ProjectStore) -> None:
    js = folder.path / "prompts/prompts-clear.js"
    entries = [{**entry, "seed": 7} for entry in read_entries(js.read_text("utf-8"), "a.js")]
    js.write_text(f"// mine\nexport const prompts = {json.dumps(entries)};")
    assert store.prompts.change(folder, "Edited", prompt("A new lake")) == ("clear",)
    wanted = [{**entries[0], "ai_prompt": "A new lake"}, *entries[1:]]
    for suffix in (".js", ".json"):
        name = f"prompts-clear{suffix}"
        assert read_entries((folder.path / "prompts" / name).read_text("utf-8"), name) == wanted
    assert "Prompt: A new lake\n" in (folder.path / "prompts/prompts-clear.txt").read_text("utf-8")


def test_undoing_brings_the_file_back_byte_by_byte_and_redoing_the_change(folder: Folder, store: ProjectStore) -> None:
    js = folder.path / "prompts/prompts-clear.js"
    before = b"\xef\xbb\xbf// my comment\r\n" + js.read_bytes().removeprefix(b"\xef\xbb\xbf")
    js.write_bytes(before)
    store.prompts.change(folder, "Edited", prompt("A new lake"))
    changed = js.read_bytes()
    store.prompts.undo(folder, newest(store, folder))
    assert js.read_bytes() == before
    assert "A new lake" not in (folder.path / "prompts/prompts-clear.json").read_text("utf-8")
    history = store.prompts.history(folder)
    assert (history.undo, [each.what for each in history.redo]) == ((), ["Edited"])
    store.prompts.undo(folder, history.redo[-1].seq, forward=True)
    assert js.read_bytes() == changed


def test_undoing_a_new_style_takes_its_files_away(folder: Folder, store: ProjectStore) -> None:
    before = files(folder)
    store.prompts.save(folder, "ink", [{"shot_number": 1, "beat_number": "1.1", "ai_prompt": "Black"}])
    store.prompts.undo(folder, newest(store, folder))
    assert files(folder) == before


def test_a_damaged_file_that_was_replaced_comes_back_too(folder: Folder, store: ProjectStore) -> None:
    damaged = folder.path / "prompts/prompts-clear.js"
    damaged.write_bytes(b"not prompts, \xff\xfe but somebody's work")
    store.prompts.save(folder, "clear", [{"shot_number": 1, "beat_number": "1.1", "ai_prompt": "A"}])
    store.prompts.undo(folder, newest(store, folder))
    assert damaged.read_bytes() == b"not prompts, \xff\xfe but somebody's work"


def test_a_change_that_changes_nothing_is_no_change(folder: Folder, store: ProjectStore) -> None:
    before = files(folder)
    assert store.prompts.change(folder, "Nothing", lambda current: {"clear": current["clear"].entries}) == ()
    assert files(folder) == before
    assert store.prompts.history(folder).undo == ()


def test_what_the_decision_raises_keeps_every_file_as_it_was(folder: Folder, store: ProjectStore) -> None:
    before = files(folder)
    with pytest.raises(NotFound):
        store.prompts.change(folder, "Edited", prompt("A", key=("9", "9.9")))
    with pytest.raises(BadFile, match="holds no prompts"):
        store.prompts.change(folder, "Edited", lambda _: {"illustration": [], "clear": []})
    with pytest.raises(BadInput):
        store.prompts.change(folder, "Edited", lambda _: {"../x": [{}]})
    assert files(folder) == before
    assert store.prompts.history(folder).undo == ()


def test_undo_is_for_the_change_that_was_shown(folder: Folder, store: ProjectStore) -> None:
    store.prompts.change(folder, "One", prompt("One"))
    shown = newest(store, folder)
    store.prompts.change(folder, "Two", prompt("Two"))
    with pytest.raises(Outdated):
        store.prompts.undo(folder, shown)
    store.prompts.undo(folder, newest(store, folder))
    store.prompts.undo(folder, shown)
    with pytest.raises(Outdated):
        store.prompts.undo(folder, shown)


def test_the_history_says_which_prompts_were_edited(folder: Folder, store: ProjectStore) -> None:
    store.prompts.change(folder, "One", prompt("One"))
    store.prompts.change(folder, "Gone", lambda now: {"clear": without(now["clear"].entries, ("1", "1.2"))})
    edits = store.prompts.history(folder).edits()
    assert {key: change.what for key, change in edits.items()} == {("clear", "1-1.1"): "One"}
    before = store.prompts.entries_before(folder, edits[("clear", "1-1.1")].seq, "clear")
    assert before[0]["ai_prompt"] != "One"


def test_a_hundred_changes_can_be_undone_and_no_older_ones_lie_about(folder: Folder, store: ProjectStore) -> None:
    for number in range(prompt_history.KEPT + 5):
        store.prompts.change(folder, str(number), prompt(f"Prompt {number}"))
    history = store.prompts.history(folder)
    assert [change.what for change in history.undo] == [str(n) for n in range(5, prompt_history.KEPT + 5)]
    versions = [path for path in (folder.state / "prompt_history").iterdir() if path.name != "history.json"]
    assert len(versions) == prompt_history.KEPT
    for change in reversed(history.undo):
        store.prompts.undo(folder, change.seq)
    assert store.project(folder).style("clear").beats[0].prompt == "Prompt 4"  # type: ignore[union-attr]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"undo": [1, {"seq": "x"}], "redo": 7}'])
def test_a_damaged_history_is_an_empty_one_and_edits_go_on(folder: Folder, store: ProjectStore, content: str) -> None:
    store.prompts.change(folder, "One", prompt("One"))
    (folder.state / "prompt_history/history.json").write_text(content)
    assert store.prompts.history(folder).undo == ()
    store.prompts.change(folder, "Two", prompt("Two"))
    assert [change.what for change in store.prompts.history(folder).undo] == ["Two"]


def test_a_version_that_is_gone_is_told_and_nothing_is_touched(folder: Folder, store: ProjectStore) -> None:
    store.prompts.change(folder, "One", prompt("One"))
    before = files(folder)
    seq = newest(store, folder)
    (folder.state / f"prompt_history/{seq}.json").unlink()
    with pytest.raises(BadFile, match="cannot be read any more"):
        store.prompts.undo(folder, seq)
    assert files(folder) == before


def test_a_file_in_the_way_does_not_keep_the_others_from_being_edited(folder: Folder, store: ProjectStore) -> None:
    (folder.path / "prompts/prompts-odd.js").mkdir()
    (folder.path / "prompts/prompts-link.js").symlink_to("prompts-clear.js")
    assert store.prompts.change(folder, "One", prompt("One")) == ("clear",)


def test_an_import_waits_for_its_yes_and_only_the_newest_do(folder: Folder) -> None:
    names = [pending_imports.put(folder, {"styles": {"clear": [number]}}) for number in range(8)]
    assert pending_imports.get(folder, names[-1]) == {"styles": {"clear": [7]}}
    assert len(list((folder.state / "prompt_imports").iterdir())) == pending_imports.KEPT
    for name in ("", "../../book", "0" * 16, names[0]):
        with pytest.raises(NotFound, match="paste the text again"):
            pending_imports.get(folder, name)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25, deadline=None
)
@given(moves=st.lists(st.sampled_from(["edit", "undo", "redo"]), max_size=8))
def test_undo_and_redo_walk_along_the_same_states(folder: Folder, store: ProjectStore, moves: list[str]) -> None:
    path: Path = folder.path / "prompts/prompts-clear.js"
    shutil.rmtree(folder.state / "prompt_history", ignore_errors=True)
    path.write_bytes((DATA / "v1_half_finished/prompts/prompts-clear.js").read_bytes())
    past, future = [path.read_bytes()], list[bytes]()
    for number, move in enumerate(moves):
        history = store.prompts.history(folder)
        if move == "edit":
            store.prompts.change(folder, "Edited", prompt(f"Prompt {number} of {len(moves)}"))
            future = []
            past.append(path.read_bytes())
        elif move == "undo" and len(past) > 1:
            store.prompts.undo(folder, history.undo[-1].seq)
            future.append(past.pop())
        elif move == "redo" and future:
            store.prompts.undo(folder, history.redo[-1].seq, forward=True)
            past.append(future.pop())
        assert path.read_bytes() == past[-1]
        stacks = store.prompts.history(folder)
        assert (len(stacks.undo), len(stacks.redo)) == (len(past) - 1, len(future))
