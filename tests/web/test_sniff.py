"""A file's type is what its first bytes say."""

from __future__ import annotations

import pytest

from webapp.web.media_files import sniff


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"ID3\x04\0\0\0", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "audio/mpeg"),
        (b"<!doctype html>", None),
        (b"<svg xmlns=", None),
        (b"GIF89a", None),
        (b"%PDF-1.7", None),
        (b"\xff", None),
        (b"", None),
    ],
)
def test_the_first_bytes_decide(head: bytes, kind: str | None) -> None:
    assert sniff(head) == kind
