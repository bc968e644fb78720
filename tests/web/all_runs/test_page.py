"""All runs on one page: how each stands, its buttons, and pausing and resuming them together."""

from __future__ import annotations

import pytest

from tests.harness.app_process import until
from tests.harness.web_app import HTMX, WebApp
from webapp.core.run.states import Cause, Move, RunState
from webapp.disk.files.folder import Folder
from webapp.generation.run_store import RunStore

AJAX = {"HX_Request": HTMX["HX-Request"]}


@pytest.fixture
def films(site: WebApp) -> WebApp:
    """Three projects, nothing running."""
    for name in ("sea", "clocks", "walden"):
        site.project(name)
    return site


def folder(site: WebApp, name: str) -> Folder:
    return site.services.library.find(name)


def records(site: WebApp) -> RunStore:
    return RunStore(site.services.live.state, site.services.store, site.services.clock)


def start(site: WebApp, name: str) -> str:
    """A run that a worker drives, as far as anybody can tell; its id."""
    run = site.services.control.start(folder(site, name))[0]
    records(site).change(folder(site, name), Move.TAKEN)
    return run.id


def states(site: WebApp) -> dict[str, str]:
    """What programs are told."""
    body = site.get("/api/open-runs").get_json()
    assert body["success"] is True
    return {each["project"]: each["state"] for each in body["runs"]}


def test_without_runs_the_page_says_so(films: WebApp) -> None:
    page = films.get("/runs").text
    assert "No runs" in page and page.count("disabled") >= 2 and states(films) == {}
    assert 'href="/runs"' in films.get("/").text


def test_each_open_run_has_its_state_its_way_and_its_buttons(films: WebApp) -> None:
    run = start(films, "sea")
    start(films, "clocks")
    records(films).change(folder(films, "clocks"), Move.HOLD, cause=Cause.KEYS.value, reason="No key can be used.")
    page = films.get("/runs").text
    assert "Generating" in page and "No key can be used." in page and "known after the first images" in page
    assert f'id="pause-{run}"' in page and f'id="stop-{run}"' in page and page.count('aria-label="Resume ') == 1
    assert page.index(">sea<") < page.index(">clocks<"), "those that go on come first"
    assert states(films) == {"sea": "generating", "clocks": "pausing"}


def test_a_buttons_form_works_without_script_and_answers_htmx_with_the_list(films: WebApp) -> None:
    run = start(films, "sea")
    paused = films.post("/runs/pause", {"project": "sea", "run": run})
    assert (paused.status_code, paused.headers["Location"]) == (303, "/runs")
    assert films.services.control.run(folder(films, "sea")).state is RunState.PAUSED
    resumed = films.post("/runs/resume", {"project": "sea", "run": run}, **AJAX).text
    assert 'id="open-runs"' in resumed and "<!doctype" not in resumed
    assert films.services.control.run(folder(films, "sea")).state is RunState.STARTING
    assert films.post("/runs/stop", {"project": "sea", "run": "older"}).status_code == 303, "too late is no fault"
    films.post("/runs/stop", {"project": "sea", "run": run})
    assert "sea" not in states(films)
    assert films.post("/runs/fly", {"project": "sea", "run": run}).status_code == 404


def test_a_command_that_cannot_be_carried_out_says_why_on_the_page(films: WebApp) -> None:
    run = start(films, "sea")
    records(films).change(folder(films, "sea"), Move.HOLD, cause=Cause.BUDGET.value, reason="The budget is reached.")
    films.services.control.tune(folder(films, "sea"), lambda settings: settings.with_restraint(budget=5_000_000))
    for headers in ({}, AJAX):
        answer = films.post("/runs/resume", {"project": "sea", "run": run}, **headers)
        assert answer.status_code == 200 and "sea: Write a budget that is higher" in answer.text


def test_all_are_paused_together_and_go_on_one_after_the_other(films: WebApp) -> None:
    for name in ("sea", "clocks", "walden"):
        start(films, name)
    assert "3 runs paused." in films.post("/runs/pause-all", **AJAX).text
    assert set(states(films).values()) == {"paused"}
    assert films.call("pause-all", {}).get_json() == {"success": True, "paused": 0}
    assert "3 runs will go on, one each second." in films.post("/runs/resume-all", **AJAX).text
    until(lambda: "starting" in states(films).values())
    films.post("/runs/pause-all")
    until(lambda: set(states(films).values()) == {"paused"})
    assert films.call("resume-all", {}).get_json() == {"success": True, "resuming": 3}


def test_one_that_reached_its_budget_is_left_paused(films: WebApp) -> None:
    start(films, "sea")
    records(films).change(folder(films, "sea"), Move.HOLD, cause=Cause.BUDGET.value, reason="The budget is reached.")
    assert "Nothing is paused that could simply go on." in films.post("/runs/resume-all", **AJAX).text
    assert films.call("resume-all", {}).get_json()["resuming"] == 0


def test_an_interrupted_run_is_shown_without_a_button_that_spends(films: WebApp) -> None:
    start(films, "sea")
    records(films).change(folder(films, "sea"), Move.LOST)
    page = films.get("/runs").text
    assert "Interrupted" in page and 'action="/runs/resume"' not in page and 'href="/p/sea/images"' in page
