"""The files in ``deploy`` as far as they can be tried on one machine: a real nginx in front of two real web nodes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.test_docs import settings_of_the_product

DEMO = "the-lamp-at-gull-point"
PASSWORD = "let me in"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")
UNITS = ("step8.service", "step8-worker.service")


@contextmanager
def proxied(home: Path, nodes: list[AppProcess]) -> Iterator[str]:
    """The nodes behind nginx with our configuration, of which only names, ports and folders are changed."""
    port, config = free_port(), (ROOT / "deploy/nginx.conf").read_text()
    for number, node in enumerate(nodes, start=1):
        config = config.replace(f"web{number}:8000", f"127.0.0.1:{node.port}")
    kept = "".join(f"{name}_temp_path {home}/{name}; " for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    config = config.replace("listen 80;", f"listen 127.0.0.1:{port};").replace("http {", f"http {{ {kept}", 1)
    (home / "nginx.conf").write_text(f"daemon off; master_process off; pid {home}/nginx.pid;\n{config}")
    command = [str(NGINX), "-p", str(home), "-e", str(home / "nginx.log"), "-c", str(home / "nginx.conf")]
    with subprocess.Popen(command) as nginx:
        try:
            until(lambda: healthy(f"http://127.0.0.1:{port}"), says=(home / "nginx.log").read_text)
            yield f"http://127.0.0.1:{port}"
        finally:
            nginx.terminate()


def healthy(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=60).status_code == 200
    except requests.ConnectionError:
        return False


@pytest.mark.skipif(NGINX is None and "CI" not in os.environ, reason="nginx is not installed")
def test_two_nodes_behind_nginx_are_one_app_and_the_live_stream_flows(apps: Apps, tmp_path: Path) -> None:
    shared = {"RUN_WORKER": "0", "APP_PASSWORD": PASSWORD, "TRUSTED_PROXIES": "127.0.0.1", "SKETCH_DELAY": "0.2"}
    nodes = [apps.start(**shared) for _ in range(2)]
    apps.worker(**shared)
    with proxied(tmp_path, nodes) as url, requests.Session() as browser:
        browser.headers["Sec-Fetch-Site"] = "same-origin"
        browser.get(f"{url}/sign-in", timeout=30)
        form = browser.get(f"{url}/sign-in", timeout=30).text
        token = re.search(r'name="csrf" value="([^"]+)"', form)
        entered = {"password": PASSWORD, "csrf": token[1] if token else ""}
        assert browser.post(f"{url}/sign-in", data=entered, timeout=30).status_code == 200
        pages = [browser.get(f"{url}/p/{DEMO}/images", timeout=30, allow_redirects=False) for _ in range(4)]
        assert {page.status_code for page in pages} == {200}, "a node does not know the other one's session"
        with browser.get(f"{url}/p/{DEMO}/events", stream=True, timeout=60) as live:
            chunks = live.iter_content(None)
            next(chunks)
            bearer = {"Authorization": f"Bearer {PASSWORD}"}
            body = {"projectPath": DEMO}
            with requests.post(f"{url}/api/generate-images", json=body, headers=bearer, stream=True, timeout=60) as run:
                assert any(b"Complete" in chunk for chunk in chunks), "the stream ended without news"
                assert b'"type":"complete"' in run.content.replace(b": ", b":")


def test_units_and_compose_name_no_setting_that_does_not_exist(tmp_path: Path) -> None:
    known = settings_of_the_product(tmp_path)
    units = "\n".join((ROOT / "deploy" / name).read_text() for name in UNITS)
    named = set(re.findall(r"\b([A-Z][A-Z0-9_]+)=", units)) - {"MAINPID"}
    compose = (ROOT / "compose.yaml").read_text()
    block = compose.partition("x-settings:")[2].partition("x-web:")[0]
    named |= set(re.findall(r"^  ([A-Z0-9_]+):", block, re.MULTILINE)) | set(
        re.findall(r"^      ([A-Z0-9_]+):", compose, re.MULTILINE)
    )
    assert named - known == {"REDIS_PASSWORD"}
    assert {"PROJECTS_ROOT", "REDIS_URL", "WORKER_PORT", "RUN_WORKER"} <= named


def test_the_image_gets_everything_the_app_consists_of() -> None:
    recipe = (ROOT / "Dockerfile").read_text()
    copied = {name for line in re.findall(r"^COPY (.+) \S+$", recipe, re.MULTILINE) for name in line.split()}
    let_in = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE))
    assert copied == let_in == {"requirements.txt", "wsgi.py", "gunicorn.conf.py", "webapp", "templates", "static"}


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_begins_a_command_that_exists(name: str) -> None:
    unit = (ROOT / "deploy" / name).read_text()
    begun = re.findall(r"^ExecStart=/opt/step8/\.venv/bin/python -m webapp (\w+)$", unit, re.MULTILINE)
    assert begun == [{"step8.service": "serve", "step8-worker.service": "worker"}[name]]
