"""The start page: what there is, and new projects."""

from __future__ import annotations

import pytest

from tests.harness.web_app import WebApp, draw, image
from tests.web.projects.test_uploads import file, js
from webapp.core.project import free_name
from webapp.core.run.states import Run, RunState
from webapp.web.projects.page import card
from webapp.web.projects.views import ProjectCard


def card_of(site: WebApp, name: str) -> ProjectCard:
    """The card of a project on the start page."""
    with site.app.test_request_context():
        return card(name)


def test_an_empty_folder_says_how_to_begin(site: WebApp) -> None:
    page = site.get("/")
    assert page.status_code == 200
    assert "No projects yet" in page.text


def test_a_card_tells_how_far_a_project_is(site: WebApp) -> None:
    folder = site.project()
    for beat in ("1.1", "1.2", "1.3"):
        draw(image(folder, "clear", beat))
    shown = card_of(site, "demo")
    assert shown.images == "3 / 6"
    assert shown.step_text == "Step 8: Images"
    assert shown.steps == ("done", *("todo",) * 5, "done", "active", *("todo",) * 5)
    assert shown.href == "/p/demo/images"
    assert shown.changed == "just now"
    assert shown.badge is None
    assert len(set(shown.thumbs)) == 3
    for thumb in shown.thumbs:
        assert site.get(thumb).headers["Cache-Control"].endswith("immutable")
    assert "3 / 6" in site.get("/").text


def test_a_project_with_every_image_is_done_and_one_without_prompts_is_new(site: WebApp) -> None:
    full, empty = site.project("full", styles=("clear",), beats=1), site.project("empty", styles=())
    draw(image(full, "clear", "1.1"))
    assert empty.is_dir()
    assert card_of(site, "full").badge == ("ok", "Images done")
    assert card_of(site, "full").step_text == "Step 9: Select"
    assert card_of(site, "empty").images == "–"
    assert card_of(site, "empty").step_text == "Step 2: Summarize"


def test_a_project_that_failed_or_cannot_be_read_needs_attention(site: WebApp) -> None:
    broken = site.project("broken", styles=())
    (broken / "prompts" / "prompts-clear.js").write_text("nothing")
    site.project("partial")
    folder = site.services.library.find("partial")
    site.services.store.records.write_run(folder, Run(id="r", state=RunState.PARTIAL, seq=3, failed=2))
    assert card_of(site, "broken").badge == ("warn", "Needs attention")
    assert "prompts-clear.js" in card_of(site, "broken").problem
    assert (card_of(site, "partial").badge, card_of(site, "partial").failed) == (("warn", "Needs attention"), 2)
    assert site.get("/").status_code == 200


def test_a_running_project_is_told_and_counted(site: WebApp) -> None:
    site.project()
    run, fresh = site.services.control.start(site.services.library.find("demo"))
    assert fresh and run.active
    assert card_of(site, "demo").badge == ("live", "Generating")
    assert "generating now" in site.get("/").text


def test_a_new_project_is_made_from_its_title(site: WebApp) -> None:
    answer = site.post("/projects", {"title": "  The Man who  lived on Beans! "})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/the-man-who-lived-on-beans/setup")
    assert "The Man who lived on Beans!" in site.get(answer.headers["Location"]).text
    again = site.post("/projects", {"title": "The man who lived on beans"})
    assert again.headers["Location"] == "/p/the-man-who-lived-on-beans-2/setup"


def test_a_new_project_may_bring_its_prompts(site: WebApp) -> None:
    answer = site.post("/projects", {"title": "Walden", "prompts": [file("prompts-clear.js", js(2))]})
    assert answer.headers["Location"] == "/p/walden/images"
    assert card_of(site, "walden").images == "0 / 2"


@pytest.mark.parametrize(
    ("title", "name", "text"),
    [
        ("", "prompts-clear.js", js(1)),
        ("Walden", "prompts-clear.js", "nothing"),
        ("x" * 121, "a.js", js(1)),
        (" ", "", ""),
    ],
)
def test_a_refused_project_leaves_nothing_behind(site: WebApp, title: str, name: str, text: str) -> None:
    answer = site.post("/projects", {"title": title, "prompts": [file(name, text)]})
    assert answer.status_code in (400, 422)
    assert f'value="{title}"' in answer.text
    assert 'role="alert"' in answer.text
    assert site.services.library.names() == []


@pytest.mark.parametrize(
    "title", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "../../x", "\u202elive"]
)
def test_any_title_is_shown_as_text(site: WebApp, title: str) -> None:
    made = site.post("/projects", {"title": title})
    assert made.status_code == 303
    for path in ("/", made.headers["Location"]):
        text = site.get(path).text
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "49" not in title or "{{" in text
    assert [path.parent for path in site.root.iterdir() if path.is_dir()] == [site.root]


def test_folder_names_are_plain_and_free() -> None:
    assert free_name("Große Erwartungen", []) == "groe-erwartungen"
    assert free_name("日本", ["project"]) == "project-2"
    assert free_name("Demo", ["DEMO", "demo-2"]) == "demo-3"
    assert len(free_name("x" * 500, [])) <= 60
