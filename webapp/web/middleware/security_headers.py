"""Security headers of every response: they keep other sites out of our pages."""

from __future__ import annotations

from flask import Flask, Response

from webapp.web.middleware.request_guard import allowed_origin, embedding_allowed

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "font-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""For files of a project: opened directly, a browser runs nothing that is in them."""


def add_security_headers(app: Flask) -> None:
    """Set the headers of every response of ``app``, errors and static files included."""
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Set the headers of one response. Not a policy or a caching rule that its view has set."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", PAGE_POLICY)
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "cross-origin" if embedding_allowed() else "same-origin"
    origin = allowed_origin()
    if origin is not None:
        headers["Access-Control-Allow-Origin"] = origin
    if origin is not None or embedding_allowed():
        response.vary.add("Origin")
        response.vary.add("Referer")
    return response
