"""Prompt files that are handed in: all of them or none."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from werkzeug.datastructures import FileStorage

from tests.web.site import Site, entries
from webapp.errors import BadFile, BadInput
from webapp.web.uploads import read, style_in


def file(name: str, text: str | bytes) -> tuple[io.BytesIO, str]:
    """One file of an upload form."""
    return io.BytesIO(text.encode() if isinstance(text, str) else text), name


def js(count: int, prompt: str = "A lake") -> str:
    """A prompts file as v1.1 wrote it."""
    return f"export const prompts = {json.dumps(entries(count, prompt))};\n"


def prompts(folder: Path) -> dict[str, str]:
    """The prompt files of a project."""
    return {path.name: path.read_text() for path in (folder / "prompts").iterdir()}


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("prompts-clear.js", "clear"),
        ("clear.json", "clear"),
        ("prompts_clear.txt", "clear"),
        ("Prompts-soft-ink.JSON", "soft-ink"),
        ("C:\\book\\prompts\\prompts-clear.js", "clear"),
        ("prompts/prompts-clear.js", "clear"),
    ],
)
def test_the_style_is_in_the_file_name(name: str, style: str) -> None:
    assert style_in(name) == style


@pytest.mark.parametrize(
    "name", ["clear", "clear.docx", "prompts-.js", ".js", "prompts-käse.js", "..", "prompts-a/../b.exe"]
)
def test_a_name_without_a_style_is_refused(name: str) -> None:
    with pytest.raises(BadInput, match="names no style"):
        style_in(name)


def test_files_come_into_the_project(site: Site) -> None:
    folder = site.project(styles=())
    files = [file("prompts-clear.js", js(2)), file("ink.json", json.dumps(entries(3)))]
    answer = site.post("/p/demo/prompts", {"prompts": files})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/demo/prompts")
    project = site.services.store.project(site.services.library.find("demo"))
    assert {style.name: len(style.beats) for style in project.styles} == {"clear": 2, "ink": 3}
    assert len(prompts(folder)) == 6


def test_one_bad_file_keeps_all_of_them_out(site: Site) -> None:
    folder = site.project(styles=())
    bad = "export const prompts = [\n  {shot_number: 1,\n   beat_number: }\n];"
    answer = site.post("/p/demo/prompts", {"prompts": [file("prompts-clear.js", js(2)), file("prompts-ink.js", bad)]})
    assert answer.status_code == 422
    assert "prompts-ink.js, line 3" in answer.text
    assert prompts(folder) == {}


def test_prompts_are_only_replaced_when_that_is_asked_for(site: Site) -> None:
    folder = site.project(styles=("clear",))
    before = prompts(folder)
    answer = site.post("/p/demo/prompts", {"prompts": [file("prompts-clear.js", js(1)), file("prompts-ink.js", js(1))]})
    assert answer.status_code == 400
    assert "prompts for clear already" in answer.text
    assert prompts(folder) == before
    agreed = {"replace": "1", "prompts": [file("prompts-clear.js", js(1))]}
    assert site.post("/p/demo/prompts", agreed).status_code == 303
    project = site.services.store.project(site.services.library.find("demo"))
    assert [len(style.beats) for style in project.styles] == [1]


def test_a_malformed_file_in_the_project_is_not_replaced_silently_either(site: Site) -> None:
    folder = site.project(styles=())
    (folder / "prompts" / "prompts-clear.js").write_text("not prompts, but somebody's work")
    assert site.post("/p/demo/prompts", {"prompts": [file("prompts-clear.js", js(1))]}).status_code == 400
    assert prompts(folder) == {"prompts-clear.js": "not prompts, but somebody's work"}


def test_the_three_forms_of_a_style_may_come_together(site: Site) -> None:
    site.project(styles=())
    files = [
        file("prompts-clear.txt", "whatever"),
        file("prompts-clear.json", json.dumps(entries(3))),
        file("prompts-clear.js", js(2)),
    ]
    assert site.post("/p/demo/prompts", {"prompts": files}).status_code == 303
    project = site.services.store.project(site.services.library.find("demo"))
    assert [len(style.beats) for style in project.styles] == [2]


@pytest.mark.parametrize(
    "files",
    [
        [],
        [("prompts-clear.js", b"")],
        [("prompts-clear.js", b"\xff\xfe\xff")],
        [("prompts-clear.js", b"alert(1)")],
        [("prompts-clear.json", b"[" * 100_000)],
        [("../../prompts-clear.exe", b"[]")],
    ],
)
def test_files_that_are_no_prompts_are_refused_in_plain_words(site: Site, files: list[tuple[str, bytes]]) -> None:
    folder = site.project(styles=())
    answer = site.post("/p/demo/prompts", {"prompts": [file(name, body) for name, body in files]})
    assert answer.status_code in (400, 422)
    assert 'role="alert"' in answer.text
    assert prompts(folder) == {}


def test_a_name_is_shown_as_text(site: Site) -> None:
    site.project(styles=())
    answer = site.post("/p/demo/prompts", {"prompts": [file("<img src=x onerror=alert(1)>.js", js(1))]})
    assert answer.status_code == 400
    assert "<img src=x" not in answer.text


def test_a_file_is_only_read_as_far_as_it_may_be_large(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("w+b") as endless:
        endless.truncate(50_000_000_000)
        with pytest.raises(BadFile, match="larger than 8 MB"):
            read([FileStorage(endless, "prompts-clear.js")])
        assert endless.tell() <= 9_000_000
