"""Plays of faults, side by side: most of their time is waiting for a dead worker's lease to run out.

A test names its play, and gets what it answered::

    @plays(after_the_spool)
    def test_spooled_bytes_become_an_image_without_a_call(outcome: Any) -> None: ...

The plays of all tests that were selected begin together when the first of them is asked for, a few at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.pool import Pool

AT_ONCE = 9
"""Plays side by side. Each is an app or two, which are idle while they wait."""

Play = Callable[[Path], Any]


def plays(play: Play, *, long: bool = False) -> pytest.MarkDecorator:
    """Marks a test with the play it looks at. ``long`` ones begin first."""
    return pytest.mark.plays.with_args(play, long=long)


class Stage:
    """Begins plays and keeps what they answered. Every play has a folder of its own; no name begins like another."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._pool = Pool(AT_ONCE)
        self._begun: dict[int, gevent.Greenlet[..., Any]] = {}

    def begin(self, play: Play) -> None:
        """Begin it as soon as there is a place, unless it has begun."""
        if id(play) not in self._begun:
            self._begun[id(play)] = self._pool.apply_async(play, (self._home / f"play-{len(self._begun):03}",))

    def outcome(self, play: Play) -> Any:
        """What it answered; raises what it raised."""
        return self._begun[id(play)].get()

    def close(self) -> None:
        """End what still plays."""
        self._pool.kill()
