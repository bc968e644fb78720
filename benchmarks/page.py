"""The page of Step 8 with 30, 300 and 3,000 beats in three styles, two of them made: on the server and in a browser.

A long page holds a part of its rows. So it is also measured how long it takes until rows far away are painted (the
scroll bar dragged to the middle) and until a beat that is not there is found; and what all rows at once cost, to print.
"""

from __future__ import annotations

import re
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
from tests.harness.app_process import AppProcess

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


PAINTED = "requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)))"

JUMP = f"""() => new Promise(done => {{
  setTimeout(() => done(NaN), 20000);
  const began = performance.now();
  scrollTo(0, document.documentElement.scrollHeight / 2);
  const look = () => {{
    const seen = document.elementFromPoint(innerWidth / 2, innerHeight / 2);
    if (seen?.closest("#matrix .row")) {PAINTED}; else requestAnimationFrame(look); }};
  requestAnimationFrame(look); }})"""
"""Milliseconds from a jump of the scroll bar to the paint of the rows in the middle of the film."""

FIND = f"""words => new Promise(done => {{
  setTimeout(() => done(NaN), 20000);
  const began = performance.now(), field = document.getElementById("find");
  field.value = words;
  field.dispatchEvent(new Event("input", {{bubbles: true}}));
  const look = () => {{
    const rows = document.querySelectorAll("#matrix .row:not([hidden])");
    if (rows.length === 1 && rows[0].textContent.includes(words)) {PAINTED}; else requestAnimationFrame(look); }};
  look(); }})"""
"""Milliseconds from the last letter to the paint of the one beat with these words."""


@dataclass(frozen=True, slots=True)
class Sent:
    """One answer: seconds it took, what it holds, bytes on the wire and how they were packed."""

    seconds: float
    html: str
    bytes: int
    packed: str

    @property
    def rows(self) -> int:
        """Rows of beats in it."""
        return len(re.findall('class="row"', self.html))


@dataclass(frozen=True, slots=True)
class Seen:
    """A page's figures: seconds, bytes."""

    sent: Sent
    render: float
    whole: float
    usable: float
    heap: int
    update: float
    jump: float
    find: float


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
    publish = publisher(app)
    publish(name, UPDATES)  # as after a first run: the page begins at a change and its stream goes on from there
    with requests.Session() as session:
        empty = median(get(session, f"{app.url}/api/ping").seconds for _ in range(REPEATS))
        answers = [get(session, url) for _ in range(REPEATS + 1)]
        whole = median(get(session, f"{url}?all=1").seconds for _ in range(3))
    page, usable = open_page(browser, url)
    used = heap(page)
    updates = []
    for number in range(UPDATES):
        page.evaluate(CHANGED, mark(number))
        sent = time.time()
        publish(name, number)
        updates.append(float(page.evaluate("() => window.changed")) / 1000 - sent)
    jump = float(page.evaluate(JUMP)) / 1000
    beats = int(name.rpartition("-")[2])
    find = float(page.evaluate(FIND, f"phrase number {beats * 3 // 4}.")) / 1000
    page.context.close()
    render = median(answer.seconds for answer in answers[1:]) - empty
    return Seen(answers[-1], render, whole - empty, usable, used, median(updates[1:]), jump, find)


def get(session: requests.Session, url: str) -> Sent:
    """One answer, as a browser asks for it."""
    began = time.monotonic()
    answer = session.get(url, timeout=120)
    answer.raise_for_status()
    took = time.monotonic() - began
    packed = answer.headers.get("Content-Encoding", "plain")
    return Sent(took, answer.text, int(answer.headers["Content-Length"]), packed)


def figures(beats: int, seen: Seen) -> list[Figure]:
    """One size's lines."""
    case, aimed = f"{beats:,} beats × 3", beats == AIMED_AT
    there = f"{seen.sent.rows} of {beats:,} rows in it"
    size = f"{len(seen.sent.html.encode()) / 1000:,.0f} KB, sent {seen.sent.packed}"
    lines = [
        Figure(
            case,
            "server, beyond an empty answer",
            seen.render * 1000,
            "ms",
            goal=60 if aimed else None,
            detail=f"{there}; with all rows, to print, {seen.whole * 1000:,.0f} ms",
        ),
        Figure(case, "HTML, as sent", seen.sent.bytes / 1000, "KB", goal=80 if aimed else None, detail=size),
        Figure(case, "usable and painted in the browser", seen.usable * 1000, "ms"),
        Figure(case, "JavaScript heap", seen.heap / MB, "MB"),
        Figure(case, "a change, published to painted", seen.update * 1000, "ms"),
    ]
    if beats > seen.sent.rows:
        lines.append(Figure(case, "a jump to the middle, to painted", seen.jump * 1000, "ms"))
        lines.append(Figure(case, "a beat found, last letter to painted", seen.find * 1000, "ms"))
    return lines


def flatness(seen: dict[int, Seen]) -> Figure:
    """Whether a beat costs the same in a large project."""
    most = BEATS[-1]
    one, other = (seen[beats].render / beats for beats in (AIMED_AT, most))
    held = f"{seen[most].sent.rows} and {seen[AIMED_AT].sent.rows} rows are in the pages"
    detail = f"{other * 1e6:.0f} µs and {one * 1e6:.0f} µs a beat on the server; {held}"
    return Figure("3,000 / 300 beats", "cost of a beat", other / one, goal=1.15, ratio=True, detail=detail)
