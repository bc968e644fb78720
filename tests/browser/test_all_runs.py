"""All runs on one page, by keyboard: it follows them, pauses and resumes them, and a run that ended is summed up."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.harness.app_process import Apps

pytestmark = pytest.mark.browser

DEMO = "the-lamp-at-gull-point"


def test_a_run_is_followed_paused_and_resumed_from_the_page_of_all_runs(apps: Apps, page: Page) -> None:
    app = apps.start(SKETCH_DELAY="0.5")
    page.goto(f"{app.url}/runs")
    expect(page.get_by_role("heading", name="No runs")).to_be_visible()
    other = page.context.new_page()
    other.goto(f"{app.url}/p/{DEMO}/images")
    other.get_by_role("button", name="Start Generation", exact=True).click()
    page.bring_to_front()
    expect(page.get_by_text("Generating", exact=False).first).to_be_visible()  # nobody reloaded the page
    page.get_by_role("button", name="Pause all").press("Enter")
    expect(page.get_by_text("1 run paused.")).to_be_visible()
    expect(page.get_by_role("button", name="Pause all")).to_be_disabled()
    page.get_by_role("button", name="Resume The Lamp at Gull Point").press("Enter")
    expect(page.get_by_role("button", name="Pause The Lamp at Gull Point")).to_be_visible()
    expect(page.get_by_role("heading", name="No runs")).to_be_visible()
    other.bring_to_front()
    expect(other.locator("#banner")).to_contain_text("✓ All images generated successfully!")
    expect(other.locator("#summary")).to_contain_text("36 made")
    other.get_by_text("Activity", exact=True).click()
    other.get_by_role("link", name="All activity").first.click()
    expect(other.get_by_text("Finished: all 36 images exist.")).to_be_visible()
