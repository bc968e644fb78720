"""Steering a run in a real browser: a pause that outlives the app, and a retry that pays for what failed only."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_promises import banner, button, gemini, pictures, step8
from tests.harness.app_process import Apps
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import blocked_prompt

pytestmark = pytest.mark.browser


def test_a_pause_survives_a_restart_and_retry_failed_touches_only_what_failed(apps: Apps, page: Page) -> None:
    with ProviderDouble() as double:
        double.when("", blocked_prompt())
        app = gemini(apps, double, MAX_PARALLEL="2")
        double.hold()
        page.goto(step8(app))
        button(page, "Start Generation").click()
        double.wait_for_calls(2)
        page.keyboard.press("p")
        expect(button(page, "Resume")).to_be_visible()
        double.release()
        expect(banner(page)).to_contain_text("Resume continues with Beat 1.1.")
        assert app.terminate() == 0
        app.start()
        app.wait_until_ready()
        page.goto(step8(app))
        expect(banner(page)).to_contain_text("⚠ Paused. Progress has been saved.")
        assert len(double.calls) == 2
        button(page, "Stop").click()  # the live update takes this button away before the answer is there
        expect(banner(page)).to_contain_text("⚠ Generation stopped.")
        button(page, "Start again").click()
        expect(banner(page)).to_contain_text("⚠ 35 of 36 images generated. 1 failed.")
        assert len(double.calls) == 36 == len({call.prompt for call in double.calls})
        button(page, "Retry failed").click()
        expect(banner(page)).to_contain_text("✓ All images generated successfully!")
        assert len(double.calls) == 37 and double.calls[-1].prompt == double.calls[0].prompt
        assert len(pictures(app)) == 36
