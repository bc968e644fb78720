"""Errors of the OpenAI API and of the servers that speak like it: whose fault each is, in plain words.

The status alone says too little: a 429 is a moment's pause or an account without credit, a 400 may be about the safety
of the prompt, the model or the key. And only OpenAI writes errors as OpenAI does: others send a text, or the list of
FastAPI.
"""

from __future__ import annotations

import re
from typing import Any

from webapp.outbound.reply import Reply, bounded
from webapp.outbound.service_errors import ServiceError, ServiceWords, limited, read_error

BLOCKED = re.compile(r"moderation_blocked|content[_ ]policy|safety_violation|safety system", re.IGNORECASE)
SPENT = re.compile(
    r"insufficient_quota|credit_balance|billing_hard_limit|billing_not_active|(?:spend|usage)[_ ]limit"
    r"|budget[_ ](?:has been )?exceeded|exceeded your current quota",
    re.IGNORECASE,
)
NO_KEY = re.compile(r"no_db_connection|invalid_api_key|incorrect api key", re.IGNORECASE)

KEY_MISSING = re.compile(r"(?:no|missing|without) api[_ -]?key|api[_ -]?key (?:\w+ ){0,3}required", re.IGNORECASE)

PROMPT_REFUSED = "The provider’s safety filter refused this prompt or its picture. Reword it and try again."

KEY_TROUBLE = (
    (r"verif", "The organisation of this key must be verified before it may make images. Verify it at OpenAI."),
    (r"country|region|territory", "OpenAI does not offer this in your country."),
    (r"ip_not|\bIP\b", "This key is not allowed from here. Loosen its restrictions, or use another."),
    (r"member|organization", "This key’s organisation does not allow it. Check the organisation, or use another key."),
)
"""What the words of a refusal of the key mean, first match first."""

ABOUT_SETTINGS = {"size": "image size", "quality": "quality", "model": "model"}
"""Parameters that are the same for every frame, so that every frame would fail."""


def words_of(model: str, who: str) -> ServiceWords:
    """What errors of a server mean for images of this model; ``who`` is what the server is called on the page."""
    name = f"The model {model}" if model else "A model of its own choice"
    return ServiceWords(
        who=who,
        no_model=f"{name} is not available. Choose another one in Project Setup.",
        spent_sentence="This key’s account has no credit left. Top it up, or use another key.",
        key_refused=f"{who} refused this key. Check it, or use another one.",
        key_trouble=KEY_TROUBLE,
        about_key=lambda trouble: bool(NO_KEY.search(trouble.about)),
        limit=lambda trouble, reply, raw: limited(who, raw, _asked_wait(trouble, reply)),
        blocked=BLOCKED,
        blocked_sentence=PROMPT_REFUSED,
        spent=SPENT,
        settings=ABOUT_SETTINGS,
    )


def wants_key(reply: Reply, values: list[Any]) -> bool:
    """Whether an answer to a call without a key is about the key that is missing."""
    if reply.status in (401, 403):
        return True
    trouble = read_error(reply, values)
    return trouble is not None and reply.status >= 400 and bool(KEY_MISSING.search(trouble.about))


def _asked_wait(trouble: ServiceError, reply: Reply) -> float | None:
    """How long to wait: by the headers made for it, else by the words, else by when the limit of requests is reset."""
    milliseconds = span(f"{reply.headers.get('retry-after-ms', '')}ms")
    if milliseconds is not None:
        return milliseconds
    if reply.wait is not None:
        return reply.wait
    said = re.search(r"try again in ((?:\d+(?:\.\d+)?(?:ms|s|m|h)(?![a-z]))+)", trouble.about, re.IGNORECASE)
    if said:
        return span(said[1].lower())
    spelled = re.search(
        r"(?:try again|retry) (?:in|after) (\d{1,6}(?:\.\d+)?) (second|minute|hour)", trouble.about, re.IGNORECASE
    )
    if spelled:
        return bounded(float(spelled[1]) * {"second": 1.0, "minute": 60.0, "hour": 3600.0}[spelled[2].lower()])
    if reply.headers.get("x-ratelimit-remaining-requests", "").strip() == "0":
        return span(reply.headers.get("x-ratelimit-reset-requests", ""))
    return None


def span(text: str) -> float | None:
    """A time such as ``12ms``, ``1s`` or ``6m0s`` in seconds, within reason; ``None`` for anything else."""
    text = text.strip()
    if not re.fullmatch(r"(?:\d{1,9}(?:\.\d{1,9})?(?:ms|s|m|h))+", text):
        return None
    units = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
    parts = re.findall(r"(\d+(?:\.\d+)?)(ms|s|m|h)", text)
    return bounded(round(sum(float(number) * units[unit] for number, unit in parts), 6))
