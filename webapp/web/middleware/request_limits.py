"""Limits of requests: how many are served at once, and how large their bodies may be.

Above the first limit a request is refused at once instead of waiting in vain. An open live view is no request any more;
health check, metrics and static files are always served.

Only ZIPs of whole projects may be larger than any other body, and only after sign-in. They are received into a
temporary file on the disk of the projects, where they will be unpacked: the system's own folder for such files is often
small, or memory.
"""

from __future__ import annotations

import tempfile
from typing import IO, BinaryIO, cast

import flask
from flask import Flask, request
from werkzeug.exceptions import ServiceUnavailable

from webapp.errors import DiskTrouble
from webapp.web.middleware import sign_in
from webapp.web.services import services

TOO_MANY_REQUESTS = "The server is answering as many requests as it can. Try again in a moment."
COUNTED = "step8.counted"
UNLIMITED = frozenset({"health.healthz", "health.metrics", "static"})


class RequestLimit:
    """Serves at most ``most`` requests of an app at once. ``active`` is how many it serves now."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.active = 0

    def limit(self, app: Flask) -> None:
        """Count the requests of this app, before any other check."""
        app.before_request(self._enter)
        app.teardown_request(self._leave)

    def _enter(self) -> None:
        if self.active >= self._most and request.endpoint not in UNLIMITED:
            raise ServiceUnavailable(TOO_MANY_REQUESTS, retry_after=1)
        self.active += 1
        request.environ[COUNTED] = True

    def _leave(self, error: BaseException | None) -> None:
        if request.environ.pop(COUNTED, False):
            self.active -= 1


LARGE_UPLOADS = frozenset({"projects.take_in", "api.projects.import_project"})


class Request(flask.Request):
    """Flask's request; large uploads are received into `temporary_file`."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.endpoint in LARGE_UPLOADS:
            return temporary_file()
        return super()._get_file_stream(total_content_length, content_type, filename, content_length)


def allow_large_uploads(app: Flask) -> None:
    """Let ``app`` accept ZIPs of projects up to their own limit of size."""
    app.request_class = Request
    app.before_request(_allow)


def temporary_file() -> BinaryIO:
    """Open a file on the disk of the projects that is deleted when it is closed.

    Raises:
        DiskTrouble: the projects folder cannot be written.
    """
    root = services().library.root
    try:
        root.mkdir(parents=True, exist_ok=True)
        return cast(BinaryIO, tempfile.TemporaryFile(dir=root, prefix=".incoming-"))
    except OSError as error:
        raise not_stored(error) from error


def not_stored(error: OSError) -> DiskTrouble:
    """The error of an upload that the disk did not accept."""
    return DiskTrouble(f"The ZIP could not be kept ({error.strerror}). Check the projects folder and its disk.")


def _allow() -> None:
    if request.endpoint in LARGE_UPLOADS and sign_in.signed_in():
        request.max_content_length = services().config.capacity.archive
