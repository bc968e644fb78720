"""Media types by a file's first bytes, whatever its name or its sender says."""

from __future__ import annotations

PNG, JPEG, WEBP = "image/png", "image/jpeg", "image/webp"
WAV, MP3 = "audio/wav", "audio/mpeg"

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"

HEAD = 12
"""Bytes of a file that tell its type."""


def image_type(head: bytes) -> str:
    """The media type of a PNG, JPEG or WebP image by its first bytes; "" for anything else."""
    if head.startswith(PNG_SIGNATURE):
        return PNG
    if head.startswith(JPEG_SIGNATURE):
        return JPEG
    return WEBP if _riff(head) == b"WEBP" else ""


def media_type(head: bytes) -> str:
    """The media type of an image or a recording (WAV, MP3) by its first bytes; "" for anything else."""
    if _riff(head) == b"WAVE":
        return WAV
    if head.startswith(b"ID3") or _is_mpeg_audio(head):
        return MP3
    return image_type(head)


def _riff(head: bytes) -> bytes:
    return head[8:HEAD] if head.startswith(b"RIFF") else b""


def _is_mpeg_audio(head: bytes) -> bool:
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4, 0xE6)
