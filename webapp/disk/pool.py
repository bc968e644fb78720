"""Work that must not hold up the other greenlets: file syncs, decoding and encoding of pictures."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from gevent import monkey
from gevent._hub_local import get_hub_if_exists
from gevent.threadpool import ThreadPool

P = ParamSpec("P")
T = TypeVar("T")

BEHIND = 5
"""How much less than others a thread of a `Lane` is favoured, on the scale of ``nice``."""


def run_native(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``fn`` and give its result; in a patched process in a native thread, while the other greenlets go on.

    Without the patch there is no loop to hold up, nor is there one in a thread of the pool (so calls may nest): then it
    is a plain call. ``fn`` must not touch anything that belongs to a greenlet.
    """
    hub = get_hub_if_exists() if monkey.is_module_patched("threading") else None
    if hub is None or not hub.main_hub:
        return fn(*args, **kwargs)
    outcome: _Outcome[T] = hub.threadpool.apply(_attempt, (fn, args, kwargs))
    return outcome()


class Lane:
    """Native threads of their own for work that keeps a processor busy: at most ``width`` pieces at once, and behind
    every other thread, so that neither the loop nor a short piece of file work waits for a processor."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._pool: ThreadPool | None = None

    def run(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """As `run_native`."""
        hub = get_hub_if_exists() if monkey.is_module_patched("threading") else None
        if hub is None or not hub.main_hub:
            return fn(*args, **kwargs)
        if self._pool is None:
            self._pool = ThreadPool(self._width, hub=hub)
        outcome: _Outcome[T] = self._pool.apply(_attempt_behind, (fn, args, kwargs))
        return outcome()


_Outcome = Callable[[], T]


def _attempt(fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Outcome[T]:
    """Gives the result, or raises what was raised, when called: gevent prints a traceback of what leaves its pool."""
    try:
        result = fn(*args, **kwargs)
    except BaseException as error:
        return _raiser(error)
    return lambda: result


def _attempt_behind(fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Outcome[T]:
    if sys.platform == "linux" and os.getpriority(os.PRIO_PROCESS, 0) < BEHIND:  # elsewhere it is the whole process's
        os.setpriority(os.PRIO_PROCESS, 0, BEHIND)
    return _attempt(fn, args, kwargs)


def _raiser(error: BaseException) -> Callable[[], Any]:
    def again() -> Any:
        raise error

    return again
