"""Live fan-out: from a change published in Redis to its bytes at every viewer.

Beside plain flask-sse and a bare gevent writer, which send the same bytes through the same Redis. Step 8 also renders
the change, once per process; its peers get it ready-made.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import redis
import requests

from benchmarks.audience import Audience, mark
from benchmarks.changes import publisher, redis_of
from benchmarks.figures import Figure, percentile
from benchmarks.peers import CHANNEL
from benchmarks.process import Process
from benchmarks.stage import make_project, stage
from tests.harness.app_process import (
    ROOT,
    AppProcess,
    free_port,
    until,
)

ROW = "fan-out"
VIEWERS = (1, 100, 1000, 5000)
MOST_OF_FLASK_SSE = 1000
"""It has a greenlet and a Redis connection for each viewer, and is slower than the marks come with more."""

VANISHING = 1000
PROJECTS = 50
MARKS = 26
FIRST = 6
"""Marks that do not count: the first ones load templates and open connections."""

EVERY = 0.15
PATIENCE = 30.0
NUMBERS = itertools.count(10_000)
"""Each mark has its own: a page that joins is shown the last lines of activity."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How long marks took, in seconds: to ``each`` viewer, and to the ``last`` one of all."""

    each: list[float]
    last: list[float]


@dataclass(frozen=True, slots=True)
class House:
    """What Step 8 showed with so many viewers: bytes grown for each, Redis connections of all, and the seconds until
    nothing was left of them when they had vanished."""

    heard: Heard
    memory: float
    connections: int
    gone: float


def measure() -> list[Figure]:
    """Step 8 with one project and with many, then its peers, with the same numbers of viewers."""
    with stage() as apps:
        app = apps.prepare(VIEWERS_PER_WORKER=str(VIEWERS[-1] + 1))
        names = [f"film-{number}" for number in range(PROJECTS)]
        for name in names:
            make_project(app.projects_root, 10, name)
        app.start()
        app.wait_until_ready()
        url, worker = redis_of(app), Process(app.workers()[0])
        server, publish = redis.Redis.from_url(url), publisher(app)
        with Audience(app.port, ["/p/film-0/events"], 1) as audience:
            told(audience, lambda number: publish("film-0", number), FIRST + 1)
        rest, base, ours, sample = worker.memory(), settled(worker), {}, b""
        for count in VIEWERS:
            with Audience(app.port, ["/p/film-0/events"], count) as audience:
                heard = told(audience, lambda number: publish("film-0", number))
                grown, connections = (worker.memory() - rest) / count, len(server.client_list())
                sample = sample or audience.sample()  # to one viewer, who is never behind, each goes by itself
            ours[count] = House(heard, grown, connections, gone(app, worker, base))
        with Audience(app.port, [f"/p/{name}/events" for name in names], VIEWERS[-1]) as audience:
            many = told(audience, lambda number: publish(names[number % PROJECTS], number), marks=PROJECTS + FIRST)
        bare = beside(bare_writer(url), "/", server, lambda number: refilled(sample, number))
        plain = beside(flask_sse(url), f"/stream?channel={CHANNEL}", server, lambda number: worded(sample, number))
    return figures(ours, bare, plain, many, len(sample))


def figures(
    ours: dict[int, House], bare: dict[int, Heard], plain: dict[int, Heard], many: Heard, size: int
) -> list[Figure]:
    """What was heard, side by side."""
    shown = []
    for count, house in ours.items():
        case = f"{count} viewer{'s' if count > 1 else ''}"
        all_of_us, all_of_them = median(house.heard.last), median(bare[count].last)
        shown += [
            Figure(
                case,
                "bare writer / Step 8, to the last viewer",
                all_of_them / all_of_us,
                rises=True,
                goal=0.8,
                ratio=True,
                detail=f"{ms(all_of_us)}, bare {ms(all_of_them)}{beside_flask_sse(plain, count)}",
            ),
            Figure(
                case,
                "to each viewer, p99",
                percentile(house.heard.each, 0.99) * 1000,
                "ms",
                detail=f"p50 {ms(median(house.heard.each))}, {size:,} bytes",
            ),
        ]
        if count >= VANISHING:
            shown += [
                Figure(case, "memory for a viewer", house.memory / 1000, "KB"),
                Figure(case, "all vanish: nothing is left after", house.gone, "s", goal=PATIENCE),
            ]
    most, fewest = max(ours), min(ours)
    case = f"{most} viewers"
    return [
        *shown,
        Figure(
            case,
            "Redis connections",
            ours[most].connections,
            detail=f"{ours[fewest].connections} with one viewer; the rest are the pool's, at most 48 in all",
        ),
        Figure(
            f"{most} viewers of {PROJECTS} projects",
            "to each viewer, p99",
            percentile(many.each, 0.99) * 1000,
            "ms",
            detail=f"p50 {ms(median(many.each))}",
        ),
    ]


def beside_flask_sse(plain: dict[int, Heard], count: int) -> str:
    """What flask-sse took with so many, where it was asked."""
    return f", flask-sse {ms(median(plain[count].last))}" if count in plain else ""


def ms(seconds: float) -> str:
    """In milliseconds."""
    return f"{seconds * 1000:.1f} ms"


def told(audience: Audience, publish: Callable[[int], object], marks: int = MARKS) -> Heard:
    """Publish the marks one after the other, and gather when they came."""
    sent: dict[int, float] = {}
    for number in itertools.islice(NUMBERS, marks):
        sent[number] = time.monotonic()
        publish(number)
        time.sleep(EVERY)
    arrivals = audience.arrivals()
    if lost := [number for number in list(sent)[FIRST:] if number not in arrivals]:
        raise RuntimeError(f"{len(lost)} of {marks} marks reached no viewer.")
    took = [[came - sent[number] for came in arrivals[number]] for number in list(sent)[FIRST:]]
    return Heard([seconds for each in took for seconds in each], [max(each) for each in took])


def settled(worker: Process) -> int:
    """Open files and sockets of the worker when nobody watches."""
    until(lambda: worker.handles() < 100)
    return worker.handles()


def gone(app: AppProcess, worker: Process, base: int) -> float:
    """Seconds until the worker has let go of everybody who vanished: streams, and connections."""
    began = time.monotonic()
    until(lambda: worker.handles() <= base + 2 and streams(app) == 0, PATIENCE)
    return time.monotonic() - began


def streams(app: AppProcess) -> int:
    """Live streams open, as the app counts them."""
    text = requests.get(f"{app.url}/metrics", timeout=10).text
    return int(float(re.findall(r"^step8_open_streams ([0-9.]+)", text, re.MULTILINE)[0]))


@contextmanager
def peer(command: list[str], port: int, url: str) -> Iterator[int]:
    """A peer's server while it runs."""
    environ = os.environ | {"BENCH_REDIS": url, "PYTHONPATH": str(ROOT)}
    elsewhere = tempfile.gettempdir()  # gunicorn would find our configuration here
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=elsewhere, env=environ, stderr=subprocess.DEVNULL)
    try:
        until(lambda: listens(port))
        yield port
    finally:
        process.terminate()
        process.wait(30)


def bare_writer(url: str) -> tuple[list[str], int, str]:
    """The least that gevent can do."""
    port = free_port()
    return ["benchmarks.peers", str(port), url], port, url


def flask_sse(url: str) -> tuple[list[str], int, str]:
    """The blueprint as it comes, under the same server as Step 8."""
    port = free_port()
    options = ["-k", "gevent", "--worker-connections", "2000", "-b", f"127.0.0.1:{port}"]
    return ["gunicorn", *options, "benchmarks.peers:plain_flask_sse()"], port, url


def beside(
    told_how: tuple[list[str], int, str], path: str, server: redis.Redis, payload: Callable[[int], bytes]
) -> dict[int, Heard]:
    """What a peer shows with each number of viewers."""
    heard = {}
    most = VIEWERS[-1] if path == "/" else MOST_OF_FLASK_SSE
    with peer(*told_how) as port:
        for count in (each for each in VIEWERS if each <= most):
            with Audience(port, [path], count, silent=True) as audience:
                subscribers = count if path != "/" else 1
                until(lambda least=subscribers: server.pubsub_numsub(CHANNEL)[0][1] >= least)  # type: ignore[misc]
                heard[count] = told(audience, lambda number: server.publish(CHANNEL, payload(number)))
            if path != "/":  # it notices only at the next message that a viewer left
                until(lambda: not server.publish(CHANNEL, b'{"data": 0}'))
    return heard


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def refilled(sample: bytes, number: int) -> bytes:
    """The same bytes with another mark."""
    return re.sub(rb"mark-\d+-", mark(number).encode(), sample)


def worded(sample: bytes, number: int) -> bytes:
    """The same bytes as flask-sse wants to have them published."""
    return json.dumps({"data": refilled(sample, number).decode()}).encode()
