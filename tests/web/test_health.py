"""The health check tells the truth and says why."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.harness.web_app import WebApp
from webapp.disk.storage_id import NAME


def test_all_is_well(site: WebApp) -> None:
    answer = site.get("/healthz")
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "redis": "ok", "disk": "ok"}


def test_redis_away_is_said(tmp_path: Path) -> None:
    answer = WebApp(tmp_path, f"unix://{tmp_path}/nobody.sock").get("/healthz")
    assert answer.status_code == 503
    assert answer.json is not None and "Redis cannot be reached" in answer.json["error"]


def test_the_projects_folder_gone_is_said(site: WebApp) -> None:
    shutil.rmtree(site.root)
    answer = site.get("/healthz")
    assert answer.status_code == 503
    assert answer.json is not None and "PROJECTS_ROOT" in answer.json["error"]


def test_a_share_that_went_away_is_said(site: WebApp) -> None:
    (site.root / NAME).unlink()
    answer = site.get("/healthz")
    assert answer.status_code == 503
    assert answer.json is not None and "is not the one this node started with" in answer.json["error"]
