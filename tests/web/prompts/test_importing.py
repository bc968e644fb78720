"""Importing prompts: shown first, written after a yes, all or nothing."""

from __future__ import annotations

import html
import io
import json
import re
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.harness.web_app import WebApp, entries
from webapp.errors import BadFile
from webapp.operations.prompt_imports import UploadedFile, read

PAGE = "/p/demo/prompts"


def file(name: str, text: str | bytes) -> tuple[io.BytesIO, str]:
    """One file of an upload form."""
    return io.BytesIO(text.encode() if isinstance(text, str) else text), name


def js(count: int, prompt: str = "A lake") -> str:
    """A prompts file as v1.1 wrote it."""
    return f"export const prompts = {json.dumps(entries(count, prompt))};\n"


def files(folder: Path) -> dict[str, bytes]:
    """The prompt files of a project."""
    return {path.name: path.read_bytes() for path in (folder / "prompts").iterdir()}


def beats(site: WebApp) -> dict[str, list[str]]:
    """The prompts of every style."""
    project = site.services.store.project(site.services.library.find("demo"))
    return {style.name: [beat.prompt for beat in style.beats] for style in project.styles}


def yes(site: WebApp, shown: TestResponse) -> TestResponse:
    """Agree to what was shown."""
    assert shown.status_code == 200
    inside = shown.text.partition('id="import-preview"')[2].partition("</form>")[0]
    return site.post(f"{PAGE}/import", dict(re.findall(r'name="(import|digest)" value="([^"]*)"', inside)))


def told(shown: TestResponse) -> list[str]:
    """What the preview says, style by style."""
    inside = shown.text.partition('id="import-preview"')[2].partition("</section>")[0]
    words = [" ".join(html.unescape(re.sub("<[^>]*>", " ", part)).split()) for part in inside.split("<h3>")[1:]]
    return [re.sub(r" (Import \d+ prompts?|Apply) Cancel$", "", each) for each in words]


def test_nothing_is_written_before_a_yes(site: WebApp) -> None:
    folder = site.project(beats=2)
    before = files(folder)
    shown = site.post(PAGE, {"prompts": [file("prompts-clear.js", js(3, "A pond")), file("ink.json", js(1)[22:-2])]})
    assert told(shown) == [
        "clear 1 new 2 changed 0 the same New: 1.3 Changed: 1.1, 1.2",
        "ink new style 1 new 0 changed 0 the same New: 1.1",
    ]
    assert files(folder) == before
    assert yes(site, shown).headers["Location"] == f"{PAGE}?done=saved"
    assert beats(site) == {
        "illustration": ["A lake 1", "A lake 2"],
        "clear": ["A pond 1", "A pond 2", "A pond 3"],
        "ink": ["A lake 1"],
    }
    assert {"prompts-ink.js", "prompts-ink.json", "prompts-ink.txt"} <= set(files(folder))


def test_an_import_can_be_undone_in_all_its_styles_at_once(site: WebApp) -> None:
    folder = site.project(beats=2)
    before = files(folder)
    yes(site, site.post(PAGE, {"text": "beat,style,prompt\n1.1,clear,A\n1.1,ink,B\n"}))
    page = site.get(PAGE).text
    assert "Imported clear and ink" in page
    site.post(f"{PAGE}/undo", {"seq": re.findall(r'name="seq" value="(\d+)"', page)[0]})
    now = files(folder)
    assert now["prompts-clear.json"] == before["prompts-clear.json"]
    assert beats(site) == {"illustration": ["A lake 1", "A lake 2"], "clear": ["A lake 1", "A lake 2"]}
    assert not [name for name in now if "ink" in name]


def test_replacing_tells_what_will_be_removed(site: WebApp) -> None:
    site.project()
    asked = {"prompts": [file("clear.md", "| beat | prompt |\n|--|--|\n| 1.2 | A pond |\n")], "replace": "1"}
    shown = site.post(PAGE, asked)
    assert told(shown) == ["clear 0 new 1 changed 0 the same 2 removed Changed: 1.2 Removed: 1.1, 1.3"]
    yes(site, shown)
    assert beats(site)["clear"] == ["A pond"]


def test_a_table_that_is_not_read_is_told_before_the_yes(site: WebApp) -> None:
    site.project()
    text = "| beat | prompt |\n|--|--|\n| 1.2 | A pond |\n\n| who | when |\n|--|--|\n| a | b |\n"
    shown = site.post(PAGE, {"prompts": [file("clear.md", text)]})
    assert "The table on line 5 is not read" in shown.text


def test_what_is_there_already_needs_no_yes(site: WebApp) -> None:
    site.project()
    shown = site.post(PAGE, {"prompts": [file("prompts-clear.js", js(3))]})
    assert "Nothing: the project has all of it already." in shown.text
    assert f'action="{PAGE}/import"' not in shown.text


def test_a_pasted_text_needs_a_style_and_stays_in_the_form(site: WebApp) -> None:
    site.project(styles=())
    refused = site.post(PAGE, {"text": "beat,prompt\n1.1,A <lake>\n", "replace": "1"})
    assert refused.status_code == 400
    assert "Nothing in pasted text says which style it is for" in refused.text
    assert "1.1,A &lt;lake&gt;\n</textarea>" in refused.text
    assert 'name="replace" value="1" checked' in refused.text
    yes(site, site.post(PAGE, {"text": "beat,prompt\n1.1,A <lake>\n", "into": "ink"}))
    assert beats(site) == {"ink": ["A <lake>"]}


def test_prompts_that_changed_after_the_preview_are_not_overwritten(site: WebApp) -> None:
    folder = site.project()
    shown = site.post(PAGE, {"prompts": [file("prompts-clear.js", js(3, "A pond"))]})
    (folder / "prompts/prompts-clear.json").write_text(json.dumps(entries(3, "Somebody's work")))
    before = files(folder)
    late = yes(site, shown)
    assert late.status_code == 409
    assert "changed since this was shown" in late.text
    assert files(folder) == before


def test_a_yes_to_nothing_is_refused(site: WebApp) -> None:
    folder = site.project()
    before = files(folder)
    for name in ("", "../../book", "0" * 16):
        answer = site.post(f"{PAGE}/import", {"import": name, "digest": "x"})
        assert answer.status_code == 404
        assert "Choose the file or paste the text again" in answer.text
    assert files(folder) == before


def test_the_three_forms_of_a_style_may_come_together(site: WebApp) -> None:
    site.project(styles=())
    several = [
        file("prompts-clear.csv", "whatever"),
        file("prompts-clear.txt", "whatever"),
        file("prompts-clear.json", json.dumps(entries(3))),
        file("prompts/prompts-clear.js", js(2)),
    ]
    yes(site, site.post(PAGE, {"prompts": several}))
    assert beats(site) == {"clear": ["A lake 1", "A lake 2"]}


@pytest.mark.parametrize(
    ("several", "says"),
    [
        ([], "Choose a file or paste a text"),
        ([("prompts-clear.js", b"")], "holds no prompts"),
        ([("prompts-clear.js", b"\xff\xfe\xff")], "prompts-clear.js, line 1"),
        ([("prompts-clear.js", b"alert(1)")], "prompts-clear.js, line 1: this is code"),
        ([("prompts-clear.json", b"[" * 100_000)], "prompts-clear.json, line 1"),
        ([("clear.csv", b"beat,prompt\n1.1,\n")], "clear.csv, line 2: the prompt of this row is empty"),
        ([("clear.csv", b"beat,prompt\n1.1,a\n1.1,b\n")], "clear.csv, line 3: shot 1 has beat 1.1 already, on line 2"),
        ([("clear.md", b"no table")], "clear.md, line 1: there is no table"),
        ([("board.xlsx", b"PK\x03\x04")], "is an Excel file. Save it as CSV"),
        ([("board.csv", b"PK\x03\x04\x00")], "this is an Excel file"),
        ([("board.yaml", b"- beat: 1.1")], "is YAML. Save it as JSON or CSV"),
        ([("../../prompts-clear.exe", b"[]")], "names no style"),
        ([("<img src=x onerror=alert(1)>.js", b"[]")], "names no style"),
        ([("prompts-ok.js", js(2).encode()), ("prompts-bad.js", b"[\n{a: }]")], "prompts-bad.js, line 2"),
    ],
)
def test_what_cannot_be_used_keeps_all_of_it_out(site: WebApp, several: list[tuple[str, bytes]], says: str) -> None:
    folder = site.project(styles=())
    answer = site.post(PAGE, {"prompts": [file(name, body) for name, body in several]})
    assert answer.status_code in (400, 422)
    assert 'role="alert"' in answer.text and says in answer.text
    assert "<img src=x" not in answer.text
    assert files(folder) == {}


def test_a_damaged_file_of_the_project_is_replaced_only_after_it_was_shown(site: WebApp) -> None:
    folder = site.project(styles=())
    (folder / "prompts/prompts-clear.js").write_text("not prompts, but somebody's work")
    shown = site.post(PAGE, {"prompts": [file("prompts-clear.js", js(1))]})
    assert "new style" in told(shown)[0]
    assert files(folder) == {"prompts-clear.js": b"not prompts, but somebody's work"}
    yes(site, shown)
    assert beats(site) == {"clear": ["A lake 1"]}
    site.post(f"{PAGE}/undo", {"seq": re.findall(r'name="seq" value="(\d+)"', site.get(PAGE).text)[0]})
    assert files(folder)["prompts-clear.js"] == b"not prompts, but somebody's work"


def test_a_file_is_only_read_as_far_as_it_may_be_large(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("w+b") as endless:
        endless.truncate(50_000_000_000)
        with pytest.raises(BadFile, match="larger than 20 MB"):
            read([UploadedFile("prompts-clear.js", endless)], "", "")
        assert endless.tell() <= 21_000_000
