"""Limits, budget and keys for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.harness.web_app import WebApp
from webapp.core.run.states import RunState
from webapp.core.settings.key_pools import keys
from webapp.core.settings.project_settings import LimitSettings, ProjectSettings


def restraint(site: WebApp) -> LimitSettings:
    return ProjectSettings.from_json(site.services.store.records.settings(site.services.library.find("demo"))).restraint


def test_only_the_limits_that_are_sent_change(site: WebApp) -> None:
    site.project()
    sent = {"projectPath": "demo", "requestsPerMinute": 12, "parallel": 2, "attempts": 6, "timeout": 90}
    assert site.call("set-limits", sent).json == {"success": True, "message": "Limits saved"}
    assert restraint(site) == LimitSettings(12.0, 2, 6, 90.0)
    site.call("set-limits", {"projectPath": "demo", "parallel": None})
    assert restraint(site) == LimitSettings(12.0, None, 6, 90.0)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "Send at least one of requestsPerMinute, parallel, attempts, timeout."),
        ({"requestsPerMinute": 10**400}, "Requests per minute: "),
        ({"parallel": -(10**400)}, "Parallel requests: "),
        ({"parallel": 0}, "Parallel requests: '0' is not a whole number from 1 to 256."),
        ({"parallel": 1.5}, "Parallel requests: '1.5' is not a whole number"),
        ({"requestsPerMinute": True}, "Requests per minute: write a number."),
        ({"timeout": [1]}, "Seconds for one call: write a number."),
        ({"requestsPerMinute": 5, "attempts": "x"}, "Tries for each image: 'x' is not a whole number"),
    ],
)
def test_a_limit_that_cannot_be_used_changes_nothing(site: WebApp, body: dict[str, Any], sentence: str) -> None:
    site.project()
    answer = site.call("set-limits", {"projectPath": "demo", **body})
    assert answer.status_code == 400 and sentence in answer.json["error"]  # type: ignore[index]
    assert restraint(site) == LimitSettings()


def test_the_budget_is_set_and_removed(site: WebApp) -> None:
    site.project()
    assert site.call("set-budget", {"projectPath": "demo", "budgetUsd": 2.5}).json == {
        "success": True,
        "message": "Budget saved",
    }
    assert restraint(site).budget == 2_500_000
    site.call("set-budget", {"projectPath": "demo", "budgetUsd": "7.50"})
    assert restraint(site).budget == 7_500_000
    for wrong in ({}, {"budgetUsd": True}, {"budgetUsd": -1}, {"budgetUsd": "much"}):
        assert site.call("set-budget", {"projectPath": "demo", **wrong}).status_code == 400
    site.call("set-budget", {"projectPath": "demo", "budgetUsd": None})
    assert restraint(site).budget is None
    assert site.call("set-budget", {"projectPath": "nobody", "budgetUsd": 1}).status_code == 404


def test_keys_are_told_masked_with_their_state(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, GEMINI_API_KEYS="film=AIza-canary-key-0001")
    site.services.key_file.add("openai", "clear", keys("sk-canary-vault-0002"))
    site.services.key_file.switch(site.services.key_file.kept()[0].id, off=True)
    answer = site.get("/api/keys")
    assert "canary" not in answer.text
    first, second = answer.json["keys"]  # type: ignore[index]
    assert first == {
        "provider": "gemini",
        "style": None,
        "account": "film",
        "key": "••••0001",
        "setBy": "GEMINI_API_KEYS",
        "state": "healthy",
        "wait": 0.0,
        "running": 0,
        "reason": "",
    }
    assert (second["provider"], second["style"], second["state"], second["setBy"]) == ("openai", "clear", "off", None)


def test_a_program_agrees_to_an_unknown_price_in_so_many_words(tmp_path: Path, own_redis: str) -> None:
    site = WebApp(tmp_path, own_redis, IMAGE_PROVIDER="gemini", GEMINI_API_KEYS="k", GEMINI_MODEL="brand-new")
    site.project()
    folder = site.services.library.find("demo")
    refused = site.call("generate-images", {"projectPath": "demo"})
    assert refused.status_code == 409 and "is not known" in refused.json["error"]  # type: ignore[index]
    refused = site.call("generate-images", {"projectPath": "demo", "acceptUnknownPrice": "yes"})
    assert refused.status_code == 409
    answer = site.client.post(
        "/api/generate-images",
        json={"projectPath": "demo", "acceptUnknownPrice": True},
        headers={"Host": "127.0.0.1:8000"},
        buffered=False,
    )
    assert answer.status_code == 200
    assert site.services.control.run(folder).state is RunState.STARTING
    answer.close()
