"""The commands without pages: a worker, a run without a browser, a look at its progress."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.harness.app_process import (
    ROOT,
    AppProcess,
    Apps,
    free_port,
    until,
)

DEMO = "the-lamp-at-gull-point"


def run(app: AppProcess, *command: str) -> subprocess.CompletedProcess[str]:
    """One command to its end, with the settings of ``app``."""
    argv = [sys.executable, "-m", "webapp", *command]
    return subprocess.run(argv, cwd=ROOT, env=app.environ, capture_output=True, text=True, timeout=120, check=False)


def test_a_run_without_a_browser_tells_each_image_and_its_end(apps: Apps) -> None:
    app = apps.prepare()
    ended = run(app, "generate", DEMO)
    assert (ended.returncode, ended.stderr) == (0, "")
    lines = ended.stdout.splitlines()
    assert lines[0] == "Generation started." and lines[-1] == "✓ All images generated successfully!"
    assert sum(" complete in " in line for line in lines) == 36
    assert not app.processes(), "its Redis stayed"
    told = run(app, "progress", DEMO)
    assert told.returncode == 0
    assert told.stdout.splitlines()[1:] == ["illustration  12/12", "clear         12/12", "consistent    12/12"]


def test_ctrl_c_stops_a_run_without_a_browser_and_keeps_what_is_made(apps: Apps) -> None:
    app = apps.prepare(SKETCH_DELAY="1")
    argv = [sys.executable, "-u", "-m", "webapp", "generate", DEMO]
    with subprocess.Popen(
        argv, cwd=ROOT, env=app.environ, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as command:
        assert command.stdout is not None
        next(line for line in command.stdout if " started" in line and line.startswith("["))
        os.killpg(command.pid, signal.SIGINT)
        rest = command.stdout.read()
    assert command.returncode == 1
    assert rest.endswith("⚠ Generation stopped. Progress has been saved. Click Start to resume.\n")
    made = list(app.projects_root.glob("*/generated_images/**/Beat_*.png"))
    assert 0 < len(made) < 36
    told = run(app, "progress", DEMO)
    assert told.returncode == 1
    assert sum(int(done) for done in re.findall(r" (\d+)/12$", told.stdout, re.MULTILINE)) == len(made)


@pytest.mark.parametrize("command", ["generate", "progress"])
def test_a_project_that_is_not_there_is_one_line(apps: Apps, command: str) -> None:
    ended = run(apps.prepare(), command, "nothing")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("There is no such project.") and ended.stderr.count("\n") == 1


def test_a_model_without_a_known_price_is_not_used_unasked_and_the_line_says_what_helps(apps: Apps) -> None:
    paid = {"IMAGE_PROVIDER": "gemini", "GEMINI_API_KEYS": "not-a-real-key-0001", "GEMINI_MODEL": "gemini-unheard-of"}
    ended = run(apps.prepare(**paid), "generate", DEMO)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert "The price of gemini-unheard-of is not known." in ended.stderr and "prices.json" in ended.stderr


@pytest.mark.parametrize("command", [("worker",), ("generate", DEMO), ("progress", DEMO)])
def test_a_bad_setting_is_one_line_and_starts_nothing(apps: Apps, command: tuple[str, ...]) -> None:
    app = apps.prepare(MAX_ATTEMPTS="often")
    ended = run(app, *command)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("MAX_ATTEMPTS: ") and ended.stderr.count("\n") == 1
    assert not app.data_dir.exists() and not app.processes()


def test_a_worker_joins_the_redis_of_the_app_and_leaves_it_running(apps: Apps) -> None:
    app = apps.start()
    before = (app.data_dir / "redis" / "redis.pid").read_text()
    worker = apps.worker()
    assert worker.terminate() == 0
    assert (app.data_dir / "redis" / "redis.pid").read_text() == before
    assert app.healthy()


def test_a_worker_alone_starts_redis_and_ctrl_c_ends_both(apps: Apps) -> None:
    worker = apps.worker("--projects", "3")
    assert worker.log() == (
        f"Step 8 worker is ready: 3 projects at once, from {worker.projects_root}  (Ctrl-C ends it)\n"
    )
    assert (worker.data_dir / "redis" / "redis.pid").exists()
    assert not list(worker.projects_root.glob("the-*")), "an empty folder may be a mount point without its share"
    worker.press_ctrl_c()
    assert worker.wait() == 0
    assert not worker.processes() and "Traceback" not in worker.log()


def test_a_worker_with_a_port_answers_its_health_and_no_page(apps: Apps) -> None:
    port = free_port()
    apps.worker(WORKER_PORT=str(port))
    health = until(lambda: answer(f"http://127.0.0.1:{port}/healthz"))
    assert health.status_code == 200 and json.loads(health.text)["status"] == "ok"
    assert "step8_lease_takeovers_total 0.0" in requests.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text
    assert requests.get(f"http://127.0.0.1:{port}/", timeout=60).status_code == 404


def answer(url: str) -> requests.Response | None:
    """The answer, or nothing while nobody listens."""
    try:
        return requests.get(url, timeout=60)
    except requests.ConnectionError:
        return None


def test_sigterm_before_the_last_image_is_no_success_and_progress_does_not_claim_that_it_runs(apps: Apps) -> None:
    app = apps.prepare(SKETCH_DELAY="1")
    argv = [sys.executable, "-u", "-m", "webapp", "generate", "--quiet", DEMO]
    with subprocess.Popen(
        argv, cwd=ROOT, env=app.environ, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as command:
        assert command.stdout is not None
        until(lambda: list(app.projects_root.glob("*/generated_images/**/Beat_*.png")))
        os.kill(command.pid, signal.SIGTERM)
        said = command.stdout.read()
    assert command.returncode == 1
    assert said.startswith("Ended before the run did: ") and said.count("\n") == 1
    told = run(app, "progress", DEMO)
    assert told.returncode == 1
    assert "Generation was interrupted" in told.stdout.splitlines()[0]


@pytest.mark.parametrize("output", ["| head -1", "> /dev/full"])
def test_an_output_that_cannot_be_written_does_not_end_the_run(apps: Apps, output: str) -> None:
    app = apps.prepare()
    command = f"set -o pipefail; '{sys.executable}' -m webapp generate {DEMO} {output}"
    ended = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=app.environ, capture_output=True, text=True, timeout=120, check=False
    )
    assert (ended.returncode, "Traceback" in ended.stderr) == (0, False)
    assert len(list(app.projects_root.glob("*/generated_images/**/Beat_*.png"))) == 36


def test_quiet_says_nothing_of_a_whole_project_from_any_folder(apps: Apps, tmp_path: Path) -> None:
    app = apps.prepare()
    for command in ("generate", "generate", "progress"):
        argv = [sys.executable, str(ROOT / "webapp"), command, "--quiet", DEMO]
        ended = subprocess.run(
            argv, cwd=tmp_path, env=app.environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
