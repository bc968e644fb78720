"""Five promises to a user, kept in a real browser by the real app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect

from tests.harness.app_process import AppProcess, Apps, until
from tests.harness.provider_double import ProviderDouble

pytestmark = pytest.mark.browser

DEMO = "the-lamp-at-gull-point"


@pytest.fixture
def double() -> Iterator[ProviderDouble]:
    with ProviderDouble() as double:
        yield double


def gemini(apps: Apps, double: ProviderDouble, **settings: str) -> AppProcess:
    """The real app, with the provider double in the place of the paid service."""
    return apps.start(
        IMAGE_PROVIDER="gemini",
        GEMINI_API_KEYS="AIzaSyTestKeyThatIsNotReal-0001",
        GEMINI_BASE_URL=double.url,
        REQUESTS_PER_MINUTE="6000",
        **settings,
    )


def step8(app: AppProcess) -> str:
    return f"{app.url}/p/{DEMO}/images"


def banner(page: Page) -> Locator:
    return page.locator("#banner")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def pictures(app: AppProcess) -> list[Path]:
    return sorted((app.projects_root / DEMO / "generated_images").glob("*/Shot_*/Beat_*.png"))


def test_a_normal_generation_ends_green_with_every_file_there(apps: Apps, page: Page) -> None:
    app = apps.start(SKETCH_DELAY="0.5")
    page.goto(step8(app))
    button(page, "Start Generation").click()
    expect(page.get_by_text("● Connected", exact=True)).to_be_visible()
    expect(banner(page)).to_contain_text("] Processing Beat ")
    expect(banner(page)).to_contain_text("✓ All images generated successfully!")
    expect(banner(page)).to_have_class("banner banner--success")
    expect(page.get_by_role("gridcell").filter(has_text="Complete")).to_have_count(36)
    expect(page.locator(".thumb img")).to_have_count(36)
    files = pictures(app)
    assert len(files) == 36
    for file in files:
        with Image.open(file, formats=["PNG"]) as picture:
            picture.load()
            assert "offline sketch" in str(picture.info["Software"])
    page.reload()
    expect(banner(page)).to_contain_text("✓ All images generated successfully!")


def test_a_page_whose_scripts_come_late_is_live_all_the_same(apps: Apps, page: Page) -> None:
    app = apps.start(SKETCH_DELAY="0.5")
    late: list[Route] = []
    page.route("**/hx-sse.min.js*", lambda route: late.append(route))
    page.goto(step8(app), wait_until="commit")
    expect(page.locator("#do-start")).to_have_attribute("data-htmx-powered", "true")  # htmx began without its stream
    late[0].continue_()
    button(page, "Start Generation").click()
    expect(page.get_by_text("● Connected", exact=True)).to_be_visible()
    expect(banner(page)).to_contain_text("✓ All images generated successfully!")


def test_stop_and_resume_does_no_duplicate_call(apps: Apps, page: Page, double: ProviderDouble) -> None:
    app = gemini(apps, double, MAX_PARALLEL="3")
    double.hold()
    page.goto(step8(app))
    button(page, "Start Generation").click()
    double.wait_for_calls(2)
    double.release(calls=4)
    double.wait_for_calls(7)
    button(page, "Stop").click()
    expect(banner(page)).to_contain_text("⚠ Stopping. The current images are finished first.")
    begun = len(double.calls)
    double.release()
    expect(banner(page)).to_contain_text("⚠ Generation stopped. Progress has been saved. Click Start to resume.")
    assert len(double.calls) == begun
    assert len(pictures(app)) == begun
    button(page, "Start Generation").click()
    expect(banner(page)).to_contain_text("✓ All images generated successfully!")
    assert len(double.calls) == 36
    assert len({call.prompt for call in double.calls}) == 36


def test_disconnect_walk_to_another_step_come_back_and_reconnect(
    apps: Apps, page: Page, double: ProviderDouble
) -> None:
    app = gemini(apps, double)
    double.hold()
    page.goto(step8(app))
    button(page, "Start Generation").click()
    double.wait_for_calls(2)
    expect(page.get_by_text("● Connected", exact=True)).to_be_visible()
    button(page, "Disconnect (Continue in Background)").click()
    expect(banner(page)).to_contain_text("⚠ Generation continues in background. You can navigate to other steps.")
    expect(page.get_by_text("● Connected", exact=True)).to_be_hidden()
    page.get_by_role("link", name="Step 3: Scripting").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Step 3: Scripting")
    expect(page.locator("#runpill")).to_contain_text("0/36")
    double.release(calls=5)
    until(lambda: len(pictures(app)) >= 5)
    page.get_by_role("link", name="Step 8: Images").click()
    button(page, "Reconnect").click()
    expect(page.get_by_text("● Connected", exact=True)).to_be_visible()
    expect(page.get_by_role("gridcell").filter(has_text="Complete")).not_to_have_count(0)
    double.release()
    expect(banner(page)).to_contain_text("✓ All images generated successfully!")
    assert len(double.calls) == 36


def test_an_answer_to_disconnect_that_comes_late_leads_to_the_page_of_whoever_left(
    apps: Apps, page: Page, double: ProviderDouble
) -> None:
    app = gemini(apps, double)
    double.hold()
    page.goto(step8(app))
    button(page, "Start Generation").click()
    double.wait_for_calls(2)

    def late(route: Route) -> None:
        """The live update of an image is quicker than the answer."""
        answer = route.fetch()
        double.release(calls=1)
        expect(page.get_by_role("gridcell").filter(has_text="Complete")).not_to_have_count(0)
        route.fulfill(response=answer)

    page.route("**/images/disconnect", late)
    button(page, "Disconnect (Continue in Background)").click()
    expect(banner(page)).to_contain_text("⚠ Generation continues in background. You can navigate to other steps.")
    expect(button(page, "Reconnect")).to_be_visible()
    expect(page.get_by_role("gridcell").filter(has_text="Complete")).not_to_have_count(0)
    double.release()
    expect(banner(page)).to_contain_text("✓ All images generated successfully!")


def test_server_killed_start_shows_the_red_error_and_the_page_recovers(apps: Apps, page: Page) -> None:
    app = apps.start()
    page.goto(step8(app))
    expect(banner(page)).to_contain_text("Progress loaded: 0/36 images already exist.")
    app.kill()
    button(page, "Start Generation").click()
    expect(banner(page)).to_contain_text("✗ Error: Failed to connect to server")
    expect(banner(page)).to_have_class("banner banner--error")
    app.start()
    app.wait_until_ready()
    expect(banner(page)).to_contain_text("Progress loaded: 0/36 images already exist.")
    button(page, "Start Generation").click()
    expect(banner(page)).to_contain_text("✓ All images generated successfully!")
    assert len(pictures(app)) == 36
