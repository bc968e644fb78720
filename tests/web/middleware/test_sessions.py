"""The secret behind the session cookie."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.web_app import WebApp
from webapp.errors import BadSetting, DiskTrouble
from webapp.web.middleware.sessions import SECRET_FILE, session_secret


def test_it_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    secret = session_secret(tmp_path / "var")
    assert len(secret) == 32
    assert session_secret(tmp_path / "var") == secret
    assert stat.S_IMODE((tmp_path / "var" / SECRET_FILE).stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "var").iterdir()] == [SECRET_FILE]


def test_workers_that_start_together_agree(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from webapp.web.middleware.sessions import session_secret; "
        "print(session_secret(Path(sys.argv[1])).hex())"
    )
    start = [sys.executable, "-c", program, str(tmp_path)]
    workers = [subprocess.Popen(start, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    answers = {worker.communicate()[0] for worker in workers}
    assert len(answers) == 1
    assert len(answers.pop().strip()) == 64


def test_a_damaged_one_is_named(tmp_path: Path) -> None:
    (tmp_path / SECRET_FILE).write_bytes(b"short")
    with pytest.raises(BadSetting, match="session-secret"):
        session_secret(tmp_path)


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file")
    with pytest.raises(DiskTrouble, match=r"/var \(.+\)\. Make that folder writable"):
        session_secret(tmp_path / "var")


def cookie(site: WebApp, host: str) -> str:
    """The name of the cookie that a browser gets which knows the site under this host and port."""
    answer = site.client.get("/", headers={"Host": host})
    return answer.headers["Set-Cookie"].partition("=")[0]


def test_two_instances_on_one_host_have_cookies_of_their_own(tmp_path: Path, own_redis: str) -> None:
    (tmp_path / "other").mkdir()
    one, two = WebApp(tmp_path, own_redis), WebApp(tmp_path / "other", own_redis)
    names = {cookie(one, "127.0.0.1:8000"), cookie(one, "127.0.0.1:8001"), cookie(two, "127.0.0.1:8000")}
    assert len(names) == 3


def test_two_nodes_behind_one_proxy_share_a_cookie(tmp_path: Path, own_redis: str) -> None:
    one, two = (WebApp(tmp_path, own_redis, PORT=port, ALLOWED_HOSTS="step8.example") for port in ("8000", "8001"))
    assert cookie(one, "step8.example") == cookie(two, "step8.example")
