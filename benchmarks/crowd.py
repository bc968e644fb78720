"""Many projects: what runs side by side in one process cost, and whether each gets its share.

One call in flight for each project, an answer after one second. A process drives 32 projects at once; what is started
beyond that waits, and counts as waiting here too.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import median

import requests

from benchmarks.figures import Figure, percentile
from benchmarks.process import Process
from benchmarks.service import Manners, Served, Service
from benchmarks.stage import STYLES, open_app, stage, start
from tests.answers import holding, picture
from tests.app_process import AppProcess
from webapp.config import PROJECTS_AT_ONCE

ROW = "projects"
COUNTS = (1, 30, 100)
GOALS = {100: 100.0}
"""Milliseconds in which a page must come (p99) while so many projects run."""

BEATS = 4
FRAMES = BEATS * len(STYLES)
LATENCY = 1.0
LOOK_EVERY = 0.1


def measure() -> list[Figure]:
    """Each number in an app of its own."""
    return [figure for count in COUNTS for figure in crowd(count)]


def crowd(count: int) -> list[Figure]:
    """So many projects, started one after the other and run to their end."""
    names = [f"film-{number}" for number in range(count)]
    manners = Manners("openai", LATENCY, always=holding(picture("a harbour")))
    with Service(manners) as service, stage() as apps:
        app = open_app(apps, service, {**dict.fromkeys(names, BEATS), "first": 1}, MAX_PARALLEL="1")
        worker = Process(app.workers()[0])
        start(app, "first")
        service.wait_for_calls(len(STYLES))
        worker.forget_peak()
        rest = worker.memory()
        for name in names:
            start(app, name)
        pages = visits(app, lambda: len(service.ledger()) >= len(STYLES) + count * FRAMES)
        calls, grown = service.ledger(), worker.peak() - rest
    return figures(count, calls, pages, grown)


def visits(app: AppProcess, over: Callable[[], bool]) -> list[float]:
    """How long the page of one project took to come, again and again, until it is over."""
    took = []
    with requests.Session() as session:
        while not over():
            began = time.monotonic()
            session.get(f"{app.url}/p/film-0/images", timeout=60).raise_for_status()
            took.append(time.monotonic() - began)
            time.sleep(LOOK_EVERY)
    return took


def figures(count: int, calls: Sequence[Served], pages: Sequence[float], grown: int) -> list[Figure]:
    """What the ledger and the visits show."""
    spans: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        if found := re.search(r" of (film-\d+):", call.prompt):
            spans[found[1]] += [call.began, call.ended]
    lengths = [max(span) - min(span) for span in spans.values()]
    seconds = max(map(max, spans.values())) - min(map(min, spans.values()))
    ideal = -(-count // PROJECTS_AT_ONCE) * FRAMES * LATENCY
    case = f"{count} project{'s' if count > 1 else ''}"
    return [
        Figure(
            case,
            "wall time / ideal",
            seconds / ideal,
            ratio=True,
            detail=f"{count * FRAMES} frames in {seconds:.1f} s, ideal {ideal:.0f} s with {PROJECTS_AT_ONCE} at once",
        ),
        Figure(case, "slowest / fastest project", max(lengths) / min(lengths), ratio=True),
        Figure(case, "memory for a project at work", grown / min(count, PROJECTS_AT_ONCE) / 1000, "KB"),
        Figure(
            case,
            "its page meanwhile, p99",
            percentile(pages, 0.99) * 1000,
            "ms",
            goal=GOALS.get(count),
            detail=f"p50 {median(pages) * 1000:.0f} ms, {len(pages)} times",
        ),
    ]
