"""Many projects: what runs side by side in one process cost, whether each gets its share, and what a page has to wait.

One call in flight for each project. The more projects, the longer a call takes, so that what all of them bring in a
second stays below what two processors can check, publish and shrink: this row is about many, not about much. All are
started at once, by eight hands.
"""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median

import requests

from benchmarks.figures import Figure, percentile
from benchmarks.process import Process
from benchmarks.service import Manners, Served, Service
from benchmarks.stage import STYLES, make_project, open_app, stage, start
from tests.harness.app_process import AppProcess
from tests.harness.scripted_answers import holding, picture

ROW = "projects"


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many projects of so many beats in one style, ``latency`` seconds for each answer, and the milliseconds in
    which a page must come (p99) meanwhile, if there is a goal."""

    projects: int
    beats: int
    latency: float
    goal: float | None = None

    @property
    def ideal(self) -> float:
        """Seconds from a project's first call to its last answer."""
        return self.beats * self.latency


CROWDS = (Crowd(1, 12, 1.0), Crowd(100, 4, 5.0, goal=100.0), Crowd(1000, 2, 25.0, goal=200.0))
HANDS = 8
LOOK_EVERY = 0.1


def measure() -> list[Figure]:
    """Each crowd in an app of its own."""
    return [figure for crowd in CROWDS for figure in crowded(crowd)]


def crowded(crowd: Crowd) -> list[Figure]:
    """All projects, started at once and run to their end."""
    names = [f"film-{number}" for number in range(crowd.projects)]
    manners = Manners("openai", crowd.latency, always=holding(picture("a harbour")))
    with Service(manners) as service, stage() as apps:
        app = open_app(apps, service, {}, MAX_PARALLEL="1", PROJECTS_PER_WORKER=str(max(2, crowd.projects)))
        for name in names:
            make_project(app.projects_root, crowd.beats, name, STYLES[:1])
        worker = Process(app.workers()[0])
        visits(app, lambda: True)
        worker.forget_peak()
        rest, cpu, began = worker.memory(), worker.cpu(), time.monotonic()
        with ThreadPoolExecutor(HANDS) as hands:
            starting = [hands.submit(start, app, name) for name in names]
            first = visits(app, lambda: all(each.done() for each in starting))
            for each in starting:
                each.result()
        started = time.monotonic() - began
        all_calls = crowd.projects * crowd.beats
        pages = visits(app, lambda: len(service.ledger()) >= all_calls)
        calls, grown, cpu = service.ledger(), worker.peak() - rest, worker.cpu() - cpu
    return figures(crowd, calls, first, pages, grown, cpu, started)


def visits(app: AppProcess, over: Callable[[], bool]) -> list[float]:
    """How long the page of one project took to come, once and then again and again, until it is over."""
    took: list[float] = []
    with requests.Session() as session:
        while not took or not over():
            began = time.monotonic()
            session.get(f"{app.url}/p/film-0/images", timeout=60).raise_for_status()
            took.append(time.monotonic() - began)
            time.sleep(LOOK_EVERY)
    return took


def figures(
    crowd: Crowd,
    calls: Sequence[Served],
    first: Sequence[float],
    pages: Sequence[float],
    grown: int,
    cpu: float,
    started: float,
) -> list[Figure]:
    """What the ledger and the visits show."""
    spans: dict[str, list[float]] = defaultdict(list)
    for call in calls:
        if found := re.search(r" of (film-\d+):", call.prompt):
            spans[found[1]] += [call.began, call.ended]
    lengths = [max(span) - min(span) for span in spans.values()]
    seconds = max(map(max, spans.values())) - min(map(min, spans.values()))
    case = f"{crowd.projects:,} project{'s' if crowd.projects > 1 else ''}"
    frames = crowd.projects * crowd.beats
    return [
        Figure(
            case,
            "a project's time / ideal, median",
            median(lengths) / crowd.ideal,
            ratio=True,
            detail=f"{crowd.beats} calls of {crowd.latency:g} s each, one after the other",
        ),
        Figure(case, "slowest / fastest project", max(lengths) / min(lengths), ratio=True),
        Figure(
            case,
            "frames a second",
            frames / seconds,
            "",
            rises=True,
            detail=f"{frames:,} frames in {seconds:.1f} s; all started in {started:.1f} s",
        ),
        Figure(case, "processor time for a frame", cpu / frames * 1000, "ms", detail="the start of its project too"),
        Figure(case, "memory for a project at work", grown / crowd.projects / 1000, "KB"),
        Figure(
            case,
            "its page meanwhile, p99",
            percentile(pages, 0.99) * 1000,
            "ms",
            goal=crowd.goal,
            detail=f"p50 {median(pages) * 1000:.0f} ms, {len(pages)} times; "
            f"while they are started p99 {percentile(first, 0.99) * 1000:.0f} ms",
        ),
    ]
