"""Keeps the leases of one process alive, all of them in one breath: a thousand single questions would fill the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import gevent

from webapp.coordination.lease import RENEW_EVERY, Lease, Leases
from webapp.coordination.live_state import LiveState
from webapp.errors import CoordinationDown

BATCH = 100
"""Leases that are renewed with one question."""


class LeaseRenewal:
    """Renews while there is something to renew."""

    def __init__(self, leases: Leases, board: LiveState) -> None:
        self._leases = leases
        self._board = board
        self._held: dict[str, tuple[Lease, Callable[[], None]]] = {}
        self._renewing: gevent.Greenlet[..., None] | None = None

    @contextmanager
    def of(self, project: str, lease: Lease, lost: Callable[[], None]) -> Iterator[None]:
        """Keep this project's lease alive meanwhile. ``lost`` is told when another worker has it."""
        self._held[project] = (lease, lost)
        if not self._renewing:
            self._renewing = gevent.spawn(self._renew)
        try:
            yield
        finally:
            self._held.pop(project, None)

    def _renew(self) -> None:
        while True:
            gevent.sleep(RENEW_EVERY)
            if not self._held:
                self._renewing = None
                return
            held = list(self._held.items())
            for place in range(0, len(held), BATCH):
                with suppress(CoordinationDown):  # each lease is trusted until its own deadline
                    self._renew_these(dict(held[place : place + BATCH]))

    def _renew_these(self, held: dict[str, tuple[Lease, Callable[[], None]]]) -> None:
        gone = self._leases.renew([lease for lease, _ in held.values()])
        for project, (lease, lost) in held.items():
            if lease in gone:
                self._held.pop(project, None)
                lost()
        self._board.touch(*(project for project, (lease, _) in held.items() if lease not in gone))
