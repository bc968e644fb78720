"""Webhook messages: when one is sent, its body, its signatures, and which addresses may be used.

The body holds no prompt and no key. A receiver tells a forged message by the signature, a repeated one by its id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from webapp.core.money.run_summary import RunSummary
from webapp.core.run.states import (
    ENDED,
    OPEN,
    Cause,
    Move,
    Run,
)
from webapp.core.settings.addresses import is_near, is_off_limits
from webapp.core.settings.parse import PRINTABLE
from webapp.core.v1_progress import iso_time
from webapp.errors import BadInput

SETTING = "webhook"
"""The name in a project's settings."""

SIGNATURE = "X-Step8-Signature"
SECRET_PREFIX = "whsec_"
PAUSES = (2.0, 15.0, 60.0)
"""Seconds before the second, third and fourth try."""

LONGEST = 2000
_IDENT = re.compile(r"[0-9a-f]{16}")


class WebhookEvent(StrEnum):
    """Kinds of messages."""

    ENDED = "run.ended"
    NEEDS_YOU = "run.needs-you"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where a project's messages go: an address, and the id under which this installation keeps the secret for it."""

    url: str
    secret: str

    @property
    def host(self) -> str:
        """The address's host: all of it that lists and logs may show, since the rest may be a secret."""
        return urlsplit(self.url).netloc

    @property
    def near(self) -> bool:
        """Whether the user named a host of this machine or of a private network."""
        return is_near(urlsplit(self.url).hostname or "")

    def to_json(self) -> dict[str, str]:
        """As plain JSON values."""
        return {"url": self.url, "secret": self.secret}

    @classmethod
    def from_json(cls, data: object) -> Webhook | None:
        """Read what `to_json` wrote; ``None`` for anything else, since a settings file may come from anywhere."""
        if not isinstance(data, dict) or not isinstance(data.get("url"), str):
            return None
        secret = data.get("secret")
        if not isinstance(secret, str) or not _IDENT.fullmatch(secret):
            return None
        try:
            return cls(checked(data["url"]), secret)
        except BadInput:
            return None


def checked(url: str) -> str:
    """The address, when messages may be sent there: https, or plain http inside a network of the user's own.

    Raises:
        BadInput: it is none, or must not be used.
    """
    reason = "Webhook: write an address such as https://hooks.example.com/step8, without a user name."
    url = url.strip()
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise BadInput(reason) from None
    if not host or parts.username is not None or parts.fragment or len(url) > LONGEST or not PRINTABLE.match(url):
        raise BadInput(reason)
    if is_off_limits(host):
        raise BadInput("Webhook: link-local and metadata addresses cannot be used. Write the server's own address.")
    if parts.scheme != "https" and not (parts.scheme == "http" and is_near(host)):
        raise BadInput("Webhook: the address must begin with https://. Plain http is for networks of your own.")
    return url


def event_of(what: Move, before: Run, after: Run) -> WebhookEvent | None:
    """The message a change of a run leads to: its end, or a pause that needs a person; ``None`` for none."""
    if before.state in OPEN and after.state in ENDED:
        return WebhookEvent.ENDED
    waits = what is Move.HOLD and after.pausing and not before.pausing
    return WebhookEvent.NEEDS_YOU if waits and after.cause != Cause.USER else None


def body(event: WebhookEvent, delivery: str, at: float, project: str, run: Run, summary: RunSummary) -> bytes:
    """The message, as its exact bytes."""
    known = summary.to_json()
    message: dict[str, Any] = {
        "event": event.value,
        "delivery": delivery,
        "at": iso_time(at),
        "project": project,
        "run": {
            "id": run.id,
            "state": run.state.value,
            "reason": run.reason,
            "cause": run.cause,
            "provider": run.provider,
            "model": run.model,
            "startedAt": iso_time(run.started_at) if run.started_at > 0 else None,
            "workedSeconds": round(run.worked_until(at), 1),
            "made": known["made"],
            "failed": summary.failures,
            "failedBy": dict(summary.failed),
            "refused": known["refused"],
            "calls": known["calls"],
            "retries": known["retries"],
            "chargedMicroDollars": known["charged"],
            "possiblyChargedMicroDollars": known["possibly"],
        },
    }
    return json.dumps(message, separators=(",", ":")).encode()


def headers(event: WebhookEvent, delivery: str, at: float, secret: str, message: bytes) -> Mapping[str, str]:
    """The headers of one try, sent at ``at`` (epoch seconds): type, id and two signatures under the secret.

    `SIGNATURE` is ``sha256=`` and the HMAC of the message's bytes in hexadecimal, under the secret's text. The
    ``webhook-`` headers also sign id and time, so that a message cannot be sent again later by somebody else.

    Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
    """
    moment = str(int(at))
    signed = hmac.digest(_standard_key(secret), f"{delivery}.{moment}.".encode() + message, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "X-Step8-Event": event.value,
        "X-Step8-Delivery": delivery,
        SIGNATURE: f"sha256={hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()}",
        "webhook-id": delivery,
        "webhook-timestamp": moment,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
    }


def new_secret(random: bytes) -> str:
    """A secret of these random bytes (24 to 64), as Standard Webhooks writes it."""
    return f"{SECRET_PREFIX}{base64.b64encode(random).decode()}"


def _standard_key(secret: str) -> bytes:
    """The key's bytes. A secret of 1.3.1 has no prefix; receivers' libraries decode that too."""
    text = secret.removeprefix(SECRET_PREFIX)
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return text.encode()


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """Outcome of one try. ``again``: another try may help."""

    ok: bool
    sentence: str
    again: bool = False


def answer(status: int) -> WebhookAnswer:
    """What an HTTP status means for a message."""
    if 200 <= status < 300:
        return WebhookAnswer(True, f"Answered {status}.")
    if 300 <= status < 400:
        return WebhookAnswer(
            False, f"Answered {status}: it leads elsewhere, which is not followed. Use the final address."
        )
    again = status >= 500 or status in (408, 425, 429)
    return WebhookAnswer(False, f"Answered {status}.", again)
