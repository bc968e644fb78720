"""Errors in other clothes: what each means for the run, at both services that cost money."""

from __future__ import annotations

import json
from typing import Any

import pytest

from webapp.errors import (
    KeyRefused,
    KeySpent,
    Limited,
    Misconfigured,
    NoImage,
    ProviderError,
    Rejected,
    Unavailable,
    Unsuited,
    UnusableImage,
)
from webapp.outbound.reply import Reply
from webapp.providers.gemini import client as gemini
from webapp.providers.openai import client as openai

NOW = 1_764_000_000.0
PAGE = b"<!DOCTYPE html><html><title>Just a moment...</title></html>"
NESTED = json.dumps({"error": {"code": "InvalidParameter", "message": "size is wrong"}})


def error(service: Any, status: int, answer: Any, kind: str = "application/json") -> ProviderError:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    settings = openai.OpenAISettings() if service is openai else gemini.GeminiSettings()
    with pytest.raises(ProviderError) as caught:
        service.parse(Reply(status, {"content-type": kind}, body, NOW), settings)
    return caught.value


@pytest.mark.parametrize("service", [openai, gemini])
@pytest.mark.parametrize(
    ("status", "answer", "kind", "words"),
    [
        (
            200,
            {"error": {"type": "invalid_request_error", "code": None, "message": NESTED}},
            Unsuited,
            "size is wrong",
        ),
        (200, {"error": "invalid size: 1536x864"}, Unsuited, "invalid size: 1536x864"),
        (200, {"code": 400, "msg": "size not supported", "data": None}, Unsuited, "size not supported"),
        (200, {"errors": [{"message": "invalid size"}]}, Unsuited, "invalid size"),
        (201, {"error": "invalid size"}, Unsuited, "invalid size"),
        (200, {"success": False, "message": "size not supported"}, Unsuited, "size not supported"),
        (200, {"status": "failed", "error": {"message": "bad size"}, "task_id": "t1"}, Unsuited, "bad size"),
        (200, {"base_resp": {"status_code": 2013, "status_msg": "invalid params"}}, Unsuited, "invalid params"),
        (400, {"code": 400, "message": "Insufficient credits. Top up."}, KeySpent, "credit"),
        (403, {"error": {"code": "insufficient_user_quota", "message": "no"}}, KeySpent, "credit"),
        (428, {"code": "REQUEST_NOT_ELIGIBLE", "message": "not eligible for credits"}, KeySpent, "credit"),
        (502, {"error": {"message": f"upstream: {json.dumps({'code': 'insufficient_balance'})}"}}, KeySpent, "credit"),
        (200, {"success": False, "message": "Insufficient balance"}, KeySpent, "credit"),
        (429, {"error": {"code": 429, "message": "Your prepayment credits are depleted."}}, KeySpent, "credit"),
        (
            503,
            {"error": {"code": "model_not_found", "message": "No available channel"}},
            Misconfigured,
            "not available",
        ),
        (410, {"error": {"code": "model_retired", "message": "gone"}}, Misconfigured, "not available"),
        (410, {"error": {"code": 410, "message": "This model was shut down."}}, Misconfigured, "not available"),
        (200, {"error": {"message": "The system is overloaded, try again"}}, Unavailable, "overloaded"),
        (200, {"code": 429, "message": "slow"}, Limited, "slow down"),
        (200, {"error": {"type": "authentication_error", "message": "no"}}, KeyRefused, "refused"),
    ],
)
def test_code_and_words_count_before_the_status(
    service: Any, status: int, answer: Any, kind: type[ProviderError], words: str
) -> None:
    found = error(service, status, answer)
    assert (type(found), found.charged) == (kind, False) and words in str(found)


@pytest.mark.parametrize("service", [openai, gemini])
@pytest.mark.parametrize("status", [200, 201, 401, 403])
def test_a_page_under_a_status_of_the_service_is_of_something_in_between(service: Any, status: int) -> None:
    found = error(service, status, PAGE, "text/html")
    assert (type(found), found.charged) == (Misconfigured, False) and "in between" in str(found)


@pytest.mark.parametrize("service", [openai, gemini])
@pytest.mark.parametrize(
    ("status", "unknown"), [(500, True), (502, True), (504, True), (520, True), (524, True), (503, False), (521, False)]
)
@pytest.mark.parametrize("answer", [PAGE, {"error": {"message": "late"}}, b""])
def test_a_gateway_that_gave_up_leaves_open_whether_the_image_was_made(
    service: Any, status: int, unknown: bool, answer: Any
) -> None:
    found = error(service, status, answer, "text/html" if answer == PAGE else "application/json")
    assert (type(found), found.charged) == (Unavailable, None if unknown else False)


@pytest.mark.parametrize("service", [openai, gemini])
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"data": [{"task_id": "t1"}]}),
        (200, {"data": {"task_id": "t1"}}),
        (200, {"object": "generation.task", "id": "t1"}),
        (202, {"id": "t1"}),
        (200, {"name": "operations/abc", "done": False}),
        (200, {"name": "models/x/operations/abc"}),
        (200, {"code": 200, "message": "success", "data": {"taskId": "t1"}}),
        (200, {"request_id": "r", "status": "IN_QUEUE", "status_url": "https://queue.example/r/status"}),
        (201, {"id": "p", "status": "starting", "urls": {"get": "https://api.example/p"}}),
        (200, {"output": {"task_id": "t1", "task_status": "PENDING"}}),
    ],
)
def test_a_task_id_ends_the_run_and_may_have_been_charged(service: Any, status: int, answer: Any) -> None:
    found = error(service, status, answer)
    assert (type(found), found.charged) == (Misconfigured, None) and "answers with a task id" in str(found)


@pytest.mark.parametrize(
    "answer", [{"data": []}, {"id": "x", "object": "chat.completion", "choices": []}, {"data": {}}]
)
def test_an_answer_with_nothing_in_it_is_no_task(answer: Any) -> None:
    assert type(error(openai, 200, answer)) is NoImage


@pytest.mark.parametrize("service", [openai, gemini])
def test_a_format_that_is_not_read_is_paid_for_and_named(service: Any) -> None:
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
    found = error(service, 200, heic, "image/heic")
    assert (type(found), found.charged) == (UnusableImage, True) and "HEIC, which is not read here" in str(found)


def test_refusals_of_one_kind_are_alike_whatever_words_they_quote() -> None:
    one, other = (error(openai, 400, {"error": {"message": f"bad request {n}"}}) for n in (1, 2))
    assert str(one) != str(other) and one.alike == other.alike


def test_a_safety_filter_is_found_in_a_nested_text() -> None:
    nested = json.dumps({"error": {"code": "moderation_blocked"}})
    assert type(error(openai, 400, {"message": f"upstream said {nested}"})) is Rejected


def test_a_proxy_says_how_long_to_wait_in_its_own_spelling() -> None:
    found = error(openai, 429, {"error": {"message": "No deployments available. Try again in 5 seconds."}})
    assert isinstance(found, Limited) and found.retry_after == 5.0


def test_an_exhausted_quota_is_found_behind_a_proxy_at_openai_and_is_a_passing_limit_at_google() -> None:
    told = {"error": {"code": "throttling_error", "message": "You exceeded your current quota, please check your plan"}}
    assert type(error(openai, 429, told)) is KeySpent
    assert type(error(gemini, 429, told)) is Limited
