"""The prompt of one frame, edited in its details or by a program."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.web_app import WebApp, entries

FRAME = "/p/demo/frames/clear-1-1_2"


def prompts(folder: Path, style: str = "clear") -> list[str]:
    return [entry["ai_prompt"] for entry in json.loads((folder / f"prompts/prompts-{style}.json").read_text("utf-8"))]


def test_a_frames_prompt_is_saved_to_all_three_files(site: WebApp) -> None:
    folder = site.project()
    assert f'action="{FRAME}/prompt"' in site.get(FRAME).text
    answer = site.post(f"{FRAME}/prompt", {"prompt": "A <pond>", "was": "A lake 2"})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith(FRAME)
    assert prompts(folder) == ["A lake 1", "A <pond>", "A lake 3"]
    assert prompts(folder, "illustration")[1] == "A lake 2"
    for suffix in (".js", ".txt"):
        assert "A <pond>" in (folder / f"prompts/prompts-clear{suffix}").read_text("utf-8")
    shown = site.get(answer.headers["Location"].partition("#")[0]).text
    assert "A &lt;pond&gt;" in shown and "Saved." in shown
    assert "Saved." not in site.get(FRAME).text


def test_the_drawer_is_answered_again_with_the_word(site: WebApp) -> None:
    site.project()
    answer = site.post(f"{FRAME}/prompt", {"prompt": "A pond", "was": "A lake 2"}, HX_Request="true")
    assert answer.status_code == 200
    assert "<html" not in answer.text and 'data-frame="clear-1-1_2"' in answer.text
    assert "Saved." in answer.text and 'id="prompt">A pond</p>' in answer.text


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({"prompt": "Mine", "was": "Somebody else's"}, 409, "was changed meanwhile"),
        ({"prompt": " ", "was": "A lake 2"}, 400, "is empty"),
        ({"prompt": "x" * 32_001, "was": "A lake 2"}, 400, "longer than 32,000"),
    ],
)
def test_a_refused_prompt_stays_in_the_form(site: WebApp, typed: dict[str, str], status: int, says: str) -> None:
    folder = site.project()
    answer = site.post(f"{FRAME}/prompt", typed)
    assert answer.status_code == status
    assert says in answer.text
    assert f"\n{typed['prompt']}</textarea>" in answer.text
    assert prompts(folder)[1] == "A lake 2"
    drawer = site.post(f"{FRAME}/prompt", typed, HX_Request="true")
    assert says in drawer.text and f"\n{typed['prompt']}</textarea>" in drawer.text


def test_a_frame_that_is_not_there_is_not_found(site: WebApp) -> None:
    site.project()
    assert site.post("/p/demo/frames/clear-9-9/prompt", {"prompt": "x"}).status_code == 404


def test_a_program_updates_one_prompt(site: WebApp) -> None:
    folder = site.project()
    body = {"projectPath": "demo", "style": "clear", "beatNumber": "Beat 1.2", "prompt": "A pond"}
    answer = site.call("update-prompt", body)
    assert (answer.status_code, answer.json) == (200, {"success": True, "message": "Prompt saved"})
    assert (
        site.call("update-prompt", {**body, "shotNumber": 1, "basedOn": "A pond", "prompt": "A river"}).status_code
        == 200
    )
    assert prompts(folder)[1] == "A river"
    assert site.call("update-prompt", {**body, "basedOn": "A lake 2"}).status_code == 409
    assert prompts(folder)[1] == "A river"


@pytest.mark.parametrize(
    ("change", "status", "says"),
    [
        ({"prompt": None}, 400, "prompt is missing"),
        ({"prompt": ""}, 400, "is empty"),
        ({"beatNumber": None}, 400, "beatNumber is missing"),
        ({"beatNumber": True}, 400, "beatNumber is missing"),
        ({"beatNumber": "9.9"}, 404, "no beat 9.9 in style clear"),
        ({"shotNumber": "../x"}, 400, "shotNumber is not a number"),
        ({"shotNumber": "2"}, 404, "no beat 1.2"),
        ({"style": "ink"}, 404, "in style ink"),
        ({"style": "../x"}, 400, "style must be"),
        ({"basedOn": 7}, 400, "basedOn must be a text"),
        ({"projectPath": "../x"}, 403, "outside"),
    ],
)
def test_a_program_is_told_what_is_wrong(site: WebApp, change: dict[str, Any], status: int, says: str) -> None:
    folder = site.project()
    body = {"projectPath": "demo", "style": "clear", "beatNumber": "1.2", "prompt": "A pond", **change}
    answer = site.call("update-prompt", body)
    assert answer.status_code == status
    assert says in answer.json["error"]  # type: ignore[index]
    assert prompts(folder)[1] == "A lake 2"


def test_shots_that_share_a_beat_number_must_be_told_apart(site: WebApp) -> None:
    folder = site.project(styles=())
    twice = [entries(1)[0], {**entries(1)[0], "shot_number": 2}]
    (folder / "prompts/prompts-clear.json").write_text(json.dumps(twice))
    body = {"projectPath": "demo", "style": "clear", "beatNumber": "1.1", "prompt": "A pond"}
    assert "Send shotNumber too" in site.call("update-prompt", body).json["error"]  # type: ignore[index]
    assert site.call("update-prompt", {**body, "shotNumber": "Shot 2"}).status_code == 200
    assert prompts(folder) == ["A lake 1", "A pond"]
