"""Answers of services: waits within reason, texts without secrets, and what a bad status means.

`failure` holds for any service; what is special to one is in its provider's folder.
"""

from __future__ import annotations

import email.utils
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from webapp.core.image_request import Secret
from webapp.errors import KeyRefused, Limited, Misconfigured, NoImage, ProviderError, Unavailable, Unsuited

LONGEST_WAIT = 86_400.0
"""The longest wait a server may ask for in seconds. What is sensible beyond that is the run's business."""
DETAIL = 500
"""Characters of a provider's own text that are kept."""

_SECRETS = (
    re.compile(r"(?i)\b(authorization)[\"']?\s*[:=]\s*[^\r\n,;}]+"),
    re.compile(r"(?i)\b(bearer)\s+[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?i)\b((?:x-goog-api-|x-|api[_-]?)?key|(?:access_)?token)[\"']?\s*[:=]\s*[\"']?[^\s&\"',;}]+"),
    re.compile(r"\b()(?:AIza|sk-|r8_)[A-Za-z0-9_-]{8,}"),
)
_READ = 20_000
_SHORTEST_PART = 8
"""Services quote the first part of a key; parts at least this long are struck out too."""


def scrub(text: str, secrets: Iterable[Secret] = ()) -> str:
    """The text on one line, without the secrets given or anything that looks like one, cut to `DETAIL` characters."""
    text = text[:_READ]
    for secret in secrets:
        for form in {secret.reveal(), quote(secret.reveal(), safe="")}:
            for end in range(len(form), min(_SHORTEST_PART, len(form)) - 1, -1):
                text = text.replace(form[:end], "•••") if end else text
    for pattern in _SECRETS:
        text = pattern.sub(r"\1 •••", text)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= DETAIL else text[: DETAIL - 1] + "…"


def retry_after(value: str | None, now: float) -> float | None:
    """A ``Retry-After`` header in seconds from ``now``, within 0 and `LONGEST_WAIT`; ``None`` when it says nothing."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return bounded(seconds)


def duration(text: object) -> float | None:
    """A protobuf duration such as ``"37s"`` or ``"1.5s"`` in seconds, bounded likewise; ``None`` for anything else."""
    match = re.fullmatch(r"(-?\d{1,12}(?:\.\d{1,9})?)s", text) if isinstance(text, str) else None
    return bounded(float(match[1])) if match else None


def bounded(seconds: float) -> float | None:
    """A wait that makes sense: not negative, not longer than `LONGEST_WAIT`, ``None`` for what is no number."""
    return None if seconds != seconds else min(LONGEST_WAIT, max(0.0, seconds))


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. Header names are in lower case, ``at`` is when it came (epoch), ``secrets`` went along."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    at: float
    secrets: tuple[Secret, ...] = field(default=(), repr=False)

    def json(self) -> Any:
        """The body as JSON, or ``None`` when it is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def quote(self, text: str = "") -> str:
        """The text, or the start of the body, safe to log: see `scrub`."""
        return scrub(text or self.body[:4000].decode("utf-8", "replace"), self.secrets)

    @property
    def wait(self) -> float | None:
        """The wait its ``Retry-After`` asks for."""
        return retry_after(self.headers.get("retry-after"), self.at)


def failure(reply: Reply, who: str, detail: str = "") -> ProviderError:
    """What a bad status means when the body says nothing more; ``who`` is the provider's name on the page."""
    text = reply.quote(detail)
    match reply.status:
        case 401 | 403:
            return KeyRefused(f"{who} refused this key. Check it, or use another one.", text)
        case 404 | 405 | 410:
            return Misconfigured(f"{who}’s address leads nowhere. Check the address in the settings.", text)
        case 408 | 425 | 499:
            return Unavailable(f"{who} gave up waiting. It may be overloaded.", text, retry_after=reply.wait)
        case 413:
            return Unsuited(
                f"The request is too large for {who}. Use a smaller reference picture or a shorter prompt.", text
            )
        case 429:
            return Limited(f"{who} asks to slow down.", text, retry_after=reply.wait)
        case status if 300 <= status < 400:
            return Misconfigured(f"{who}’s address leads somewhere else. Check the address in the settings.", text)
        case status if status >= 500:
            return Unavailable(f"{who} has trouble at the moment.", text, retry_after=reply.wait)
        case status if status >= 400:
            return Unsuited(f"{who} did not accept this request. Check the prompt, the model and the image size.", text)
        case _:
            return NoImage(f"{who} sent an answer without a picture.", text)
