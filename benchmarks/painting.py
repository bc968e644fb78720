"""End to end in a browser: from the provider's answer to the picture on the screen, at ten frames a second."""

from __future__ import annotations

import re
import time
from statistics import median

from benchmarks.browser import chromium, open_page
from benchmarks.figures import Figure, percentile
from benchmarks.service import Manners, Service
from benchmarks.stage import STYLES, open_app, run, stage
from tests.harness.scripted_answers import holding, picture
from webapp.core.project import Frame

ROW = "end to end"
BEATS = 40
LATENCY = 0.5
PLACES = 5
"""Calls in flight: ten answers a second."""

TALL = 4000
"""Height of the window: all pictures are near enough to be loaded."""

WATCHING = """() => { window.painted = {}; window.told = {};
  const look = () => document.querySelectorAll("td.cell img").forEach(img => {
    const id = img.closest("td").id;
    if (id in window.painted) return;
    window.painted[id] = null;
    window.told[id] = performance.timeOrigin + performance.now();
    const done = () => requestAnimationFrame(() => setTimeout(() => {
      window.painted[id] = performance.timeOrigin + performance.now(); }));
    if (img.complete) done(); else img.addEventListener("load", done, {once: true}); });
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true}); }"""
"""Keeps in `told` when each cell's picture first stood in the page and in `painted` when it was painted (epoch, ms)."""


def measure() -> list[Figure]:
    """One run, watched by one browser."""
    manners = Manners("openai", LATENCY, always=holding(picture("a harbour")))
    with Service(manners) as service, stage() as apps, chromium() as browser:
        app = open_app(apps, service, {"film": BEATS}, MAX_PARALLEL=str(PLACES))
        page, _ = open_page(browser, f"{app.url}/p/film/images", TALL)
        page.evaluate(WATCHING)
        watched = run(app)
        page.wait_for_timeout(1000)
        painted: dict[str, float | None] = page.evaluate("() => window.painted")
        told: dict[str, float] = page.evaluate("() => window.told")
        calls = service.ledger()
    epoch = time.time() - time.monotonic()
    answered = {cell(call.prompt): call.ended + epoch for call in calls}
    took = [moment / 1000 - answered[id] for id, moment in painted.items() if moment]
    until_told = median(moment / 1000 - answered[id] for id, moment in told.items())
    pace = len(calls) / (calls[-1].ended - watched.began)
    return [
        Figure(
            f"{pace:.0f} frames a second",
            "answer to paint, p99",
            percentile(took, 0.99) * 1000,
            "ms",
            detail=f"p50 {median(took) * 1000:.0f} ms, {until_told * 1000:.0f} ms until it stands in the page; "
            f"{len(took)} of {BEATS * len(STYLES)} pictures",
        )
    ]


def cell(prompt: str) -> str:
    """The DOM id of the frame that a prompt is of."""
    found = re.match(r"(\w+) prompt number (\d+) ", prompt)
    assert found is not None
    number = int(found[2])
    shot = 1 + number // 10
    return f"cell-{Frame(found[1], str(shot), f'{shot}.{number % 10 + 1}').id}"
