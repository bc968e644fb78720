"""Errors of AUTOMATIC1111: whose fault a bad status is, by its body."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from webapp.errors import Misconfigured, ProviderError, Unavailable, Unsuited
from webapp.outbound.reply import Reply, failure

ANOTHER = "Choose another one in Project Setup."
OUT_OF_MEMORY = re.compile(r"OutOfMemory|out of memory", re.IGNORECASE)
UNKNOWN = (
    (re.compile(r"sampler", re.IGNORECASE), "sampler"),
    (re.compile(r"checkpoint|sd_model", re.IGNORECASE), "checkpoint"),
)
"""What of the settings a server's complaint is about."""


def error_of(reply: Reply, data: Any, chosen: Mapping[str, str], where: str) -> ProviderError:
    """The error of a bad status. ``chosen`` are the sampler and the checkpoint that were asked for."""
    error = data if isinstance(data, dict) else {}
    detail = error.get("detail")
    words = f"{_words(detail)} {error.get('error') or ''} {error.get('errors') or ''}".strip()
    raw = reply.quote(words)
    if OUT_OF_MEMORY.search(words):
        sentence = "The graphics card ran out of memory. Choose a smaller image size in Project Setup."
        return Unsuited(sentence, raw)
    if reply.status in (401, 403):
        sentence = f"The server at {where} wants a login. Write it into A1111_URLS, as in http://user:password@host."
        return Misconfigured(sentence, raw)
    for pattern, name in UNKNOWN:
        if 400 <= reply.status < 500 and pattern.search(words):
            value = chosen[name]
            named = f"the {name} “{value[:60]}”" if value else f"this {name}"
            return Misconfigured(f"The server does not know {named}. {ANOTHER}", raw)
    if reply.status in (404, 405) and _words(detail) in ("", "Not Found", "Method Not Allowed"):
        return Misconfigured(f"The server at {where} offers no API. Start it with --api, or check A1111_URLS.", raw)
    if reply.status == 422:
        return Misconfigured("The server does not take these settings. Change them in Project Setup.", raw)
    if reply.status >= 500:
        return Unavailable("The Stable Diffusion server has trouble at the moment.", raw, retry_after=reply.wait)
    return failure(reply, "The Stable Diffusion server", words)


def _words(detail: Any) -> str:
    """FastAPI's ``detail``: a text, or a list of what does not fit."""
    if isinstance(detail, list):
        entries = [entry for entry in detail if isinstance(entry, dict)]
        return "; ".join(f"{entry.get('loc', '')} {entry.get('msg', '')}" for entry in entries)
    return detail if isinstance(detail, str) else ""
