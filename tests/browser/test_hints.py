"""Pages without a live view of their own follow what happens elsewhere, all tabs of a browser over one stream."""

from __future__ import annotations

import re
from functools import partial

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.harness.app_process import AppProcess, Apps, until

pytestmark = pytest.mark.browser

DEMO = "the-lamp-at-gull-point"
ALONE = "delete window.SharedWorker"


def streams(app: AppProcess) -> int:
    """Live streams open, as the app counts them."""
    text = requests.get(f"{app.url}/metrics", timeout=60).text
    return int(float(re.findall(r"^step8_open_streams ([0-9.]+)", text, re.MULTILINE)[0]))


def start(app: AppProcess) -> None:
    """Start the run as a program does, and leave."""
    body = {"projectPath": DEMO}
    with requests.post(f"{app.url}/api/generate-images", json=body, stream=True, timeout=60) as answer:
        next(answer.iter_lines())


@pytest.mark.parametrize("shared", [True, False], ids=["shared worker", "a stream of its own"])
def test_a_run_that_begins_elsewhere_appears_in_the_app_bar_and_ends_there(
    apps: Apps, page: Page, shared: bool
) -> None:
    app = apps.start(SKETCH_DELAY="0.3")
    if not shared:
        page.add_init_script(ALONE)
    page.goto(f"{app.url}/p/{DEMO}/prompts")
    until(lambda: streams(app) == 1)
    expect(page.locator("#runpill")).to_be_hidden()
    start(app)
    expect(page.locator("#runpill")).to_contain_text("Generating")
    expect(page.locator("#runpill")).to_contain_text("36/36")
    expect(page.locator("#runpill[data-running]")).to_have_count(0)


def test_ten_tabs_follow_a_run_over_one_stream_and_it_ends_with_the_last_of_them(apps: Apps, page: Page) -> None:
    app = apps.start(SKETCH_DELAY="0.3")
    pages = [page, *(page.context.new_page() for _ in range(9))]
    for each in pages:
        each.goto(f"{app.url}/p/{DEMO}/select")
    until(lambda: streams(app) == 1)
    start(app)
    for each in pages:
        expect(each.locator("#runpill")).to_contain_text("36/36")
    assert streams(app) == 1
    for each in pages[1:]:
        each.close()
    page.goto("about:blank")
    until(lambda: streams(app) == 0)


def test_a_page_that_shows_nothing_of_a_run_does_not_listen(apps: Apps, page: Page) -> None:
    app = apps.start(APP_PASSWORD="a long password")
    page.goto(app.url)
    page.get_by_label("Password").fill("a long password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    page.goto(f"{app.url}/p/{DEMO}/prompts")
    expect(page.locator("#runpill")).to_be_hidden()
    headers = {"Authorization": "Bearer a long password"}
    metrics = partial(requests.get, f"{app.url}/metrics", headers=headers, timeout=60)
    until(lambda: "step8_open_streams 1.0" in metrics().text)
    page.goto(app.url)
    until(lambda: "step8_open_streams 0.0" in metrics().text)
    page.wait_for_load_state("networkidle")
    assert "step8_open_streams 0.0" in metrics().text


def test_an_export_shows_how_far_it_is_and_its_file_and_nobody_asks_again_and_again(apps: Apps, page: Page) -> None:
    app = apps.start(SKETCH_DELAY="0.05")
    start(app)
    page.goto(f"{app.url}/p/{DEMO}/export")
    expect(page.locator("#runpill")).to_contain_text("36/36")
    expect(page.locator("#runpill[data-running]")).to_have_count(0)
    page.reload()
    page.get_by_role("button", name="Export contact sheet").click()
    expect(page.locator("#export-job .results")).to_contain_text(".pdf")
    page.wait_for_timeout(3000)  # the last hint may still be on its way
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3000)
    assert asked == []
