"""Pictures as services send them: what they are by their first bytes, and base64 in its spellings."""

from __future__ import annotations

import base64
import binascii

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
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
