"""The app as the user starts and ends it: real gunicorn, real Redis, real signals."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
import requests

from tests.harness.app_process import (
    ROOT,
    AppProcess,
    Apps,
    until,
)
from webapp.coordination.redis_server import EmbeddedServer

DEMO = "the-lamp-at-gull-point"


def outcome(app: AppProcess) -> tuple[int, str, str]:
    """The exit status and output of an app that refuses to start."""
    stdout, stderr = (process := app.spawn(subprocess.PIPE, subprocess.PIPE)).communicate(timeout=60)
    return process.returncode, stdout.decode(), stderr.decode()


def redis_pid(app: AppProcess) -> int:
    return int((app.data_dir / "redis" / "redis.pid").read_text())


def open_stream(app: AppProcess) -> requests.Response:
    """A live stream of the demo project that has sent its first bytes."""
    stream = requests.get(f"{app.url}/p/{DEMO}/events", stream=True, timeout=60)
    assert stream.status_code == 200, stream.text
    next(stream.iter_content(1))
    return stream


def generation(app: AppProcess) -> requests.Response:
    """The stream of a run of the demo project, begun now."""
    return requests.post(f"{app.url}/api/generate-images", json={"projectPath": DEMO}, stream=True, timeout=60)


def wait_for(sign: bytes, stream: requests.Response) -> None:
    assert any(sign in chunk for chunk in stream.iter_content(None)), "the stream ended without it"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """An app for the tests that only look at it."""
    with Apps(tmp_path_factory.mktemp("app")) as started:
        yield started.start()


def test_it_says_once_where_it_is_and_nothing_else(app: AppProcess) -> None:
    assert app.log() == f"Step 8 is ready: {app.url}  (Ctrl-C ends it)\n"


def test_it_is_well(app: AppProcess) -> None:
    assert requests.get(f"{app.url}/healthz", timeout=60).json() == {"status": "ok", "redis": "ok", "disk": "ok"}


def test_an_empty_projects_folder_gets_the_demo(app: AppProcess) -> None:
    assert (app.projects_root / DEMO / "prompts").is_dir()
    assert "The Lamp at Gull Point" in requests.get(f"{app.url}/p/{DEMO}/images", timeout=60).text


def test_what_it_keeps_is_closed_to_other_users(app: AppProcess) -> None:
    assert app.data_dir.stat().st_mode & 0o777 == 0o700


def test_a_forged_host_is_refused(app: AppProcess) -> None:
    assert requests.get(app.url, headers={"Host": "evil.example"}, timeout=60).status_code == 400


def test_a_long_path_in_an_address_is_answered(app: AppProcess) -> None:
    path = quote("/".join(["ein-sehr-langer-ördnername"] * 120), safe="")
    assert (
        requests.get(f"{app.url}/api/generation-status/{path}", timeout=60).headers["Content-Type"]
        == "application/json"
    )


def test_a_taken_port_is_one_line_and_starts_nothing(apps: Apps) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        app = apps.prepare(PORT=str(port))
        status, stdout, stderr = outcome(app)
    assert status == 1
    assert stderr.startswith(f"Port {port} is taken. Stop the other program or choose another port: PORT=")
    assert (stdout, stderr.count("\n")) == ("", 1)
    assert not app.data_dir.exists() and not app.processes()


def test_a_bad_setting_is_one_line_and_starts_nothing(apps: Apps) -> None:
    app = apps.prepare(MAX_ATTEMPTS="often")
    status, stdout, stderr = outcome(app)
    assert status == 2
    assert stderr.startswith("MAX_ATTEMPTS: ")
    assert (stdout, stderr.count("\n")) == ("", 1)
    assert not app.data_dir.exists() and not app.processes()


def test_gunicorn_started_by_hand_refuses_a_bad_setting_as_well(apps: Apps) -> None:
    app = apps.prepare(HOST="0.0.0.0")
    by_hand = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
    ended = subprocess.run(by_hand, cwd=ROOT, env=app.environ, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert ended.stderr.startswith("HOST: ") and ended.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_made_is_one_line(apps: Apps, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    status, _, stderr = outcome(apps.prepare(PROJECTS_ROOT=str(tmp_path / "file" / "projects")))
    assert status == 2
    assert stderr.startswith("PROJECTS_ROOT: ") and stderr.count("\n") == 1


@pytest.mark.parametrize("entry", ["webapp/__main__.py", "install.py"])
def test_an_old_python_is_one_line(entry: str) -> None:
    as_old = f"import sys, runpy; sys.version_info = (3, 9, 2); runpy.run_path({entry!r}, run_name='__main__')"
    ended = subprocess.run([sys.executable, "-c", as_old], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "needs Python 3.11 or newer" in ended.stderr and ended.stderr.count("\n") == 1


def test_sigterm_with_an_open_stream_ends_the_stream_and_the_app(apps: Apps) -> None:
    app = apps.start()
    with open_stream(app) as stream:
        app.signal(signal.SIGTERM)
        for _ in stream.iter_content(None):
            pass  # an end in good order; a cut connection would raise
    assert app.wait() == 0
    assert "graceful timeout" not in app.log() and "SIGKILL" not in app.log()
    assert not app.processes()


def test_ctrl_c_leaves_no_process(apps: Apps) -> None:
    app = apps.start(WEB_CONCURRENCY="2")
    with open_stream(app):
        app.press_ctrl_c()
        assert app.wait() == 0
    assert not app.processes()
    assert "Traceback" not in app.log()


def test_ctrl_c_saves_the_images_in_the_making_first(apps: Apps) -> None:
    app = apps.start(SKETCH_DELAY="2")
    with generation(app) as stream:
        wait_for(b'"generating"', stream)
        app.press_ctrl_c()
        assert app.wait() == 0
    assert list(app.projects_root.glob("*/generated_images/**/Beat_*.png"))
    assert not app.processes()


def test_a_second_ctrl_c_does_not_wait_for_images_in_the_making(apps: Apps) -> None:
    app = apps.start(SKETCH_DELAY="600")
    with generation(app) as stream:
        wait_for(b'"generating"', stream)
        app.press_ctrl_c()
        until(lambda: "Ctrl-C again" in app.log())
        app.press_ctrl_c()
        assert app.wait() == 0
    assert not app.processes()


def test_two_workers_serve_and_a_killed_one_is_replaced(apps: Apps) -> None:
    app = apps.start(WEB_CONCURRENCY="2")
    first = set(until(lambda: len(app.workers()) == 2 and app.workers()))
    until(lambda: "Step 8 is ready" in app.log())  # the other worker may answer before the first one says so
    os.kill(first.pop(), signal.SIGKILL)
    until(lambda: len(app.workers()) == 2 and len(first & set(app.workers())) == 1)
    until(app.healthy)
    assert app.log().count("Step 8 is ready") == 1


def test_a_reload_replaces_the_workers_and_keeps_redis(apps: Apps) -> None:
    app = apps.start()
    redis_before, workers_before = redis_pid(app), set(app.workers())
    app.signal(signal.SIGHUP)
    until(lambda: app.workers() and workers_before.isdisjoint(app.workers()))
    until(app.healthy)
    assert redis_pid(app) == redis_before
    assert app.terminate() == 0
    assert not app.processes()


def test_a_killed_redis_is_started_again(apps: Apps) -> None:
    app = apps.start()
    before, workers = redis_pid(app), app.workers()
    os.kill(before, signal.SIGKILL)
    until(lambda: (app.data_dir / "redis" / "redis.pid").exists() and redis_pid(app) != before)
    until(app.healthy)
    assert app.workers() == workers, "the app itself had no need of a new start"


def test_the_redis_of_a_killed_app_is_adopted(apps: Apps) -> None:
    app = apps.start()
    before = redis_pid(app)
    app.kill()
    app.start()
    app.wait_until_ready()
    assert redis_pid(app) == before
    assert app.terminate() == 0
    assert not app.processes()


def test_a_given_redis_is_used_and_none_is_embedded(apps: Apps, tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "theirs")
    app = apps.start(REDIS_URL=server.ensure())
    assert not (app.data_dir / "redis").exists()
    assert app.terminate() == 0
    assert server.alive(), "the app ended a Redis that is not its own"
    server.end()


def test_the_app_waits_for_a_given_redis_and_recovers_when_it_comes(apps: Apps, tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "theirs")
    app = apps.prepare(REDIS_URL=server.url)
    app.start()
    sick = until(lambda: answer(f"{app.url}/healthz"), says=app.log)
    assert sick[0] == 503 and "Redis cannot be reached" in sick[1]
    server.ensure()
    app.wait_until_ready()
    assert app.terminate() == 0
    server.end()


def answer(url: str) -> tuple[int, str] | None:
    """Status and text, or nothing while nobody listens."""
    try:
        response = requests.get(url, timeout=60)
    except requests.ConnectionError:
        return None
    return response.status_code, response.text
