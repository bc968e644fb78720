"""Tells an address of the user's that a run ended or needs a person, and tries again where that may help.

The process that changed the run tells it, so it is told once over all processes. A message whose process ends before
it arrived is not told again: nobody can know whether it did.

Takes a message to an address of the user's: once, without a key, and only where that address may lead.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from webapp.core.activity_line import ActivityLine
from webapp.core.money.ledger import Ledger
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
from webapp.disk.logs.webhook_log import Delivery
from webapp.errors import BadInput, LostAnswer, NoImage, NotSent, ProviderError, Step8Error
from webapp.outbound.client import Http

log = logging.getLogger("step8.webhooks")

AGAIN = "{sentence} Trying again in {pause:.0f} s."
_WORDS = {
    WebhookEvent.ENDED: "the run ended",
    WebhookEvent.NEEDS_YOU: "the run needs you",
    WebhookEvent.TEST: "this is a test",
}


class Desk(Protocol):
    """A project's settings, its books and its run."""

    def settings(self, folder: Any) -> dict[str, Any]: ...

    def change_settings(self, folder: Any, change: Callable[[ProjectSettings], ProjectSettings]) -> ProjectSettings: ...

    def ledger(self, folder: Any) -> Ledger: ...

    def run(self, folder: Any) -> Run: ...


class Secrets(Protocol):
    """Where secrets are kept."""

    def make(self) -> tuple[str, str]: ...

    def find(self, ident: str) -> str | None: ...

    def forget(self, ident: str) -> None: ...


class Deliveries(Protocol):
    """Where it is kept what came of messages."""

    def note(self, folder: Any, delivery: Delivery) -> None: ...

    def newest(self, folder: Any) -> list[Delivery]: ...


class Sender(Protocol):
    """Takes a message to its address, once."""

    def deliver(self, hook: Webhook, message: bytes, headers: Mapping[str, str]) -> WebhookAnswer: ...


class Webhooks:
    """The webhooks of all projects. ``clock`` gives seconds since the epoch."""

    def __init__(
        self,
        desk: Desk,
        kept: Secrets,
        deliveries: Deliveries,
        courier: Sender,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._desk = desk
        self._secrets = kept
        self._deliveries = deliveries
        self._courier = courier
        self._clock = clock
        self._sleep = sleep

    def hook(self, folder: Any) -> Webhook | None:
        """Where the project's news go; ``None``: nowhere."""
        return Webhook.from_json(ProjectSettings.from_json(self._desk.settings(folder)).extra.get(SETTING))

    def ready(self, hook: Webhook) -> bool:
        """Whether this installation has the secret. One that came with a project from elsewhere is never used."""
        return self._secrets.find(hook.secret) is not None

    def newest(self, folder: Any) -> list[Delivery]:
        """What came of the newest messages, newest first."""
        return self._deliveries.newest(folder)

    def change(self, folder: Any, url: str) -> str:
        """Send the project's news there from now on; "" is nowhere. Answers the new secret if one was made, else "".

        Raises:
            BadInput: this is no address that may be used.
        """
        before = self.hook(folder)
        if not url.strip():
            self._keep(folder, None)
            if before:
                self._secrets.forget(before.secret)
            return ""
        url = checked(url)
        if before and self.ready(before):
            self._keep(folder, Webhook(url, before.secret))
            return ""
        ident, secret = self._secrets.make()
        self._keep(folder, Webhook(url, ident))
        return secret

    def renew(self, folder: Any) -> str:
        """Sign with another secret from now on, which is answered and not shown again.

        Raises:
            BadInput: there is no address yet.
        """
        before = self._there(folder)
        ident, secret = self._secrets.make()
        self._keep(folder, replace(before, secret=ident))
        self._secrets.forget(before.secret)
        return secret

    def test(self, folder: Any) -> Delivery:
        """Send a message once that says it is a test, and wait for what comes of it.

        Raises:
            BadInput: there is no address yet, or no secret for it.
        """
        hook = self._there(folder)
        if not self.ready(hook):
            raise BadInput("The webhook's secret is not on this machine. Save the address again to make a new one.")
        return self._tell(folder, hook, WebhookEvent.TEST, self._desk.run(folder), ())

    def told(self, folder: Any, what: Move, before: Run, after: Run) -> list[dict[str, Any]]:
        """A run changed: tell it if it is of interest, trying for a minute or two. Answers lines of activity on it.
        Never raises."""
        event = event_of(what, before, after)
        if event is None:
            return []
        try:
            hook = self.hook(folder)
            if hook is None or not self.ready(hook):
                return []
            return [self._line(event, after, self._tell(folder, hook, event, after, PAUSES))]
        except Step8Error as error:
            log.warning("project=%s run=%s the webhook was not told: %s", folder.name, after.id, error)
            return []

    def _tell(self, folder: Any, hook: Webhook, event: WebhookEvent, run: Run, pauses: Sequence[float]) -> Delivery:
        """Send a message, again after each pause while that may help. Answers how it ended."""
        ident = secrets.token_hex(8)
        message = body(event, ident, self._clock(), folder.name, run, summary(self._desk.ledger(folder), run))
        secret = self._secrets.find(hook.secret) or ""
        for tries, pause in enumerate((*pauses, None), 1):
            came = self._courier.deliver(hook, message, headers(event, ident, self._clock(), secret, message))
            done = came.ok or not came.again or pause is None
            sentence = came.sentence if done else AGAIN.format(sentence=came.sentence, pause=pause)
            delivery = Delivery(ident, self._clock(), event.value, hook.host, tries, came.ok, done, sentence)
            self._deliveries.note(folder, delivery)
            if done or pause is None:
                break
            self._sleep(pause)
        return delivery

    def _line(self, event: WebhookEvent, run: Run, delivery: Delivery) -> dict[str, Any]:
        told = f"{delivery.host} was told that {_WORDS[event]}."
        not_told = f"{delivery.host} could not be told that {_WORDS[event]}. {delivery.outcome}"
        kind, sentence = ("info", told) if delivery.ok else ("warn", not_told)
        return ActivityLine(self._clock(), kind, sentence, run.id).to_json()

    def _there(self, folder: Any) -> Webhook:
        hook = self.hook(folder)
        if hook is None:
            raise BadInput("No webhook is set. Write its address first.")
        return hook

    def _keep(self, folder: Any, hook: Webhook | None) -> None:
        def change(settings: ProjectSettings) -> ProjectSettings:
            others = {name: value for name, value in settings.extra.items() if name != SETTING}
            return replace(settings, extra={**others, SETTING: hook.to_json()} if hook else others)

        self._desk.change_settings(folder, change)


TIMEOUT = 10.0
LARGEST = 65_536
"""Bytes of an answer that are taken; nothing of it is used but its status."""


class WebhookSender:
    """Delivers messages over ``http``, which should take answers of at most `LARGEST` bytes."""

    def __init__(self, http: Http, timeout: float = TIMEOUT) -> None:
        self._http = http
        self._timeout = timeout

    def deliver(self, hook: Webhook, message: bytes, headers: Mapping[str, str]) -> WebhookAnswer:
        """Send the message once and tell what came of it; nothing is raised.

        Unless the user named a host of a private network, none is reached there, whatever the name leads to. No
        redirect is followed.
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
