"""Step 9: the page, each command with and without htmx, and what is told of files that changed."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.harness.web_app import (
    HTMX,
    WebApp,
    draw,
    entries,
    image,
)

STYLES = ("illustration", "clear", "consistent")


@pytest.fixture
def folder(site: WebApp) -> Path:
    """Three beats in three styles: 1.1 and 1.2 have all images, 1.3 none."""
    folder = site.project(styles=STYLES)
    for number, style in enumerate(STYLES):
        draw(image(folder, style, "1.1"), ("navy", "teal", "olive")[number])
        draw(image(folder, style, "1.2"), ("red", "blue", "green")[number])
    return folder


def do(site: WebApp, verb: str, **form: str) -> TestResponse:
    """A command by htmx."""
    return site.client.post(f"/p/demo/select/{verb}", data={"beat": "1.1", **form}, headers=HTMX)


def noted(folder: Path) -> Any:
    return json.loads((folder / "image_selections.json").read_text())


def copies(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "selected_images").glob("*"))


def summary(page: str) -> str:
    """The line below the heading."""
    found = re.search(r'<p class="pagehead-sub">(.*?)</p>', page)
    assert found
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[1])).split())


def beat(page: str) -> str:
    """The beat on screen."""
    found = re.search(r'Beat <span class="num">([^<]+)</span>', page)
    assert found
    return found[1]


def chosen(page: str) -> list[str]:
    """The styles whose card is pressed."""
    return re.findall(r'id="choose-([a-z]+)" name="style" value="[a-z]+"\s+aria-pressed="true"', page)


def change(page: str) -> str:
    """The change that Undo would take back."""
    found = re.search(r'name="change" value="([0-9a-f]*)"', page)
    assert found
    return found[1]


def test_the_styles_of_one_beat_stand_side_by_side(site: WebApp, folder: Path) -> None:
    page = site.get("/p/demo/select").text
    assert summary(page) == "0 of 3 beats chosen"
    assert (beat(page), chosen(page)) == ("1.1", [])
    assert re.findall(r'data-choose="(\d)"', page) == ["1", "2", "3"]
    assert re.findall(r'data-picture="([a-z]+)" src="/p/demo/image/([a-z]+)-1-1_1\?v=[0-9a-f]+"', page) == [
        (style, style) for style in STYLES
    ]
    assert "Beat 1.2: no choice yet" in page
    assert "Beat 1.3: no image yet" in page


def test_a_choice_writes_what_v1_writes_and_goes_on(site: WebApp, folder: Path) -> None:
    page = do(site, "choose", style="clear", advance="1").text
    assert noted(folder)["1.1"].keys() == {"style", "isFlagged", "selectedAt"}
    assert (noted(folder)["1.1"]["style"], noted(folder)["1.1"]["isFlagged"]) == ("clear", False)
    copy = folder / "selected_images" / "Beat_1.1.png"
    assert copy.read_bytes() == image(folder, "clear", "1.1").read_bytes()
    assert (beat(page), summary(page)) == ("1.2", "1 of 3 beats chosen")
    assert "Beat 1.1: clear chosen. Beat 1.2." in page
    assert chosen(site.get("/p/demo/select?beat=1.1").text) == ["clear"]


def test_without_a_script_each_command_leads_back_to_the_page(site: WebApp, folder: Path) -> None:
    answer = site.post("/p/demo/select/choose", {"beat": "Beat_1.1", "style": "clear", "advance": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/demo/select?beat=1.2")
    page = site.get("/p/demo/select?beat=1.2").text
    assert "Beat 1.1: clear chosen." in page
    assert "Beat 1.1: clear chosen." not in site.get("/p/demo/select?beat=1.2").text
    answer = site.post("/p/demo/select/choose", {"beat": "1.2", "style": "clear", "show": "open"})
    assert answer.headers["Location"] == "/p/demo/select?beat=1.2&show=open"
    refused = site.post("/p/demo/select/choose", {"beat": "1.3", "style": "clear"})
    assert refused.status_code == 404
    assert "✗</span> Error: Beat 1.3 has no image in style clear yet. Generate it in Step 8." in refused.text


def test_who_wants_to_stay_at_the_beat_stays_from_then_on(site: WebApp, folder: Path) -> None:
    assert 'id="advance" checked' in site.get("/p/demo/select").text
    page = do(site, "choose", style="clear").text
    assert (beat(page), chosen(page)) == ("1.1", ["clear"])
    assert 'id="advance" checked' not in site.get("/p/demo/select").text
    do(site, "choose", style="clear", advance="1")
    assert 'id="advance" checked' in site.get("/p/demo/select").text


def test_pressed_twice_is_pressed_once(site: WebApp, folder: Path) -> None:
    do(site, "choose", style="clear")
    before = noted(folder), change(site.get("/p/demo/select").text)
    do(site, "choose", style="clear")
    assert (noted(folder), change(site.get("/p/demo/select").text)) == before
    for flagged in ("1", "1"):
        assert "Remove flag" in do(site, "flag", flagged=flagged).text
    assert copies(folder) == ["Beat_1.1_flagged.png"]
    for _ in range(2):
        assert chosen(do(site, "clear").text) == []
    assert (copies(folder), noted(folder)) == ([], {})


def test_another_style_keeps_the_flag(site: WebApp, folder: Path) -> None:
    do(site, "choose", style="clear")
    assert summary(do(site, "flag", flagged="1").text) == "1 of 3 beats chosen · 1 flagged"
    do(site, "choose", style="consistent")
    assert (noted(folder)["1.1"]["style"], noted(folder)["1.1"]["isFlagged"]) == ("consistent", True)


def test_what_is_not_chosen_is_not_flagged_and_the_page_says_so(site: WebApp, folder: Path) -> None:
    answer = do(site, "flag", flagged="1")
    assert answer.status_code == 200
    assert "Nothing is chosen for beat 1.1 yet. Choose an image first, then flag it." in answer.text
    assert beat(answer.text) == "1.1"


def test_undo_takes_back_what_the_page_showed_and_nothing_else(site: WebApp, folder: Path) -> None:
    first = change(do(site, "choose", style="clear").text)
    second = do(site, "choose", beat="1.2", style="clear").text
    assert 'aria-label="Undo: Beat 1.2: clear chosen"' in second
    assert "There is nothing to undo any more." in do(site, "undo", change=first).text
    page = do(site, "undo", beat="1.3", change=change(second)).text
    assert (beat(page), chosen(page)) == ("1.2", [])
    assert noted(folder).keys() == {"1.1"}
    assert copies(folder) == ["Beat_1.1.png"]
    assert change(page) == ""


def test_one_style_for_all_open_beats_asks_with_a_count_and_is_undone_at_once(site: WebApp, folder: Path) -> None:
    do(site, "choose", style="clear")
    image(folder, "consistent", "1.2").unlink()
    page = site.get("/p/demo/select").text
    assert "Choose illustration for 1 beat " in " ".join(page.split())
    assert "1 without image stays open" in page
    assert "Choose consistent" not in page
    stale = do(site, "all", style="illustration", count="2")
    assert "1 beat is open with an image in illustration now. Look again, then choose." in stale.text
    assert noted(folder).keys() == {"1.1"}
    page = do(site, "all", style="illustration", count="1").text
    assert "illustration chosen for 1 beat." in page
    assert (noted(folder)["1.1"]["style"], noted(folder)["1.2"]["style"]) == ("clear", "illustration")
    do(site, "undo", change=change(page))
    assert noted(folder).keys() == {"1.1"}


@pytest.mark.parametrize(
    ("verb", "form"),
    [
        ("choose", {"beat": "9.9", "style": "clear"}),
        ("choose", {"beat": "../1", "style": "clear"}),
        ("choose", {"style": "../clear"}),
        ("choose", {}),
        ("flag", {"beat": ""}),
        ("clear", {"beat": "9.9"}),
        ("all", {"style": "clear", "count": "many"}),
        ("all", {"style": "ink", "count": "2"}),
        ("undo", {"change": "../.."}),
    ],
)
def test_what_makes_no_sense_is_one_sentence_and_changes_nothing(
    site: WebApp, folder: Path, verb: str, form: dict[str, str]
) -> None:
    answer = do(site, verb, **form)
    assert answer.status_code in (200, 404)
    assert "Error: " in answer.text or "nothing to undo" in answer.text
    assert not (folder / "image_selections.json").exists()
    assert not (folder / "selected_images").exists()


def test_the_filter_shows_what_is_open_and_the_keys_follow_it(site: WebApp, folder: Path) -> None:
    do(site, "choose", style="clear")
    page = site.get("/p/demo/select?beat=1.2&show=open").text
    assert re.findall(r'<li id="film-([0-9_]+)">', page) == ["1_2", "1_3"]
    assert 'data-go="next" href="/p/demo/select?beat=1.3&amp;show=open"' in page
    assert 'data-go="previous"' not in page
    assert 'data-go="open" href="/p/demo/select?beat=1.3&amp;show=open"' in page
    page = do(site, "choose", beat="1.2", show="open", style="clear", advance="1").text
    assert beat(page) == "1.3"
    empty = site.get("/p/demo/select?show=flagged&beat=1.1").text
    assert 'id="show-flagged" href="/p/demo/select?beat=1.1&amp;show=flagged" aria-current="true"' in empty


def test_the_page_opens_at_the_first_open_beat_with_an_image(site: WebApp, folder: Path) -> None:
    do(site, "choose", style="clear")
    assert beat(site.get("/p/demo/select").text) == "1.2"
    do(site, "choose", beat="1.2", style="clear")
    assert beat(site.get("/p/demo/select").text) == "1.1"


def test_a_beat_has_an_address_of_its_own_in_any_spelling(site: WebApp, folder: Path) -> None:
    assert beat(site.get("/p/demo/select?beat=Beat_1.2").text) == "1.2"
    gone = site.get("/p/demo/select?beat=9.9&show=nonsense")
    assert gone.status_code == 200
    assert "The beat of this address is not in the project’s prompts." in gone.text


def test_a_beat_without_images_leads_to_step_8(site: WebApp, folder: Path) -> None:
    page = site.get("/p/demo/select?beat=1.3").text
    assert "This beat has no image yet." in page
    assert 'href="/p/demo/images#beat-1-1_3"' in page
    assert "data-choose" not in page
    assert 'id="btn-full"' not in page


def test_a_project_without_prompts_leads_to_step_8(site: WebApp) -> None:
    site.project(styles=())
    page = site.get("/p/demo/select").text
    assert "Nothing to choose from yet" in page
    assert 'href="/p/demo/images"' in page


def test_a_style_that_lacks_the_beat_says_so(site: WebApp) -> None:
    folder = site.project(styles=("clear", "ink"), beats=2)
    (folder / "prompts" / "prompts-ink.json").write_text(json.dumps(entries(1)))
    draw(image(folder, "clear", "1.2"))
    assert "Not in this style" in site.get("/p/demo/select?beat=1.2").text


def test_two_shots_with_one_number_are_one_choice_and_it_is_said_which_image_counts(site: WebApp) -> None:
    folder = site.project(styles=())
    twice = [{**entries(1)[0], "shot_number": shot} for shot in (7, 2)]
    (folder / "prompts" / "prompts-clear.json").write_text(json.dumps(twice))
    draw(image(folder, "clear", "1.1", "7"), "red")
    draw(image(folder, "clear", "1.1", "2"), "blue")
    page = do(site, "choose", style="clear").text
    assert summary(page) == "1 of 1 beat chosen"
    assert "Beat 1.1 is in shots 7 and 2." in page
    assert "Shot 7" in page
    assert "clear-7-1_1?v=" in page
    copy = folder / "selected_images" / "Beat_1.1.png"
    assert copy.read_bytes() == image(folder, "clear", "1.1", "7").read_bytes()
    assert "was changed after it was chosen" not in page


def test_files_that_changed_since_the_choice_are_told(site: WebApp, folder: Path) -> None:
    do(site, "choose", style="clear")
    copy, made = folder / "selected_images" / "Beat_1.1.png", image(folder, "clear", "1.1")
    draw(made, "orange")
    assert "The clear image was changed after it was chosen." in site.get("/p/demo/select?beat=1.1").text
    made.unlink()
    page = site.get("/p/demo/select?beat=1.1").text
    assert "The clear image is gone from generated_images. Its copy in selected_images is kept and shown here" in page
    assert 'data-picture="clear" src="/p/demo/files/selected_images/Beat_1.1.png"' in page
    assert "has no image in style clear yet" in do(site, "choose", style="clear").text
    assert "Remove flag" in do(site, "flag", flagged="1").text
    do(site, "flag", flagged="0")
    copy.unlink()
    page = site.get("/p/demo/select?beat=1.1").text
    assert "Its copy in selected_images is gone." in page
    assert "Beat 1.1: chosen clear, copy missing" in page


def test_choices_of_other_programs_are_shown_as_they_are(site: WebApp, folder: Path) -> None:
    draw(folder / "selected_images" / "Beat_1.2.png")
    choices = {"Beat 1.1": {"style": "oil", "isFlagged": True}, "9.9": {"style": "clear"}, "1.2": "clear"}
    (folder / "image_selections.json").write_text(json.dumps(choices))
    page = site.get("/p/demo/select?beat=1.1").text
    assert summary(page) == "1 of 3 beats chosen · 1 flagged"
    assert "oil is chosen, a style without prompts." in page
    assert "also keeps a choice for beat 9.9, which no prompts file has now." in page
    stray = site.get("/p/demo/select?beat=1.2").text
    assert "selected_images has a picture of this beat, but no choice is noted." in stray


def test_choices_that_cannot_be_read_are_named_and_the_page_goes_on(site: WebApp, folder: Path) -> None:
    (folder / "image_selections.json").write_text('{"1.1": {"style"')
    page = site.get("/p/demo/select").text
    assert "image_selections.json, line 1" in page
    assert summary(page) == "0 of 3 beats chosen"


def test_a_phrase_is_a_text_and_never_markup(site: WebApp) -> None:
    folder = site.project(styles=())
    entry = {**entries(1)[0], "script_phrase": "<img src=x onerror=alert(1)>"}
    (folder / "prompts" / "prompts-clear.json").write_text(json.dumps([entry]))
    assert "<img src=x" not in site.get("/p/demo/select").text


def test_a_stranger_s_form_chooses_nothing(site: WebApp, folder: Path) -> None:
    form = {"beat": "1.1", "style": "clear"}
    answer = site.client.post(
        "/p/demo/select/choose", data=form, headers={**HTMX, "Sec-Fetch-Site": "cross-site", "Origin": "http://evil"}
    )
    assert answer.status_code == 403
    assert not (folder / "image_selections.json").exists()


def test_while_a_run_goes_on_the_page_asks_for_new_images(site: WebApp, folder: Path) -> None:
    assert "data-live" not in site.get("/p/demo/select").text
    site.services.control.start(site.services.library.find("demo"))
    assert "data-live" in site.get("/p/demo/select").text


def test_the_api_clears_takes_all_and_undoes(site: WebApp, folder: Path) -> None:
    path = {"projectPath": "demo"}
    all_of_it = site.call("save-open-image-selections", {**path, "style": "clear"})
    assert all_of_it.json == {"success": True, "message": "2 selected", "beatNumbers": ["1.1", "1.2"]}
    cleared = site.call("clear-image-selection", {**path, "beatNumber": "Beat 1.1"})
    assert cleared.json == {"success": True, "message": "Image selection cleared"}
    assert (noted(folder).keys(), copies(folder)) == ({"1.2"}, ["Beat_1.2.png"])
    again = site.call("clear-image-selection", {**path, "beatNumber": 1.1})
    assert again.json == {"success": True, "message": "Nothing was selected"}
    undone = site.call("undo-image-selection", path)
    assert undone.json == {"success": True, "message": "Undone", "beatNumbers": ["1.1"]}
    assert copies(folder) == ["Beat_1.1.png", "Beat_1.2.png"]
    nothing = site.call("undo-image-selection", path)
    assert nothing.json == {"success": False, "error": "There is nothing to undo"}
    assert site.call("clear-image-selection", {**path, "beatNumber": "../1"}).status_code == 400
    assert site.call("clear-image-selection", path).status_code == 400
    assert site.call("save-open-image-selections", {**path, "style": "ink"}).status_code == 404


def test_the_step_is_done_when_every_beat_has_a_choice_and_not_before(site: WebApp, folder: Path) -> None:
    draw(image(folder, "clear", "1.3"))
    (folder / "image_selections.json").write_text(json.dumps({"9.9": {"style": "clear"}, "8.8": {"style": "clear"}}))
    do(site, "choose", style="clear")
    assert 'class="step step--todo" id="step-9"' in site.get("/p/demo/images").text
    do(site, "all", style="clear", count="2")
    assert 'class="step step--done" id="step-9"' in site.get("/p/demo/images").text
