"""Several processes at work on one projects folder: web nodes that only show, workers that only make. Nothing is faked
but the paid service."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.generation.test_run_in_the_app import (
    KEY,
    make_project,
    pictures,
    post,
    prompts,
    start,
    wait_for_end,
)
from tests.harness.app_process import AppProcess, Apps, until
from tests.harness.provider_double import ProviderDouble
from webapp.core.limits.account_pressure import START

FRAMES = 18
PARALLEL = 3
TAKEOVER = 30.0
"""Seconds in which another worker goes on after one died: the promise."""

WAITING = "Waiting for a worker that is free to generate."


@pytest.fixture
def double() -> Iterator[ProviderDouble]:
    with ProviderDouble() as double:
        yield double


def paid(double: ProviderDouble, **settings: str) -> dict[str, str]:
    """The settings that all processes share, with the double in the service's place."""
    return {
        "IMAGE_PROVIDER": "gemini",
        "GEMINI_API_KEYS": KEY,
        "GEMINI_BASE_URL": double.url,
        "REQUESTS_PER_MINUTE": "60000",
        "MAX_PARALLEL": str(PARALLEL),
        "RUN_WORKER": "0",
        **settings,
    }


def page(app: AppProcess) -> str:
    return requests.get(f"{app.url}/p/film/images", timeout=30).text


def who_drives(workers: list[AppProcess]) -> AppProcess | None:
    return next((worker for worker in workers if "state=generating" in worker.log()), None)


@pytest.mark.timeout(180)
def test_a_run_waits_for_a_worker_survives_its_death_and_is_handed_over(apps: Apps, double: ProviderDouble) -> None:
    shared = paid(double)
    make_project(apps.home / "projects")
    web, other = apps.start(**shared), apps.start(**shared)
    double.hold()
    start(web)
    until(lambda: WAITING in page(other), says=other.log)
    assert not double.calls

    workers = [apps.worker("--projects", "2", **shared) for _ in range(2)]
    double.wait_for_calls(2)
    double.release(calls=2)
    double.wait_for_calls(4)
    until(lambda: len(pictures(web)) == 2)
    first = who_drives(workers)
    assert first is not None
    first.kill()
    second = next(worker for worker in workers if worker is not first)
    until(lambda: "state=generating" in second.log(), patience=TAKEOVER, says=second.log)
    double.release(calls=2 * PARALLEL)  # those of the dead worker wait too
    until(lambda: len(pictures(web)) >= 4)

    double.hold()
    third = apps.worker(**shared)
    second.signal(signal.SIGTERM)
    until(lambda: "worker ends" in second.log(), says=second.log)
    double.release()
    assert second.wait() == 0
    until(lambda: "state=generating" in third.log(), says=third.log)
    wait_for_end(web)

    assert len(pictures(web)) == FRAMES == len(set(prompts(double)))
    assert len(double.calls) <= FRAMES + PARALLEL  # what was in flight when the worker died is asked for again
    assert f"{FRAMES}/{FRAMES}" in page(other) or "All images generated successfully!" in page(other)
    assert third.terminate() == 0


def test_stop_on_one_node_reaches_the_worker_of_another_process(apps: Apps, double: ProviderDouble) -> None:
    shared = paid(double)
    make_project(apps.home / "projects")
    web = apps.start(**shared)
    apps.worker(**shared)
    double.hold()
    start(web)
    double.wait_for_calls(min(PARALLEL, START))  # all that may: none is on its way while Stop is pressed
    assert post(web, "stop-generation").json() == {"success": True, "message": "Stop signal sent"}
    answered = time.monotonic()
    double.release()
    wait_for_end(web)
    assert all(call.began <= answered for call in double.calls)
    assert len(pictures(web)) == len(double.calls)


def test_a_worker_with_another_projects_folder_is_never_asked(
    apps: Apps, double: ProviderDouble, tmp_path: Path
) -> None:
    shared = paid(double)
    make_project(apps.home / "projects", beats=2)
    (tmp_path / "elsewhere").mkdir()
    web = apps.start(**shared)
    stranger = apps.worker(**shared, PROJECTS_ROOT=str(tmp_path / "elsewhere"))
    start(web)
    until(lambda: WAITING in page(web), says=web.log)
    assert not double.calls and "film" not in stranger.log()
    apps.worker(**shared)
    wait_for_end(web)
    assert len(pictures(web)) == 6
    assert "film" not in stranger.log()
