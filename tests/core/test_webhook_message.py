"""What leaves the house: to which addresses, signed how, and when."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import pytest
import standardwebhooks

from webapp.core.money.run_summary import RunSummary
from webapp.core.run.states import (
    Cause,
    Move,
    Run,
    RunState,
)
from webapp.core.webhook_message import (
    SIGNATURE,
    Webhook,
    WebhookEvent,
    answer,
    body,
    checked,
    event_of,
    headers,
    new_secret,
)
from webapp.errors import BadInput

RUN = Run("r1", RunState.DONE, 5, "gemini", "nano", started_at=100.0, changed_at=200.0, worked=60.0)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/step8?key=1",
        "https://example.com:8443/",
        "http://127.0.0.1:9000/hook",
        "http://localhost/hook",
        "http://192.168.1.20/hook",
        "http://nas.local/hook",
    ],
)
def test_https_anywhere_and_http_at_home_may_be_used(url: str) -> None:
    assert checked(f" {url} ") == url


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "http://169.254.169.254/latest",
        "https://169.254.169.254/latest",
        "https://[::ffff:169.254.169.254]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "https://[fd00:ec2::254]/",
        "http://0xa9fea9fe/",
        "https://2852039166/",
        "http://0251.0376.0251.0376/",
        "http://0x08080808/",
        "http://8.8.8.8/",
        "ftp://example.com/",
        "https://user:pass@example.com/",
        "https://",
        "example.com/hook",
        "https://example.com/a b",
        "https://example.com:port/",
        "javascript:alert(1)",
        f"https://example.com/{'a' * 3000}",
        "https://example.com/\nX-Evil: 1",
        "file:///etc/passwd",
    ],
)
def test_any_other_address_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(BadInput, match=r"^Webhook: .*\.$"):
        checked(url)


def test_a_message_is_signed_over_its_very_bytes_and_holds_no_words_of_the_story() -> None:
    message = body(
        WebhookEvent.ENDED, "d1", 300.0, "film", RUN, RunSummary("r1", made=3, charged=117_000, calls=4, retries=1)
    )
    signed = headers(WebhookEvent.ENDED, "d1", 300.0, "secret", message)
    assert signed[SIGNATURE] == f"sha256={hmac.new(b'secret', message, hashlib.sha256).hexdigest()}"
    told = json.loads(message)
    assert (told["event"], told["project"], told["delivery"]) == ("run.ended", "film", "d1")
    assert told["run"]["state"] == "done" and told["run"]["made"] == 3 and told["run"]["workedSeconds"] == 60.0
    assert "prompt" not in message.decode() and "key" not in message.decode()


@pytest.mark.parametrize("secret", [new_secret(bytes(range(32))), "b7c1f0d2" * 8])
def test_a_library_for_standard_webhooks_accepts_old_and_new_secrets(secret: str) -> None:
    library, message = standardwebhooks.Webhook(secret), b'{"event":"test"}'
    signed = dict(headers(WebhookEvent.TEST, "d1", time.time(), secret, message))
    assert library.verify(message, signed) == {"event": "test"}
    later = {**signed, "webhook-timestamp": str(int(signed["webhook-timestamp"]) + 1)}
    others = [(message, later), (message, {**signed, "webhook-id": "d2"}), (message + b" ", signed)]
    for forged, along in others:
        with pytest.raises(standardwebhooks.WebhookVerificationError):
            library.verify(forged, along)


def test_a_secret_is_written_as_the_standard_says() -> None:
    secret = new_secret(bytes(32))
    assert secret.startswith("whsec_") and base64.b64decode(secret.removeprefix("whsec_")) == bytes(32)


@pytest.mark.parametrize(
    ("what", "before", "after", "event"),
    [
        (Move.FINISHED, RunState.GENERATING, RunState.DONE, WebhookEvent.ENDED),
        (Move.FELL_SHORT, RunState.GENERATING, RunState.PARTIAL, WebhookEvent.ENDED),
        (Move.BROKE, RunState.STARTING, RunState.FAILED, WebhookEvent.ENDED),
        (Move.LOST, RunState.GENERATING, RunState.INTERRUPTED, WebhookEvent.ENDED),
        (Move.STOP, RunState.PAUSED, RunState.STOPPED, WebhookEvent.ENDED),
        (Move.START, RunState.DONE, RunState.STARTING, None),
        (Move.TAKEN, RunState.STARTING, RunState.GENERATING, None),
    ],
)
def test_every_end_is_told_and_nothing_on_the_way(
    what: Move, before: RunState, after: RunState, event: WebhookEvent | None
) -> None:
    assert event_of(what, Run("r", before), Run("r", after)) is event


def test_a_pause_is_told_once_and_only_if_it_needs_somebody() -> None:
    going, paused = Run("r", RunState.GENERATING), Run("r", RunState.PAUSING, cause=Cause.BUDGET)
    assert event_of(Move.HOLD, going, paused) is WebhookEvent.NEEDS_YOU
    assert event_of(Move.DRAINED, paused, Run("r", RunState.PAUSED, cause=Cause.BUDGET)) is None
    assert event_of(Move.PAUSE, going, Run("r", RunState.PAUSING, cause=Cause.USER)) is None


def test_settings_from_elsewhere_are_read_only_if_they_are_what_we_wrote() -> None:
    hook = Webhook("https://example.com/hook", "0123456789abcdef")
    assert Webhook.from_json(hook.to_json()) == hook
    bad: list[object] = [None, [], {"url": 1}, {"url": hook.url, "secret": "../x"}]
    for each in (*bad, {"url": "ftp://x", "secret": hook.secret}):
        assert Webhook.from_json(each) is None


STATUSES = {200: (True, False), 204: (True, False), 302: (False, False), 404: (False, False)} | dict.fromkeys(
    (408, 429, 500, 503), (False, True)
)


@pytest.mark.parametrize(("status", "meaning"), STATUSES.items())
def test_what_a_status_means(status: int, meaning: tuple[bool, bool]) -> None:
    found = answer(status)
    assert (found.ok, found.again) == meaning
