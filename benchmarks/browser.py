"""A real Chromium, and what it tells of a page."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import FLAGS, MAC, NAMES

USUAL = 900
"""Pixels of height of a usual window."""

PAINTED = """() => new Promise(done => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"""
"""Milliseconds from the navigation's start to the next paint."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser that the tests use."""
    found = [shutil.which(name) for name in NAMES] + [path for path in MAC if Path(path).exists()]
    program = next((path for path in found if path), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


def open_page(browser: Browser, url: str, height: int = 900) -> tuple[Page, float]:
    """The page in a fresh profile, and the seconds until it was painted, could be used and followed its live stream.

    A window that is higher than usual is seen from as far away, so that it has no more pixels than a usual one.
    """
    scale = min(1.0, (USUAL / height) ** 0.5)
    page = browser.new_context(viewport={"width": 1440, "height": height}, device_scale_factor=scale).new_page()
    with page.expect_response(lambda answer: "/events" in answer.url, timeout=60_000):
        page.goto(url, wait_until="domcontentloaded")
    return page, float(page.evaluate(PAINTED)) / 1000


def heap(page: Page) -> int:
    """Bytes of the page's JavaScript heap after a collection."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = session.send("Performance.getMetrics")["metrics"]
    return int(next(metric["value"] for metric in metrics if metric["name"] == "JSHeapUsedSize"))
