"""What the provider double can answer, in words of its own, and Gemini's spelling of them.

An `Answer` says what the provider does with a call; a *wire* spells it for one API. A further API is a further `Wire`,
in ``tests/wires``; the words stay.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, ClassVar, Protocol

from PIL import Image


@dataclass(frozen=True)
class Answer:
    """``kind`` is what is said, ``more`` its details; ``how`` it is delivered, with ``every`` and ``size`` for some."""

    kind: str
    how: str = "whole"
    more: Mapping[str, Any] = field(default_factory=dict)
    every: float = 0.0
    size: int | None = None


def ok(picture: str = "png", **more: Any) -> Answer:
    """A picture: ``png``, ``jpeg`` or ``webp``. ``declared`` is the type it claims, ``prefix`` makes it a data URL."""
    return Answer("picture", more={"picture": picture, **more})


def drafted() -> Answer:
    """A draft as a thought and words first, then the picture."""
    return Answer("draft")


def words(text: str = "I would rather describe it.") -> Answer:
    """Words alone."""
    return Answer("words", more={"text": text})


def blocked_prompt(reason: str = "SAFETY") -> Answer:
    """The prompt is refused."""
    return Answer("blocked prompt", more={"reason": reason})


def blocked_output(reason: str = "IMAGE_SAFETY") -> Answer:
    """The picture is held back, or there is none, for this reason."""
    return Answer("blocked output", more={"reason": reason})


def empty() -> Answer:
    """A good status with nothing in it."""
    return Answer("empty")


def limited(
    quota: str = "", retry: str | None = None, header: str | None = None, message: str = "", value: str = "9"
) -> Answer:
    """429. ``quota`` is a quota id or "", ``retry`` a duration for RetryInfo, ``header`` a Retry-After."""
    return Answer("limit", more={"quota": quota, "retry": retry, "header": header, "message": message, "value": value})


def failing(
    status: int, name: str = "", message: str = "", reason: str = "", wrapped: bool = False, header: str = ""
) -> Answer:
    """An error of this status in the API's own form."""
    more = {"status": status, "name": name, "message": message, "reason": reason, "wrapped": wrapped, "header": header}
    return Answer("error", more=more)


def bad_key() -> Answer:
    """The key is wrong."""
    return failing(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.", "API_KEY_INVALID")


def page(status: int = 502) -> Answer:
    """A page of HTML."""
    return Answer("page", more={"status": status})


def body(data: bytes, status: int = 200) -> Answer:
    """Exactly these bytes."""
    return Answer("body", more={"data": data, "status": status})


def holding(data: bytes) -> Answer:
    """A well-formed answer whose picture is these bytes."""
    return Answer("holding", more={"data": data})


def broken_base64() -> Answer:
    """A well-formed answer whose picture is not base64."""
    return Answer("broken base64")


def cut(answer: Answer | None = None, *, length: bool = True) -> Answer:
    """Half of the answer, then the connection ends; without ``length`` nothing but that tells of the other half."""
    return replace(answer or ok(), how="cut" if length else "cut without length")


def drip(answer: Answer | None = None, every: float = 0.02, *, from_start: bool = False) -> Answer:
    """One byte at a time; with ``from_start`` the head of the answer too."""
    return replace(answer or ok(), how="drip head" if from_start else "drip", every=every)


def hang() -> Answer:
    """Nothing at all, until the double is released or closed."""
    return replace(ok(), how="hang")


def stall() -> Answer:
    """Half of the answer, then nothing more, until the double is released or closed."""
    return replace(ok(), how="stall")


def close_early() -> Answer:
    """The connection is reset at once: nothing was made."""
    return replace(ok(), how="close early")


def close_late() -> Answer:
    """The request was read and the picture made, then the connection ends without a word."""
    return replace(ok(), how="close late")


def too_large(size: int = 65 * 1024 * 1024, *, length: bool = True) -> Answer:
    """An answer of this many bytes; without ``length`` it does not say so first."""
    return Answer("body", "large" if length else "large without length", {"data": b"", "status": 200}, size=size)


def redirect(to: str) -> Answer:
    """A redirect."""
    return Answer("redirect", more={"to": to})


@dataclass(frozen=True)
class ImageQuestion:
    """A request as the double understood it. ``wrong`` is why a real service would refuse it, "" when it is fine."""

    key: str = ""
    prompt: str = ""
    model: str = ""
    seed: int | None = None
    aspect: str = ""
    size: str = ""
    reference: bytes = b""
    wrong: str = ""
    quality: str = ""
    job: str = ""


@dataclass(frozen=True)
class WireAnswer:
    """An answer in the bytes of an API, and what the call costs in micro-dollars."""

    status: int
    headers: dict[str, str]
    body: bytes
    charged: int = 0


class Wire(Protocol):
    """One API as the double speaks it."""

    def aside(self, method: str, path: str, headers: Mapping[str, str], data: bytes) -> WireAnswer | None:
        """The answer to a request that asks for no picture and stands in no ledger; ``None`` for one that does."""

    def read(self, path: str, headers: Mapping[str, str], data: bytes) -> ImageQuestion:
        """Understand a request, as strictly as the service does."""

    def spell(self, answer: Answer, asked: ImageQuestion) -> WireAnswer:
        """The answer in the API's words."""


@lru_cache(maxsize=512)
def picture(word: str, kind: str = "png", aspect: str = "16:9") -> bytes:
    """A small real picture, a different one for every word."""
    across, _, down = aspect.partition(":")
    size = (max(1, 180 * int(across) // int(down)), 180)
    colours = hashlib.sha256(word.encode()).digest()
    image = Image.frombytes("RGB", (2, 2), colours[:12]).resize(size)
    out = io.BytesIO()
    image.save(out, kind.upper())
    return out.getvalue()


class GeminiWire:
    """Google's ``generateContent`` as the documentation and the SDK describe it."""

    RATES: ClassVar = {"prompt": 1_500_000, "words": 7_500_000, "picture": 30_000_000}
    TOKENS = 1120
    THOUGHTS = 173

    def __init__(self, price: int | None) -> None:
        self._price = price
        self.bad_keys: set[str] = set()
        self.gone: set[str] = set()

    def aside(self, method: str, path: str, headers: Mapping[str, str], data: bytes) -> WireAnswer | None:
        """The description of a model: not of one that is ``gone``, and not for one of the ``bad_keys``."""
        if method != "GET":
            return None
        match = re.fullmatch(r"/(v1|v1beta)/models/([\w.-]+)", path)
        if match is None or match[2] in self.gone:
            return self._error(404, "NOT_FOUND", "models are not found for API version v1beta")
        if headers.get("x-goog-api-key", "") in {"", *self.bad_keys}:
            return self._error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
        body = json.dumps({"name": f"models/{match[2]}", "supportedGenerationMethods": ["generateContent"]})
        return WireAnswer(200, {"Content-Type": "application/json"}, body.encode())

    def read(self, path: str, headers: Mapping[str, str], data: bytes) -> ImageQuestion:
        """Understand a request, as strictly as the service does."""
        match = re.fullmatch(r"/(v1|v1beta)/models/([\w.-]+):generateContent", path)
        if match is None:
            return ImageQuestion(wrong="no such path")
        try:
            asked = self._content(headers.get("x-goog-api-key", ""), match[2], json.loads(data))
            asked.prompt.encode()
            return asked
        except (ValueError, KeyError, TypeError, IndexError) as error:
            return ImageQuestion(wrong=f"invalid request: {error!r}")

    def _content(self, key: str, model: str, asked: dict[str, Any]) -> ImageQuestion:
        parts, config = asked["contents"][0]["parts"], asked["generationConfig"]
        image = config.get("imageConfig", {})
        unknown = set(asked) - {"contents", "generationConfig", "safetySettings"}
        unknown |= set(config) - {"responseModalities", "imageConfig", "seed", "thinkingConfig"}
        unknown |= set(image) - {"aspectRatio", "imageSize"}
        seed = config.get("seed")
        if unknown or (seed is not None and not 0 <= seed < 2**31) or "IMAGE" not in config["responseModalities"]:
            return ImageQuestion(wrong=f"invalid fields: {sorted(unknown)}, seed {seed}")
        inline = [part["inlineData"] for part in parts if "inlineData" in part]
        return ImageQuestion(
            key=key,
            prompt=" ".join(part["text"] for part in parts if "text" in part),
            model=model,
            seed=seed,
            aspect=image.get("aspectRatio", "16:9"),
            size=image.get("imageSize", "1K"),
            reference=base64.b64decode(inline[0]["data"]) if inline else b"",
            wrong="" if key else "no key",
        )

    def spell(self, answer: Answer, asked: ImageQuestion) -> WireAnswer:
        """The answer in Google's words."""
        more = answer.more
        if asked.wrong:
            return self._error(404 if "path" in asked.wrong else 400, "INVALID_ARGUMENT", asked.wrong)
        match answer.kind:
            case "picture":
                data = base64.b64encode(self.picture(asked, more["picture"])).decode()
                mime = more.get("declared") or f"image/{more['picture']}"
                data = f"data:{mime};base64,{data}" if more.get("prefix") else data
                parts: list[dict[str, Any]] = [{more.get("spelling", "inlineData"): {"mimeType": mime, "data": data}}]
                return self._candidate(asked, parts, "STOP", self.TOKENS)
            case "draft":
                draft, final = (base64.b64encode(self.picture(asked, kind)).decode() for kind in ("jpeg", "png"))
                parts = [{"text": "Let me see.", "thought": True}]
                parts += [{"text": "Here it is."}, {"inlineData": {"mimeType": "image/png", "data": final}}]
                parts += [{"inlineData": {"mimeType": "image/jpeg", "data": draft}, "thought": True}]
                return self._candidate(asked, parts, "STOP", self.TOKENS)
            case "holding":
                parts = [{"inlineData": {"mimeType": "image/png", "data": base64.b64encode(more["data"]).decode()}}]
                return self._candidate(asked, parts, "STOP", self.TOKENS)
            case "broken base64":
                return self._candidate(
                    asked, [{"inlineData": {"mimeType": "image/png", "data": "iVBOR*w0="}}], "STOP", self.TOKENS
                )
            case "words":
                return self._candidate(asked, [{"text": more["text"]}], "STOP", 0)
            case "blocked output":
                return self._candidate(asked, None, more["reason"], 0)
            case "blocked prompt":
                return self._good({"promptFeedback": {"blockReason": more["reason"]}})
            case "empty":
                return self._good({})
            case "limit":
                return self._limit(**more)
            case "error":
                return self._error(**more)
            case "page":
                html = b"<!doctype html><title>Bad Gateway</title><h1>502</h1>"
                return WireAnswer(more["status"], {"Content-Type": "text/html"}, html)
            case "redirect":
                return WireAnswer(302, {"Location": more["to"]}, b"")
        return WireAnswer(more["status"], {"Content-Type": "application/json"}, more["data"])

    def picture(self, asked: ImageQuestion, kind: str) -> bytes:
        """The picture this request gets: the same for the same prompt and seed."""
        return picture(f"{asked.prompt} {asked.seed}", kind, asked.aspect)

    def _candidate(
        self, asked: ImageQuestion, parts: list[dict[str, Any]] | None, finish: str, tokens: int
    ) -> WireAnswer:
        candidate: dict[str, Any] = {"finishReason": finish, "index": 0}
        if parts is not None:
            candidate["content"] = {"role": "model", "parts": parts}
        if self._price is not None:
            return self._good({"candidates": [candidate]}, self._price if tokens else 0)
        prompt = max(1, len(asked.prompt) // 4)
        usage: dict[str, Any] = {
            "promptTokenCount": prompt,
            "thoughtsTokenCount": self.THOUGHTS,
            "candidatesTokenCount": tokens,
        }
        usage["totalTokenCount"] = prompt + self.THOUGHTS + tokens
        if tokens:
            usage["candidatesTokensDetails"] = [{"modality": "IMAGE", "tokenCount": tokens}]
        rates = self.RATES
        charged = -(
            -(prompt * rates["prompt"] + self.THOUGHTS * rates["words"] + tokens * rates["picture"]) // 1_000_000
        )
        data = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": asked.model, "responseId": "r1"}
        return self._good(data, charged if tokens else 0)

    def _good(self, data: dict[str, Any], charged: int = 0) -> WireAnswer:
        return WireAnswer(200, {"Content-Type": "application/json; charset=UTF-8"}, json.dumps(data).encode(), charged)

    def _limit(self, quota: str, retry: str | None, header: str | None, message: str, value: str) -> WireAnswer:
        details: list[dict[str, Any]] = []
        if quota:
            violation = {
                "quotaMetric": "generativelanguage.googleapis.com/requests",
                "quotaId": quota,
                "quotaValue": value,
            }
            details.append({"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]})
        if retry is not None:
            details.append({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": retry})
        text = message or "You exceeded your current quota, please check your plan and billing details."
        spelled = self._error(429, "RESOURCE_EXHAUSTED", text, details=details)
        return replace(spelled, headers={**spelled.headers, **({} if header is None else {"Retry-After": header})})

    def _error(
        self,
        status: int,
        name: str,
        message: str,
        reason: str = "",
        wrapped: bool = False,
        header: str = "",
        details: list[dict[str, Any]] | None = None,
    ) -> WireAnswer:
        error: dict[str, Any] = {"code": status, "status": name, "message": message}
        if reason:
            details = [
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
            ]
        if details:
            error["details"] = details
        data: Any = {"error": error}
        headers = {"Content-Type": "application/json; charset=UTF-8"} | ({"Retry-After": header} if header else {})
        return WireAnswer(status, headers, json.dumps([data] if wrapped else data).encode())
