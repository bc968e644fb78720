"""How many requests are answered at once: beyond that a visitor is told so at once, instead of waiting in vain.

A live view is no request any more once it is open. What the server's watchdogs ask for is always answered.
"""

from __future__ import annotations

from flask import Flask, request
from werkzeug.exceptions import ServiceUnavailable

CROWDED = "The server is answering as many requests as it can. Try again in a moment."
INSIDE = "step8.inside"
ALWAYS = frozenset({"health.healthz", "health.metrics", "static"})


class Doorway:
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
