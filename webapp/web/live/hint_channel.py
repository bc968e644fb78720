"""The channel of hints: that something of a project changed (its run, an export), not what."""

from __future__ import annotations

from typing import Any

import gevent

from webapp.coordination.messages import Hint, read_hint
from webapp.web.live.subscription import Channel
from webapp.web.live.wire import SseEvent, read_event

EVERY = 1.0
"""Seconds at least between two times that hints are sent: a project at full speed publishes ten in each."""


class HintChannel(Channel):
    """Hints of all projects of a storage: the first is sent at once, those soon after it together and once each."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._waiting: dict[Hint, None] = {}
        self._timer: gevent.Greenlet[..., Any] | None = None

    def receive(self, payload: bytes) -> bool:
        """Take a hint, in its own short form or as flask-sse publishes it."""
        hint = read_hint(payload) or _published_hint(payload)
        if hint is None:
            return False
        self._waiting[hint] = None
        if self._timer is None:
            self._send()
        return True

    def close(self) -> None:
        """Drop what waits."""
        self._waiting.clear()
        if self._timer is not None:
            self._timer.kill(block=False)
            self._timer = None

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for kind in dict.fromkeys(hint.kind for hint in waiting):
            event = SseEvent(" ".join(hint.project for hint in waiting if hint.kind == kind), type=kind)
            for follower in list(self.followers):
                follower.add_event(event)
        self._timer = gevent.spawn_later(EVERY, self._send_later_ones)

    def _send_later_ones(self) -> None:
        self._timer = None
        if self._waiting:
            self._send()


def _published_hint(payload: bytes) -> Hint | None:
    event = read_event(payload)
    return read_hint(f"{event.type} {event.data}".encode()) if event and isinstance(event.data, str) else None
