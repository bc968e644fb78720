"""Who a request comes from, by its headers alone."""

from __future__ import annotations

import pytest

from webapp.web.middleware.request_guard import (
    RequestOrigin,
    host_name,
    request_origin,
    same_host,
)

HOST = "127.0.0.1:8000"
ALLOWED = ("http://localhost:3000",)


@pytest.mark.parametrize(
    ("headers", "sender"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, RequestOrigin.OURS),
        ({"Sec-Fetch-Site": "none"}, RequestOrigin.OURS),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, RequestOrigin.OURS),  # our own form under no-referrer
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"}, RequestOrigin.OURS),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, RequestOrigin.STRANGER),
        ({"Sec-Fetch-Site": "same-site"}, RequestOrigin.STRANGER),  # another port of this host
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1:8000"}, RequestOrigin.STRANGER),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "null"}, RequestOrigin.STRANGER),
        ({"Sec-Fetch-Site": "something-new"}, RequestOrigin.STRANGER),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:3000"}, RequestOrigin.OURS),
        ({"Origin": "http://localhost:3000"}, RequestOrigin.OURS),
        ({"Origin": "http://127.0.0.1:8000"}, RequestOrigin.OURS),
        ({"Origin": "http://127.0.0.1:9000"}, RequestOrigin.STRANGER),
        ({"Origin": "http://localhost:8000"}, RequestOrigin.STRANGER),
        ({"Origin": ""}, RequestOrigin.STRANGER),
        ({"Origin": "null"}, RequestOrigin.NAMELESS),
        ({}, RequestOrigin.UNKNOWN),
    ],
)
def test_headers_tell_our_page_from_a_stranger(headers: dict[str, str], sender: RequestOrigin) -> None:
    assert request_origin(headers.get("Origin"), headers.get("Sec-Fetch-Site"), HOST, ALLOWED) is sender


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://step8.example", "step8.example", True),
        ("http://step8.example", "step8.example:80", True),
        ("https://Step8.example:443", "step8.EXAMPLE", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("https://step8.example", "step8.example:80", False),
        ("http://step8.example.evil.example", "step8.example", False),
        ("ftp://step8.example", "step8.example", False),
        ("null", "step8.example", False),
        ("http://[::1", "[::1", False),
    ],
)
def test_an_origin_is_compared_with_host_and_port(origin: str, host: str, same: bool) -> None:
    assert same_host(origin, host) is same


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("LocalHost:8000", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]:8000", "[::1]"),
        ("[::1]", "[::1]"),
        ("", None),
        ("::1", None),
        ("localhost:", None),
        ("localhost:80a", None),
        ("localhost:8000:80", None),
        ("localhost@evil.example", None),
        ("localhost, evil.example", None),
        ("evil.example#localhost", None),
        ("localhost/..", None),
        ("ⓛocalhost", None),
    ],
)
def test_a_host_header_is_a_name_with_at_most_a_port(header: str, name: str | None) -> None:
    assert host_name(header) == name
