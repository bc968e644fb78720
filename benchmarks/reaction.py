"""Reaction: from a command to its effect.

Start: from the request to the first call that reaches the provider. Stop: from the request to its answer, which comes
when no call begins any more.
"""

from __future__ import annotations

import time
from statistics import median

from benchmarks.figures import Figure, percentile
from benchmarks.service import Manners, Service
from benchmarks.stage import generating, open_app, stage, start, stop
from tests.answers import holding, picture
from tests.app_process import until

ROW = "reaction"
REPEATS = 40
FIRST = 2
"""Rounds that do not count: connections open, templates load."""

GOAL = 150.0
LATENCY = 0.05


def measure() -> list[Figure]:
    """One project, started and stopped again and again."""
    starts, stops = [], []
    manners = Manners("openai", LATENCY, always=holding(picture("a harbour")))
    with Service(manners) as service, stage() as apps:
        app = open_app(apps, service, {"film": 400}, MAX_PARALLEL="3")
        for _ in range(REPEATS + FIRST):
            pressed = time.monotonic()
            start(app)
            starts.append(service.wait_for_call(pressed) - pressed)
            pressed = time.monotonic()
            stop(app)
            stops.append(time.monotonic() - pressed)
            until(lambda: not generating(app))
    return [
        figure("Start to the first call", starts[FIRST:]),
        figure("Stop to its acknowledgement", stops[FIRST:]),
    ]


def figure(name: str, seconds: list[float]) -> Figure:
    """The 99th percentile, with the median beside it."""
    detail = f"p50 {median(seconds) * 1000:.0f} ms, {len(seconds)} times"
    return Figure(
        "1 project, 3 in flight", f"{name}, p99", percentile(seconds, 0.99) * 1000, "ms", goal=GOAL, detail=detail
    )
