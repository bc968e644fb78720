"""Cases of faults, side by side: most of their time is waiting for a dead worker's lease to run out.

A test names its case, and gets what it answered::

    @fault_case(after_the_spool)
    def test_spooled_bytes_become_an_image_without_a_call(outcome: Any) -> None: ...

The cases of all tests that were selected begin together when the first of them is asked for, a few at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
import pytest
from gevent.pool import Pool

AT_ONCE = 9
"""Cases side by side. Each is an app or two, which are idle while they wait."""

FaultCase = Callable[[Path], Any]


def fault_case(case: FaultCase, *, long: bool = False) -> pytest.MarkDecorator:
    """Marks a test with the case it looks at. ``long`` ones begin first."""
    return pytest.mark.fault_case.with_args(case, long=long)


class ParallelCases:
    """Begins cases and keeps what they answered. Every case has a folder of its own; no name begins like another."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._pool = Pool(AT_ONCE)
        self._begun: dict[int, gevent.Greenlet[..., Any]] = {}

    def begin(self, case: FaultCase) -> None:
        """Begin it as soon as there is a place, unless it has begun."""
        if id(case) not in self._begun:
            self._begun[id(case)] = self._pool.apply_async(case, (self._home / f"case-{len(self._begun):03}",))

    def outcome(self, case: FaultCase) -> Any:
        """What it answered; raises what it raised."""
        return self._begun[id(case)].get()

    def close(self) -> None:
        """End what still cases."""
        self._pool.kill()
