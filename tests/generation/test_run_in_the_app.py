"""The run in the real app: gunicorn, Redis, the provider double as the paid service. Nothing here is faked."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
import pytest
import redis
import requests
from PIL import Image

from tests.harness.app_process import AppProcess, Apps, until
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import bad_key, blocked_prompt, limited

STYLES = ("illustration", "clear", "consistent")
KEY = "AIzaSyTestKeyThatIsNotReal-0001"


@pytest.fixture
def double() -> Iterator[ProviderDouble]:
    with ProviderDouble() as double:
        yield double


def make_project(root: Path, beats: int = 6, name: str = "film") -> Path:
    """A project folder as v1.1 leaves it after Step 7."""
    folder = root / name
    (folder / "prompts").mkdir(parents=True)
    for style in STYLES:
        entries = [
            {
                "shot_number": 1 + n // 3,
                "beat_number": f"{1 + n // 3}.{n % 3 + 1}",
                "script_phrase": f"Phrase {n}",
                "transition_type": "S",
                "ai_prompt": f"{style} prompt number {n} of the film",
            }
            for n in range(beats)
        ]
        text = f"export const prompts = {json.dumps(entries, indent=2)};\n"
        (folder / "prompts" / f"prompts-{style}.js").write_text(text, encoding="utf-8")
    return folder


def open_app(apps: Apps, double: ProviderDouble, **settings: str) -> AppProcess:
    """The app with a paid provider, whose place the double takes."""
    given = {
        "IMAGE_PROVIDER": "gemini",
        "GEMINI_API_KEYS": KEY,
        "GEMINI_BASE_URL": double.url,
        "REQUESTS_PER_MINUTE": "60000",
        "MAX_PARALLEL": "3",
        **settings,
    }
    return apps.prepare(**given)


def serve(app: AppProcess) -> AppProcess:
    app.start()
    app.wait_until_ready()
    return app


def listens(app: AppProcess) -> bool:
    """Whether anybody takes connections on the app's port."""
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", app.port)) == 0


def post(app: AppProcess, path: str, **body: Any) -> requests.Response:
    return requests.post(f"{app.url}/api/{path}", json={"projectPath": "film", **body}, timeout=30, stream=True)


def start(app: AppProcess) -> None:
    """Start as a v1.1 client does, and leave at once: that must not end the run."""
    with post(app, "generate-images") as answer:
        assert answer.status_code == 200
        next(answer.iter_lines())


def generating(app: AppProcess) -> bool:
    return bool(requests.get(f"{app.url}/api/generation-status/film", timeout=30).json()["isGenerating"])


def wait_for_end(app: AppProcess) -> None:
    until(lambda: not generating(app), patience=60, says=app.log)


def pictures(app: AppProcess) -> list[Path]:
    return sorted((app.projects_root / "film" / "generated_images").glob("*/Shot_*/Beat_*.png"))


def prompts(double: ProviderDouble) -> list[str]:
    return [call.prompt for call in double.calls]


@pytest.fixture(params=["1", "2"], ids=["one worker", "two workers"])
def app(request: pytest.FixtureRequest, apps: Apps, double: ProviderDouble) -> AppProcess:
    prepared = open_app(apps, double, WEB_CONCURRENCY=request.param)
    make_project(prepared.projects_root)
    return serve(prepared)


def test_after_stop_is_answered_no_call_begins_and_those_in_flight_are_saved(
    app: AppProcess, double: ProviderDouble
) -> None:
    double.latency = 0.05
    double.hold()
    start(app)
    double.wait_for_calls(2)
    double.release(calls=2)
    double.wait_for_calls(5)
    answer = post(app, "stop-generation")
    answered = time.monotonic()
    assert answer.json() == {"success": True, "message": "Stop signal sent"}
    double.release()
    wait_for_end(app)
    assert all(call.began <= answered for call in double.calls)
    assert len(pictures(app)) == len(double.calls) == 5
    assert post(app, "stop-generation").json() == {"success": False, "error": "No active generation found"}


def test_start_after_stop_makes_only_what_is_missing_and_every_file_is_a_picture(
    app: AppProcess, double: ProviderDouble
) -> None:
    double.hold()
    start(app)
    double.wait_for_calls(2)
    post(app, "stop-generation")
    double.release()
    wait_for_end(app)
    start(app)
    wait_for_end(app)
    assert len(pictures(app)) == 18 == len(double.calls) == len(set(prompts(double)))
    assert double.twins() == []
    for file in pictures(app):
        with Image.open(file, formats=["PNG"]) as picture:
            picture.load()
    for style in STYLES:
        progress = json.loads((app.projects_root / "film" / f"image_progress_{style}.json").read_text())
        assert sorted(progress["completedBeats"]) == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]


def test_many_starts_at_once_on_all_workers_drive_the_project_once(app: AppProcess, double: ProviderDouble) -> None:
    double.hold()
    presses = [gevent.spawn(start, app) for _ in range(6)]
    double.wait_for_calls(2)
    double.release()
    wait_for_end(app)
    gevent.joinall(presses, timeout=30)
    assert len(double.calls) == 18 == len(set(prompts(double)))


def test_a_v1_client_sees_the_whole_run_on_its_own_stream(app: AppProcess, double: ProviderDouble) -> None:
    double.when("clear prompt number 2", blocked_prompt())
    with post(app, "generate-images") as answer:
        lines = [line for line in answer.iter_lines() if line.startswith(b"data: ")]
    events = [json.loads(line.removeprefix(b"data: ")) for line in lines]
    assert events[0]["type"] == "start"
    assert events[-1] == {"type": "error", "error": "17 of 18 images generated. 1 failed."}
    assert [event["type"] for event in events].count("error") == 1
    complete = {(e["style"], e["beat_number"]) for e in events if e.get("status") == "complete"}
    assert len(complete) == 17
    assert all(0 <= e["completed"] <= e["total"] == 6 for e in events if e["type"] == "progress")


def test_a_v1_0_folder_resumes_with_what_is_missing_only(apps: Apps, double: ProviderDouble, tmp_path: Path) -> None:
    app = open_app(apps, double)
    folder = make_project(app.projects_root)
    picture = tmp_path / "old.jpg"
    Image.new("RGB", (320, 180), "teal").save(picture)  # v1.0 wrote whatever came under a .png name
    there = folder / "generated_images/clear/Shot_1/Beat_1.1.png"
    cut = folder / "generated_images/clear/Shot_1/Beat_1.2.png"
    there.parent.mkdir(parents=True)
    shutil.copy(picture, there)
    cut.write_bytes(picture.read_bytes()[:-300])
    claims = {"completedBeats": ["1.1", "1.2", "2.3"], "lastUpdated": "2025-05-01T10:00:00.000Z", "note": "kept"}
    (folder / "image_progress_clear.json").write_text(json.dumps(claims))
    serve(app)
    start(app)
    wait_for_end(app)
    assert len(double.calls) == 17
    assert "clear prompt number 0 of the film" not in prompts(double)
    assert there.read_bytes() == picture.read_bytes()
    progress = json.loads((folder / "image_progress_clear.json").read_text())
    assert sorted(progress["completedBeats"]) == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]
    assert progress["note"] == "kept"


def test_sigterm_saves_the_calls_in_flight_and_the_run_goes_on_after_the_next_start(
    apps: Apps, double: ProviderDouble
) -> None:
    app = open_app(apps, double)
    make_project(app.projects_root)
    serve(app)
    double.hold()
    start(app)
    double.wait_for_calls(2)
    app.signal(signal.SIGTERM)
    until(lambda: not listens(app))  # by then every worker knows that it is to end
    assert double.held() == 2
    double.release()
    assert app.wait() == 0
    assert len(pictures(app)) == len(double.calls) == 2
    serve(app)
    wait_for_end(app)
    assert len(pictures(app)) == 18 == len(double.calls)


def test_after_kill_9_only_the_calls_in_flight_are_repeated(apps: Apps, double: ProviderDouble) -> None:
    app = open_app(apps, double)
    make_project(app.projects_root)
    serve(app)
    double.hold()
    start(app)
    double.wait_for_calls(2)
    double.release(calls=4)
    double.wait_for_calls(7)
    until(lambda: len(pictures(app)) == 4)
    app.kill()
    double.release()
    serve(app)
    wait_for_end(app)
    assert len(pictures(app)) == 18
    assert len(double.calls) <= 18 + 3


def held(client: redis.Redis, name: bytes) -> Any:
    """What Redis holds under a name, as plain values (a DUMP may be compressed)."""
    match client.type(name):
        case b"hash":
            return client.hgetall(name)
        case b"list":
            return client.lrange(name, 0, -1)
        case b"set":
            return client.smembers(name)
        case b"zset":
            return client.zrange(name, 0, -1, withscores=True)
        case b"stream":
            return client.xrange(name)
    return client.get(name)


def test_no_key_reaches_a_page_a_log_redis_or_any_other_file(apps: Apps, double: ProviderDouble) -> None:
    app = open_app(apps, double)
    make_project(app.projects_root, beats=3)
    serve(app)
    vaulted = "AIzaSyTestKeyThatIsNotReal-vault"
    mine = {"Sec-Fetch-Site": "same-origin"}
    for keys in (f"film={vaulted}", f"{vaulted} with a blank"):
        requests.post(
            f"{app.url}/p/film/setup/keys",
            {"provider": "gemini", "style": "clear", "keys": keys},
            headers=mine,
            timeout=30,
        )
    double.when("clear prompt number 1", blocked_prompt())
    start(app)
    wait_for_end(app)
    assert {call.key for call in double.calls} == {KEY, vaulted}
    pages = [
        requests.get(f"{app.url}/p/film/{step}", timeout=30).text for step in ("images", "setup", "prompts", "costs")
    ]
    pages.append(requests.get(f"{app.url}/api/keys", timeout=30).text)
    with redis.Redis(unix_socket_path=str(app.data_dir / "redis" / "redis.sock")) as client:
        dump = "".join(f"{name!r} {held(client, name)!r}" for name in client.scan_iter())
    files = {
        file: file.read_bytes()
        for root in (app.projects_root, app.data_dir)
        for file in root.rglob("*")
        if file.is_file() and file != app.data_dir / "keys.json"
    }
    assert dump and files
    for secret in (KEY, vaulted):
        assert all(secret not in page for page in pages)
        assert secret not in app.log()
        assert secret not in dump
        assert [file for file, data in files.items() if secret.encode() in data] == []


def test_an_account_that_cools_is_not_called_and_the_other_one_makes_every_frame(
    apps: Apps, double: ProviderDouble
) -> None:
    slow, quick = f"{KEY}-slow", f"{KEY}-quick"
    app = open_app(apps, double, GEMINI_API_KEYS=f"one={slow},two={quick}")
    make_project(app.projects_root)
    double.when("", limited(retry="100s"), key=slow, again=True)
    serve(app)
    start(app)
    wait_for_end(app)
    used = [call.key for call in double.calls]
    assert len(pictures(app)) == 18 == used.count(quick)
    assert 1 <= used.count(slow) <= 2  # two calls may be on their way when the first is told


def test_a_refused_key_is_shown_as_such_and_the_run_goes_on_with_the_next(apps: Apps, double: ProviderDouble) -> None:
    bad, good = f"{KEY}-bad1", f"{KEY}-good"
    app = open_app(apps, double, GEMINI_API_KEYS=f"{bad},{good}")
    make_project(app.projects_root)
    double.when("", bad_key(), key=bad, again=True)
    serve(app)
    start(app)
    wait_for_end(app)
    assert len(pictures(app)) == 18
    page = requests.get(f"{app.url}/p/film/images", timeout=30).text
    assert "Refused: check this key" in page and "••••bad1" in page and "Ready" in page


def test_a_budget_is_kept_to_the_cent_with_eight_calls_in_flight(apps: Apps) -> None:
    settings = {"BUDGET_USD": "1.00", "GEMINI_MODEL": "gemini-2.5-flash-image", "MAX_PARALLEL": "8"}
    with ProviderDouble(price=39_000) as double:
        app = open_app(apps, double, WEB_CONCURRENCY="2", **settings)
        make_project(app.projects_root, beats=14)
        serve(app)
        start(app)
        wait_for_end(app)
        assert len(pictures(app)) == 25 == len(double.calls)
        assert double.charged == 975_000
        page = requests.get(f"{app.url}/p/film/images", timeout=30).text
        assert "⚠</span> Paused: the $1.00 budget is reached." in page
