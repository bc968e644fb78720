"""Reaction: from a command to its effect.

Start: from the request to the first call that reaches the provider. Stop and Pause: from the request to its answer,
which comes when no call begins any more. Next: from the request that a frame be made next to its call, which waits for
one of the calls in flight to end. Hand-over: how long no call begins when the worker that drives a project is asked to
end, and another one goes on.
"""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Callable
from functools import partial
from statistics import median

from benchmarks.figures import Figure, percentile
from benchmarks.service import Manners, Service
from benchmarks.stage import STYLES, command, generating, open_app, stage, start, stop
from tests.harness.app_process import AppProcess, until
from tests.harness.scripted_answers import holding, picture
from webapp.core.project import Frame

ROW = "reaction"
REPEATS = 40
PROJECTS = 6
"""Projects that take turns, so that none is ever finished."""

FIRST = PROJECTS
"""Rounds that do not count: connections open, templates load, each project is seen for the first time."""

GOAL = 150.0
HAND_OVER = 5.0
"""Seconds that a hand-over may take."""

HAND_OVERS = 5
LATENCY = 0.05
BEATS = 400


def measure() -> list[Figure]:
    """One project at a time, started, steered and stopped again and again."""
    starts, pauses, nexts, stops = [], [], [], []
    between = 0
    manners = Manners("openai", LATENCY, always=holding(picture("a harbour")))
    with Service(manners) as service, stage() as apps:
        names = [f"film-{number}" for number in range(PROJECTS)]
        app = open_app(apps, service, dict.fromkeys(names, BEATS), MAX_PARALLEL="3")
        for number in range(REPEATS + FIRST):
            name = names[number % PROJECTS]
            pressed = time.monotonic()
            start(app, name)
            starts.append(service.wait_for_call(pressed) - pressed)
            seconds, others = ask_for(app, service, name, BEATS - 1 - number)
            nexts.append(seconds)
            between += others
            pauses.append(timed(partial(command, app, "pause-generation", name)))
            command(app, "resume-generation", name)
            stops.append(timed(partial(stop, app, name)))
            until(partial(idle, app, name))
    return [
        figure("Start to the first call", starts[FIRST:]),
        figure("Stop to its acknowledgement", stops[FIRST:]),
        figure("Pause to its acknowledgement", pauses[FIRST:]),
        figure("Next to the call that was asked for", nexts[FIRST:], f"; {between} other calls began after its answer"),
        hand_over(),
    ]


def hand_over() -> Figure:
    """A worker that drives is asked to end, again and again; each time another one waits already."""
    manners = Manners("openai", LATENCY, always=holding(picture("a harbour")))
    with Service(manners) as service, stage() as apps:
        app = open_app(apps, service, {"film": BEATS}, MAX_PARALLEL="3", RUN_WORKER="0")
        settings = {"IMAGE_PROVIDER": "openai", "OPENAI_BASE_URL": f"{service.url}/v1", "MAX_PARALLEL": "3"}
        drives = apps.worker(**settings)
        start(app)
        service.wait_for_call(0.0)
        stood = []
        for _ in range(HAND_OVERS):
            follows = apps.worker(**settings)
            asked = time.monotonic()
            drives.signal(signal.SIGTERM)
            if (status := drives.wait()) != 0:
                raise RuntimeError(f"The worker ended with {status}.")
            ended = time.monotonic()
            service.wait_for_call(ended)
            stood.append(standstill([call.began for call in service.ledger()], asked))
            drives = follows
    detail = f"p50 {median(stood):.2f} s, {HAND_OVERS} times; the longest time without a call, exit status 0"
    return Figure("2 workers", "hand-over, longest", max(stood), "s", goal=HAND_OVER, detail=detail)


def standstill(begun: list[float], asked: float) -> float:
    """The longest time between two calls of which the second began after somebody ``asked``."""
    times = sorted(begun)
    return max(after - before for before, after in itertools.pairwise(times) if after > asked)


def idle(app: AppProcess, name: str) -> bool:
    """Whether the project's run has ended."""
    return not generating(app, name)


def ask_for(app: AppProcess, service: Service, name: str, number: int) -> tuple[float, int]:
    """Ask for one frame to be next: seconds until its call begins, and calls that began after the answer before it."""
    shot = 1 + number // 10
    frame = Frame(STYLES[0], str(shot), f"{shot}.{number % 10 + 1}")
    pressed = time.monotonic()
    command(app, "prioritize-frames", name, frames=[frame.id])
    answered = time.monotonic()
    wanted = f"{STYLES[0]} prompt number {number} of {name}:"
    began = until(lambda: next((call.began for call in service.ledger() if wanted in call.prompt), None))
    return began - pressed, sum(answered < call.began < began for call in service.ledger())


def timed(action: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.monotonic()
    action()
    return time.monotonic() - began


def figure(name: str, seconds: list[float], more: str = "") -> Figure:
    """The 99th percentile, with the median beside it."""
    detail = f"p50 {median(seconds) * 1000:.0f} ms, {len(seconds)} times{more}"
    return Figure(
        "1 project, 3 in flight", f"{name}, p99", percentile(seconds, 0.99) * 1000, "ms", goal=GOAL, detail=detail
    )
