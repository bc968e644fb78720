"""The activity of a project: kept without Redis, chosen, turned page by page, downloaded; and who else is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from tests.harness.app_process import until
from tests.harness.web_app import HTMX, WebApp
from tests.harness.webhook_receiver import WebhookReceiver
from webapp.core.run.states import RunState
from webapp.disk.files.folder import Folder

AJAX = {"HX_Request": HTMX["HX-Request"]}


@pytest.fixture
def quick(tmp_path: Path, own_redis: str) -> Iterator[WebApp]:
    """A site whose sketches take no time, with a project of two styles."""
    site = WebApp(tmp_path, own_redis, SKETCH_DELAY="0")
    site.project(beats=2)
    yield site


def folder(site: WebApp) -> Folder:
    return site.services.library.find("demo")


def run_to_the_end(site: WebApp) -> str:
    """Make every image, here; the run's id."""
    run, _ = site.services.control.start(folder(site))
    site.services.process.drive("demo", run.id)
    assert site.services.control.run(folder(site)).state is RunState.DONE
    until(lambda: run.id in site.services.store.ledger(folder(site)).endings)
    until(lambda: any(line["kind"] == "ok" and "Finished" in line["text"] for line in lines(site)))
    return run.id


def lines(site: WebApp, query: str = "") -> list[dict[str, Any]]:
    body = site.get(f"/api/activity?projectPath=demo{query}").get_json()
    assert body["success"] is True
    found: list[dict[str, Any]] = body["lines"]
    return found


def write(site: WebApp, number: int) -> None:
    """So many lines, written long ago."""
    told = ({"at": 1_700_000_000.0 + n, "kind": "info", "text": f"Line {n}"} for n in range(number))
    site.services.activity_log.write(folder(site), told)


def test_a_run_is_told_line_by_line_and_stays_told_when_redis_forgets(quick: WebApp, own_redis: str) -> None:
    run = run_to_the_end(quick)
    with redis.Redis.from_url(own_redis) as client:
        client.flushdb()
    told = lines(quick)
    assert told[-1]["text"] == "Generation started." and {line["run"] for line in told} == {run}
    made = [line for line in told if "complete" in line["text"]]
    assert {(line["style"], line["beat"], line["kind"]) for line in made} == {
        (style, beat, "ok") for style in ("illustration", "clear") for beat in ("1.1", "1.2")
    }
    page = quick.get("/p/demo/activity").text
    assert "Finished: all 4 images exist." in page and 'href="/p/demo/frames/clear-1-1_2"' in page


def test_the_newest_run_is_summed_up_in_step_8_and_every_run_on_the_page(quick: WebApp) -> None:
    run = run_to_the_end(quick)
    page = quick.get("/p/demo/images").text
    assert "4 made, " in page and "free, 4 calls" in page
    answer = quick.post("/p/demo/images/reconnect", **AJAX).text
    assert 'hx-target="#summary"' in answer and "4 made" in answer
    assert "All images exist" in quick.get("/p/demo/activity").text
    (told,) = quick.get("/api/runs?projectPath=demo").get_json()["runs"]
    assert (told["run"], told["state"], told["made"], told["calls"], told["retries"]) == (run, "done", 4, 4, 0)
    assert told["failed"] == 0 and told["charged"] == 0 and told["started"] and told["workedSeconds"] >= 0


def test_lines_are_chosen_and_paged_by_the_server(site: WebApp) -> None:
    site.project()
    write(site, 250)
    first = site.get("/p/demo/activity").text
    assert "Line 249<" in first and "Line 149<" not in first and "Newest" not in first
    older = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = site.get(older.partition("#")[0]).text
    assert "Line 149<" in second and "Line 249<" not in second and "Newest" in second
    found = lines(site, "&q=line 24&limit=3")
    assert [line["text"] for line in found] == ["Line 249", "Line 248", "Line 247"]
    more = lines(site, f"&q=line 24&before={found[-1]['id']}")
    assert [line["text"] for line in more][:2] == ["Line 246", "Line 245"] and more[-1]["text"] == "Line 24"
    assert "No line is like that." in site.get("/p/demo/activity?kind=error&style=%3Cb%3E&beat=9").text


def test_everything_chosen_can_be_downloaded(site: WebApp) -> None:
    site.project()
    write(site, 3)
    text = site.get("/p/demo/activity.txt")
    assert text.mimetype == "text/plain" and "attachment" in text.headers["Content-Disposition"]
    assert [line.split("  ")[-1].strip() for line in text.text.splitlines()] == ["Line 0", "Line 1", "Line 2"]
    found = [json.loads(line) for line in site.get("/p/demo/activity.jsonl?q=2").text.splitlines()]
    assert [line["text"] for line in found] == ["Line 2"]


def test_foreign_words_are_shown_as_words(site: WebApp) -> None:
    site.project()
    site.services.activity_log.write(folder(site), [{"at": 1.0, "kind": "error", "text": "<script>alert(1)</script>"}])
    page = site.get("/p/demo/activity?q=%3Cscript%3E").text
    assert "&lt;script&gt;alert(1)" in page and "<script>alert" not in page


def test_an_empty_project_says_what_will_be_there(site: WebApp) -> None:
    site.project()
    page = site.get("/p/demo/activity").text
    assert "Nothing happened yet." in page and "No run made a call yet." in page
    assert 'href="activity"' in site.get("/p/demo/images").text
    assert 'id="summary" hidden' in site.get("/p/demo/images").text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/activity", 400),
        ("/api/activity?projectPath=none", 404),
        ("/api/activity?projectPath=demo&limit=-1", 400),
        ("/api/runs", 400),
        ("/api/runs?projectPath=../x", 403),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(site: WebApp, path: str, status: int) -> None:
    site.project()
    answer = site.get(path)
    assert answer.status_code == status and answer.get_json()["error"].endswith(".")


def test_a_webhook_is_set_tested_and_told_of_a_real_run(quick: WebApp) -> None:
    with WebhookReceiver() as receiver:
        saved = quick.post("/p/demo/activity/webhook", {"url": receiver.url})
        assert saved.status_code == 200 and "shown this once" in saved.text
        assert "shown this once" not in quick.get("/p/demo/activity").text
        tested = quick.post("/p/demo/activity/webhook/test", **AJAX).text
        assert "The test arrived. Answered 204." in tested and "<!doctype" not in tested
        run = run_to_the_end(quick)
        until(lambda: len(receiver.got) == 2)
        assert json.loads(receiver.got[1][2])["run"]["id"] == run
    until(lambda: any("was told that the run ended" in line["text"] for line in lines(quick)))
    page = quick.get("/p/demo/activity").text
    assert "Run ended" in page and "127.0.0.1" in page
    assert "Nothing is sent any more." in quick.post("/p/demo/activity/webhook", {"url": ""}).text


@pytest.mark.parametrize("url", ["http://example.com/hook", "nonsense", "https://u:p@example.com"])
def test_an_address_that_is_refused_is_kept_in_the_form_with_the_reason(site: WebApp, url: str) -> None:
    site.project()
    answer = site.post("/p/demo/activity/webhook", {"url": url})
    assert answer.status_code == 400 and f'value="{url}"' in answer.text and "Webhook: " in answer.text
    part = site.post("/p/demo/activity/webhook", {"url": url}, **AJAX)
    assert part.status_code == 200 and f'value="{url}"' in part.text
    for verb in ("test", "secret"):
        refused = site.post(f"/p/demo/activity/webhook/{verb}")
        assert refused.status_code == 400 and "No webhook is set." in refused.text


def test_a_diary_that_cannot_be_read_is_one_sentence(site: WebApp) -> None:
    (site.project() / ".step8" / "activity.jsonl").mkdir(parents=True)
    answer = site.get("/p/demo/activity")
    assert answer.status_code == 422 and "activity.jsonl: this is not a regular file." in answer.text
    assert site.get("/p/demo/images").status_code == 200


def test_programs_set_test_and_renew_a_webhook(quick: WebApp) -> None:
    here = {"projectPath": "demo"}
    assert quick.call("test-webhook", here).status_code == 400
    with WebhookReceiver() as receiver:
        first = quick.call("set-webhook", {**here, "url": receiver.url}).json
        assert first["secret"]  # type: ignore[index]
        assert quick.call("set-webhook", {**here, "url": receiver.url}).json["secret"] is None  # type: ignore[index]
        assert quick.call("test-webhook", here).json["arrived"] is True  # type: ignore[index]
        second = quick.call("renew-webhook-secret", here).json
        assert second["secret"] != first["secret"]  # type: ignore[index]
    refused = quick.call("set-webhook", {**here, "url": "ftp://x"})
    assert refused.status_code == 400 and refused.json["success"] is False  # type: ignore[index]
    assert quick.call("set-webhook", here).status_code == 400  # nothing said is not "none"
    assert quick.call("set-webhook", {**here, "url": ""}).json == {
        "success": True,
        "message": "Webhook saved",
        "secret": None,
    }
