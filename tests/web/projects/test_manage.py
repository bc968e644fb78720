"""What can be done with whole projects, by plain forms."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from werkzeug.test import TestResponse

from tests.harness.web_app import WebApp, draw, image
from tests.harness.zip_samples import packed, project
from webapp.core.run.states import Run, RunState
from webapp.disk.logs.journal import Journal


def title(site: WebApp, name: str) -> str:
    """A project's title."""
    return site.services.store.records.title(site.services.library.find(name))


def start(site: WebApp, name: str = "demo") -> None:
    """Begin a run that no worker takes."""
    site.services.control.start(site.services.library.find(name))


def deleted(site: WebApp, name: str = "demo", typed: str = "demo") -> str:
    """Delete a project; answers its entry in the trash."""
    answer = site.post(f"/p/{name}/delete", {"confirm": typed})
    assert answer.status_code == 303, answer.text
    return unquote(answer.headers["Location"].partition("deleted=")[2])


def test_a_project_gets_another_title_and_keeps_its_folder(site: WebApp) -> None:
    site.project()
    answer = site.post("/p/demo/rename", {"title": "  The   lamp "})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/demo/manage?saved=1")
    assert title(site, "demo") == "The lamp"
    assert "The lamp" in site.get("/").text
    refused = site.post("/p/demo/rename", {"title": "x" * 121})
    assert refused.status_code == 400
    assert f'value="{"x" * 121}"' in refused.text
    assert title(site, "demo") == "The lamp"


def test_a_copy_is_told_with_a_link_to_it(site: WebApp) -> None:
    draw(image(site.project(), "clear", "1.1"))
    answer = site.post("/p/demo/duplicate")
    page = site.get(answer.headers["Location"])
    assert "“demo copy” was made." in page.text
    assert 'href="/p/demo-copy/images"' in page.text
    assert image(site.root / "demo-copy", "clear", "1.1").exists()


def test_an_archived_project_is_out_of_the_list_until_it_is_taken_back(site: WebApp) -> None:
    site.project("demo")
    site.project("other")
    answer = site.post("/p/demo/archive")
    page = site.get(answer.headers["Location"]).text
    assert "“demo” is archived." in page
    assert 'action="/p/demo/unarchive"' in page
    assert 'href="/p/demo/images"' not in page and 'href="/p/other/images"' in page
    assert 'href="/p/demo/images"' in site.get("/?show=archived").text
    back = site.post("/p/demo/unarchive")
    assert "“demo” is in the list again." in site.get(back.headers["Location"]).text
    assert 'href="/p/demo/images"' in site.get("/").text


def test_a_deleted_project_can_be_brought_back_by_undo_and_from_the_trash(site: WebApp) -> None:
    folder = site.project()
    draw(image(folder, "clear", "1.1"))
    entry = deleted(site)
    page = site.get(f"/?deleted={entry}").text
    assert "“demo” is in the trash." in page
    assert f'action="/trash/{entry}/restore"' in page
    assert "demo" in site.get("/?show=trash").text
    assert site.get("/p/demo/images").status_code == 404
    back = site.post(f"/trash/{entry}/restore")
    assert back.headers["Location"] == "/?back=demo"
    assert image(folder, "clear", "1.1").exists()
    assert "“demo”" not in site.get(f"/?deleted={entry}").text
    assert site.post(f"/trash/{entry}/restore").status_code == 404


@pytest.mark.parametrize("typed", ["", "Demo", "demo2", "../demo"])
def test_nothing_is_deleted_unless_the_title_was_typed(site: WebApp, typed: str) -> None:
    folder = site.project()
    answer = site.post("/p/demo/delete", {"confirm": typed})
    assert answer.status_code == 400
    assert "Type the title as it stands here: demo" in answer.text
    assert folder.is_dir()


def test_a_project_with_an_active_run_is_neither_deleted_nor_archived(site: WebApp) -> None:
    folder = site.project()
    start(site)
    for verb in ("delete", "archive"):
        answer = site.post(f"/p/demo/{verb}", {"confirm": "demo"})
        assert answer.status_code == 409
        assert "Stop it in Step 8 first" in answer.text
    assert folder.is_dir()
    assert "Stop it in" in site.get("/p/demo/manage").text


def test_a_paused_run_is_a_run_too_and_what_was_spent_is_on_the_card(site: WebApp) -> None:
    site.project()
    start(site)
    folder = site.services.library.find("demo")
    site.services.control.pause(folder)
    assert site.post("/p/demo/delete", {"confirm": "demo"}).status_code == 409
    intent = {"what": "intent", "attempt": "a", "style": "clear", "shot": "1", "beat": "1.1", "price": 39000, "at": 1.0}
    Journal(folder).append(intent)
    assert '<dt>Cost</dt><dd class="num">$0.04</dd>' in site.get("/").text


def test_another_project_of_the_name_does_not_inherit_the_run(site: WebApp) -> None:
    site.project()
    start(site)
    site.services.control.stop(site.services.library.find("demo"))
    deleted(site)
    site.project()
    run = site.services.control.run(site.services.library.find("demo"))
    assert run == Run()


def test_the_run_of_a_project_comes_back_with_it(site: WebApp) -> None:
    site.project()
    start(site)
    site.services.control.stop(site.services.library.find("demo"))
    site.post(f"/trash/{deleted(site)}/restore")
    assert site.services.control.run(site.services.library.find("demo")).state is RunState.STOPPED


def test_the_forms_come_alone_for_a_dialog(site: WebApp) -> None:
    site.project()
    alone = site.get("/p/demo/manage?part=delete", HX_Request="true").text
    assert alone.lstrip().startswith("<form") and "<html" not in alone
    assert "<html" in site.get("/p/demo/manage?part=delete").text
    assert "<html" in site.get("/p/demo/manage?part=nonsense", HX_Request="true").text


@pytest.mark.parametrize(
    ("query", "shown"),
    [("q=lam", ["lamp"]), ("q=LAMP", ["lamp"]), ("q=&sort=title", ["boat", "lamp"]), ("q=nothing", [])],
)
def test_words_and_order_work_without_a_script(site: WebApp, query: str, shown: list[str]) -> None:
    site.project("lamp")
    site.project("boat")
    text = site.get(f"/?{query}").text
    cards = [part.partition("</li>")[0] for part in text.split('<li class="project')[1:]]
    visible = [part.partition('href="/p/')[2].partition("/")[0] for part in cards if "hidden>" not in part[:200]]
    assert visible == shown
    assert ('id="nomatch" role="status" hidden' in text) == bool(shown)


def upload(site: WebApp, file: io.BytesIO, name: str = "Walden.zip", title: str = "") -> tuple[int, str]:
    """Hand in a ZIP by the form; answers the status and where it leads or what it says."""
    answer = site.post("/projects/import", {"archive": (file, name), "title": title})
    return answer.status_code, answer.headers.get("Location", answer.text)


def test_a_zip_becomes_a_project_with_its_images(site: WebApp, tmp_path: Path) -> None:
    picture = draw(tmp_path / "p.png").read_bytes()
    files = project(generated_images__clear__Shot_1__Beat_1=b"")
    files["generated_images/clear/Shot_1/Beat_1.1.png"] = picture
    assert upload(site, packed(files)) == (303, "/p/walden/images")
    assert "1/1" in site.get("/p/walden/images").text
    assert upload(site, packed(files), title="Other title") == (303, "/p/other-title/images")


def test_a_refused_zip_leaves_nothing_and_says_why(site: WebApp) -> None:
    for file, word in (
        (io.BytesIO(b"x"), "is no ZIP"),
        (packed({"../x": b"x"}), "leads out of"),
        (io.BytesIO(), "no ZIP"),
    ):
        status, text = upload(site, file, title="Kept title")
        assert status == 400
        assert word in text and 'role="alert"' in text and "Kept title" in text
    assert site.post("/projects/import", {"title": "x"}).status_code == 400
    assert [path.name for path in site.root.iterdir() if path.is_dir()] == []


def test_a_zip_may_be_larger_than_any_other_request(site: WebApp) -> None:
    site.app.config["MAX_CONTENT_LENGTH"] = 1000
    files = project()
    files["book.txt"] = bytes(range(256)) * 40
    zipped = packed(files, 0)
    assert len(zipped.getvalue()) > 5000
    assert upload(site, zipped)[0] == 303
    assert site.post("/projects", {"title": "x" * 2000}).status_code == 413


def test_a_stranger_may_not_send_a_large_zip(site: WebApp, tmp_path: Path, own_redis: str) -> None:
    home = tmp_path / "locked"
    home.mkdir()
    locked = WebApp(home, own_redis, APP_PASSWORD="open sesame")
    locked.app.config["MAX_CONTENT_LENGTH"] = 1000
    answer = locked.post("/projects/import", {"archive": (packed(project(big=bytes(5000)), 0), "x.zip")})
    assert answer.status_code in (303, 413)
    assert "/sign-in" in answer.headers.get("Location", "/sign-in")
    assert [path.name for path in locked.root.iterdir() if path.is_dir()] == []


def test_any_title_is_shown_as_text_everywhere(site: WebApp) -> None:
    nasty = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    site.project()
    site.post("/p/demo/rename", {"title": nasty})
    pages = ["/", "/p/demo/manage", "/?archived=demo", "/?copy=demo", "/?back=demo"]
    entry = ""
    for path in pages:
        assert "<script>alert" not in site.get(path).text and "<img src=x" not in site.get(path).text
    entry = deleted(site, typed=nasty)
    for path in ("/?show=trash", f"/?deleted={entry}"):
        text = site.get(path).text
        assert "&lt;script&gt;" in text and "<script>alert" not in text


@pytest.mark.parametrize("value", ["..", "none", "%2e%2e", "a" * 2000, "../../etc"])
def test_a_notice_about_nothing_is_not_shown(site: WebApp, value: str) -> None:
    for word in ("deleted", "archived", "back", "copy"):
        page = site.get(f"/?{word}={value}")
        assert page.status_code == 200
        assert "note--ok" not in page.text


# -- the same for programs


def told(answer: TestResponse) -> dict[str, Any]:
    """The JSON object of an answer."""
    data = answer.get_json()
    assert isinstance(data, dict)
    return data


def test_programs_do_the_same(site: WebApp) -> None:
    site.project()
    assert site.call("rename-project", {"projectPath": "demo", "title": "The lamp"}).json == {
        "success": True,
        "message": "Project renamed",
        "title": "The lamp",
    }
    copy = site.call("duplicate-project", {"projectPath": "demo"})
    assert (copy.status_code, copy.json) == (
        201,
        {"success": True, "message": "Project duplicated", "projectPath": "the-lamp-copy"},
    )
    assert told(site.call("archive-project", {"projectPath": "demo", "archived": True}))["archived"] is True
    assert told(site.call("archive-project", {"projectPath": "demo", "archived": False}))["archived"] is False
    assert site.call("delete-project", {"projectPath": "demo", "confirmTitle": "lamp"}).status_code == 400
    gone = told(site.call("delete-project", {"projectPath": "demo", "confirmTitle": "The lamp"}))
    listed = told(site.get("/api/trash"))
    assert [item["trash"] for item in listed["projects"]] == [gone["trash"]]
    assert listed["projects"][0]["title"] == "The lamp"
    assert told(site.call("restore-project", {"trash": gone["trash"]}))["projectPath"] == "demo"
    assert title(site, "demo") == "The lamp"


def test_a_program_hands_in_a_zip_as_it_is(site: WebApp) -> None:
    body = packed(project()).getvalue()
    answer = site.client.post(
        "/api/import-project?title=Walden",
        data=body,
        headers={"Host": "127.0.0.1:8000", "Content-Type": "application/zip"},
    )
    assert (answer.status_code, answer.json) == (
        201,
        {"success": True, "message": "Project imported", "projectPath": "walden"},
    )
    for headers in (
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/zip", "Origin": "http://evil.example"},
    ):
        refused = site.client.post("/api/import-project", data=body, headers={"Host": "127.0.0.1:8000", **headers})
        assert refused.status_code == 403
    wrong = site.client.post(
        "/api/import-project", data=b"x", headers={"Host": "127.0.0.1:8000", "Content-Type": "application/zip"}
    )
    assert wrong.status_code == 400 and "no ZIP" in json.loads(wrong.text)["error"]
    assert site.services.library.names() == ["walden"]


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("rename-project", {"projectPath": "demo"}),
        ("rename-project", {"projectPath": "demo", "title": 5}),
        ("archive-project", {"projectPath": "demo", "archived": "yes"}),
        ("delete-project", {"projectPath": "demo"}),
        ("restore-project", {"trash": ["x"]}),
        ("restore-project", {}),
        ("duplicate-project", {}),
    ],
)
def test_a_bad_request_is_one_sentence(site: WebApp, address: str, body: dict[str, object]) -> None:
    site.project()
    answer = site.call(address, body)
    assert answer.status_code in (400, 404)
    assert told(answer)["success"] is False and told(answer)["error"].endswith((".", "demo"))
