"""Webhooks: messages to an address of the user's that a run ended or needs a person, repeated where that may help.

The process that changed the run sends the message, so it is sent once over all processes. A message whose process ends
before it arrived is not sent again: nobody can know whether it did.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from webapp.core.activity_line import ActivityLine
from webapp.core.money.run_summary import summary
from webapp.core.run.states import Move, Run
from webapp.core.settings.project_settings import ProjectSettings
from webapp.core.webhook_message import (
    PAUSES,
    SETTING,
    Webhook,
    WebhookAnswer,
    WebhookEvent,
    answer,
    body,
    checked,
    event_of,
    headers,
)
from webapp.disk.files.folder import Folder
from webapp.disk.logs.webhook_log import Delivery, WebhookLog
from webapp.disk.webhook_secrets import WebhookSecrets
from webapp.errors import BadInput, LostAnswer, NoImage, NotSent, ProviderError, Step8Error
from webapp.generation.ports import ProjectFiles
from webapp.outbound.client import Http

log = logging.getLogger("step8.webhooks")

AGAIN = "{sentence} Trying again in {pause:.0f} s."
_WORDS = {
    WebhookEvent.ENDED: "the run ended",
    WebhookEvent.NEEDS_YOU: "the run needs you",
    WebhookEvent.TEST: "this is a test",
}


class Webhooks:
    """Sets the webhook of each project, and sends it the messages. ``clock`` gives seconds since the epoch."""

    def __init__(
        self,
        files: ProjectFiles,
        secret_store: WebhookSecrets,
        deliveries: WebhookLog,
        sender: WebhookSender,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._files = files
        self._secrets = secret_store
        self._deliveries = deliveries
        self._sender = sender
        self._clock = clock
        self._sleep = sleep

    def hook(self, folder: Folder) -> Webhook | None:
        """The project's webhook; None: there is none."""
        return Webhook.from_json(ProjectSettings.from_json(self._files.records.settings(folder)).extra.get(SETTING))

    def ready(self, hook: Webhook) -> bool:
        """Whether the webhook's secret is here. One that came with a project has none, and is not used."""
        return self._secrets.find(hook.secret) is not None

    def newest(self, folder: Folder) -> list[Delivery]:
        """The newest deliveries, newest first."""
        return self._deliveries.newest(folder)

    def change(self, folder: Folder, url: str) -> str:
        """Set the address of the project's webhook; "": turn it off. Returns the new secret if one was made, else "".

        Raises:
            BadInput: this is no address that may be used; nothing changed.
        """
        before = self.hook(folder)
        if not url.strip():
            self._store(folder, None)
            if before:
                self._secrets.forget(before.secret)
            return ""
        url = checked(url)
        if before and self.ready(before):
            self._store(folder, Webhook(url, before.secret))
            return ""
        ident, secret = self._secrets.make()
        self._store(folder, Webhook(url, ident))
        return secret

    def renew(self, folder: Folder) -> str:
        """Sign with another secret from now on. Returns it; it cannot be shown again.

        Raises:
            BadInput: there is no address yet.
        """
        before = self._webhook(folder)
        ident, secret = self._secrets.make()
        self._store(folder, replace(before, secret=ident))
        self._secrets.forget(before.secret)
        return secret

    def test(self, folder: Folder) -> Delivery:
        """Send a test message, once, and wait for its delivery.

        Raises:
            BadInput: there is no address yet, or no secret for it.
        """
        hook = self._webhook(folder)
        if not self.ready(hook):
            raise BadInput("The webhook's secret is not on this machine. Save the address again to make a new one.")
        return self._send(folder, hook, WebhookEvent.TEST, self._files.records.run(folder), ())

    def notify(self, folder: Folder, what: Move, before: Run, after: Run) -> list[dict[str, Any]]:
        """Send a message if the run ended or needs a person, trying for a minute or two. Returns lines of activity.

        Not: raises.
        """
        event = event_of(what, before, after)
        if event is None:
            return []
        try:
            hook = self.hook(folder)
            if hook is None or not self.ready(hook):
                return []
            return [self._line(event, after, self._send(folder, hook, event, after, PAUSES))]
        except Step8Error as error:
            log.warning("project=%s run=%s the webhook was not sent: %s", folder.name, after.id, error)
            return []

    def _send(self, folder: Folder, hook: Webhook, event: WebhookEvent, run: Run, pauses: Sequence[float]) -> Delivery:
        """Send a message, again after each pause while that may help. Returns the last delivery."""
        ident = secrets.token_hex(8)
        message = body(event, ident, self._clock(), folder.name, run, summary(self._files.ledger(folder), run))
        secret = self._secrets.find(hook.secret) or ""
        for tries, pause in enumerate((*pauses, None), 1):
            result = self._sender.deliver(hook, message, headers(event, ident, self._clock(), secret, message))
            done = result.ok or not result.again or pause is None
            sentence = result.sentence if done else AGAIN.format(sentence=result.sentence, pause=pause)
            delivery = Delivery(ident, self._clock(), event.value, hook.host, tries, result.ok, done, sentence)
            self._deliveries.note(folder, delivery)
            if done or pause is None:
                break
            self._sleep(pause)
        return delivery

    def _line(self, event: WebhookEvent, run: Run, delivery: Delivery) -> dict[str, Any]:
        arrived = f"{delivery.host} was told that {_WORDS[event]}."
        failed = f"{delivery.host} could not be told that {_WORDS[event]}. {delivery.outcome}"
        kind, sentence = ("info", arrived) if delivery.ok else ("warn", failed)
        return ActivityLine(self._clock(), kind, sentence, run.id).to_json()

    def _webhook(self, folder: Folder) -> Webhook:
        hook = self.hook(folder)
        if hook is None:
            raise BadInput("No webhook is set. Write its address first.")
        return hook

    def _store(self, folder: Folder, hook: Webhook | None) -> None:
        def change(settings: ProjectSettings) -> ProjectSettings:
            others = {name: value for name, value in settings.extra.items() if name != SETTING}
            return replace(settings, extra={**others, SETTING: hook.to_json()} if hook else others)

        self._files.records.change_settings(folder, change)


TIMEOUT = 10.0
LARGEST = 65_536
"""Bytes of an answer that are read; only its status is used."""


class WebhookSender:
    """Sends a message to a webhook once, without a key. ``http`` should read answers of at most `LARGEST` bytes."""

    def __init__(self, http: Http, timeout: float = TIMEOUT) -> None:
        self._http = http
        self._timeout = timeout

    def deliver(self, hook: Webhook, message: bytes, headers: Mapping[str, str]) -> WebhookAnswer:
        """Send the message once. Returns what came of it; raises nothing.

        Not: reaches a private network, unless the user named a host of one; follows a redirect.
        """
        try:
            reply = self._http.send(hook.url, message, headers, self._timeout, outside=not hook.near)
        except NoImage:
            return WebhookAnswer(True, "Answered, with more than was read.")
        except (NotSent, LostAnswer) as error:
            return WebhookAnswer(False, str(error), again=True)
        except ProviderError as error:
            return WebhookAnswer(False, str(error))
        return answer(reply.status)
