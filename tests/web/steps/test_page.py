"""Each step shows what its files hold, or says which it would show."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.harness.web_app import WebApp, draw, image
from webapp.web.layout.step_catalog import STEPS
from webapp.web.steps.page import SHOWN

NAMES = [
    "Project Setup",
    "Summarize",
    "Scripting",
    "Voiceover",
    "Beats",
    "Storyboard",
    "Prompts",
    "Images",
    "Select",
    "SVG Convert",
    "Transcription",
    "Pre-Edit Scan",
    "Video Edit",
]


def test_the_thirteen_steps_are_on_every_page_in_order(site: WebApp) -> None:
    site.project()
    assert [kind.name for kind in STEPS] == NAMES
    for kind in STEPS:
        page = site.get(f"/p/demo/{kind.slug}")
        assert page.status_code == 200
        places = [page.text.index(f"Step {number}: </span>{name}") for number, name in enumerate(NAMES, 1)]
        assert places == sorted(places)
        assert page.text.count('aria-current="step"') == 1
        assert f"Step {kind.no}: {kind.name}</h1>" in page.text


def test_a_project_leads_to_its_images(site: WebApp) -> None:
    site.project()
    assert site.get("/p/demo/").headers["Location"] == "/p/demo/images"
    assert site.get("/p/demo").status_code in (303, 308)


def test_a_project_in_a_folder_of_projects_has_its_pages_too(site: WebApp) -> None:
    draw(image(site.project("client/film"), "clear", "1.1"))
    assert site.get("/p/client/film/prompts").status_code == 200
    assert site.get("/p/client/film/images").status_code == 200
    assert site.get("/p/client/film/image/clear-1-1_1").status_code == 200


@pytest.mark.parametrize("slug", sorted(SHOWN))
def test_a_step_without_files_names_them(site: WebApp, slug: str) -> None:
    site.project(styles=())
    page = site.get(f"/p/demo/{slug}")
    for file in SHOWN[slug][0]:
        assert file.replace("<", "&lt;").replace(">", "&gt;") in page.text


def test_an_unknown_step_is_not_found(site: WebApp) -> None:
    site.project()
    assert site.get("/p/demo/nothing").status_code == 404
    assert site.get("/p/nobody/prompts").status_code == 404


def test_texts_are_shown_as_they_are(site: WebApp) -> None:
    folder = site.project()
    (folder / "book.txt").write_bytes("\ufeffWhen I wrote <b>the</b> pages\r\n".encode())
    (folder / "summary.txt").write_text("A man & a pond")
    page = site.get("/p/demo/summarize").text
    assert "When I wrote &lt;b&gt;the&lt;/b&gt; pages" in page
    assert "A man &amp; a pond" in page
    assert "Summary of 5 words, book of 5 words" in page


def test_a_script_is_shown_as_markdown(site: WebApp) -> None:
    (site.project() / "script.md").write_text("# Act one\n\n*He* walked. <script>alert(1)</script>")
    page = site.get("/p/demo/scripting").text
    assert "<h3>Act one</h3>" in page
    assert "<em>He</em>" in page
    assert "<script>alert" not in page


def test_segments_have_players_for_the_recordings_that_are_there(site: WebApp) -> None:
    voiceover = site.project() / "voiceover"
    voiceover.mkdir()
    (voiceover / "1.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    (voiceover / "10 end.mp3").write_bytes(b"ID3")
    (voiceover / "2 more.mp3").write_bytes(b"ID3")
    data = [{"text": "In <spring>", "start": 0, "end": 4.5, "file": "1.wav"}, {"text": "gone", "file": "9.wav"}]
    (voiceover / "segments.json").write_text(json.dumps(data))
    page = site.get("/p/demo/voiceover").text
    assert "In &lt;spring&gt;" in page
    assert "0:00 – 0:04.5" in page
    assert 'src="/p/demo/files/voiceover/1.wav"' in page
    assert page.index("2%20more.mp3") < page.index("10%20end.mp3")
    assert "9.wav" not in page
    assert page.count("<audio") == 3


def test_beats_and_storyboards_are_tables_whatever_their_shape(site: WebApp) -> None:
    folder = site.project()
    (folder / "beats.json").write_text(json.dumps({"beats": [{"beat_number": "1.1", "mood": "<calm>"}]}))
    (folder / "beats.md").write_text("| a |\n|---|\n| b |")
    (folder / "storyboards").mkdir()
    (folder / "storyboards" / "clear.json").write_text(json.dumps([{"shot": 1, "camera": {"angle": "low"}}]))
    (folder / "storyboards" / "illustration.md").write_text("## Wide")
    beats = site.get("/p/demo/beats").text
    assert '<th scope="col">Beat number</th>' in beats
    assert "&lt;calm&gt;" in beats
    assert "<td>b</td>" in beats
    storyboard = site.get("/p/demo/storyboard").text
    assert "Angle: low" in storyboard
    assert storyboard.index("<h4>Wide</h4>") < storyboard.index("Angle: low")  # illustration comes before clear


@pytest.mark.parametrize(
    ("file", "slug", "body"),
    [
        ("beats.json", "beats", b'{"a":\n 1,}'),
        ("beats.json", "beats", b"[" * 100_000),
        ("beats.json", "beats", b"1" * 10_000),
        ("beats.json", "beats", b"\xff\xfa\x00"),
        ("script.md", "scripting", b"text \x00 nul"),
        ("summary.txt", "summarize", b"x" * 4_000_001),
        ("voiceover/segments.json", "voiceover", b"nothing"),
        ("storyboards/clear.json", "storyboard", b"{"),
    ],
)
def test_a_file_that_cannot_be_shown_is_named_with_its_reason(site: WebApp, file: str, slug: str, body: bytes) -> None:
    path = site.project() / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(body)
    page = site.get(f"/p/demo/{slug}")
    assert page.status_code == 200
    assert f"{file}, line" in page.text or f"{file}: " in page.text


def test_links_and_devices_are_never_read(site: WebApp, tmp_path: Path) -> None:
    folder = site.project()
    (tmp_path / "secret.txt").write_text("a canary")
    (folder / "script.md").symlink_to(tmp_path / "secret.txt")
    (folder / "voiceover").symlink_to(tmp_path)
    os.mkfifo(folder / "summary.txt")
    for slug in ("scripting", "summarize", "voiceover"):
        page = site.get(f"/p/demo/{slug}")
        assert page.status_code == 200
        assert "canary" not in page.text
        assert "step--done" in page.text


def test_a_step_whose_result_is_there_is_done(site: WebApp) -> None:
    folder = site.project(beats=1, styles=("clear",))
    for file in ("summary.txt", "script.md", "beats.md", "storyboards/clear.md", "voiceover/segments.json"):
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text("[]")
    draw(image(folder, "clear", "1.1"))
    page = site.get("/p/demo/video-edit").text
    assert page.count("step--done") == 8


def test_the_run_is_told_on_every_step(site: WebApp) -> None:
    site.project()
    site.services.control.start(site.services.library.find("demo"))
    for slug in ("setup", "summarize", "prompts", "select", "video-edit"):
        assert 'id="runpill"' in site.get(f"/p/demo/{slug}").text
