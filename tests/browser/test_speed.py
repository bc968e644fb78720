"""The speed of a run, changed while it goes on, in a real browser by the real app."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_promises import button, gemini, step8
from tests.harness.app_process import Apps
from tests.harness.provider_double import ProviderDouble

pytestmark = pytest.mark.browser


def test_a_speed_that_is_changed_holds_for_the_next_calls_and_shows_in_every_tab(apps: Apps, page: Page) -> None:
    with ProviderDouble() as double:
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

        def late(route: Route) -> None:
            """The live update that the run stopped is quicker than the answer that it is stopping."""
            answer = route.fetch()
            double.release()
            expect(page.locator("#banner")).to_contain_text("⚠ Generation stopped.")
            route.fulfill(response=answer)

        page.route("**/images/stop*", late)
        button(page, "Stop").click()
        expect(button(page, "Start again")).to_be_visible()
        expect(page.locator("#banner")).to_contain_text("⚠ Generation stopped.")
        assert len(double.calls) == 2
        page.get_by_role("link", name="Set one").click()
        page.locator("#budget input[name=budget]").fill("0.20")
        page.locator("#budget").get_by_role("button", name="Save").click()
        expect(page.locator("#stats")).to_contain_text("Pauses at the $0.20 budget")
        button(page, "Start Generation").click()
        expect(page.get_by_role("dialog", name="The budget is not enough")).to_be_visible()
        assert len(double.calls) == 2
        page.get_by_role("button", name="Start within the budget").click()
        expect(page.locator("#banner")).to_contain_text("⚠ Paused: the $0.20 budget is reached.")
        assert 2 < len(double.calls) < 6
