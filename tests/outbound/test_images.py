"""Base64 as services spell it."""

from __future__ import annotations

import base64

import pytest

from webapp.outbound.found_images import decoded

LARGE = 256 * 1024


@pytest.mark.parametrize("size", [0, 1, 2, 3, LARGE * 3 // 4, LARGE * 3 // 4 + 1, LARGE * 2])
def test_every_size_comes_back_whole(size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    assert decoded(base64.b64encode(data[:size]).decode()) == data[:size]


def test_a_data_url_and_line_breaks_are_taken() -> None:
    assert decoded("data:image/png;base64," + base64.encodebytes(b"picture" * 99).decode()) == b"picture" * 99


@pytest.mark.parametrize("text", ["iVBOR*w0=", "AAAAA", "AA==AAAA", "A" * (LARGE - 4) + "AA==" + "AAAA"])
def test_broken_base64_is_nothing(text: str) -> None:
    assert decoded(text) == b""
