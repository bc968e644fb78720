"""Cost of a frame: what one picture of 2 MB takes of the processor and of memory.

From base64 in JSON to a validated PNG, a thumbnail, the journal and the news on the page; beside a bare loop over the
same bytes: parse the JSON, decode the base64, write, sync. Decoding and encoding pixels (the check that nothing broken
is saved, and the thumbnail) is measured apart: no bare loop does it.
"""

from __future__ import annotations

import base64
import io
import json
import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import requests
from PIL import Image

from benchmarks.figures import Figure, percentile
from benchmarks.process import MB, Process
from benchmarks.service import Manners, Service
from benchmarks.stage import STYLES, open_app, run, stage
from tests.harness.app_process import AppProcess
from tests.harness.scripted_answers import holding
from webapp.disk.images import codec

ROW = "cost"
CASE = "2 MB, 4 in flight"
BEATS = 16
FRAMES = BEATS * len(STYLES)
REPEATS = 3
SIZE = (1376, 768)
PING_EVERY = 0.01


def measure() -> list[Figure]:
    """The parts alone first, then the app with three projects, one after the other."""
    picture = photograph()
    bare, pixels = of_a_loop(picture), of_pixels(picture)
    seconds, growth, waits = in_the_app(picture)
    besides = seconds - pixels
    size = f"{len(picture) / MB:.1f} MB"
    return [
        Figure(
            CASE,
            "processor time besides pixels / bare loop",
            besides / bare,
            goal=1.5,
            ratio=True,
            detail=f"{besides * 1000:.1f} ms; the loop {bare * 1000:.1f} ms for {size}",
        ),
        Figure(
            CASE,
            "processor time / pixels and bare loop",
            seconds / (pixels + bare),
            ratio=True,
            detail=f"{seconds * 1000:.0f} ms; check, PNG and thumbnail alone {pixels * 1000:.0f} ms",
        ),
        Figure(CASE, "memory at the peak, above rest", growth / MB, "MB", detail="all four together"),
        Figure(
            CASE,
            "the loop is held up, p99",
            percentile(waits, 0.99) * 1000,
            "ms",
            goal=20,
            detail=f"{len(waits)} pings; p50 {median(waits) * 1000:.1f} ms, longest {max(waits) * 1000:.0f} ms",
        ),
    ]


def photograph() -> bytes:
    """A PNG of about 2 MB: nothing in it compresses better than a photograph does."""
    grain = [Image.effect_noise(SIZE, 24) for _ in "RGB"]
    out = io.BytesIO()
    Image.merge("RGB", grain).quantize(160).convert("RGB").save(out, "PNG")
    return out.getvalue()


def timed(work: Callable[[], object]) -> float:
    """The median of the processor seconds it takes."""
    took = []
    for _ in range(15):
        began = time.process_time()
        work()
        took.append(time.process_time() - began)
    return median(took)


def of_a_loop(picture: bytes) -> float:
    """Processor seconds to parse, decode, write and sync one answer."""
    answer = json.dumps({"data": [{"b64_json": base64.b64encode(picture).decode()}]}).encode()
    with tempfile.TemporaryDirectory(prefix="step8-bench-") as folder:
        return timed(lambda: keep(Path(folder) / "picture.png", answer))


def keep(path: Path, answer: bytes) -> None:
    """The least that any program must do with an answer."""
    body = base64.b64decode(json.loads(answer)["data"][0]["b64_json"])
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def of_pixels(picture: bytes) -> float:
    """Processor seconds to check and re-encode the picture and make its thumbnail, of one decoding."""
    return timed(lambda: codec.both(picture, {}))


def in_the_app(picture: bytes) -> tuple[float, int, list[float]]:
    """Processor seconds a frame, bytes above rest at the peak, and how long answers to pings waited for their turn."""
    seconds, growth = [], []
    projects = {f"film-{n}": BEATS for n in range(REPEATS + 2)}
    with Service(Manners("openai", 0.05, always=holding(picture))) as service, stage() as apps:
        app = open_app(apps, service, projects, MAX_PARALLEL="4")
        worker = Process(app.workers()[0])
        first, *repeats, last = projects
        run(app, first)  # loads what is loaded once
        for name in repeats:
            worker.forget_peak()
            rest, began = worker.memory(), worker.cpu()
            run(app, name)
            seconds.append((worker.cpu() - began) / FRAMES)
            growth.append(worker.peak() - rest)
        with ThreadPoolExecutor(1) as beside:
            running = beside.submit(run, app, last)
            waits = pings(app, running.done)
        idle = pings(app, Countdown(100))
    return median(seconds), round(median(growth)), [max(0.0, wait - median(idle)) for wait in waits]


class Countdown:
    """False so many times, then true."""

    def __init__(self, times: int) -> None:
        self._left = times

    def __call__(self) -> bool:
        self._left -= 1
        return self._left < 0


def pings(app: AppProcess, over: Callable[[], bool]) -> list[float]:
    """How long each of many small answers took, until it is over."""
    took = []
    with requests.Session() as session:
        while not over():
            began = time.monotonic()
            session.get(f"{app.url}/api/ping", timeout=30)
            took.append(time.monotonic() - began)
            time.sleep(PING_EVERY)
    return took
