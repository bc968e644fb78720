"""How many requests are answered at once: beyond that a visitor is told so at once, instead of waiting in vain.

A live view is no request any more once it is open. What the server's watchdogs ask for is always answered.

The few requests that may be larger than any other: ZIPs of whole projects, from somebody who is signed in.

What is sent is kept in a nameless file on the disk of the projects, where it will be unpacked: the system's own place
for such files is often small, or memory.
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

CROWDED = "The server is answering as many requests as it can. Try again in a moment."
INSIDE = "step8.inside"
ALWAYS = frozenset({"health.healthz", "health.metrics", "static"})


class RequestLimit:
    """Counts who is inside; ``most`` is how many may be."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.inside = 0

    def watch(self, app: Flask) -> None:
        """Stand at the door of this app, before anything else is asked of a request."""
        app.before_request(self._enter)
        app.teardown_request(self._leave)

    def _enter(self) -> None:
        if self.inside >= self._most and request.endpoint not in ALWAYS:
            raise ServiceUnavailable(CROWDED, retry_after=1)
        self.inside += 1
        request.environ[INSIDE] = True

    def _leave(self, error: BaseException | None) -> None:
        if request.environ.pop(INSIDE, False):
            self.inside -= 1


ENDPOINTS = frozenset({"projects.take_in", "api.projects.import_project"})


class Request(flask.Request):
    """A request whose large files go to the disk of the projects."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        if self.endpoint in ENDPOINTS:
            return nameless()
        return super()._get_file_stream(total_content_length, content_type, filename, content_length)


def allow_archives(app: Flask) -> None:
    """Raise the limit for them before anything reads the request."""
    app.request_class = Request
    app.before_request(_allow)


def nameless() -> BinaryIO:
    """A file on the disk of the projects that is gone as soon as it is closed.

    Raises:
        DiskTrouble: the projects folder cannot be written.
    """
    root = services().library.root
    try:
        root.mkdir(parents=True, exist_ok=True)
        return cast(BinaryIO, tempfile.TemporaryFile(dir=root, prefix=".incoming-"))
    except OSError as error:
        raise refused(error) from error


def refused(error: OSError) -> DiskTrouble:
    """What the disk says when it does not take what is sent, in words."""
    return DiskTrouble(f"The ZIP could not be kept ({error.strerror}). Check the projects folder and its disk.")


def _allow() -> None:
    if request.endpoint in ENDPOINTS and sign_in.signed_in():
        request.max_content_length = services().config.capacity.archive
