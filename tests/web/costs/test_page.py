"""The books on the page: costs, attempts, the table to download, and the same for programs."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.web_app import (
    HTMX,
    WebApp,
    draw,
    image,
)
from webapp.disk.logs.journal import Journal
from webapp.web import urls

PRICE = 39_000
INTENT = {
    "what": "intent",
    "at": 1_700_000_000.0,
    "run": "r1",
    "style": "clear",
    "shot": "1",
    "beat": "1.1",
    "provider": "gemini",
    "model": "gemini-nano",
    "key": "••••abcd",
    "price": PRICE,
    "seed": 418207,
}
REFUSED = {"what": "failed", "kind": "Rejected", "charged": False, "error": "The filter refused it.", "seconds": 2.0}
LOST = {"what": "failed", "kind": "LostAnswer", "charged": None, "error": "No answer.", "detail": "<b>reset</b>"}


def tell(site: WebApp, ident: str, ending: dict[str, Any] | None, **changes: Any) -> None:
    """Write an attempt into the demo project's journal."""
    journal = Journal(site.services.library.find("demo"))
    journal.append({**INTENT, "attempt": ident, **changes})
    if ending:
        journal.append({"attempt": ident, "run": "r1", **ending})


def saved(site: WebApp, folder: Path, beat: str = "1.1") -> dict[str, Any]:
    """The outcome of an attempt whose picture lies in the project."""
    draw(image(folder, "clear", beat))
    found = site.services.library.find("demo")
    project = site.services.store.project(found)
    versions = {f.beat: i.version for f, i in site.services.store.images.of_project(found, project).items()}
    return {"what": "saved", "cost": 41_000, "seconds": 8.25, "version": versions[beat], "model": "gemini-nano-2"}


def told(site: WebApp, path: str) -> dict[str, Any]:
    """The JSON that is answered there."""
    body: dict[str, Any] = site.get(path).get_json()
    return body


@pytest.fixture
def books(site: WebApp) -> WebApp:
    """A project with a picture, a refusal, a lost answer and a call without an outcome."""
    folder = site.project()
    tell(site, "a1", REFUSED)
    tell(site, "a2", LOST)
    tell(site, "a3", saved(site, folder))
    tell(site, "a4", None, style="illustration", beat="1.2", key="", run="r2", at=1_700_200_000.0)
    return site


def test_the_page_tells_what_was_charged_and_what_may_have_been(books: WebApp) -> None:
    text = books.get("/p/demo/costs").text
    assert "$0.04" in text and "for 1 image" in text
    assert "Possibly charged" in text and "$0.08" in text
    for word in ("By day", "By run", "By style", "By model", "By key", "By outcome", "Google Gemini", "••••abcd"):
        assert word in text
    for word in ("Not charged", "The filter refused it.", "No outcome yet", "418207", "8.2 s"):
        assert word in text


def test_what_is_still_to_come_goes_by_the_price_of_each_style(site: WebApp) -> None:
    folder = site.project(beats=3)
    styles = {"clear": {"provider": "gemini", "options": {}}}
    (folder / ".step8").mkdir()
    (folder / ".step8" / "settings.json").write_text(json.dumps({"provider": "sketch", "styles": styles}))
    text = site.get("/p/demo/costs").text
    assert "about $0.10" in text and "6 images missing: 3 × free + 3 × $0.0336" in text
    styles["clear"]["options"] = {"gemini": {"model": "gemini-unheard-of"}}
    (folder / ".step8" / "settings.json").write_text(json.dumps({"provider": "sketch", "styles": styles}))
    assert "6 images missing; the price of a model is not known" in site.get("/p/demo/costs").text


def test_what_was_charged_and_what_is_left_add_up_to_the_budget_as_they_are_shown(site: WebApp) -> None:
    folder = site.project()
    settings = {"provider": "gemini", "limits": {"budget": 1_000_000}}
    (folder / ".step8").mkdir()
    (folder / ".step8" / "settings.json").write_text(json.dumps(settings))
    for number in range(25):
        tell(site, f"a{number}", {"what": "saved", "cost": PRICE})
    text = site.get("/p/demo/costs").text
    assert ">$0.98<" in text and ">$0.02<" in text and ">$0.03<" not in text  # 0.975 and 0.025


def test_foreign_text_is_shown_as_text(books: WebApp) -> None:
    for path in ("/p/demo/costs", "/p/demo/frames/clear-1-1_1"):
        text = books.get(path).text
        assert "&lt;b&gt;reset" in text and "<b>reset" not in text


def test_a_project_without_calls_says_so(site: WebApp) -> None:
    site.project()
    answer = site.get("/p/demo/costs")
    assert answer.status_code == 200 and "No calls yet" in answer.text and "<table" not in answer.text
    assert 'href="costs"' in site.get("/p/demo/images").text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("?outcome=refused", 1),
        ("?outcome=possibly+charged", 2),
        ("?style=illustration", 1),
        ("?style=clear&beat=1.1", 3),
        ("?beat=9.9", 0),
        ("?page=999", 4),
        ("?page=x%F0", 4),
        ("?outcome=%3Cscript%3E", 0),
    ],
)
def test_the_list_can_be_narrowed_and_nothing_asked_for_is_a_fault(books: WebApp, query: str, count: int) -> None:
    answer = books.get(f"/p/demo/costs{query}")
    assert answer.status_code == 200
    assert answer.text.count('class="data-what"') == count
    assert "<script>" not in answer.text.replace("<script ", "")


def test_a_long_list_has_pages(site: WebApp) -> None:
    site.project()
    for number in range(51):
        tell(site, f"a{number}", REFUSED)
    first, second = site.get("/p/demo/costs").text, site.get("/p/demo/costs?page=2").text
    assert "1 to 50 of 51" in first and "/p/demo/costs?page=2#attempts" in first and "Newer" not in first
    assert "51 to 51 of 51" in second and '"/p/demo/costs#attempts"' in second and "Older" not in second


def test_the_table_to_download_holds_every_attempt_and_no_formula(books: WebApp) -> None:
    tell(books, "a5", {**REFUSED, "error": "=cmd|' /C calc'!A0"})
    answer = books.get("/p/demo/costs.csv")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["attempt"] for row in rows] == ["a5", "a4", "a3", "a2", "a1"]
    assert rows[0]["error"].startswith("'=")
    assert (rows[2]["charged_usd"], rows[2]["possibly_charged_usd"], rows[2]["outcome"]) == (
        "0.041000",
        "0.000000",
        "made",
    )
    assert rows[3]["charge"] == "Possibly charged" and rows[3]["possibly_charged_usd"] == "0.039000"
    assert len(books.get("/p/demo/costs.csv?outcome=refused").text.splitlines()) == 3


def test_after_a_compaction_page_and_table_still_add_up(site: WebApp) -> None:
    folder = site.project()
    for number in range(5):
        tell(site, f"a{number}", LOST)
    with open(folder / ".step8/journal.jsonl", "a") as file:
        for number in range(1500):
            file.write(json.dumps({**INTENT, "attempt": f"b{number}", "price": 0}) + "\n")
            file.write(json.dumps({**REFUSED, "attempt": f"b{number}"}) + "\n")
    before = told(site, "/api/costs?projectPath=demo")
    assert Journal(site.services.library.find("demo")).compact(longer_than=10) == 505
    after = told(site, "/api/costs?projectPath=demo")
    assert after == before and after["total"]["possiblyCharged"] == 5 * PRICE
    assert "The oldest 505 attempts without an image are kept as sums only" in site.get("/p/demo/costs").text
    rows = list(csv.DictReader(io.StringIO(site.get("/p/demo/costs.csv").text)))
    assert sum(int(row["attempts"]) for row in rows) == 1505
    assert sum(float(row["possibly_charged_usd"]) for row in rows) == pytest.approx(5 * PRICE / 1e6)


def test_programs_get_the_same_in_micro_dollars(books: WebApp) -> None:
    body = told(books, "/api/costs?projectPath=demo")
    assert body["success"] is True
    assert body["total"] == {
        "attempts": 4,
        "images": 1,
        "charged": 41_000,
        "possiblyCharged": 2 * PRICE,
        "priceUnknown": 0,
    }
    assert {row["style"]: row["attempts"] for row in body["styles"]} == {"clear": 3, "illustration": 1}
    assert len(body["days"]) == 2 and {row["run"] for row in body["runs"]} == {"r1", "r2"}
    assert {row["outcome"] for row in body["outcomes"]} == {"made", "refused", "no answer", "no outcome yet"}
    assert {row["key"] for row in body["keys"]} == {"", "••••abcd"}


def test_programs_get_the_attempts_of_a_beat(books: WebApp) -> None:
    body = told(books, "/api/attempts?projectPath=demo&style=clear&beat=1.1&limit=1&offset=0")
    assert body["found"] == 3
    (attempt,) = body["attempts"]
    assert attempt == {
        "id": "a3",
        "began": "2023-11-14T22:13:20.000Z",
        "run": "r1",
        "style": "clear",
        "shot": "1",
        "beat": "1.1",
        "provider": "gemini",
        "model": "gemini-nano-2",
        "key": "••••abcd",
        "seed": 418207,
        "seconds": 8.25,
        "outcome": "made",
        "charge": "charged",
        "charged": 41_000,
        "possiblyCharged": 0,
        "error": "",
        "detail": "",
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/costs", 400),
        ("/api/attempts?projectPath=../etc", 403),
        ("/api/attempts?projectPath=none", 404),
        ("/api/attempts?projectPath=demo&limit=-1", 400),
        ("/api/attempts?projectPath=demo&offset=x", 400),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(books: WebApp, path: str, status: int) -> None:
    answer = books.get(path)
    assert (
        answer.status_code == status and (body := answer.get_json())["success"] is False and body["error"].endswith(".")
    )


def test_the_details_of_a_frame_list_its_attempts_and_who_really_made_its_image(books: WebApp) -> None:
    for headers in ({}, {"HX_Request": HTMX["HX-Request"]}):
        text = books.get("/p/demo/frames/clear-1-1_1", **headers).text
        assert text.index("Attempt 3") < text.index("Attempt 2") < text.index("Attempt 1")
        assert text.count("In use") == 1
        assert "Google Gemini" in text and "gemini-nano-2" in text, "the sketch is set today, but did not make it"
        assert "Possibly charged $0.039" in text and "Not charged" in text
        assert "$0.04, possibly $0.04 more" in text
    untouched = books.get("/p/demo/frames/clear-1-1_3").text
    assert "Attempts" not in untouched and "Provider" not in untouched


def test_a_frame_tried_often_leads_to_all_its_attempts(site: WebApp) -> None:
    site.project()
    for number in range(25):
        tell(site, f"a{number}", REFUSED)
    text = site.get("/p/demo/frames/clear-1-1_1").text
    assert "Attempt 25" in text and "Attempt 5<" not in text
    assert "The newest 20 of 25." in text
    assert f"{urls.costs('demo')}?style=clear&amp;beat=1.1#attempts" in text


def test_a_journal_that_cannot_be_read_is_told_on_the_page_of_the_costs_alone(site: WebApp) -> None:
    folder = site.project()
    (folder / ".step8/journal.jsonl").mkdir(parents=True)
    answer = site.get("/p/demo/costs")
    assert answer.status_code == 422 and "journal.jsonl: this is not a regular file." in answer.text
    assert site.get("/p/demo/frames/clear-1-1_1").status_code == 200
    assert site.get("/p/demo/images").status_code == 200
