"""A promise to who writes the prompts: nothing that was typed is ever lost, and no mouse is needed."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.harness.app_process import AppProcess, Apps

pytestmark = pytest.mark.browser

DEMO = "the-lamp-at-gull-point"


def prompt(app: AppProcess, style: str, place: int) -> str:
    file = app.projects_root / DEMO / "prompts" / f"prompts-{style}.json"
    text: str = json.loads(file.read_text("utf-8"))[place]["ai_prompt"]
    return text


def test_prompts_are_written_with_the_keyboard_alone_and_nothing_typed_is_lost(apps: Apps, page: Page) -> None:
    app = apps.start(SKETCH_DELAY="0")
    before = prompt(app, "clear", 1)
    page.goto(f"{app.url}/p/{DEMO}/prompts")
    page.keyboard.press("j")
    clear = page.get_by_label("clear", exact=True)
    expect(page).to_have_url(f"{app.url}/p/{DEMO}/prompts?beat=1-1.2")
    clear.focus()
    page.keyboard.press("ControlOrMeta+a")
    expect(page.get_by_text("All changes saved")).to_be_visible()
    page.keyboard.type("A tower & a moon")
    expect(page.get_by_text("Changes not saved yet")).to_be_visible()
    page.get_by_role("searchbox").focus()
    page.keyboard.type("forest")
    expect(page.locator(".plist li")).not_to_have_count(12)
    expect(clear).to_have_value("A tower & a moon")  # the list changed under it
    page.locator(".plist li a").first.focus()
    page.keyboard.press("Enter")  # another beat: saved on the way
    expect(page.get_by_role("status").filter(has_text="Saved. Edited beat 1.2 in clear.")).to_be_visible()
    expect(page.get_by_text("All changes saved")).to_be_visible()
    assert prompt(app, "clear", 1) == "A tower & a moon"
    page.locator("h1").click()
    page.keyboard.press("z")
    expect(page.get_by_role("status").filter(has_text="Undone.")).to_be_visible()
    assert prompt(app, "clear", 1) == before

    page.goto(f"{app.url}/p/{DEMO}/images")
    page.locator("#matrix a.thumb").first.focus()
    page.keyboard.press("Enter")
    page.get_by_text("Edit prompt", exact=True).click()
    page.get_by_label("Prompt of Beat 1.1 in illustration").fill("From the drawer")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")  # the drawer was closed by mistake: the text is there again
    expect(page.get_by_label("Prompt of Beat 1.1 in illustration")).to_have_value("From the drawer")
    page.get_by_label("Prompt of Beat 1.1 in illustration").focus()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator("#drawer").get_by_role("status")).to_have_text("✓ Saved.")
    expect(page.locator("#drawer #prompt")).to_have_text("From the drawer")
    assert prompt(app, "illustration", 0) == "From the drawer"
