"""Where pages wait that only want to be told that something changed: the start of a run on another page, how far an
export is. What has changed they read by themselves."""

from __future__ import annotations

from typing import Any

import gevent

from webapp.coordination.messages import Hint, read_hint
from webapp.web.live.project_channel import Channel
from webapp.web.live.wire import SseEvent

EVERY = 1.0
"""Seconds at least between two times that hints are passed on: a project at full speed sends ten in each."""


class HintChannel(Channel):
    """Passes hints on: the first at once, those that come soon after it together, each project named once."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._waiting: dict[Hint, None] = {}
        self._resting: gevent.Greenlet[..., Any] | None = None

    def hear(self, payload: bytes) -> bool:
        """A hint for everybody."""
        hint = read_hint(payload)
        if hint is None:
            return False
        self._waiting[hint] = None
        if self._resting is None:
            self._pass_on()
        return True

    def close(self) -> None:
        """Nobody waits any more."""
        self._waiting.clear()
        if self._resting is not None:
            self._resting.kill(block=False)
            self._resting = None

    def _pass_on(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for kind in dict.fromkeys(hint.kind for hint in waiting):
            event = SseEvent(" ".join(hint.project for hint in waiting if hint.kind == kind), type=kind)
            for follower in list(self.followers):
                follower.announce(event)
        self._resting = gevent.spawn_later(EVERY, self._rested)

    def _rested(self) -> None:
        self._resting = None
        if self._waiting:
            self._pass_on()
