"""Pool of the user's own image servers: which gets the next image. They cost nothing, and may be switched off."""

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

PAUSE = 30.0
"""Seconds for which a server that could not be reached gets no work."""


class Servers:
    """Servers that share the work: the least busy one first, one that cannot be reached paused for a while.

    When all are paused, the one whose pause ends first is tried.
    """

    def __init__(self, addresses: Sequence[Address], clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._busy = dict.fromkeys(addresses, 0)
        self._paused_until: dict[Address, float] = {}

    def __len__(self) -> int:
        return len(self._busy)

    @property
    def reachable(self) -> list[Address]:
        """The servers that are not paused now."""
        now = self._clock()
        return [address for address in self._busy if self._paused_until.get(address, now) <= now]

    def serve(self, work: Callable[[Address], Made]) -> Made:
        """Do the work at a server; at the next one when it cannot be reached.

        ``work`` raises NotSent only when nothing was begun. The last one's is raised when none can be reached.
        """
        tried: set[Address] = set()
        while True:
            address = self._take(tried)
            try:
                return work(address)
            except NotSent:
                tried.add(address)
                self.pause(address)
                if not set(self.reachable) - tried:
                    raise
            finally:
                with self._lock:
                    self._busy[address] -= 1

    def ask_all(self, ask: Callable[[Address], str]) -> str:
        """Ask each server; returns their sentences one after the other, of those that fail the reason.

        Raises:
            ProviderError: none of them answers.
        """
        answers, trouble = [], None
        for address in self._busy:
            try:
                answers.append((True, ask(address)))
            except ProviderError as error:
                trouble = error
                answers.append((False, str(error)))
        if trouble is not None and not any(fine for fine, _ in answers):
            raise trouble
        return " ".join(sentence for _, sentence in answers)

    def pause(self, address: Address) -> None:
        """Give a server no work for `PAUSE` seconds."""
        with self._lock:
            self._paused_until[address] = self._clock() + PAUSE

    def _take(self, tried: set[Address]) -> Address:
        """The least busy one that is not paused, counted as busy from now on."""
        with self._lock:
            now = self._clock()
            due = {address: self._paused_until.get(address, now) for address in self._busy if address not in tried}
            ready = [address for address, until in due.items() if until <= now] or [min(due, key=due.__getitem__)]
            address = min(ready, key=self._busy.__getitem__)
            self._busy[address] += 1
            return address


def free_of_charge(work: Callable[Given, Made]) -> Callable[Given, Made]:
    """Wrap work whose failures were never charged.

    Stack frames of a failure are dropped: they hold answers, and an answer may repeat a login.
    """

    @wraps(work)
    def uncharged(*args: Given.args, **more: Given.kwargs) -> Made:
        try:
            return work(*args, **more)
        except ProviderError as error:
            error.charged = False
            trouble = error
        raise trouble.with_traceback(None)

    return uncharged


def login(address: Address) -> dict[str, str | Secret]:
    """The header that signs in at a server, if it has a login."""
    if address.login is None:
        return {}
    return {"Authorization": Secret("Basic " + base64.b64encode(address.login.reveal().encode()).decode())}


def secrets_of(address: Address) -> tuple[Secret, ...]:
    """The parts of a login that an answer might repeat."""
    if address.login is None:
        return ()
    return (address.login, Secret(address.login.reveal().partition(":")[2]))
