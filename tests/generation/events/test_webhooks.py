"""An address of the user's is told of ends and needs, signed, again where that helps, and only once."""

from __future__ import annotations

import hashlib
import hmac
import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
import standardwebhooks

from tests.harness.webhook_receiver import WebhookReceiver
from webapp.core.run.states import Move, Run, RunState
from webapp.core.webhook_message import PAUSES, SIGNATURE, Webhook
from webapp.disk.files.folder import Folder
from webapp.disk.logs.webhook_log import WebhookLog
from webapp.disk.project_store import ProjectStore
from webapp.disk.webhook_secrets import WebhookSecrets
from webapp.errors import BadInput
from webapp.generation.events.webhooks import LARGEST, Webhooks, WebhookSender
from webapp.outbound.client import Http

GOING = Run("r1", RunState.GENERATING, 4, "sketch", "sketch-1", started_at=100.0)
DONE = Run("r1", RunState.DONE, 5, "sketch", "sketch-1", started_at=100.0, changed_at=160.0, worked=60.0)


class WebhookBench:
    """Webhooks over real files and a real network; pauses are noted and not waited for."""

    def __init__(self, home: Path) -> None:
        path, self.data = home / "film", home / "var"
        path.mkdir()
        self.data.mkdir()
        self.folder = Folder("film", path)
        self.slept: list[float] = []
        self.store = ProjectStore()
        courier = WebhookSender(Http(largest=LARGEST), timeout=60.0)
        self.hooks = Webhooks(
            self.store, WebhookSecrets(self.data), WebhookLog(), courier, lambda: 200.0, self.slept.append
        )

    def end(self) -> list[str]:
        """The run ends. What the activity says of the webhook."""
        lines = self.hooks.notify(self.folder, Move.FINISHED, GOING, DONE)
        return [f"{line['kind']}: {line['text']}" for line in lines]


@pytest.fixture
def office(tmp_path: Path) -> WebhookBench:
    return WebhookBench(tmp_path)


def host(receiver: WebhookReceiver) -> str:
    return receiver.url.split("/")[2]


def test_the_end_of_a_run_is_told_once_with_a_signature_that_fits(office: WebhookBench) -> None:
    with WebhookReceiver() as receiver:
        secret = office.hooks.change(office.folder, receiver.url)
        assert office.end() == [f"info: {host(receiver)} was told that the run ended."]
        ((path, headers, message),) = receiver.got
    assert path == "/hook" and headers["X-Step8-Event"] == "run.ended"
    assert headers[SIGNATURE] == f"sha256={hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()}"
    at = datetime.fromtimestamp(200, UTC)
    assert headers["webhook-signature"] == standardwebhooks.Webhook(secret).sign(
        headers["webhook-id"], at, message.decode()
    )
    assert headers["webhook-id"] == headers["X-Step8-Delivery"] and headers["webhook-timestamp"] == "200"
    assert json.loads(message)["run"]["state"] == "done"
    (kept,) = office.hooks.newest(office.folder)
    assert kept.ok and kept.done and kept.tries == 1 and kept.host == host(receiver)


def test_a_server_in_trouble_is_asked_again_with_the_same_message(office: WebhookBench) -> None:
    with WebhookReceiver(503, 429) as receiver:
        office.hooks.change(office.folder, receiver.url)
        office.end()
        assert len(receiver.got) == 3 and len({message for _, _, message in receiver.got}) == 1
    assert office.slept == list(PAUSES[:2])
    (kept,) = office.hooks.newest(office.folder)
    assert kept.ok and kept.tries == 3


def test_it_is_given_up_after_a_few_tries_and_that_is_told(office: WebhookBench) -> None:
    with WebhookReceiver(*[500] * 9) as receiver:
        office.hooks.change(office.folder, receiver.url)
        assert office.end() == [f"warn: {host(receiver)} could not be told that the run ended. Answered 500."]
        assert len(receiver.got) == 1 + len(PAUSES)


@pytest.mark.parametrize("status", [302, 404, 410])
def test_a_refusal_and_a_redirect_are_not_tried_again_nor_followed(office: WebhookBench, status: int) -> None:
    with WebhookReceiver(status) as receiver:
        office.hooks.change(office.folder, receiver.url)
        assert office.end()[0].startswith("warn:")
        assert [path for path, _, _ in receiver.got] == ["/hook"]


def test_nobody_who_listens_is_told_in_a_sentence(office: WebhookBench) -> None:
    with WebhookReceiver() as receiver:
        url = receiver.url
    office.hooks.change(office.folder, url)
    assert "Nothing answers at 127.0.0.1" in office.end()[0]


def test_a_name_of_the_open_net_that_leads_into_this_machine_is_refused(office: WebhookBench) -> None:
    with WebhookReceiver() as receiver:
        outside = Webhook(receiver.url.replace("http:", "https:").replace("127.0.0.1", "localtest.example"), "0" * 16)
        assert not outside.near
        here = Webhook(receiver.url, "0" * 16)
        courier = WebhookSender(Http(largest=LARGEST), timeout=60.0)
        pretended = type("Pretended", (), {"url": here.url, "near": False})()
        found = courier.deliver(pretended, b"{}", {"Content-Type": "application/json"})
        assert not found.ok and "private network" in found.sentence and receiver.got == []


def test_without_an_address_nothing_is_sent_and_a_secret_is_made_once(office: WebhookBench) -> None:
    assert office.end() == [] and office.hooks.hook(office.folder) is None
    first = office.hooks.change(office.folder, "https://example.com/hook")
    assert first.startswith("whsec_") and office.hooks.change(office.folder, "https://example.com/other") == ""
    assert office.hooks.renew(office.folder) not in ("", first)
    assert office.hooks.change(office.folder, " ") == "" and office.hooks.hook(office.folder) is None
    assert list((office.data / "webhooks").iterdir()) == []


def test_the_secret_is_for_its_owner_alone_and_not_in_the_project(office: WebhookBench) -> None:
    secret = office.hooks.change(office.folder, "https://example.com/hook")
    (file,) = (office.data / "webhooks").iterdir()
    assert file.read_text() == secret and stat.S_IMODE(file.stat().st_mode) == 0o600
    for inside in (path for path in office.folder.path.rglob("*") if path.is_file()):
        assert secret not in inside.read_text()


def test_an_address_that_came_with_a_project_from_elsewhere_is_never_used(office: WebhookBench) -> None:
    with WebhookReceiver() as receiver:
        office.hooks.change(office.folder, receiver.url)
        for file in (office.data / "webhooks").iterdir():
            file.unlink()
        assert office.end() == [] and receiver.got == []
        with pytest.raises(BadInput, match="not on this machine"):
            office.hooks.test(office.folder)
        assert office.hooks.change(office.folder, receiver.url) != ""


def test_a_test_is_sent_once_whatever_comes_of_it(office: WebhookBench) -> None:
    with WebhookReceiver(500, 200) as receiver:
        office.hooks.change(office.folder, receiver.url)
        assert not office.hooks.test(office.folder).ok
        assert office.hooks.test(office.folder).ok
        assert [headers["X-Step8-Event"] for _, headers, _ in receiver.got] == ["test", "test"]
    assert office.slept == []


def test_only_the_newest_messages_are_kept(office: WebhookBench) -> None:
    with WebhookReceiver() as receiver:
        office.hooks.change(office.folder, receiver.url)
        for _ in range(25):
            office.end()
    assert len(office.hooks.newest(office.folder)) == 20
    (office.folder.state / "deliveries.json").write_text('{"deliveries": [1, {"ok": "yes"}]}')
    assert [kept.ok for kept in office.hooks.newest(office.folder)] == [False]
