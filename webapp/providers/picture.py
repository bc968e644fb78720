"""Pictures as services send them: what they are by their first bytes, and base64 in its spellings."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

SIGNATURES = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"))


PIECE = 256 * 1024
"""Characters of base64 decoded at once: a multiple of four, which is half a millisecond's work."""


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
        return b"".join(_decoded_pieces("".join(text.split())))
    except (binascii.Error, ValueError):
        return b""


def _decoded_pieces(text: str) -> Iterator[bytes]:
    """Piece by piece: one call for all of a large picture would keep every other thread waiting for the interpreter."""
    if "=" in text[:-2]:
        raise binascii.Error("padding before the end")
    for place in range(0, len(text), PIECE):
        yield base64.b64decode(text[place : place + PIECE], validate=True)
