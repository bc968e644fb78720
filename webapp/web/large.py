"""The few requests that may be larger than any other: ZIPs of whole projects, from somebody who is signed in."""

from __future__ import annotations

from flask import Flask, request

from webapp.web import sign_in
from webapp.web.care import LARGEST_ARCHIVE

ENDPOINTS = frozenset({"projects.take_in", "api.import_project"})


def allow_archives(app: Flask) -> None:
    """Raise the limit for them before anything reads the request. The file is kept on disk, never in memory."""
    app.before_request(_allow)


def _allow() -> None:
    if request.endpoint in ENDPOINTS and sign_in.signed_in():
        request.max_content_length = LARGEST_ARCHIVE
