"""The page of Step 8 with 30, 300 and 3,000 beats in three styles, two of them made: on the server and in a browser."""

from __future__ import annotations

import gzip
import time
from dataclasses import dataclass
from statistics import median

import requests
from playwright.sync_api import Browser

from benchmarks.audience import mark
from benchmarks.browser import chromium, heap, open_page
from benchmarks.changes import publisher
from benchmarks.figures import Figure
from benchmarks.process import MB
from benchmarks.stage import fill, make_project, stage
from tests.app_process import AppProcess

ROW = "page"
BEATS = (30, 300, 3000)
AIMED_AT = 300
"""Beats for which the goals are meant."""

REPEATS = 7
UPDATES = 9

CHANGED = """words => { window.changed = new Promise(done => {
  setTimeout(() => done(NaN), 20000);
  const watch = new MutationObserver(() => { if (document.getElementById("log").textContent.includes(words)) {
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.timeOrigin + performance.now()))); } });
  watch.observe(document.body, {subtree: true, childList: true}); }); }"""
"""Resolves `changed` to the time (epoch, ms) of the paint after the change's line of activity, its last part, came."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A page's figures: seconds, bytes."""

    render: float
    size: int
    zipped: int
    sent: str
    usable: float
    heap: int
    update: float


def measure() -> list[Figure]:
    """Every size in one app; the browser is started once."""
    with stage() as apps, chromium() as browser:
        app = apps.prepare()
        for beats in BEATS:
            fill(make_project(app.projects_root, beats, f"film-{beats}"), beats, missing=beats)
        app.start()
        app.wait_until_ready()
        seen = {beats: look(app, browser, f"film-{beats}") for beats in BEATS}
    return [figure for beats in BEATS for figure in figures(beats, seen[beats])] + [flatness(seen)]


def look(app: AppProcess, browser: Browser, name: str) -> Seen:
    """One project's page."""
    url = f"{app.url}/p/{name}/images"
    took, html, publish, updates = [], b"", publisher(app), []
    publish(name, UPDATES)  # as after a first run: the page begins at a change and its stream goes on from there
    with requests.Session() as session:
        empty = median(timed(session, f"{app.url}/api/ping")[0] for _ in range(REPEATS))
        for _ in range(REPEATS + 1):
            seconds, html = timed(session, url)
            took.append(seconds - empty)
    page, usable = open_page(browser, url)
    used = heap(page)
    for number in range(UPDATES):
        page.evaluate(CHANGED, mark(number))
        sent = time.time()
        publish(name, number)
        updates.append(float(page.evaluate("() => window.changed")) / 1000 - sent)
    page.context.close()
    encoding = requests.head(url, timeout=120).headers.get("Content-Encoding", "plain")
    return Seen(median(took[1:]), len(html), len(gzip.compress(html, 6)), encoding, usable, used, median(updates[1:]))


def timed(session: requests.Session, url: str) -> tuple[float, bytes]:
    """Seconds and bytes of one answer."""
    began = time.monotonic()
    answer = session.get(url, timeout=120)
    answer.raise_for_status()
    return time.monotonic() - began, answer.content


def figures(beats: int, seen: Seen) -> list[Figure]:
    """One size's lines."""
    case, aimed = f"{beats:,} beats × 3", beats == AIMED_AT
    return [
        Figure(case, "server, beyond an empty answer", seen.render * 1000, "ms", goal=60 if aimed else None),
        Figure(
            case,
            "HTML, gzip",
            seen.zipped / 1000,
            "KB",
            goal=80 if aimed else None,
            detail=f"{seen.size / 1000:,.0f} KB, sent {seen.sent}",
        ),
        Figure(case, "usable and painted in the browser", seen.usable * 1000, "ms"),
        Figure(case, "JavaScript heap", seen.heap / MB, "MB"),
        Figure(case, "a change, published to painted", seen.update * 1000, "ms"),
    ]


def flatness(seen: dict[int, Seen]) -> Figure:
    """Whether a beat costs the same in a large project."""
    most = BEATS[-1]
    one, other = (seen[beats].render / beats for beats in (AIMED_AT, most))
    detail = f"{other * 1e6:.0f} µs and {one * 1e6:.0f} µs a beat on the server"
    return Figure("3,000 / 300 beats", "cost of a beat", other / one, goal=1.15, ratio=True, detail=detail)
