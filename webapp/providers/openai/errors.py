"""Errors of the OpenAI API and of the servers that speak like it: whose fault each is, in plain words.

The status alone says too little: a 429 is a moment's pause or an account without credit, a 400 may be about the safety
of the prompt, the model or the key. And only OpenAI writes errors as OpenAI does: others send a text, or the list of
FastAPI.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from webapp.errors import KeyRefused, KeySpent, Limited, Misconfigured, ProviderError, Rejected, Unavailable
from webapp.outbound.reply import Reply, bounded, failure

BLOCKED = re.compile(r"moderation_blocked|content[_ ]policy|safety_violation|safety system", re.IGNORECASE)
SPENT = re.compile(
    r"insufficient_quota|credit_balance|billing_hard_limit|billing_not_active|(?:spend|usage)[_ ]limit"
    r"|budget[_ ](?:has been )?exceeded",
    re.IGNORECASE,
)
NO_MODEL = re.compile(
    r"model_not_found|(?:invalid|unknown|no such) model"
    r"|model\b.{0,120}(?:not exist|not found|not available|deprecated|retired)",
    re.IGNORECASE | re.DOTALL,
)
NO_KEY = re.compile(r"no_db_connection|invalid_api_key|incorrect api key", re.IGNORECASE)

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


@dataclass(frozen=True, slots=True)
class OpenAIError:
    """One error as the server wrote it; what it did not say is ""."""

    status: int
    message: str
    code: str = ""
    kind: str = ""
    param: str = ""

    @property
    def about(self) -> str:
        """Everything there is to search for words."""
        return f"{self.code} {self.kind} {self.message}"


def error_of(reply: Reply, data: Any, model: str, who: str) -> ProviderError | None:
    """The error an answer stands for, or ``None`` when it is a success by its status and body.

    ``who`` is what the server is called on the page.
    """
    trouble = read_trouble(data, reply.status)
    if reply.status == 200 and trouble is None:
        return None
    if trouble is None:
        return failure(reply, who)
    raw, status = reply.quote(trouble.about), trouble.status
    if BLOCKED.search(trouble.about):
        return Rejected(PROMPT_REFUSED, raw)
    if status == 402 or (status < 500 and SPENT.search(trouble.about)):
        return KeySpent("This key’s account has no credit left. Top it up, or use another key.", raw)
    if status in (400, 401, 403) and NO_KEY.search(trouble.about):
        return KeyRefused(f"{who} refused this key. Check it, or use another one.", raw)
    if status in (400, 403, 404) and NO_MODEL.search(trouble.about):
        name = f"The model {model}" if model else "A model of its own choice"
        return Misconfigured(f"{name} is not available. Choose another one in Project Setup.", raw)
    if status in (401, 403):
        return KeyRefused(_key_sentence(trouble, who), raw)
    if status == 429 or (status >= 500 and "slow_down" in trouble.about):
        return Limited(f"{who} asks to slow down.", raw, retry_after=_asked_wait(trouble, reply))
    if status == 409 or status >= 500:
        busy = status == 503 or "overloaded" in trouble.about
        sentence = f"{who} is overloaded at the moment." if busy else f"{who} has trouble at the moment."
        return Unavailable(sentence, raw, retry_after=reply.wait)
    if status in (400, 422) and trouble.param in ABOUT_SETTINGS:
        what = ABOUT_SETTINGS[trouble.param]
        return Misconfigured(f"{who} does not take this {what}. Choose another one in Project Setup.", raw)
    return failure(replace(reply, status=status), who, raw)


def read_trouble(data: Any, status: int) -> OpenAIError | None:
    """The error in a body: an object, a text, or FastAPI's ``detail``; ``None`` when there is none of them."""
    if not isinstance(data, dict):
        return None
    error, detail = data.get("error"), data.get("detail")
    if not error and status == 200:
        return None
    if isinstance(error, dict):
        code, kind = str(error.get("code") or ""), str(error.get("type") or "")
        if status == 200:  # an error under a good status: believe the body
            status = int(code) if re.fullmatch(r"[45]\d\d", code) else 500
        code = "" if code.isdigit() else code  # some repeat the status there
        return OpenAIError(status, str(error.get("message") or "")[:4000], code, kind, str(error.get("param") or ""))
    status = 500 if status == 200 else status
    if isinstance(error, str):
        return OpenAIError(status, error[:4000])
    if isinstance(detail, str):
        return OpenAIError(status, detail[:4000])
    if isinstance(detail, list):
        return _validation(status, detail)
    return None


def names_model(data: Any, status: int) -> bool:
    """Whether an error is about the model, not about the address."""
    trouble = read_trouble(data, status)
    return trouble is not None and bool(NO_MODEL.search(trouble.about))


def _validation(status: int, detail: list[Any]) -> OpenAIError:
    """FastAPI's list of what does not fit; the first names the parameter."""
    entries = [entry for entry in detail if isinstance(entry, dict)]
    places = [[str(step) for step in entry["loc"]] for entry in entries if isinstance(entry.get("loc"), list)]
    text = "; ".join(f"{'.'.join(map(str, _steps(entry)))}: {entry.get('msg', '')}" for entry in entries)
    return OpenAIError(status, text[:4000], param=places[0][-1] if places and places[0] else "")


def _steps(entry: dict[str, Any]) -> list[Any]:
    steps = entry.get("loc")
    return steps if isinstance(steps, list) else []


def _key_sentence(trouble: OpenAIError, who: str) -> str:
    found = (sentence for words, sentence in KEY_TROUBLE if re.search(words, trouble.about, re.IGNORECASE))
    return next(found, f"{who} refused this key. Check it, or use another one.")


def _asked_wait(trouble: OpenAIError, reply: Reply) -> float | None:
    """How long to wait: by the headers made for it, else by the words, else by when the limit of requests is reset."""
    milliseconds = span(f"{reply.headers.get('retry-after-ms', '')}ms")
    if milliseconds is not None:
        return milliseconds
    if reply.wait is not None:
        return reply.wait
    said = re.search(r"try again in ((?:\d+(?:\.\d+)?(?:ms|s|m|h))+)", trouble.message)
    if said:
        return span(said[1])
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
