"""The prompts of a project folder: all of them, or a problem that says which file, where and why."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from webapp.core.project import Problem
from webapp.disk.files.folder import Folder
from webapp.disk.library import Library
from webapp.disk.project_store import ProjectStore
from webapp.disk.prompts.changes import CurrentStyle
from webapp.errors import BadFile, BadInput, DiskTrouble


def test_a_half_finished_project_of_v1_opens(folder: Folder, store: ProjectStore) -> None:
    project = store.project(folder)
    assert project.problems == ()
    assert [style.name for style in project.styles] == ["illustration", "clear", "consistent"]
    assert [style.file for style in project.styles] == [
        "prompts/prompts-illustration.js",
        "prompts/prompts-clear.js",
        "prompts/prompts-consistent.json",
    ]
    assert project.total == 12
    assert {beat.number for style in project.styles for beat in style.beats} == {"1.1", "1.2", "2.1", "2.10"}
    assert (project.name, project.title) == ("lighthouse", "lighthouse")


PROBLEMS = {
    "prompts-code.js": (1, "this is code"),
    "prompts-comma.json": (4, "a comma or } is missing"),
    "prompts-cut.js": (21, "a text begins here and its closing quote is missing"),
    "prompts-empty.js": (None, "the file holds no prompts"),
    "prompts-escape.json": (2, 'entry 1: beat_number "../../../etc/passwd" is not a number like 1.1'),
    "prompts-latin1.txt": (3, "this is not UTF-8 text"),
    "prompts-my style.json": (None, "a style is named with"),
    "prompts-noprompt.js": (3, "entry 2: ai_prompt is missing or empty"),
    "prompts-nothing.json": (None, "the file holds no prompts"),
    "prompts-template.js": (3, "${…} in a text is code"),
    "prompts-twice.json": (3, "entry 2: shot 1 has beat 1.1 already, in entry 1"),
}


def test_every_malformed_file_is_a_problem_with_line_and_reason(library: Library, store: ProjectStore) -> None:
    project = store.project(library.find("malformed"))
    assert [style.name for style in project.styles] == ["noprompt", "twice"], "those with an entry that can be used"
    found = {problem.file.removeprefix("prompts/"): problem for problem in project.problems}
    assert found.keys() == PROBLEMS.keys()
    for name, (line, reason) in PROBLEMS.items():
        assert found[name].line == line, found[name]
        assert reason in found[name].reason


def test_a_broken_file_does_not_hide_behind_a_whole_one(folder: Folder, store: ProjectStore) -> None:
    (folder.path / "prompts" / "prompts-illustration.js").write_text("export const prompts = [")
    project = store.project(folder)
    assert [problem.file for problem in project.problems] == ["prompts/prompts-illustration.js"]
    assert [style.name for style in project.styles] == ["clear", "consistent"]


def test_without_the_js_the_json_counts_and_then_the_text(folder: Folder, store: ProjectStore) -> None:
    seen = []
    for suffix in (".js", ".json", ".txt"):
        style = store.project(folder).style("illustration")
        assert style and len(style.beats) == 4
        seen.append(style.file.removeprefix("prompts/prompts-illustration"))
        (folder.path / "prompts" / f"prompts-illustration{suffix}").unlink()
    assert seen == [".js", ".json", ".txt"]
    assert store.project(folder).style("illustration") is None


def test_a_project_without_prompts_has_none_and_no_problem(library: Library, store: ProjectStore) -> None:
    project = store.project(library.create("empty", "Empty"))
    assert (project.total, project.problems, project.title) == (0, (), "Empty")


@pytest.mark.timeout(60)
def test_links_folders_and_pipes_are_problems(folder: Folder, store: ProjectStore, tmp_path: Path) -> None:
    prompts = folder.path / "prompts"
    (tmp_path / "secret.json").write_text(json.dumps([{"shot_number": 1, "beat_number": 1, "ai_prompt": "secret"}]))
    (prompts / "prompts-link.json").symlink_to(tmp_path / "secret.json")
    (prompts / "prompts-folder.json").mkdir()
    os.mkfifo(prompts / "prompts-pipe.json")
    project = store.project(folder)
    assert len(project.styles) == 3
    assert [problem.file for problem in project.problems] == [
        "prompts/prompts-folder.json",
        "prompts/prompts-link.json",
        "prompts/prompts-pipe.json",
    ]


def test_a_linked_prompts_folder_is_a_problem(folder: Folder, store: ProjectStore, tmp_path: Path) -> None:
    shutil.move(folder.path / "prompts", tmp_path / "prompts")
    (folder.path / "prompts").symlink_to(tmp_path / "prompts")
    project = store.project(folder)
    assert project.styles == ()
    assert [problem.file for problem in project.problems] == ["prompts"]


def test_a_huge_file_is_refused_unread(folder: Folder, store: ProjectStore) -> None:
    with open(folder.path / "prompts" / "prompts-huge.js", "wb") as file:
        file.truncate(100_000_000)
    (problem,) = store.project(folder).problems
    assert problem == Problem("prompts/prompts-huge.js", "the file is larger than 20 MB. Make it smaller.")


def test_styles_that_differ_in_capitals_only_are_refused(folder: Folder, store: ProjectStore) -> None:
    shutil.copy(folder.path / "prompts/prompts-clear.js", folder.path / "prompts/prompts-Clear.js")
    (problem,) = store.project(folder).problems
    assert "capitals" in problem.reason


def test_more_styles_than_anyone_has_are_refused(library: Library, store: ProjectStore) -> None:
    folder = library.create("many", "")
    for number in range(40):
        (folder.path / f"prompts/prompts-s{number}.json").write_text(
            '[{"shot_number":1,"beat_number":1,"ai_prompt":"a"}]'
        )
    project = store.project(folder)
    assert (len(project.styles), len(project.problems)) == (32, 8)


def test_an_edited_file_is_read_again(folder: Folder, store: ProjectStore) -> None:
    before = store.project(folder)
    assert store.project(folder).styles is before.styles
    store.prompts.save(folder, "clear", [{"shot_number": 1, "beat_number": "1.1", "ai_prompt": "Other."}])
    style = store.project(folder).style("clear")
    assert style and [beat.prompt for beat in style.beats] == ["Other."]


def test_saved_prompts_lie_in_all_three_forms_with_unknown_fields(folder: Folder, store: ProjectStore) -> None:
    entries = [{"shot_number": 1, "beat_number": "Beat 1.1", "ai_prompt": "A stair.", "seed": 7}]
    store.prompts.save(folder, "ink", entries)
    prompts = folder.path / "prompts"
    assert json.loads((prompts / "prompts-ink.json").read_text("utf-8")) == entries
    js = (prompts / "prompts-ink.js").read_text("utf-8")
    assert js.startswith("export const prompts = [") and '"seed": 7' in js
    assert "Prompt: A stair." in (prompts / "prompts-ink.txt").read_text("utf-8")
    style = store.project(folder).style("ink")
    assert style and style.beats[0].written == "Beat 1.1"


def test_bad_prompts_are_refused_and_nothing_is_written(folder: Folder, store: ProjectStore) -> None:
    before = {path: path.read_bytes() for path in (folder.path / "prompts").iterdir()}
    with pytest.raises(BadFile, match="entry 1: shot_number is missing"):
        store.prompts.save(folder, "clear", [{"ai_prompt": "a"}])
    with pytest.raises(BadFile, match="holds no prompts"):
        store.prompts.save(folder, "clear", [])
    for style in ("../x", "a/b", "", ".", "a b"):
        with pytest.raises(BadInput):
            store.prompts.save(folder, style, [{"shot_number": 1, "beat_number": 1, "ai_prompt": "a"}])
    assert {path: path.read_bytes() for path in (folder.path / "prompts").iterdir()} == before


def test_a_project_that_was_deleted_says_so(folder: Folder, store: ProjectStore) -> None:
    shutil.rmtree(folder.path)
    with pytest.raises(DiskTrouble, match="folder is gone"):
        store.project(folder)


def test_one_entry_that_cannot_be_used_takes_no_style_away(folder: Folder, store: ProjectStore) -> None:
    whole = store.project(folder).total
    entries = [*store.prompts.loose_entries(folder, "clear"), {"shot_number": 1, "beat_number": "x", "ai_prompt": "a"}]
    (folder.path / "prompts/prompts-clear.js").write_text(f"export const prompts = {json.dumps(entries)};")
    project = store.project(folder)
    assert project.total == whole
    assert [problem.file for problem in project.unread_prompts] == ["prompts/prompts-clear.js"]


def test_the_other_beats_of_a_style_with_an_unusable_entry_can_be_edited(folder: Folder, store: ProjectStore) -> None:
    odd = {"shot_number": 1, "beat_number": "x", "ai_prompt": "a"}
    entries = [odd, *store.prompts.loose_entries(folder, "clear")]
    (folder.path / "prompts/prompts-clear.js").write_text(f"export const prompts = {json.dumps(entries)};")

    def decide(styles: Mapping[str, CurrentStyle]) -> dict[str, list[dict[str, Any]]]:
        odd_one, first, *others = styles["clear"].entries
        return {"clear": [odd_one, {**first, "ai_prompt": "Another lake."}, *others]}

    assert store.prompts.change(folder, "Edited", decide) == ("clear",)
    style = store.project(folder).style("clear")
    assert style and style.beats[0].prompt == "Another lake." and len(style.beats) == len(entries) - 1
    with pytest.raises(BadFile):
        store.prompts.change(folder, "Edited", lambda s: {"clear": [*s["clear"].entries, {**odd, "ai_prompt": "b"}]})


def test_the_formatted_copy_of_a_style_that_a_helper_of_v1_wrote_is_no_style(
    folder: Folder, store: ProjectStore
) -> None:
    whole = store.project(folder).total
    for suffix in (".js", ".json", ".txt"):
        shutil.copy(folder.path / "prompts/prompts-clear.js", folder.path / f"prompts/prompts-clear-formatted{suffix}")
    shutil.copy(folder.path / "prompts/prompts-clear.js", folder.path / "prompts/prompts-Consistent-Formatted.js")
    project = store.project(folder)
    assert (project.total, project.problems) == (whole, ())


def test_a_style_that_is_only_called_formatted_is_one(folder: Folder, store: ProjectStore) -> None:
    shutil.copy(folder.path / "prompts/prompts-clear.js", folder.path / "prompts/prompts-ink-formatted.js")
    assert store.project(folder).style("ink-formatted") is not None
