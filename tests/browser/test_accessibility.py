"""Every page in every state of a run, looked at by axe: it finds nothing to object to, in light and in dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_promises import DEMO, banner, button, gemini, step8
from tests.harness.app_process import Apps
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import blocked_prompt

pytestmark = pytest.mark.browser

AXE = (Path(__file__).parent / "vendor/axe-core-4.14.1/axe.min.js").read_text("utf-8")
QUICK = {"resultTypes": ["violations"], "preload": False}
RULES = QUICK | {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = QUICK | {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""What another theme changes; everything else is the same in both."""

STEPS = (
    "setup",
    "summarize",
    "scripting",
    "voiceover",
    "beats",
    "storyboard",
    "prompts",
    "images",
    "select",
    "svg-convert",
    "transcription",
    "pre-edit-scan",
    "video-edit",
    "costs",
    "activity",
    "export",
)
THEMES: tuple[tuple[Literal["light", "dark"], dict[str, Any]], ...] = (("light", RULES), ("dark", COLOURS))


def objections(page: Page, place: str) -> list[str]:
    """What axe objects to on the page as it is now, in both themes."""
    found = []
    page.evaluate(AXE)
    for theme, rules in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # no colour is looked at on its way to another
        result: Any = page.evaluate("rules => axe.run(document, rules)", rules)
        found += [
            f"{place} ({theme}): {each['id']} at {node['target']}: {node['failureSummary']}"
            for each in result["violations"]
            for node in each["nodes"][:3]
        ]
    return found


@pytest.mark.timeout(600)  # some forty pages are looked at
def test_axe_finds_nothing_on_any_page_in_any_state_of_a_run(apps: Apps, page: Page) -> None:
    with ProviderDouble() as double:
        double.when("", blocked_prompt())
        app = gemini(apps, double, MAX_PARALLEL="2")
        found: list[str] = []

        def look(place: str) -> None:
            found.extend(objections(page, place))

        for path in ("/", "/runs", "/?show=archived", "/?show=trash", f"/p/{DEMO}/manage"):
            page.goto(f"{app.url}{path}")
            look(path)
        for step in STEPS:
            page.goto(f"{app.url}/p/{DEMO}/{step}")
            look(step)
        double.hold()
        page.goto(step8(app))
        button(page, "Start Generation").click()
        expect(page.get_by_text("● Connected", exact=True)).to_be_visible()
        double.wait_for_calls(2)
        look("generating")
        button(page, "Pause").click()
        expect(banner(page)).to_contain_text("⚠ Paused.")
        look("pausing")
        double.release(calls=2)
        expect(banner(page)).to_contain_text("Resume continues")
        look("paused")
        button(page, "Resume").click()
        double.wait_for_calls(4)
        button(page, "Disconnect (Continue in Background)").click()
        expect(button(page, "Reconnect")).to_be_visible()
        look("in the background")
        button(page, "Reconnect").click()
        double.release()
        expect(banner(page)).to_contain_text("⚠ 35 of 36 images generated. 1 failed.")
        look("some failed")
        page.locator("#matrix a.thumb").first.click()
        expect(page.locator("#drawer")).to_be_visible()
        look("a frame's details")
        page.keyboard.press("Escape")
        page.keyboard.press("?")
        expect(page.locator("#dlg-keys")).to_be_visible()
        look("the keys")
        page.goto(f"{app.url}/p/{DEMO}/frames/clear-1-1_1")
        look("a frame's own page")
        page.set_viewport_size({"width": 380, "height": 800})
        for step in ("images", "select", "prompts", "setup"):
            page.goto(f"{app.url}/p/{DEMO}/{step}")
            look(f"{step} on a phone")
        page.set_viewport_size({"width": 1440, "height": 1000})
        for step in ("select", "costs", "activity", "export", "prompts"):
            page.goto(f"{app.url}/p/{DEMO}/{step}")
            look(f"{step} after a run")
        page.goto(step8(app))
        button(page, "Retry failed").click()
        expect(banner(page)).to_contain_text("✓ All images generated successfully!")
        look("done")
        assert found == [], "\n".join(found)
