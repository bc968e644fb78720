"""Speed, budget and the word for an unknown price, set on the page of Step 8 while a run may go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.web_app import HTMX, WebApp
from webapp.core.run.states import RunState
from webapp.core.settings.project_settings import ProjectSettings
from webapp.disk.files.folder import Folder

KEYS = {"IMAGE_PROVIDER": "gemini", "GEMINI_API_KEYS": "AIza-canary-key-0001"}


def folder(site: WebApp) -> Folder:
    return site.services.library.find("demo")


def stored(site: WebApp) -> ProjectSettings:
    return ProjectSettings.from_json(site.services.store.records.settings(folder(site)))


def press(site: WebApp, verb: str, **fields: str) -> str:
    """An answer to htmx."""
    answer = site.client.post(f"/p/demo/images/{verb}", data=fields, headers=HTMX)
    assert answer.status_code == 200
    return answer.text


def test_the_speed_is_kept_and_every_part_that_shows_it_is_in_the_answer(site: WebApp) -> None:
    site.project()
    shown = press(site, "speed", perMinute="12", parallel="2")
    restraint = stored(site).restraint
    assert (restraint.per_minute, restraint.parallel) == (12.0, 2)
    assert 'hx-target="#speed"' in shown and 'value="12"' in shown and 'hx-target="#stats"' in shown


def test_an_empty_number_is_the_usual_one_again_and_the_other_limits_stay(site: WebApp) -> None:
    site.project()
    press(site, "budget", budget="5")
    press(site, "speed", perMinute="12", parallel="2")
    press(site, "speed", perMinute="", parallel=" ")
    restraint = stored(site).restraint
    assert (restraint.per_minute, restraint.parallel, restraint.budget) == (None, None, 5_000_000)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"perMinute": "fast"}, "Requests per minute: &#39;fast&#39; is not a number from 0.01 to 100000."),
        ({"perMinute": "0"}, "Requests per minute: &#39;0&#39; is not a number"),
        ({"parallel": "1.5"}, "Parallel requests: &#39;1.5&#39; is not a whole number from 1 to 256."),
        ({"parallel": "<b>"}, "&lt;b&gt;"),
    ],
)
def test_a_number_that_cannot_be_used_is_named_and_nothing_changes(
    site: WebApp, fields: dict[str, str], sentence: str
) -> None:
    site.project()
    assert sentence in press(site, "speed", **fields)
    assert stored(site) == ProjectSettings()
    assert site.post("/p/demo/images/speed", fields).status_code == 400


def test_both_forms_work_without_javascript(site: WebApp) -> None:
    site.project()
    page = site.get("/p/demo/images").text
    assert 'action="/p/demo/images/speed"' in page
    answer = site.post("/p/demo/images/speed", {"perMinute": "7,5", "parallel": ""})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/demo/images")
    assert stored(site).restraint.per_minute == 7.5


def test_the_budget_is_set_raised_and_removed(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, **KEYS)
    site.project()
    assert "No budget" in site.get("/p/demo/images").text
    shown = press(site, "budget", budget="$2.50")
    assert "Pauses at the $2.50 budget" in shown and "<meter" in shown
    assert stored(site).restraint.budget == 2_500_000
    press(site, "budget", budget="7")
    assert "Pauses at the $7.00 budget" in site.get("/p/demo/images").text
    press(site, "budget", budget="")
    assert stored(site).restraint.budget is None
    assert "Budget: &#39;much&#39; is not an amount" in press(site, "budget", budget="much")


def test_a_run_that_is_there_is_told_of_its_new_limits(site: WebApp) -> None:
    site.project()
    press(site, "start")
    before = site.services.control.run(folder(site))
    press(site, "speed", perMinute="3", parallel="")
    after = site.services.control.run(folder(site))
    assert after.id == before.id and after.seq == before.seq + 1
    assert site.services.makers.choices.limits(folder(site)).per_minute == 3.0


def test_open_pages_are_told_of_a_change_while_nothing_runs(site: WebApp) -> None:
    site.project()
    before = site.services.live.state.read(folder(site).id).id
    press(site, "speed", perMinute="12", parallel="")
    assert site.services.live.state.read(folder(site).id).id not in ("", before)


def test_a_model_without_a_price_asks_first_and_starts_with_somebodys_word(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, **KEYS, GEMINI_MODEL="brand-new")
    site.project()
    asked = press(site, "start")
    assert "The price of brand-new is not known." in asked and "Start without a known price" in asked
    assert 'name="accept" value="gemini brand-new"' in asked
    assert site.services.control.run(folder(site)).state is RunState.IDLE
    press(site, "start", accept="gemini another")
    assert (site.services.control.run(folder(site)).state, stored(site).accepted) == (RunState.IDLE, ())
    press(site, "start", accept="gemini brand-new")
    assert site.services.control.run(folder(site)).state is RunState.STARTING
    assert stored(site).accepted == ("gemini brand-new",)


def test_a_run_that_would_go_on_with_a_model_without_a_price_asks_too(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, **KEYS)
    site.project()
    press(site, "start")
    press(site, "pause")
    site.post("/p/demo/setup", {"title": "Demo", "provider": "gemini", "gemini.model": "brand-new"})
    assert "Start without a known price" in press(site, "resume")
    assert site.services.control.run(folder(site)).pausing
    press(site, "start", accept="gemini brand-new")
    assert not site.services.control.run(folder(site)).pausing


def test_without_javascript_the_question_stands_on_the_page_itself(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, **KEYS, GEMINI_MODEL="brand-new")
    site.project()
    asked = site.post("/p/demo/images/start")
    assert asked.status_code == 409
    assert "Start without a known price" in asked.text and 'id="matrix"' in asked.text
    assert asked.text.count('id="btn-start-accept"') == 1


def test_with_a_budget_an_unknown_price_cannot_be_agreed_to(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, **KEYS, GEMINI_MODEL="brand-new", BUDGET_USD="5")
    site.project()
    refused = press(site, "start", accept="gemini brand-new")
    assert "so the budget cannot be kept" in refused and "Start without" not in refused


def test_hard_cuts_without_a_reference_are_told_on_the_page(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, **KEYS)
    project = site.project()
    assert "6 images (illustration, clear) will be made without the style reference" in site.get("/p/demo/images").text
    (project / "style_reference.png").write_bytes(b"no picture")
    assert "is not a complete PNG, JPEG or WebP image" in site.get("/p/demo/images").text
