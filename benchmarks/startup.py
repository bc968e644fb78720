"""Start-up: from ``make run`` to the first 200, and from Start to the first call of a project that is nearly done.

The large project has 10,000 frames, all but ten of them made, with the journal that this leaves.
"""

from __future__ import annotations

import os
import subprocess
import time
from statistics import median

import requests

from benchmarks.figures import Figure
from benchmarks.service import Manners, Service
from benchmarks.stage import STYLES, fill, make_project, open_app, stage, start
from tests.harness.app_process import ROOT, AppProcess, until
from tests.harness.scripted_answers import holding, picture

ROW = "start-up"
REPEATS = 5
BEATS = 3_334
FRAMES = BEATS * len(STYLES)
MISSING = 10


def measure() -> list[Figure]:
    """Starts of an installed app, then the large project's."""
    with stage() as apps:
        app = apps.prepare()
        times = [start_up(app) for _ in range(REPEATS + 1)][1:]
    after_restart, again = resumes()
    worst = max(times)
    return [
        Figure(
            "make run, installed",
            "to the first 200",
            median(times),
            "s",
            detail=f"{REPEATS} times, worst {worst:.1f} s",
        ),
        Figure(
            f"{FRAMES:,} frames",
            "Start to the first call, the app just started",
            after_restart,
            "s",
            detail=f"{MISSING} missing; every file looked at, {2 * (FRAMES - MISSING):,} journal records read",
        ),
        Figure(f"{FRAMES:,} frames", "Start to the first call, the second time", again, "s"),
    ]


def start_up(app: AppProcess) -> float:
    """Seconds from the command to the first answer; the app is ended again."""
    began = time.monotonic()
    with app.log_file.open("ab") as log:
        environ = os.environ | app.environ
        app.process = subprocess.Popen(
            ["make", "run"], cwd=ROOT, env=environ, stdout=log, stderr=log, start_new_session=True
        )
    while not answers(app):
        time.sleep(0.005)
    took = time.monotonic() - began
    app.press_ctrl_c()
    app.wait()
    until(app.is_gone)
    return took


def answers(app: AppProcess) -> bool:
    """Whether the app is there."""
    try:
        return requests.get(f"{app.url}/healthz", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def resumes() -> tuple[float, float]:
    """Seconds from Start to the first call, in an app that has just started, and once more."""
    manners = Manners("openai", 0.01, always=holding(picture("a harbour")))
    with Service(manners) as service, stage() as apps:
        app = open_app(apps, service, {}, MAX_PARALLEL="1")
        fill(make_project(app.projects_root, BEATS), BEATS, MISSING)
        found = []
        for _ in range(2):
            pressed = time.monotonic()
            start(app)
            found.append(service.wait_for_call(pressed) - pressed)
            stop_and_wait(app)
    return found[0], found[1]


def stop_and_wait(app: AppProcess) -> None:
    """End the run, whether or not it ended by itself."""
    requests.post(f"{app.url}/api/stop-generation", json={"projectPath": "film"}, timeout=60)
    status = f"{app.url}/api/generation-status/film"
    until(lambda: not requests.get(status, timeout=60).json()["isGenerating"])
