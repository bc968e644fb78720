"""A file's type is what its first bytes say."""

from __future__ import annotations

import pytest

from webapp.core.media_types import image_type, media_type


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"ID3\x04\0\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"<!doctype html>", ""),
        (b"<svg xmlns=", ""),
        (b"GIF89a", ""),
        (b"%PDF-1.7", ""),
        (b"\xff", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_decide(head: bytes, kind: str) -> None:
    assert media_type(head) == kind
    assert image_type(head) == (kind if kind.startswith("image/") else "")
