"""The export page and its API: what leaves a project, in the background."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from werkzeug.test import TestResponse

from tests.harness.export_film import program
from tests.harness.pdf import ReadPdf
from tests.harness.web_app import WebApp, image
from webapp.exports.animatic import MISSING
from webapp.exports.contract import ExportTools
from webapp.exports.jobs import Exporter
from webapp.exports.requests import CANCELLED, DONE, FAILED, INTERRUPTED, RUNNING, ExportJob, ExportRequest
from webapp.fonts import font_for

PATIENCE = 30.0


@pytest.fixture
def made(site: WebApp) -> WebApp:
    """A project with one picture of two frames, which carries its prompt."""
    folder = site.project(beats=1)
    place = image(folder, "clear", "1.1")
    place.parent.mkdir(parents=True)
    info = PngInfo()
    info.add_text("Prompt", "A lake 1")
    Image.new("RGB", (64, 36)).save(place, pnginfo=info)
    return site


def with_program(site: WebApp, place: str | None) -> None:
    """Let the app find ffmpeg there."""
    services = site.services
    tools = ExportTools(services.store, font_for, lambda: place, services.clock)
    services.exporter = Exporter(services.exporter.jobs, tools)


def job(site: WebApp) -> ExportJob:
    """The newest export, once nothing is being made any more."""
    assert site.services.exporter.wait(PATIENCE)
    found = site.services.exporter.jobs.job(site.services.library.find("demo"))
    assert found is not None
    return found


def export(site: WebApp, **asked: str) -> TestResponse:
    """Ask for an export by the form, wait, and download the newest result."""
    answer = site.post("/p/demo/export", asked)
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/p/demo/export"), answer.text
    done = job(site)
    assert done.state == DONE, done.note
    return site.get(f"/p/demo/export/files/{done.id}")


def told(answer: TestResponse) -> dict[str, Any]:
    """The JSON object of an answer."""
    data = answer.get_json()
    assert isinstance(data, dict)
    return data


def test_the_page_offers_everything_and_is_linked_from_step_8_and_the_card(made: WebApp) -> None:
    page = made.get("/p/demo/export").text
    for word in ("Export images", "Export contact sheet", "Export animatic", "storyboard.csv", "Export project"):
        assert word in page
    assert 'href="/p/demo/export"' in made.get("/p/demo/images").text
    assert 'href="/p/demo/export"' in made.get("/").text


def test_images_come_as_a_zip_without_prompts(made: WebApp) -> None:
    answer = export(made, kind="images", pictures="all")
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="demo-images.zip"'
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as file:
        assert "clear/Beat_1.1.png" in file.namelist()
        assert all(b"A lake" not in file.read(name) for name in file.namelist())
    with zipfile.ZipFile(io.BytesIO(export(made, kind="images", prompts="1").data)) as file:
        assert b"A lake" in file.read("storyboard.csv")


def test_a_download_can_be_resumed(made: WebApp) -> None:
    whole = export(made, kind="images")
    part = made.get(f"/p/demo/export/files/{job(made).id}", Range="bytes=0-3", If_Range=whole.headers["ETag"])
    assert (part.status_code, part.data) == (206, b"PK\x03\x04")
    assert made.get(f"/p/demo/export/files/{job(made).id}", Range="bytes=99999999-").status_code == 416


def test_the_contact_sheet_is_a_pdf(made: WebApp) -> None:
    answer = export(made, kind="sheet")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "Phrase 1" in ReadPdf(answer.data).text


def test_the_whole_project_can_be_imported_again(made: WebApp) -> None:
    body = export(made, kind="project").data
    answer = made.post("/projects/import", {"archive": (io.BytesIO(body), "x.zip"), "title": "Back"})
    assert answer.headers["Location"] == "/p/back/images"
    assert image(made.root / "back", "clear", "1.1").exists()


def test_an_animatic_is_made_where_ffmpeg_is(made: WebApp, tmp_path: Path) -> None:
    with_program(made, program(tmp_path))
    answer = export(made, kind="film", subtitles="burned")
    assert (answer.headers["Content-Type"], answer.data) == ("video/mp4", b"film of 1")


def test_without_ffmpeg_the_page_says_what_is_missing(made: WebApp) -> None:
    with_program(made, None)
    assert MISSING in made.get("/p/demo/export").text
    refused = made.post("/p/demo/export", {"kind": "film"})
    assert refused.status_code == 400 and MISSING in refused.text


def test_an_export_in_the_making_is_told_and_can_be_cancelled(made: WebApp, tmp_path: Path) -> None:
    (made.root / "demo/.step8/exports").mkdir(parents=True)
    (made.root / "demo/.step8/hold").touch()
    with_program(made, program(tmp_path))
    made.post("/p/demo/export", {"kind": "film"})
    page = made.get("/p/demo/export").text
    assert "<progress" in page and 'hx-trigger="told"' in page and 'http-equiv="refresh"' in page
    part = made.get("/p/demo/export/job", HX_Request="true").text
    assert "Animatic" in part and "<html" not in part
    again = made.post("/p/demo/export", {"kind": "images"})
    assert again.status_code == 409 and "Wait for it, or cancel it first" in again.text
    made.post("/p/demo/export/cancel")
    assert job(made).state == CANCELLED
    after = made.get("/p/demo/export/job", HX_Request="true").text
    assert "Cancelled. Nothing was kept." in after and "<progress" not in after


def test_an_export_too_many_is_told_to_come_back_later(made: WebApp) -> None:
    services = made.services
    tools = ExportTools(services.store, font_for, lambda: None, services.clock)
    jobs = services.exporter.jobs
    services.exporter = Exporter(jobs, tools, most=0)
    answer = made.post("/p/demo/export", {"kind": "images"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert "So many exports wait already" in answer.text
    assert jobs.job(services.library.find("demo")) is None


def test_the_end_of_the_app_interrupts_an_export_and_says_so(made: WebApp, tmp_path: Path) -> None:
    (made.root / "demo/.step8").mkdir(exist_ok=True)
    (made.root / "demo/.step8/hold").touch()
    with_program(made, program(tmp_path))
    made.post("/p/demo/export", {"kind": "film"})
    made.services.exporter.leave()
    assert job(made).state == INTERRUPTED
    assert "Start the export again" in made.get("/p/demo/export").text


def test_an_export_of_another_process_is_told_as_interrupted_when_that_died(made: WebApp) -> None:
    folder = made.services.library.find("demo")
    begun = made.services.exporter.jobs.begin(folder, ExportRequest("images"))
    assert "Images · all styles…" in made.get("/p/demo/export").text
    record = folder.path / ".step8/exports/job.json"
    record.write_text(record.read_text().replace(str(begun.touched_at), "1000.0"))
    assert "The app was stopped meanwhile." in made.get("/p/demo/export").text
    assert export(made, kind="images").status_code == 200


def test_a_project_that_is_deleted_meanwhile_ends_its_export(made: WebApp, tmp_path: Path) -> None:
    (made.root / "demo/.step8").mkdir(exist_ok=True)
    (made.root / "demo/.step8/hold").touch()
    with_program(made, program(tmp_path))
    made.post("/p/demo/export", {"kind": "film"})
    answer = made.post("/p/demo/delete", {"confirm": "demo"})
    assert answer.status_code == 303
    assert made.services.exporter.wait(PATIENCE)
    assert made.services.library.names() == []


@pytest.mark.parametrize("kind", ["images", "sheet", "film"])
def test_nothing_to_export_is_one_sentence(site: WebApp, kind: str) -> None:
    site.project("demo")
    site.project("empty", styles=())
    for name in ("demo", "empty"):
        answer = site.post(f"/p/{name}/export", {"kind": kind})
        assert answer.status_code == 400 and 'role="alert"' in answer.text
    assert "Export project" in site.get("/p/empty/export").text
    assert site.post("/p/demo/export", {"kind": "nonsense"}).status_code == 400
    assert site.post("/p/demo/export", {"kind": "images", "pictures": "../x"}).status_code == 400


def test_a_failure_is_told_in_words(made: WebApp, tmp_path: Path) -> None:
    with_program(made, program(tmp_path, fails=True))
    made.post("/p/demo/export", {"kind": "film"})
    assert job(made).state == FAILED
    assert "✗" in made.get("/p/demo/export").text and "Disk quota exceeded" in made.get("/p/demo/export").text


def test_the_storyboard_is_there_at_once(made: WebApp) -> None:
    table = made.get("/p/demo/export/storyboard.csv")
    assert table.headers["Content-Disposition"] == 'attachment; filename="demo-storyboard.csv"'
    assert "Phrase 1" in table.text and "A lake" not in table.text
    assert "A lake" in made.get("/p/demo/export/storyboard.csv?prompts=1").text
    assert told(made.get("/p/demo/export/storyboard.json"))["beats"][0]["script_phrase"] == "Phrase 1"
    assert made.get("/p/demo/export/subtitles.srt").text.startswith("1\n00:00:00,000 -->")
    assert made.get("/p/demo/export/storyboard.exe").status_code == 404


@pytest.mark.parametrize("ident", ["x", "job", "..", "0" * 16, "%2e%2e%2fjournal"])
def test_only_results_can_be_downloaded(made: WebApp, ident: str) -> None:
    export(made, kind="images")
    assert made.get(f"/p/demo/export/files/{ident}").status_code == 404


def test_programs_do_the_same(made: WebApp) -> None:
    nothing = told(made.call("export-status", {"projectPath": "demo"}))
    assert nothing == {"success": True, "export": None, "results": []}
    begun = made.call("start-export", {"projectPath": "demo", "kind": "images", "pictures": "clear", "prompts": False})
    assert begun.status_code == 202
    assert told(begun)["export"]["state"] == RUNNING
    job(made)
    status = told(made.call("export-status", {"projectPath": "demo"}))
    assert (status["export"]["state"], status["export"]["percent"]) == ("done", 100)
    assert status["results"][0]["file"] == "demo-images.zip"
    assert made.get(status["results"][0]["download"]).data.startswith(b"PK")
    assert told(made.call("cancel-export", {"projectPath": "demo"}))["success"] is True
    assert made.call("start-export", {"projectPath": "demo", "kind": "x"}).status_code == 400
    assert made.call("start-export", {"projectPath": "../x", "kind": "images"}).status_code == 403
