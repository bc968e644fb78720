"""What is counted, and how Prometheus reads it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from tests.generation.test_run_in_the_app import (
    KEY,
    make_project,
    open_app,
    serve,
)
from tests.harness.app_process import AppProcess, Apps, until
from tests.harness.provider_double import ProviderDouble
from tests.harness.scripted_answers import blocked_prompt, failing
from webapp.errors import CoordinationDown, LostAnswer, Rejected
from webapp.generation.events.run_metrics import outcome_of
from webapp.metrics import Metrics

Numbers = dict[tuple[str, ...], float]


@pytest.fixture
def double() -> Iterator[ProviderDouble]:
    with ProviderDouble() as double:
        yield double


def read(text: bytes) -> Numbers:
    """Every number by its name and the values of its labels, in the order of their names."""
    families = text_string_to_metric_families(text.decode())
    return {
        (s.name, *(s.labels[label] for label in sorted(s.labels))): s.value
        for family in families
        for s in family.samples
    }


def unknown() -> dict[str, int]:
    raise CoordinationDown("Redis is away.")


def test_calls_are_counted_with_their_time_and_cost() -> None:
    metrics = Metrics(dict)
    metrics.called("gemini", "saved", 7.0, 39_000)
    metrics.called("gemini", "limited", 0.2, 0)
    told = read(metrics.text())
    assert told["step8_provider_calls_total", "saved", "gemini"] == 1
    assert told["step8_provider_calls_total", "limited", "gemini"] == 1
    assert told["step8_spend_microdollars_total", "gemini"] == 39_000
    assert told["step8_provider_call_seconds_bucket", "0.5", "gemini"] == 1
    assert told["step8_provider_call_seconds_count", "gemini"] == 2


def test_runs_are_told_by_state_and_nothing_is_said_of_them_while_redis_is_away() -> None:
    assert read(Metrics(lambda: {"generating": 2}).text())["step8_runs", "generating"] == 2
    away = read(Metrics(unknown).text())
    assert not any(name == "step8_runs" for name, *_ in away) and away


def test_a_failure_is_counted_under_its_own_name() -> None:
    assert [outcome_of(error) for error in (LostAnswer("x"), Rejected("x"))] == ["lost_answer", "rejected"]


def get(app: AppProcess, headers: dict[str, str]) -> requests.Response:
    return requests.get(f"{app.url}/metrics", headers=headers, timeout=30)


def test_one_page_tells_what_all_processes_of_the_app_did_and_no_name_or_key(
    apps: Apps, double: ProviderDouble
) -> None:
    app = open_app(apps, double, WEB_CONCURRENCY="2", APP_PASSWORD="let me in")
    headers = {"Authorization": "Bearer let me in"}
    make_project(app.projects_root)
    double.when("clear prompt number 2", blocked_prompt())
    double.when("illustration prompt number 3", failing(503))
    serve(app)
    assert requests.get(f"{app.url}/metrics", timeout=30).status_code == 401
    requests.post(f"{app.url}/api/generate-images", json={"projectPath": "film"}, headers=headers, timeout=90)
    until(lambda: ("step8_runs_ended_total", "partial") in read(get(app, headers).content))
    answer = get(app, headers)
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    told = read(answer.content)
    assert told["step8_frames_total", "made"] == 17 == told["step8_provider_calls_total", "saved", "gemini"]
    assert told["step8_frames_total", "failed"] == 1 == told["step8_provider_calls_total", "rejected", "gemini"]
    assert told["step8_retries_total", "gemini"] == 1 == told["step8_provider_calls_total", "unavailable", "gemini"]
    assert told["step8_runs_ended_total", "partial"] == 1
    assert told["step8_spend_microdollars_total", "gemini"] == double.charged
    assert told["step8_runs", "generating"] == 0
    assert ("step8_lease_takeovers_total",) in told and ("step8_open_streams",) in told
    until(lambda: read(get(app, headers).content)["step8_event_loop_lag_seconds_count",])
    assert "film" not in answer.text and KEY not in answer.text
