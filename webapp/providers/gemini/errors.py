"""Errors of Google's APIs (``google.rpc.Status`` in JSON): whose fault each is, in plain words.

The status alone says too little: a 429 is a moment's pause, a day's wait or a key that will never do, and a 400 may
be about the key. What tells them apart stands in ``details``, or only in the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from webapp.errors import KeyRefused, KeySpent, Limited, Misconfigured, ProviderError, Unavailable, Unsuited
from webapp.outbound.reply import (
    LONGEST_WAIT,
    Reply,
    duration,
    failure,
)

WHO = "Google Gemini"
A_MINUTE = 60.0
SPENDING_WINDOW = 600.0
"""Seconds: limits on spending count over ten minutes."""

KEY_TROUBLE = (
    (r"reported as leaked", "Google blocked this key because it became public. Make a new one in AI Studio."),
    (r"expired", "This key has expired. Make a new one in AI Studio."),
    (
        r"has not been used|is disabled|SERVICE_DISABLED",
        "The Gemini API is switched off for this key’s project. Switch it on.",
    ),
    (
        r"referer|IP address|API_KEY_\w+_BLOCKED",
        "This key is not allowed from here. Loosen its restrictions, or use another.",
    ),
    (
        r"location is not supported",
        "Google does not offer this with this key in your country. Set up billing for its project.",
    ),
    (r"billing", "This key’s project has no billing account. Set one up, or use another key."),
)
"""What the words of a refusal of the key mean, first match first."""

KEY_REFUSED = "This key was refused. Check it in AI Studio, or use another one."
ABOUT_THE_KEY = re.compile(r"API_KEY_INVALID|API key (?:not valid|expired|not found)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GoogleError:
    """One error as Google wrote it. ``about`` is everything there is to search for words."""

    status: int
    name: str
    message: str
    about: str
    details: tuple[dict[str, Any], ...]

    def detail(self, kind: str) -> Iterable[dict[str, Any]]:
        """The details of one type, by the last part of its name."""
        return (entry for entry in self.details if str(entry.get("@type", "")).endswith(f".{kind}"))


def error_of(reply: Reply, data: Any, model: str) -> ProviderError | None:
    """The error an answer stands for, or ``None`` when it is a success by its status and body."""
    trouble = read_trouble(data, reply.status)
    if reply.status == 200 and trouble is None:
        return None
    if trouble is None:
        return failure(reply, WHO)
    raw = reply.quote(f"{trouble.name} {trouble.message}")
    if trouble.status == 429:
        return _limit(trouble, reply, model, raw)
    if trouble.status == 402:
        return KeySpent("The prepaid credit of this key’s account is used up. Top it up, or use another key.", raw)
    if trouble.status in (401, 403) or (trouble.status == 400 and _about_the_key(trouble)):
        return KeyRefused(_sentence(trouble), raw)
    if trouble.status == 404:
        return Misconfigured(f"The model {model} is not available. Choose another one in Project Setup.", raw)
    if trouble.status >= 500:
        return Unavailable(_overload(trouble), raw, retry_after=_asked_wait(trouble, reply))
    if trouble.status == 400:
        return Unsuited(f"{WHO} did not accept this request. Check the model, the image size and the prompt.", raw)
    return failure(Reply(trouble.status, reply.headers, reply.body, reply.at, reply.secrets), WHO, raw)


def read_trouble(data: Any, status: int) -> GoogleError | None:
    """The ``error`` object of a body, which may be wrapped in a list of one; ``None`` when there is none."""
    if isinstance(data, list) and data:
        data = data[0]
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return None
    code = error.get("code")
    if status == 200:  # an error under a good status: believe the body
        status = code if isinstance(code, int) and 400 <= code < 600 else 500
    details = error.get("details")
    entries = tuple(entry for entry in details if isinstance(entry, dict)) if isinstance(details, list) else ()
    name, message = str(error.get("status", "")), str(error.get("message", ""))[:4000]
    reasons = " ".join(str(entry.get("reason", "")) for entry in entries)
    return GoogleError(status, name, message, f"{name} {reasons} {message}", entries)


def _about_the_key(trouble: GoogleError) -> bool:
    return trouble.name == "FAILED_PRECONDITION" or bool(ABOUT_THE_KEY.search(trouble.about))


def _sentence(trouble: GoogleError) -> str:
    found = (sentence for words, sentence in KEY_TROUBLE if re.search(words, trouble.about, re.IGNORECASE))
    return next(found, KEY_REFUSED)


def _overload(trouble: GoogleError) -> str:
    busy = trouble.status == 503 or "overloaded" in trouble.message.lower()
    return f"{WHO} is overloaded at the moment." if busy else f"{WHO} has trouble at the moment."


def _limit(trouble: GoogleError, reply: Reply, model: str, raw: str) -> ProviderError:
    """Which limit a 429 is about: one that passes, and when, or one that never will."""
    quotas = [entry for failure in trouble.detail("QuotaFailure") for entry in _list(failure.get("violations"))]
    ids = " ".join(str(quota.get("quotaId", "")) for quota in quotas)
    wait = _asked_wait(trouble, reply)
    if any(str(quota.get("quotaValue", "")) == "0" for quota in quotas) or re.search(r"limit:\s*0\b", trouble.message):
        return KeySpent(f"This key’s project has no paid quota for the model {model}. Set up billing for it.", raw)
    if "PerDay" in ids:
        sentence = "The daily limit of this key’s project is used up. It starts anew at midnight Pacific time."
        return Limited(sentence, raw, retry_after=until_midnight(reply.at))
    if "PerMinute" in ids:
        sentence = "The limit of requests a minute is reached for this key’s project."
        return Limited(sentence, raw, retry_after=A_MINUTE if wait is None else wait)
    if re.search(r"\bspend", trouble.message, re.IGNORECASE):
        sentence = "The spending limit of this key’s project is reached for the moment."
        return Limited(sentence, raw, retry_after=SPENDING_WINDOW if wait is None else wait)
    return Limited(f"{WHO} asks to slow down.", raw, retry_after=wait)


def _list(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _asked_wait(trouble: GoogleError, reply: Reply) -> float | None:
    """The longer of what ``RetryInfo`` and the ``Retry-After`` header ask for."""
    waits = [duration(entry.get("retryDelay")) for entry in trouble.detail("RetryInfo")]
    return max((wait for wait in (*waits, reply.wait) if wait is not None), default=None)


def until_midnight(now: float) -> float:
    """Seconds from ``now`` (epoch) to the next midnight in Los Angeles, when daily limits start anew."""
    try:
        zone: Any = ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:  # a system without time zones: late in summer by an hour, never early
        zone = timezone(timedelta(hours=-8))
    here = datetime.fromtimestamp(now, zone)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return min(LONGEST_WAIT, (midnight.astimezone(UTC) - here.astimezone(UTC)).total_seconds())
