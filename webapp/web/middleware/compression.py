"""Gzip compression of responses: pages, parts of pages, JSON. Not streams, nor what is compressed already.

At level 5 a page shrinks to 5 %, in a millisecond for 200 KB; level 6 saves a twentieth of that and takes half as long
again. The length of a compressed page can betray a secret in it that stands beside text of an attacker (BREACH). The
only secret in a page is the form token, which therefore looks different in each response (`request_guard.csrf_token`).
"""

from __future__ import annotations

import zlib

from flask import Flask, Request, Response, request

COMPRESSIBLE = frozenset(
    {"text/html", "text/css", "text/plain", "text/csv", "text/javascript", "application/json", "image/svg+xml"}
)
"""Media types that are worth it: texts."""

LEVEL = 5
LEAST = 1000
"""Bytes below which a response fits into one packet anyway."""

GZIP = zlib.MAX_WBITS | 16


def compress_responses(app: Flask) -> None:
    """Compress every response of ``app`` that the client accepts gzip for."""
    app.after_request(compress)


def accepts_gzip(request: Request) -> bool:
    """Whether the client of a request accepts gzip; without the header it does not."""
    return "Accept-Encoding" in request.headers and request.accept_encodings.quality("gzip") > 0


def compress(response: Response) -> Response:
    """Compress one response, unless it is a stream, a part of a file, short, or encoded already."""
    if (
        response.mimetype not in COMPRESSIBLE
        or response.is_streamed
        or response.direct_passthrough
        or response.content_encoding
    ):
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code == 206 or not accepts_gzip(request):
        return response
    body = response.get_data()
    if len(body) < LEAST:
        return response
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    response.set_data(compressor.compress(body) + compressor.flush())
    response.content_encoding = "gzip"
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)  # the same content, but not the same bytes
    return response
