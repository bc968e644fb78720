"""The user's own image servers: which of several gets the next picture, and what all of them share.

They are free, so that nothing they answer was ever charged; and they stand anywhere, so that one may be switched off.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

from webapp.core.image_request import Address, Secret
from webapp.errors import NotSent, ProviderError

Given = ParamSpec("Given")
Made = TypeVar("Made")

LEFT_OUT = 30.0
"""Seconds for which a server that could not be reached gets no work."""


class Servers:
    """Servers that share the work: the least busy one first, one that cannot be reached left out for a while.

    When all are left out, the one that has been so for the longest is tried: the first to come back is found at once.
    """

    def __init__(self, addresses: Sequence[Address], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._busy = dict.fromkeys(addresses, 0)
        self._out_until: dict[Address, float] = {}

    def __len__(self) -> int:
        return len(self._busy)

    @property
    def reachable(self) -> list[Address]:
        """Those that are not left out now."""
        now = self._clock()
        return [address for address in self._busy if self._out_until.get(address, now) <= now]

    def serve(self, work: Callable[[Address], Made]) -> Made:
        """Do this at a server; at the next one when it cannot be reached.

        ``work`` raises NotSent only when nothing was begun. The last one's is raised when none can be reached.
        """
        tried: set[Address] = set()
        while True:
            address = self._take(tried)
            try:
                return work(address)
            except NotSent:
                tried.add(address)
                self.leave_out(address)
                if not set(self.reachable) - tried:
                    raise
            finally:
                with self._lock:
                    self._busy[address] -= 1

    def roll_call(self, ask: Callable[[Address], str]) -> str:
        """What each server says to a question, one sentence after the other; of those that fail their reason.

        Raises:
            ProviderError: none of them answers.
        """
        said, trouble = [], None
        for address in self._busy:
            try:
                said.append((True, ask(address)))
            except ProviderError as error:
                trouble = error
                said.append((False, str(error)))
        if trouble is not None and not any(fine for fine, _ in said):
            raise trouble
        return " ".join(sentence for _, sentence in said)

    def leave_out(self, address: Address) -> None:
        """Give this one no work for `LEFT_OUT` seconds."""
        with self._lock:
            self._out_until[address] = self._clock() + LEFT_OUT

    def _take(self, tried: set[Address]) -> Address:
        """The least busy one that is not left out, counted as busy from now on."""
        with self._lock:
            now = self._clock()
            due = {address: self._out_until.get(address, now) for address in self._busy if address not in tried}
            ready = [address for address, until in due.items() if until <= now] or [min(due, key=due.__getitem__)]
            address = min(ready, key=self._busy.__getitem__)
            self._busy[address] += 1
            return address


def unpaid(work: Callable[Given, Made]) -> Callable[Given, Made]:
    """The same work, whose failures cost nothing.

    The frames a failure passed are dropped: they hold answers, and an answer may repeat a login.
    """

    @wraps(work)
    def without_a_bill(*args: Given.args, **more: Given.kwargs) -> Made:
        try:
            return work(*args, **more)
        except ProviderError as error:
            error.charged = False
            trouble = error
        raise trouble.with_traceback(None)

    return without_a_bill


def login(address: Address) -> dict[str, str | Secret]:
    """The header that signs in at a server, if it wants that."""
    if address.login is None:
        return {}
    return {"Authorization": Secret("Basic " + base64.b64encode(address.login.reveal().encode()).decode())}


def secrets_of(address: Address) -> tuple[Secret, ...]:
    """What of the login an answer might repeat."""
    if address.login is None:
        return ()
    return (address.login, Secret(address.login.reveal().partition(":")[2]))
