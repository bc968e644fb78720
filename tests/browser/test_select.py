"""A promise to a user: step 9 by keyboard only writes what v1.1 writes."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.harness.app_process import Apps
from tests.harness.web_app import draw

pytestmark = pytest.mark.browser

DEMO = "the-lamp-at-gull-point"
STYLES = {"illustration": "navy", "clear": "teal", "consistent": "olive"}


def test_select_by_keyboard_only_writes_the_files_of_v1(apps: Apps, page: Page) -> None:
    app = apps.start()
    folder = app.projects_root / DEMO
    made = {
        (style, beat): draw(folder / f"generated_images/{style}/Shot_{beat[0]}/Beat_{beat}.png", color)
        for style, color in STYLES.items()
        for beat in ("1.1", "1.2", "1.3", "2.1")
    }
    page.goto(f"{app.url}/p/{DEMO}/select")
    kicker, keyboard = page.locator("#chooser .drawer-kicker"), page.keyboard
    expect(kicker).to_have_text("Beat 1.1 · 1 of 12")

    for key in "2312":  # faster than the answers: each key belongs to the beat that follows
        keyboard.press(key)
    expect(kicker).to_have_text("Beat 2.2 · 5 of 12")
    expect(page.get_by_text("This beat has no image yet.")).to_be_visible()
    keyboard.press("Home")
    expect(kicker).to_have_text("Beat 1.1 · 1 of 12")
    keyboard.press("ArrowRight")
    keyboard.press("f")
    expect(kicker).to_have_text("Beat 1.2 · 2 of 12 · flagged")
    keyboard.press("ArrowRight")
    keyboard.press("x")
    expect(page.locator(".pagehead-sub")).to_have_text("3 of 12 beats chosen·1 flagged")
    keyboard.press("z")
    expect(page.locator(".pagehead-sub")).to_have_text("4 of 12 beats chosen·1 flagged")

    keyboard.press("Space")
    expect(page.locator("#full-h")).to_have_text("Beat 1.3 · illustration")
    keyboard.press("+")
    keyboard.press("ArrowRight")
    expect(page.locator("#full-h")).to_have_text("Beat 1.3 · clear")
    keyboard.press("Shift+ArrowRight")
    keyboard.press("Space")
    expect(page.locator("#full")).to_be_hidden()
    matrices = (
        "all => all.map(img => new DOMMatrix(getComputedStyle(img).transform)).map(({ a, e }) => [a, Math.round(e)])"
    )
    zoomed = page.locator("#choices img").evaluate_all(matrices)
    assert [zoom for zoom, _ in zoomed] == [1.5, 1.5, 1.5]
    assert zoomed[0] == zoomed[1] == zoomed[2] and zoomed[0][1] < 0

    keyboard.press("u")
    expect(kicker).to_have_text("Beat 2.2 · 5 of 12")
    page.reload()
    expect(kicker).to_have_text("Beat 2.2 · 5 of 12")

    noted = json.loads((folder / "image_selections.json").read_text())
    assert {beat: (choice["style"], choice["isFlagged"]) for beat, choice in noted.items()} == {
        "1.1": ("clear", False),
        "1.2": ("consistent", True),
        "1.3": ("illustration", False),
        "2.1": ("clear", False),
    }
    assert all(choice.keys() == {"style", "isFlagged", "selectedAt"} for choice in noted.values())
    copies = {path.name: path.read_bytes() for path in (folder / "selected_images").iterdir()}
    assert copies == {
        "Beat_1.1.png": made["clear", "1.1"].read_bytes(),
        "Beat_1.2_flagged.png": made["consistent", "1.2"].read_bytes(),
        "Beat_1.3.png": made["illustration", "1.3"].read_bytes(),
        "Beat_2.1.png": made["clear", "2.1"].read_bytes(),
    }
