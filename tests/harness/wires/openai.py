"""OpenAI's Images API for the double, as its documentation and SDK describe it."""

from __future__ import annotations

import base64
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from email import message_from_bytes
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tests.harness.scripted_answers import (
    Answer,
    ImageQuestion,
    WireAnswer,
    picture,
)

FIELDS = {"model", "prompt", "n", "size", "quality", "output_format", "background", "moderation"}


def parts_of(headers: Mapping[str, str], data: bytes) -> dict[str, bytes]:
    """The fields of a ``multipart/form-data`` body."""
    whole = f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + data
    fields = {}
    for part in message_from_bytes(whole).get_payload():
        payload = part.get_payload(decode=True)  # type: ignore[union-attr]
        fields[str(part.get_param("name", header="content-disposition"))] = payload  # type: ignore[union-attr]
    return fields  # type: ignore[return-value]


class OpenAIWire:
    """``/images/generations`` and ``/images/edits``.

    ``edits``: whether references are taken at all; ``shelf`` holds what can be fetched by its path, ``faults`` the
    statuses with which the next fetches fail. ``models`` are those it tells of, each with the day
    it will be switched off; ``None``: it knows no such address.
    """

    RATES: ClassVar = {"words": 5_000_000, "picture in": 8_000_000, "picture": 30_000_000}
    TOKENS = 196

    def __init__(self, price: int | None = None, *, edits: bool = True, usage: bool = True) -> None:
        self._price, self._edits, self._usage = price, edits, usage
        self.shelf: dict[str, bytes] = {}
        self.faults: deque[int] = deque()
        self.fetched: list[tuple[str, dict[str, str]]] = []
        self.paths: list[str] = []
        self.models: dict[str, str | None] | None = {"gpt-image-2.6-flare": None}
        self.bad_keys: set[str] = set()

    def aside(self, method: str, path: str, headers: Mapping[str, str], data: bytes) -> WireAnswer | None:
        """A fetch of a picture or a question about models; ``None`` for a call that makes one."""
        if method != "GET":
            return None
        if path.startswith("/v1/models"):
            return self._told_of(path.removeprefix("/v1/models").removeprefix("/"), headers)
        self.fetched.append((path, dict(headers)))
        if self.faults:
            return WireAnswer(self.faults.popleft(), {}, b"not now")
        found = self.shelf.get(urlsplit(path).path)
        if found is not None and found.startswith(b"http"):
            return WireAnswer(302, {"Location": found.decode()}, b"")
        return WireAnswer(404, {}, b"") if found is None else WireAnswer(200, {"Content-Type": "image/png"}, found)

    def _told_of(self, model: str, headers: Mapping[str, str]) -> WireAnswer:
        """A model's description with the day it will be switched off, or the list of all."""
        if self.models is None:
            return WireAnswer(404, {}, b"Not Found")
        if headers.get("authorization", "").removeprefix("Bearer ") in self.bad_keys:
            return self._error(401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided.")
        if model and model not in self.models:
            return self._error(404, "invalid_request_error", "model_not_found", f"The model {model} does not exist")
        shown = {"id": model, "shutdown_date": self.models[model]} if model else {"data": list(self.models)}
        return WireAnswer(200, {"Content-Type": "application/json"}, json.dumps(shown).encode())

    def read(self, path: str, headers: Mapping[str, str], data: bytes) -> ImageQuestion:
        """Understand a request, as strictly as the service does."""
        self.paths.append(path)
        key = headers.get("authorization", "").removeprefix("Bearer ")
        try:
            if path == "/v1/images/generations":
                return self._content(key, json.loads(data), b"")
            if path == "/v1/images/edits" and self._edits:
                fields: dict[str, Any] = dict(parts_of(headers, data))
                reference = fields.pop("image[]")
                texts = {name: value.decode() for name, value in fields.items()}
                return self._content(key, {**texts, "n": int(texts["n"])}, reference)
        except (ValueError, KeyError, TypeError) as error:
            return ImageQuestion(wrong=f"invalid request: {error!r}")
        return ImageQuestion(wrong="no such path")

    def _content(self, key: str, asked: dict[str, Any], reference: bytes) -> ImageQuestion:
        unknown = set(asked) - FIELDS
        size = asked.get("size", "1024x1024")
        across, _, down = size.partition("x")
        asked["prompt"].encode()
        if unknown or asked.get("n") != 1 or int(across) % 16 or int(down) % 16:
            return ImageQuestion(wrong=f"invalid fields: {sorted(unknown)}, size {size}")
        return ImageQuestion(
            key=key,
            prompt=asked["prompt"],
            model=asked.get("model", ""),
            aspect=f"{across}:{down}",
            size=size,
            quality=asked.get("quality", ""),
            reference=reference,
        )

    def spell(self, answer: Answer, asked: ImageQuestion) -> WireAnswer:
        """The answer in OpenAI's words."""
        more = answer.more
        if asked.wrong:
            return self._error(404 if "path" in asked.wrong else 400, "", "", asked.wrong)
        match answer.kind:
            case "picture" | "draft":
                kind = more.get("picture", "png")
                made = self.picture(asked, kind)
                if more.get("url") is not None:
                    if not more.get("lost"):
                        self.shelf[urlsplit(more["url"]).path] = made
                    return self._good(asked, [{"url": more["url"], "b64_json": None}])
                data = base64.b64encode(made).decode()
                return self._good(
                    asked, [{"b64_json": f"data:image/{kind};base64,{data}" if more.get("prefix") else data}]
                )
            case "holding":
                return self._good(asked, [{"b64_json": base64.b64encode(more["data"]).decode()}])
            case "broken base64":
                return self._good(asked, [{"b64_json": "iVBOR*w0="}])
            case "words":
                return self._good(asked, [{"revised_prompt": more["text"]}])
            case "empty":
                return self._good(asked, [])
            case "blocked prompt" | "blocked output":
                text = f"Your request was rejected by the safety system. safety_violations=[{more['reason']}]"
                return self._error(400, "image_generation_user_error", "moderation_blocked", text)
            case "limit":
                spelled = self._error(429, more["quota"], more["quota"] or "rate_limit_exceeded", more["message"])
                extra = {} if more["header"] is None else {"Retry-After": more["header"]}
                return replace(spelled, headers={**spelled.headers, **extra})
            case "error":
                extra = {"Retry-After": more["header"]} if more["header"] else {}
                spelled = self._error(more["status"], more["name"], more["reason"], more["message"])
                return replace(spelled, headers={**spelled.headers, **extra})
            case "page":
                return WireAnswer(more["status"], {"Content-Type": "text/html"}, b"<!doctype html><h1>502</h1>")
            case "redirect":
                return WireAnswer(302, {"Location": more["to"]}, b"")
        return WireAnswer(more["status"], {"Content-Type": "application/json"}, more["data"])

    def picture(self, asked: ImageQuestion, kind: str) -> bytes:
        """The picture this request gets: the same for the same prompt."""
        return picture(f"{asked.prompt} {asked.seed}", kind, asked.aspect)

    def _good(self, asked: ImageQuestion, data: list[dict[str, Any]]) -> WireAnswer:
        words, seen = max(1, len(asked.prompt) // 4), 1229 if asked.reference else 0
        answer: dict[str, Any] = {"created": 1, "data": data}
        if self._usage:
            answer["usage"] = {
                "input_tokens": words + seen,
                "output_tokens": self.TOKENS,
                "total_tokens": words + seen + self.TOKENS,
                "input_tokens_details": {"text_tokens": words, "image_tokens": seen},
                "output_tokens_details": {"image_tokens": self.TOKENS, "text_tokens": 0},
            }
        rates = self.RATES
        bill = words * rates["words"] + seen * rates["picture in"] + self.TOKENS * rates["picture"]
        charged = self._price if self._price is not None else -(-bill // 1_000_000)
        return WireAnswer(
            200, {"Content-Type": "application/json"}, json.dumps(answer).encode(), charged if data else 0
        )

    def _error(self, status: int, kind: str, code: str, message: str) -> WireAnswer:
        error = {"message": message, "type": kind, "param": None, "code": code or None}
        return WireAnswer(status, {"Content-Type": "application/json"}, json.dumps({"error": error}).encode())
