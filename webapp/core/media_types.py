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


READABLE = ("PNG", "JPEG", "WebP", "AVIF", "GIF", "TIFF", "BMP")
"""Formats of images that the product takes; what is kept of them is a PNG."""

NAMED = 512
"""Bytes of a file that tell its format."""

_BEGINNINGS = (
    ("GIF", (b"GIF87a", b"GIF89a")),
    ("TIFF", (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    ("JPEG XL", (b"\xff\x0a", b"\0\0\0\x0cJXL ")),
    ("JPEG 2000", (b"\0\0\0\x0cjP  ", b"\xff\x4f\xff\x51")),
    ("PSD", (b"8BPS",)),
    ("PDF", (b"%PDF-",)),
    ("OpenEXR", (b"v/1\x01",)),
)
_TYPES = {PNG: "PNG", JPEG: "JPEG", WEBP: "WebP"}
_BRANDS = (
    ("AVIF", (b"avif", b"avis")),
    ("HEIC", (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")),
    ("a video", (b"isom", b"iso2", b"mp41", b"mp42", b"M4V ", b"qt  ")),
)
_BMP_HEADS = (12, 40, 52, 56, 64, 108, 124)


def image_format(head: bytes) -> str:
    """The name of an image's format (`READABLE` or another) by its first bytes; "" for anything else."""
    if kind := image_type(head):
        return _TYPES[kind]
    if head[4:8] == b"ftyp":
        brands = {head[at : at + 4] for at in (8, *range(16, min(len(head), int.from_bytes(head[:4], "big")) - 3, 4))}
        return next((name for name, known in _BRANDS if brands & set(known)), "")
    if head.startswith(b"BM") and len(head) > 18 and int.from_bytes(head[14:18], "little") in _BMP_HEADS:
        return "BMP"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<svg") or (text.startswith(b"<?xml") and b"<svg" in text):
        return "SVG"
    return next((name for name, beginnings in _BEGINNINGS if head.startswith(beginnings)), "")


def is_page(head: bytes, declared: str = "") -> bool:
    """Whether these first bytes, or the type that was declared for them, are those of a web page."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or (
        "html" in declared.lower() and text.startswith(b"<")
    )


def unreadable(kind: str) -> str:
    """The sentence on an image of a format that is not read here."""
    return f"The image came as {kind}, which is not read here. Let the service send PNG, JPEG or WebP."
