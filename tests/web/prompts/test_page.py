"""Step 7 as its forms are sent, without a script unless a test says so."""

from __future__ import annotations

import html
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.harness.web_app import (
    WebApp,
    draw,
    entries,
    image,
)
from tests.web.images.test_frame_commands import FrameCommands
from webapp.core.project import Frame
from webapp.core.prompts.prompt_files import read_entries
from webapp.core.prompts.wording import StyleWording, wording_of

PAGE = "/p/demo/prompts"


def field(text: str, name: str) -> str:
    """The value of a hidden field."""
    match = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', text)
    assert match, name
    return html.unescape(match[1])


def form(text: str, **typed: str) -> dict[str, str]:
    """The editor's form as the page holds it, with what somebody typed (``__`` stands for a dot)."""
    inside = text.partition('id="peditor"')[2].partition("</form>")[0]
    data = {
        name: html.unescape(value)
        for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', inside)
    }
    areas = re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n(.*?)</textarea>', inside, re.DOTALL)
    data |= {name: html.unescape(value) for name, value in areas}
    data["transition"] = field(inside, "transition-was")
    return data | {"do": "save"} | {name.replace("__", "."): value for name, value in typed.items()}


def stored(folder: Path, style: str = "clear") -> list[dict[str, Any]]:
    """The entries of a style, the same in .js and .json."""
    data: list[dict[str, Any]] = json.loads((folder / "prompts" / f"prompts-{style}.json").read_text("utf-8"))
    js = folder / "prompts" / f"prompts-{style}.js"
    if js.exists():
        assert json.loads(js.read_text("utf-8").removeprefix("export const prompts = ").rstrip(";\n")) == data
    return data


def prompts(folder: Path, style: str = "clear") -> list[str]:
    return [entry["ai_prompt"] for entry in stored(folder, style)]


def numbers(folder: Path, style: str = "clear") -> list[str]:
    return [entry["beat_number"] for entry in stored(folder, style)]


def test_a_beat_is_edited_side_by_side_and_saved_in_all_forms(site: WebApp) -> None:
    folder = site.project()
    page = site.get(f"{PAGE}?beat=1-1.2").text
    assert '<span class="num">6</span> of <span class="num">6</span> prompts ready' in page
    answer = site.post(f"{PAGE}/save", form(page, prompt__clear="A <b>pond</b>\r\nat dawn"))
    assert answer.headers["Location"] == f"{PAGE}?beat=1-1.2&done=saved"
    assert prompts(folder) == ["A lake 1", "A <b>pond</b>\nat dawn", "A lake 3"]
    assert prompts(folder, "illustration") == ["A lake 1", "A lake 2", "A lake 3"]
    assert "Prompt: A <b>pond</b>\n    at dawn\n" in (folder / "prompts/prompts-clear.txt").read_text()
    shown = site.get(answer.headers["Location"]).text
    assert "Saved. Edited beat 1.2 in clear." in shown
    assert "A &lt;b&gt;pond&lt;/b&gt;\nat dawn" in shown
    assert 'pl-state--edit">Edited' in shown


def test_one_style_alone_can_be_edited(site: WebApp) -> None:
    site.project()
    page = site.get(f"{PAGE}?style=clear").text
    assert 'name="prompt.clear"' in page and 'name="prompt.illustration"' not in page
    assert 'name="prompt.illustration"' in site.get(f"{PAGE}?style=nothing").text


def test_an_edit_of_what_somebody_else_changed_is_refused_and_nothing_is_lost(site: WebApp) -> None:
    folder = site.project()
    mine, theirs = site.get(PAGE).text, site.get(PAGE).text
    site.post(f"{PAGE}/save", form(theirs, prompt__clear="Theirs"))
    answer = site.post(f"{PAGE}/save", form(mine, prompt__clear="Mine", prompt__illustration="Mine too"))
    assert answer.status_code == 409
    assert "was changed meanwhile, in another tab or program" in answer.text
    assert "\nMine</textarea>" in answer.text and "\nMine too</textarea>" in answer.text
    assert ">Theirs</p>" in answer.text
    assert (prompts(folder)[0], prompts(folder, "illustration")[0]) == ("Theirs", "A lake 1")
    again = form(answer.text)
    assert site.post(f"{PAGE}/save", again).status_code == 303
    assert (prompts(folder)[0], prompts(folder, "illustration")[0]) == ("Mine", "Mine too")


def test_edits_of_different_beats_do_not_disturb_each_other(site: WebApp) -> None:
    folder = site.project()
    one, other = site.get(f"{PAGE}?beat=1-1.1").text, site.get(f"{PAGE}?beat=1-1.2").text
    assert site.post(f"{PAGE}/save", form(one, prompt__clear="One")).status_code == 303
    assert site.post(f"{PAGE}/save", form(other, prompt__clear="Two")).status_code == 303
    assert prompts(folder) == ["One", "Two", "A lake 3"]


def test_saving_twice_does_no_harm(site: WebApp) -> None:
    folder = site.project()
    page = site.get(PAGE).text
    for _ in range(2):
        assert site.post(f"{PAGE}/save", form(page, prompt__clear="One")).status_code == 303
    assert prompts(folder)[0] == "One"
    assert len(site.services.store.prompts.history(site.services.library.find("demo")).undo) == 1


@pytest.mark.parametrize(("text", "says"), [("  ", "is empty"), ("x" * 32_001, "longer than 32,000 characters")])
def test_a_prompt_that_cannot_be_kept_is_refused_beside_its_field(site: WebApp, text: str, says: str) -> None:
    folder = site.project()
    answer = site.post(f"{PAGE}/save", form(site.get(PAGE).text, prompt__clear=text, prompt__illustration="Kept"))
    assert answer.status_code == 400
    assert says in answer.text and 'aria-invalid="true"' in answer.text
    assert "\nKept</textarea>" in answer.text
    assert prompts(folder, "illustration")[0] == "A lake 1"


def test_the_number_the_unknown_fields_and_the_phrase_stay_as_they_were(site: WebApp) -> None:
    folder = site.project(styles=())
    odd = [{**entries(1)[0], "beat_number": "Beat 1.1", "shot_number": 1, "seed": 7, "note": {"a": [1]}}]
    (folder / "prompts/prompts-clear.js").write_text(f"module.exports = {json.dumps(odd)}")
    site.post(f"{PAGE}/save", form(site.get(PAGE).text, prompt__clear="New"))
    assert stored(folder) == [{**odd[0], "ai_prompt": "New"}]


def test_phrase_and_transition_are_the_beats_own_in_every_style(site: WebApp) -> None:
    folder = site.project()
    site.post(f"{PAGE}/save", form(site.get(PAGE).text, phrase="He slept.", transition="Dissolve"))
    for style in ("clear", "illustration"):
        assert (
            stored(folder, style)[0] | {"script_phrase": "He slept.", "transition_type": "Dissolve"}
            == stored(folder, style)[0]
        )


def test_a_missing_prompt_is_found_counted_and_written_where_the_story_has_it(site: WebApp) -> None:
    folder = site.project()
    (folder / "prompts/prompts-clear.json").write_text(json.dumps([e for e in entries(3) if e["beat_number"] != "1.2"]))
    page = site.get(f"{PAGE}?show=missing").text
    assert "1 beat of other styles is missing in clear" in page
    assert page.count('<li id="row-') == 1
    answer = site.post(f"{PAGE}/save", form(page, prompt__clear="Found"))
    assert answer.status_code == 303
    assert numbers(folder) == ["1.1", "1.2", "1.3"]
    assert (
        stored(folder)[1] | {"ai_prompt": "Found", "script_phrase": "Phrase 2", "transition_type": "h"}
        == stored(folder)[1]
    )


def test_long_prompts_and_unknown_transitions_are_told_with_counts(site: WebApp) -> None:
    folder = site.project(styles=())
    odd = entries(3)
    odd[0]["ai_prompt"], odd[2]["transition_type"] = "x" * 8_001, "<sparkle>"
    (folder / "prompts/prompts-clear.json").write_text(json.dumps(odd))
    page = site.get(PAGE).text
    assert "1 prompt in clear longer than 8,000 characters" in page
    assert "1 unknown transition in clear (&lt;sparkle&gt;)" in page


def test_a_file_with_doubled_and_empty_entries_can_be_put_right_and_that_undone(site: WebApp) -> None:
    folder = site.project(styles=("illustration",))
    broken = json.dumps([*entries(2), *entries(1), {**entries(3)[2], "ai_prompt": ""}])
    (folder / "prompts/prompts-clear.json").write_text(broken)
    page = site.get(PAGE).text
    assert "Not used in clear: 1 without a prompt (1.3), 1 there twice (1.1)" in page
    assert site.post(f"{PAGE}/repair", {"in": "clear"}).status_code == 303
    assert numbers(folder) == ["1.1", "1.2"]
    site.post(f"{PAGE}/undo", {"seq": field(site.get(PAGE).text, "seq")})
    assert (folder / "prompts/prompts-clear.json").read_text() == broken
    assert read_entries((folder / "prompts/prompts-clear.js").read_text(), "clear.js") == json.loads(broken)


def test_beats_are_moved_and_the_order_is_the_same_in_all_styles(site: WebApp) -> None:
    folder = site.project()
    page = site.get(f"{PAGE}?beat=1-1.2").text
    assert site.post(f"{PAGE}/save", form(page, do="up", prompt__clear="Typed before")).status_code == 303
    assert numbers(folder) == numbers(folder, "illustration") == ["1.2", "1.1", "1.3"]
    assert prompts(folder)[0] == "Typed before"
    late = site.post(f"{PAGE}/save", form(page, do="down"))
    assert late.status_code == 409
    assert "changed meanwhile" in late.text
    assert numbers(folder) == ["1.2", "1.1", "1.3"]


@pytest.mark.parametrize("odd", ["prompts-my style.json", "prompts-Clear.json", "prompts-broken.js"])
def test_files_that_cannot_be_used_do_not_hinder_the_others(site: WebApp, odd: str) -> None:
    folder = site.project()
    (folder / "prompts" / odd).write_text("[" if "broken" in odd else json.dumps(entries(3)))
    page = site.get(f"{PAGE}?beat=1-1.2").text
    assert odd in page
    assert site.post(f"{PAGE}/save", form(page, do="up")).status_code == 303
    assert numbers(folder, "illustration") == ["1.2", "1.1", "1.3"]


def test_a_beat_is_removed_from_the_styles_shown_but_never_the_last_one(site: WebApp) -> None:
    folder = site.project(beats=2)
    draw(image(folder, "clear", "1.1"))
    answer = site.post(f"{PAGE}/save", form(site.get(f"{PAGE}?style=clear").text, do="remove"))
    assert answer.headers["Location"].startswith(f"{PAGE}?beat=1-1.2&style=clear")
    assert (numbers(folder), numbers(folder, "illustration")) == (["1.2"], ["1.1", "1.2"])
    assert image(folder, "clear", "1.1").exists()
    last = site.post(f"{PAGE}/save", form(site.get(f"{PAGE}?style=clear&beat=1-1.2").text, do="remove"))
    assert last.status_code == 400
    assert "the last beat of clear" in last.text
    assert numbers(folder) == ["1.2"]


def test_a_beat_is_added_behind_the_one_shown(site: WebApp) -> None:
    folder = site.project()
    new = {
        "beat": "1-1.1",
        "new-number": "Beat 1.15",
        "new-phrase": "He ate.",
        "new-prompt": "Bread",
        "new-transition": "S",
    }
    answer = site.post(f"{PAGE}/add", new)
    assert answer.headers["Location"] == f"{PAGE}?beat=1-1.15&done=saved"
    assert numbers(folder) == numbers(folder, "illustration") == ["1.1", "1.15", "1.2", "1.3"]
    refused = site.post(f"{PAGE}/add", new)
    assert refused.status_code == 400
    assert "has a beat 1.15 already" in refused.text and "\nBread</textarea>" in refused.text
    assert "Write the number of the beat" in site.post(f"{PAGE}/add", {**new, "new-number": "../x"}).text


def test_an_empty_project_gets_its_first_beat(site: WebApp) -> None:
    folder = site.project(styles=())
    assert "No prompts yet" in site.get(PAGE).text
    assert site.post(f"{PAGE}/add", {"first": "ink", "new-number": "1.1", "new-prompt": "A"}).status_code == 303
    assert numbers(folder, "ink") == ["1.1"]
    other = site.project("other", styles=())
    bad = site.post("/p/other/prompts/add", {"first": "../ink", "new-number": "1.1", "new-prompt": "A"})
    assert bad.status_code == 400
    assert list((other / "prompts").iterdir()) == []


def test_search_and_replace_is_counted_before_and_undone_after(site: WebApp) -> None:
    folder = site.project()
    asked = {"find": "LAKE", "put": "pond", "in": "", "do": "count"}
    counted = site.post(f"{PAGE}/replace", asked).text
    assert "6 places in 6 prompts: illustration 3, clear 3." in counted
    assert prompts(folder)[0] == "A lake 1"
    apply = {**asked, "do": "replace", "digest": field(counted, "digest")}
    assert site.post(f"{PAGE}/replace", apply).status_code == 303
    assert prompts(folder) == prompts(folder, "illustration") == ["A pond 1", "A pond 2", "A pond 3"]
    site.post(f"{PAGE}/undo", {"seq": field(site.get(PAGE).text, "seq")})
    assert prompts(folder) == prompts(folder, "illustration") == ["A lake 1", "A lake 2", "A lake 3"]


def test_a_replacement_counted_on_other_prompts_is_refused(site: WebApp) -> None:
    folder = site.project()
    asked = {"find": "lake", "put": "pond", "in": "clear", "do": "count"}
    counted = site.post(f"{PAGE}/replace", asked).text
    assert "3 places in 3 prompts: clear 3." in counted
    site.post(f"{PAGE}/save", form(counted, prompt__clear="A lake by a lake"))
    late = site.post(f"{PAGE}/replace", {**asked, "do": "replace", "digest": field(counted, "digest")})
    assert late.status_code == 409
    assert "Nothing was written" in late.text and "\nlake</textarea>" in late.text
    assert prompts(folder)[1] == "A lake 2"
    assert "It is in no prompt." in site.post(f"{PAGE}/replace", {**asked, "find": "[a-z]"}).text
    assert "would" not in site.post(f"{PAGE}/replace", {**asked, "case": "1", "find": "LAKE"}).text
    assert "is empty" in site.post(f"{PAGE}/replace", {**asked, "find": "A lake 2", "put": ""}).text


def test_one_prompt_alone_is_put_back(site: WebApp) -> None:
    folder = site.project()
    for text in ("One", "Two"):
        site.post(f"{PAGE}/save", form(site.get(PAGE).text, prompt__clear=text))
    site.post(f"{PAGE}/save", form(site.get(f"{PAGE}?beat=1-1.2").text, prompt__clear="Other"))
    page = site.get(PAGE).text
    assert 'value="back:clear"' in page and 'value="back:illustration"' not in page
    assert site.post(f"{PAGE}/save", form(page, do="back:clear", prompt__illustration="Typed")).status_code == 303
    assert prompts(folder)[:2] == ["One", "Other"]
    assert prompts(folder, "illustration")[0] == "Typed"
    nothing = site.post(f"{PAGE}/save", form(site.get(f"{PAGE}?beat=1-1.3").text, do="back:clear"))
    assert nothing.status_code == 404
    assert "not kept any more" in nothing.text


def test_undo_pressed_twice_undoes_once(site: WebApp) -> None:
    folder = site.project()
    for text in ("One", "Two"):
        site.post(f"{PAGE}/save", form(site.get(PAGE).text, prompt__clear=text))
    pressed = {"seq": field(site.get(PAGE).text, "seq")}
    for _ in range(2):
        assert site.post(f"{PAGE}/undo", pressed).status_code == 303
    assert prompts(folder)[0] == "One"
    page = site.get(f"{PAGE}?done=undone").text
    assert "Undone. Edited beat 1.1 in clear." in page
    redo = {"do": "redo", "seq": re.findall(r'name="seq" value="([0-9]+)"', page)[1]}
    site.post(f"{PAGE}/undo", redo)
    assert prompts(folder)[0] == "Two"
    for seq in ("", "x", "²", "9" * 30, "999"):
        assert site.post(f"{PAGE}/undo", {"seq": seq}).status_code in (303, 400)
    assert prompts(folder)[0] == "Two"


def test_the_wording_of_a_style_is_kept_beside_the_other_settings(site: WebApp) -> None:
    site.project()
    folder = site.services.library.find("demo")
    site.services.store.records.write_settings(folder, {"provider": "sketch"})
    words = {"prefix.clear": "Ink:", "suffix.clear": "No <text>.", "prefix.nobody": "x"}
    assert site.post(f"{PAGE}/wording", words).headers["Location"].endswith("done=wording")
    settings = site.services.store.records.settings(folder)
    assert settings["provider"] == "sketch"
    assert wording_of(settings, "clear") == StyleWording("Ink:", "No <text>.")
    assert "nobody" not in str(settings)
    assert "No &lt;text&gt;." in site.get(PAGE).text
    refused = site.post(f"{PAGE}/wording", {"prefix.clear": "x" * 2001, "suffix.clear": "kept"})
    assert refused.status_code == 400
    assert "wording of clear is longer" in refused.text and "\nkept</textarea>" in refused.text


def test_the_list_is_searched_in_phrases_and_prompts(site: WebApp) -> None:
    folder = site.project()
    site.post(f"{PAGE}/save", form(site.get(f"{PAGE}?beat=1-1.3").text, prompt__clear="A Whale"))
    assert site.get(f"{PAGE}?q=whale").text.count('<li id="row-') == 1
    assert site.get(f"{PAGE}?q=phrase+2").text.count('<li id="row-') == 1
    assert site.get(f"{PAGE}?show=edited").text.count('<li id="row-') == 1
    assert "No beat fits" in site.get(f"{PAGE}?q=%3Cscript%3E").text
    assert prompts(folder)[2] == "A Whale"


def test_htmx_gets_list_and_editor_alone(site: WebApp) -> None:
    site.project()
    part = site.get(f"{PAGE}?beat=1-1.2", HX_Request="true").text
    assert "<html" not in part and 'data-beat="1-1.2"' in part
    saved = site.post(f"{PAGE}/save", form(part, prompt__clear="New", to="1-1.3"), HX_Request="true")
    assert saved.status_code == 200
    assert 'id="peditor"' in saved.text and 'data-beat="1-1.3"' in saved.text
    assert "Saved. Edited beat 1.2 in clear." in saved.text


def test_a_picture_older_than_its_prompt_is_told(site: WebApp) -> None:
    folder = site.project()
    os.utime(draw(image(folder, "clear", "1.1")), (1, 1))
    assert "Prompt changed after this image was made." not in site.get(PAGE).text
    site.post(f"{PAGE}/save", form(site.get(PAGE).text, prompt__clear="New"))
    assert "Prompt changed after this image was made." in site.get(PAGE).text


def test_text_of_others_is_shown_as_text(site: WebApp) -> None:
    folder = site.project(styles=())
    nasty = "<script>alert(1)</script>\"' onload=x {{ 7*7 }}"
    odd = {**entries(1)[0], "ai_prompt": nasty, "script_phrase": nasty, "transition_type": nasty}
    (folder / "prompts/prompts-clear.json").write_text(json.dumps([odd]))
    for address in (PAGE, f"{PAGE}?q={nasty}", f"{PAGE}?beat={nasty}&style={nasty}&show={nasty}&done={nasty}"):
        assert "<script>alert" not in site.get(address).text
    answer = site.post(f"{PAGE}/replace", {"find": nasty, "put": nasty, "in": nasty})
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


def test_a_beat_that_is_gone_is_told_in_words(site: WebApp) -> None:
    site.project()
    answer = site.post(f"{PAGE}/save", {"beat": "9-9.9", "prompt.clear": "x"})
    assert answer.status_code == 404
    assert "not in the prompts any more" in answer.text
    assert site.post("/p/nobody/prompts/save", {}).status_code == 404


def test_a_prompt_that_was_edited_and_edited_back_is_the_one_its_image_was_made_from(site: WebApp) -> None:
    chair = FrameCommands(site)
    chair.draw(Frame("clear", "1", "1.1"))
    for text, changed in (("New", True), ("A lake 1", False)):
        site.post(f"{PAGE}/save", form(site.get(PAGE).text, prompt__clear=text))
        assert ("Prompt changed after this image was made." in site.get(PAGE).text) is changed
