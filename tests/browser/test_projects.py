"""The start page and the export page in a real browser."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.harness.app_process import Apps
from tests.harness.web_app import draw

pytestmark = pytest.mark.browser

DEMO = "the-lamp-at-gull-point"
TITLE = "The Lamp at Gull Point"


def test_a_project_is_exported_deleted_by_its_title_and_brought_back(apps: Apps, page: Page, tmp_path: Path) -> None:
    app = apps.start()
    draw(app.projects_root / DEMO / "generated_images/clear/Shot_1/Beat_1.1.png")
    page.goto(f"{app.url}/p/{DEMO}/export")
    page.get_by_role("button", name="Export images").click()
    expect(page.locator("#export-job")).to_contain_text("✓ Images · all styles is ready.")
    with page.expect_download() as download:
        page.get_by_role("link", name=f"Download {DEMO}-images.zip").click()
    download.value.save_as(tmp_path / "images.zip")
    with zipfile.ZipFile(tmp_path / "images.zip") as file:
        assert "clear/Beat_1.1.png" in file.namelist()

    page.goto(app.url)
    menu = page.get_by_label(f"More for {TITLE}")
    menu.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.locator("details.menu[open]")).to_have_count(0)
    expect(menu).to_be_focused()
    menu.click()
    page.get_by_role("link", name="Delete project…").click()
    delete = page.get_by_role("button", name="Delete project")
    expect(delete).to_be_disabled()
    page.get_by_label(f"Type {TITLE} to confirm").fill(TITLE)
    delete.click()
    expect(page.get_by_role("status").first).to_contain_text(f"“{TITLE}” is in the trash.")
    assert not (app.projects_root / DEMO).exists()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    assert (app.projects_root / DEMO / "generated_images/clear/Shot_1/Beat_1.1.png").exists()
    page.get_by_label("Find a project").fill("nothing like it")
    expect(page.get_by_text("No project has these words.")).to_be_visible()
    page.get_by_label("Find a project").fill("lamp")
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
