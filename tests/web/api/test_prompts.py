"""What Step 7 does, for programs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.web_app import WebApp
from webapp.core.prompts.wording import StyleWording, wording_of


def prompts(site: WebApp) -> dict[str, list[str]]:
    """The prompts of every style."""
    project = site.services.store.project(site.services.library.find("demo"))
    return {style.name: [beat.prompt for beat in style.beats] for style in project.styles}


def call(site: WebApp, endpoint: str, **body: Any) -> dict[str, Any]:
    """The answer to a request that works."""
    answer = site.call(endpoint, {"projectPath": "demo", **body})
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json or {}
    return data


def test_replacing_is_counted_done_undone_and_done_again(site: WebApp) -> None:
    site.project(beats=1)
    wanted = {"find": "LAKE", "replaceWith": "pond"}
    counted = {"illustration": {"places": 1, "prompts": 1}, "clear": {"places": 1, "prompts": 1}}
    assert call(site, "replace-in-prompts", **wanted, dryRun=True) == {"success": True, "styles": counted}
    assert prompts(site)["clear"] == ["A lake 1"]
    assert call(site, "replace-in-prompts", **wanted, style="clear")["styles"] == {"clear": counted["clear"]}
    assert prompts(site) == {"illustration": ["A lake 1"], "clear": ["A pond 1"]}
    undone = {"success": True, "change": "Replaced “LAKE”", "canUndo": 0, "canRedo": 1}
    assert call(site, "undo-prompts") == undone
    assert prompts(site)["clear"] == ["A lake 1"]
    assert call(site, "undo-prompts", redo=True) == {**undone, "canUndo": 1, "canRedo": 0}
    assert prompts(site)["clear"] == ["A pond 1"]


def test_what_save_prompts_overwrote_can_be_brought_back(site: WebApp) -> None:
    site.project(beats=2, styles=("clear",))
    new = [{"shot_number": 1, "beat_number": "1.1", "ai_prompt": "New"}]
    call(site, "save-prompts", style="clear", prompts=new)
    assert prompts(site) == {"clear": ["New"]}
    call(site, "undo-prompts")
    assert prompts(site) == {"clear": ["A lake 1", "A lake 2"]}


def test_a_text_is_imported_or_only_compared(site: WebApp) -> None:
    site.project(beats=2, styles=("clear",))
    text = "beat,style,prompt\n1.2,clear,New\n1.3,clear,Three\n"
    told = {
        "added": [{"shotNumber": "1", "beatNumber": "1.3"}],
        "changed": [{"shotNumber": "1", "beatNumber": "1.2"}],
        "removed": [{"shotNumber": "1", "beatNumber": "1.1"}],
        "same": 0,
    }
    asked = {"text": text, "replace": True}
    assert call(site, "import-prompts", **asked, dryRun=True)["styles"] == {"clear": told}
    assert prompts(site) == {"clear": ["A lake 1", "A lake 2"]}
    assert call(site, "import-prompts", **asked)["styles"] == {"clear": told}
    assert prompts(site) == {"clear": ["New", "Three"]}


def test_wording_is_kept_in_the_settings(site: WebApp) -> None:
    site.project()
    call(site, "save-style-wording", style="clear", prefix="Ink:", suffix=" ")
    settings = site.services.store.records.settings(site.services.library.find("demo"))
    assert wording_of(settings, "clear") == StyleWording("Ink:", "")


@pytest.mark.parametrize(
    ("endpoint", "body", "status", "says"),
    [
        ("undo-prompts", {}, 404, "nothing to undo"),
        ("undo-prompts", {"redo": True}, 404, "nothing to make again"),
        ("undo-prompts", {"redo": "yes"}, 400, "redo must be true or false"),
        ("replace-in-prompts", {}, 400, "Write what is to be replaced"),
        ("replace-in-prompts", {"find": "A lake 1"}, 400, "is empty"),
        ("replace-in-prompts", {"find": "A", "style": "ink"}, 404, "no such style"),
        ("replace-in-prompts", {"find": "x" * 2001}, 400, "at most 2,000"),
        ("import-prompts", {}, 400, "Choose a file or paste a text"),
        ("import-prompts", {"text": "beat,prompt\n1.1,\n"}, 422, "pasted text, line 2"),
        ("import-prompts", {"text": "beat,prompt\n1.1,A\n"}, 400, "which style it is for"),
        ("import-prompts", {"text": "beat,prompt\n1.1,A\n", "style": "../x"}, 400, "Name the style"),
        ("save-style-wording", {"style": "ink"}, 404, "no prompts for ink"),
        ("save-style-wording", {"style": "clear", "prefix": "x" * 2001}, 400, "longer than 2,000"),
        ("save-style-wording", {"style": "clear", "prefix": 7}, 400, "prefix must be a text"),
    ],
)
def test_what_cannot_be_done_is_told_and_nothing_is_written(
    site: WebApp, endpoint: str, body: dict[str, Any], status: int, says: str
) -> None:
    site.project()
    before = prompts(site)
    answer = site.call(endpoint, {"projectPath": "demo", **body})
    assert answer.status_code == status
    assert says in answer.json["error"]  # type: ignore[index]
    assert prompts(site) == before
