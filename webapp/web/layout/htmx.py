"""Responses to HTMX and to other clients."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, request
from werkzeug.wrappers import Response


def is_htmx() -> bool:
    """True when the request was sent by HTMX, which swaps a part of the page."""
    return "HX-Request" in request.headers


def respond(partial: Callable[[], str], url: str) -> Response:
    """Answer a command: HTMX gets the HTML of ``partial``, everyone else is redirected (303) to ``url``."""
    return html(partial()) if is_htmx() else redirect(url, 303)


def html(body: str, status: int = 200) -> Response:
    """A response of HTML."""
    return Response(body, status, content_type="text/html; charset=utf-8")
