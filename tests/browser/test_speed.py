"""The speed of a run, changed while it goes on, in a real browser by the real app."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.app_process import Apps
from tests.browser.test_promises import button, gemini, step8
from tests.double import Double

pytestmark = pytest.mark.browser


def test_a_speed_that_is_changed_holds_for_the_next_calls_and_shows_in_every_tab(apps: Apps, page: Page) -> None:
    with Double() as double:
        app = gemini(apps, double, MAX_PARALLEL="1")
        double.hold()
        page.goto(step8(app))
        other = page.context.new_page()
        other.goto(step8(app))
        button(page, "Start Generation").click()
        double.wait_for_calls(1)
        expect(page.get_by_label("Parallel requests", exact=True)).to_have_attribute("placeholder", "1")
        button(page, "More parallel requests").click()
        double.wait_until(lambda: double.held() == 2)
        for tab in (page, other):
            expect(tab.get_by_label("Parallel requests", exact=True)).to_have_value("2")
        button(page, "Stop").click()
        double.release()
        expect(page.locator("#banner")).to_contain_text("⚠ Generation stopped.")
        assert len(double.calls) == 2
