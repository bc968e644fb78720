"""Errors of services and relays, in whatever clothes they come: read first, judged second. Pure.

The status alone says too little. A relay answers 200 with an error, puts the real error as JSON into a text, or sends a
page of something in between; so code and words are looked for in the whole body before the status decides.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from webapp.core.media_types import is_page
from webapp.errors import KeyRefused, KeySpent, Limited, Misconfigured, ProviderError, Rejected, Unavailable
from webapp.outbound.reply import Reply, failure, outcome_unknown

LONGEST = 4_000
DEEPEST = 6
QUOTED = 200
"""Characters of a service's words that a sentence quotes."""

SPENT = re.compile(
    r"insufficient[_ ](?:\w+[_ ])?(?:quota|balance|credits?|funds)|(?:no|not enough|out of) credits?\b"
    r"|(?:credits?|balance) (?:\w+ ){0,3}(?:depleted|exhausted|used up|too low|insufficient|not enough)"
    r"|prepay|not[_ ]eligible(?:[_ ]for[_ ][\w ]{0,40}credits?)?\b.{0,80}credit|REQUEST_NOT_ELIGIBLE"
    r"|余额不足|额度不足|额度已用尽|欠费",
    re.IGNORECASE,
)
NO_MODEL = re.compile(
    r"model_not_found|model_retired|model_(?:deprecated|gone|removed)|(?:invalid|unknown|no such) model"
    r"|no available channel for model"
    r"|model\b.{0,120}(?:not exist|not found|not available|deprecated|retired|no longer)",
    re.IGNORECASE | re.DOTALL,
)
NO_MODEL_AT_ALL = re.compile(r"model_not_found|model_retired|no available channel for model", re.IGNORECASE)
"""Words that are about the model even where the status is about the server."""

STATUS_BY_WORDS = (
    (re.compile(r"rate.?limit|too many requests|slow.?down|RESOURCE_EXHAUSTED|throttl", re.I), 429),
    (re.compile(r"invalid_api_key|incorrect api key|authentication_error|unauthorized|UNAUTHENTICATED", re.I), 401),
    (re.compile(r"permission_error|forbidden|PERMISSION_DENIED", re.I), 403),
    (re.compile(r"overloaded|\bbusy\b|UNAVAILABLE|try again|capacity", re.I), 503),
    (re.compile(r"server_error|internal|timed? ?out|upstream|INTERNAL|DEADLINE", re.I), 500),
)
"""The status an error under a good one stands for, first match first; else `REFUSED`: the request is at fault."""

REFUSED = 400
PENDING = {"pending", "queued", "in_queue", "processing", "in_progress", "submitted", "starting", "running", "created"}
FAILED = {"failed", "failure", "error", "fail"}
GOOD_CODES = {"", "0", "1", "success", "ok", "none", "200", "201", "202", "00000", "10000"}
TASK_NAMES = ("task_id", "taskId", "job_id", "jobId", "operation_id", "operationId", "prediction_id", "generation_id")
IN_BETWEEN = "Something in between answers, not {who}: a web page came. Check the address, the network and any proxy."
TASK = "{who} answers with a task id instead of an image. Tasks are not awaited here: choose another model or server."


@dataclass(frozen=True, slots=True)
class ServiceError:
    """One error as a service wrote it; what it did not say is "". ``about`` is everything there is to search."""

    status: int
    message: str = ""
    code: str = ""
    kind: str = ""
    param: str = ""
    about: str = ""
    details: tuple[Mapping[str, Any], ...] = ()
    inside: bool = False
    """Whether it came under a good status."""

    def detail(self, kind: str) -> Iterable[Mapping[str, Any]]:
        """The details of one of Google's types, by the last part of its name."""
        return (entry for entry in self.details if str(entry.get("@type", "")).endswith(f".{kind}"))


def _never(trouble: ServiceError) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ServiceWords:
    """What one service says and what the page says of it; data for `error_of`.

    ``no_model`` is the sentence for a model that is gone; ``key_trouble`` what the words of a refused key mean, first
    match first; ``about_key`` whether an error is about the key although its status is not; ``limit`` what an error of
    429 means; ``settings`` parameters that are the same for every frame.
    """

    who: str
    no_model: str
    spent_sentence: str
    key_refused: str
    limit: Callable[[ServiceError, Reply, str], ProviderError]
    about_key: Callable[[ServiceError], bool] = _never
    key_trouble: tuple[tuple[str, str], ...] = ()
    blocked: re.Pattern[str] | None = None
    blocked_sentence: str = ""
    spent: re.Pattern[str] | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    missing_is_model: bool = False
    """Whether 404 with an error of the service is about the model."""


def error_of(reply: Reply, documents: list[Any], words: ServiceWords) -> ProviderError | None:
    """The error an answer stands for; None when it is a success by its status and body."""
    good = 200 <= reply.status < 300
    if not documents and (good or reply.status in (401, 403)):
        page = is_page(reply.body[:512], reply.headers.get("content-type", ""))
        if page:
            return Misconfigured(IN_BETWEEN.format(who=words.who), reply.quote())
    trouble = read_error(reply, documents)
    if trouble is None:
        return None if good else failure(reply, words.who)
    return _meaning(trouble, reply, words)


def _meaning(trouble: ServiceError, reply: Reply, words: ServiceWords) -> ProviderError:
    status, about, who = trouble.status, trouble.about, words.who
    raw = reply.quote(about)
    if words.blocked and words.blocked.search(about):
        return Rejected(words.blocked_sentence, raw)
    if status == 402 or SPENT.search(about) or (status < 500 and words.spent and words.spent.search(about)):
        return KeySpent(words.spent_sentence, raw)
    if status in (400, 401, 403) and words.about_key(trouble):
        return KeyRefused(_key_sentence(trouble, words), raw)
    if _names_model(trouble) or (status == 404 and words.missing_is_model):
        return Misconfigured(words.no_model, raw)
    if status in (401, 403):
        return KeyRefused(_key_sentence(trouble, words), raw)
    if status == 429 or (status >= 500 and "slow_down" in about):
        return words.limit(trouble, reply, raw)
    if status == 409 or status >= 500:
        busy = status == 503 or "overloaded" in about.lower()
        sentence = f"{who} is overloaded at the moment." if busy else f"{who} has trouble at the moment."
        charged = None if outcome_unknown(status) else False
        return Unavailable(sentence, raw, retry_after=reply.wait, charged=charged)
    if status in (400, 422) and trouble.param in words.settings:
        what = words.settings[trouble.param]
        return Misconfigured(f"{who} does not take this {what}. Choose another one in Project Setup.", raw)
    return failure(replace(reply, status=status), who, raw, _quoted(reply, trouble.message))


def names_model(reply: Reply, documents: list[Any]) -> bool:
    """Whether an error is about the model, not about the address."""
    trouble = read_error(reply, documents)
    return trouble is not None and bool(NO_MODEL.search(trouble.about))


def _names_model(trouble: ServiceError) -> bool:
    if trouble.status >= 500 or trouble.status == 429:
        return bool(NO_MODEL_AT_ALL.search(trouble.about))
    return trouble.status == 410 or (trouble.status in (400, 403, 404) and bool(NO_MODEL.search(trouble.about)))


def _key_sentence(trouble: ServiceError, words: ServiceWords) -> str:
    found = (sentence for pattern, sentence in words.key_trouble if re.search(pattern, trouble.about, re.IGNORECASE))
    return next(found, words.key_refused)


def _quoted(reply: Reply, message: str) -> str:
    text = reply.quote(message) if message else ""
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"


def read_error(reply: Reply, documents: list[Any]) -> ServiceError | None:
    """The error in a body: an object, a text, a list, JSON in a text; None when there is none of them."""
    good = 200 <= reply.status < 300
    for document in reversed(documents):
        value = document[0] if isinstance(document, list) and document else document
        if isinstance(value, dict) and (not good or _reports_error(value)):
            found = _read(value, reply.status, good)
            if found is not None:
                return found
    return None


def _reports_error(data: Mapping[str, Any]) -> bool:
    """Whether a body under a good status says that it is an error."""
    if data.get("error") or data.get("errors") or data.get("success") is False or data.get("ok") is False:
        return True
    if str(data.get("status", "")).lower() in FAILED or str(data.get("state", "")).lower() in FAILED:
        return True
    base = data.get("base_resp")
    if isinstance(base, dict) and base.get("status_code") not in (0, None):
        return True
    code = data.get("code")
    has_words = any(
        isinstance(data.get(name), str) and data[name] for name in ("message", "msg", "detail", "error_msg")
    )
    if isinstance(code, int | str) and not isinstance(code, bool) and str(code).lower() not in GOOD_CODES:
        return has_words or bool(re.fullmatch(r"[45]\d\d", str(code)))
    return bool(data.get("detail")) and not data.get("data")


def _read(data: Mapping[str, Any], status: int, good: bool) -> ServiceError | None:
    layers = list(_layers(data, 0))
    if not layers:
        return None
    texts = [text for layer in layers for text in _facts(layer)]
    about = " ".join(dict.fromkeys(texts))[:LONGEST]
    if good:
        status = _status_inside(layers, about)
    codes = [_text(layer.get("code")) for layer in layers]
    details = [entry for layer in layers for entry in _objects(layer.get("details"))]
    return ServiceError(
        status,
        _first(_message(layer) for layer in reversed(layers)) or about,
        _first(code for code in reversed(codes) if not code.isdigit()),
        _first(_text(layer.get("type")) or _text(layer.get("status")) for layer in reversed(layers)),
        _first(_param(layer) for layer in layers),
        about,
        tuple(details),
        good,
    )


def _layers(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The objects an error is made of, the outer ones first."""
    if depth > DEEPEST:
        return
    if isinstance(value, list):
        for entry in value[:20]:
            yield from _layers(entry, depth + 1)
    elif isinstance(value, str):
        if value.strip():
            yield {"message": value[:LONGEST]}
            yield from _nested(value, depth)
    elif isinstance(value, dict):
        words = {name: value[name] for name in _FACTS if value.get(name) not in (None, "", [], {})}
        if words:
            yield value
        for name in ("message", "msg", "error_msg", "errorMessage"):
            if isinstance(value.get(name), str):
                yield from _nested(value[name], depth)
            elif isinstance(value.get(name), dict):
                yield from _layers(value[name], depth + 1)
        for name in ("error", "errors", "detail", "base_resp", "data"):
            if name != "data" or isinstance(value.get(name), dict):
                yield from _layers(value.get(name), depth + 1)


def _nested(text: str, depth: int) -> Iterator[Mapping[str, Any]]:
    """The error that stands as JSON in a text."""
    start = text.find("{")
    if start < 0 or depth > DEEPEST:
        return
    try:
        value, _ = json.JSONDecoder().raw_decode(text[start : start + 100_000])
    except (ValueError, RecursionError):
        return
    yield from _layers(value, depth + 1)


_FACTS = (
    *("message", "msg", "error_msg", "errorMessage", "status_msg", "code", "type", "status", "param", "loc", "reason"),
    *("details", "status_code"),
)


def _facts(layer: Mapping[str, Any]) -> Iterator[str]:
    loc = layer.get("loc")
    if isinstance(loc, list):
        yield f"{'.'.join(map(str, loc[:10]))}:"
    for name in ("code", "status", "type", "reason", "status_msg", "message", "msg", "error_msg", "errorMessage"):
        text = _text(layer.get(name))
        if text and not text.isdigit():
            yield text
    for entry in _objects(layer.get("details")):
        yield _text(entry.get("reason"))


def _status_inside(layers: list[Mapping[str, Any]], about: str) -> int:
    """The status that an error under a good one stands for."""
    for layer in reversed(layers):
        for name in ("code", "status", "status_code"):
            if re.fullmatch(r"[45]\d\d", _text(layer.get(name))):
                return int(layer[name])
    if "invalid_request" in about or "INVALID_ARGUMENT" in about:
        return REFUSED
    return next((status for words, status in STATUS_BY_WORDS if words.search(about)), REFUSED)


def _message(layer: Mapping[str, Any]) -> str:
    text = _first(_text(layer.get(name)) for name in ("message", "msg", "error_msg", "errorMessage", "status_msg"))
    return "" if text.lstrip().startswith("{") else text


def _param(layer: Mapping[str, Any]) -> str:
    loc = layer.get("loc")
    return str(loc[-1]) if isinstance(loc, list) and loc else _text(layer.get("param"))


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return str(value)[:LONGEST] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


def is_task(reply: Reply, documents: list[Any]) -> bool:
    """Whether an answer without an image names a task that is to be asked for later."""
    return any(_names_task(document, 0) for document in documents) or (reply.status == 202 and bool(documents))


def _names_task(value: Any, depth: int) -> bool:
    if depth > DEEPEST:
        return False
    if isinstance(value, list):
        return any(_names_task(entry, depth + 1) for entry in value[:20])
    if not isinstance(value, dict):
        return False
    if any(_text(value.get(name)) for name in TASK_NAMES) or _text(value.get("object")).endswith(".task"):
        return True
    if re.search(r"(?:^|/)operations/", _text(value.get("name"))):
        return True
    if any(_text(value.get(name)).lower() in PENDING for name in ("status", "state", "task_status")):
        return True
    return any(_names_task(entry, depth + 1) for name, entry in value.items() if name not in ("usage", "choices"))


def task_error(reply: Reply, who: str) -> ProviderError:
    """The error that an answer with a task id is: every further one would be the same, and may have been charged."""
    return Misconfigured(TASK.format(who=who), reply.quote(), charged=None)


def limited(who: str, raw: str, wait: float | None) -> Limited:
    """The error of a limit that passes."""
    return Limited(f"{who} asks to slow down.", raw, retry_after=wait)
