"""Pictures as services send them: what they are by their first bytes, and base64 in its spellings."""

from __future__ import annotations

import binascii

import pybase64

SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


def image_type(data: bytes) -> str:
    """The MIME type of a PNG, JPEG or WebP picture by its first bytes, "" for anything else."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for signature, kind in SIGNATURES if data.startswith(signature)), "")


def decoded(text: str) -> bytes:
    """The bytes of a base64 text that may have a data-URL prefix and line breaks; nothing when it is broken."""
    if text.startswith("data:"):
        text = text.partition(",")[2]
    found = _decoded(text)
    if found is None:  # it may be broken into lines: rare, and looking for them takes longer than decoding
        found = _decoded("".join(text.split()))
    return found or b""


def _decoded(text: str) -> bytes | None:
    if "=" in text[:-2]:  # padding before the end
        return None
    try:
        return pybase64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
