"""Renewal of the leases of one process, all at once: a thousand single requests would take too long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import gevent

from webapp.coordination.lease import RENEW_EVERY, Lease, Leases
from webapp.coordination.live_state import LiveState
from webapp.errors import CoordinationDown

BATCH = 100
"""Leases that are renewed with one request."""


class LeaseRenewal:
    """Keeps leases alive in one greenlet, which runs while there is any."""

    def __init__(self, leases: Leases, live_state: LiveState) -> None:
        self._leases = leases
        self._live_state = live_state
        self._held: dict[str, tuple[Lease, Callable[[], None]]] = {}
        self._renewing: gevent.Greenlet[..., None] | None = None

    @contextmanager
    def of(self, project: str, lease: Lease, on_lost: Callable[[], None]) -> Iterator[None]:
        """Keep this project's lease alive meanwhile. ``on_lost`` is called when another worker has it."""
        self._held[project] = (lease, on_lost)
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
            for start in range(0, len(held), BATCH):
                with suppress(CoordinationDown):  # each lease is trusted until its own deadline
                    self._renew_batch(dict(held[start : start + BATCH]))

    def _renew_batch(self, held: dict[str, tuple[Lease, Callable[[], None]]]) -> None:
        lost = self._leases.renew([lease for lease, _ in held.values()])
        for project, (lease, on_lost) in held.items():
            if lease in lost:
                self._held.pop(project, None)
                on_lost()
        self._live_state.touch(*(project for project, (lease, _) in held.items() if lease not in lost))
