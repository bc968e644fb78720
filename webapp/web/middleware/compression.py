"""Packs what is sent: pages, parts of pages, JSON. Not the live stream, and nothing that is packed already.

Gzip at level 5: of a page it leaves 5 %, and takes a millisecond for 200 KB; level 6 saves a twentieth of that and
takes half as long again. A page that is packed tells its length to whoever watches the line, and so, guess by guess, a
secret in it that stands beside what a stranger put there. The only secret in a page is the form token, which therefore
never looks the same twice (`webapp.web.middleware.request_guard.csrf_token`).
"""

from __future__ import annotations

import zlib

from flask import Flask, Request, Response, request

PACKED = frozenset(
    {"text/html", "text/css", "text/plain", "text/csv", "text/javascript", "application/json", "image/svg+xml"}
)
"""The types that are worth it: texts."""

LEVEL = 5
LEAST = 1000
"""Bytes below which an answer fits into one packet anyway."""

GZIP = zlib.MAX_WBITS | 16


def pack_answers(app: Flask) -> None:
    """Pack the answers of ``app`` for whoever accepts that."""
    app.after_request(pack)


def wants_packed(asked: Request) -> bool:
    """Whether whoever asks accepts gzip."""
    return asked.accept_encodings.quality("gzip") > 0 if "Accept-Encoding" in asked.headers else False


def pack(answer: Response) -> Response:
    """Pack one answer, unless it is a stream, a part of a file, short, or packed."""
    if answer.mimetype not in PACKED or answer.is_streamed or answer.direct_passthrough or answer.content_encoding:
        return answer
    answer.vary.add("Accept-Encoding")
    if answer.status_code == 206 or not wants_packed(request):
        return answer
    body = answer.get_data()
    if len(body) < LEAST:
        return answer
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP)
    answer.set_data(packer.compress(body) + packer.flush())
    answer.content_encoding = "gzip"
    tag, _ = answer.get_etag()
    if tag:
        answer.set_etag(tag, weak=True)  # the same content, but not the same bytes
    return answer
