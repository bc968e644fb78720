"""Work that must not hold up the other greenlets: file syncs, decoding and encoding of pictures.

It is done in two pools. Pictures keep a processor busy for long, and many may come at once; if they had the threads of
the short pieces of work, a page would wait for all of them.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from gevent import monkey
from gevent._hub_local import get_hub_if_exists
from gevent.threadpool import ThreadPool

P = ParamSpec("P")
T = TypeVar("T")

PICTURES = (os.cpu_count() or 1) + 1
"""Pictures that are worked on at the same time: each processor has one, and one waits for the disk."""

BEHIND = 5
"""How much less than others a thread that works on pictures is favoured, on the scale of ``nice``: neither the loop nor
a short piece of file work is to wait for a processor."""


def run_native(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``fn`` and give its result; in a patched process in a native thread, while the other greenlets go on.

    Without the patch there is no loop to hold up, nor is there one in a thread of the pool (so calls may nest): then it
    is a plain call. ``fn`` must not touch anything that belongs to a greenlet.
    """
    hub = _hub()
    return fn(*args, **kwargs) if hub is None else _done(hub.threadpool, fn, args, kwargs)


def run_pixels(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The same for work on pictures, of which only a few are at work at once, see `PICTURES`."""
    hub = _hub()
    return fn(*args, **kwargs) if hub is None else _done(_pixels(hub), _behind, (fn, args, kwargs), {})


def _behind(fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    if sys.platform == "linux" and os.getpriority(os.PRIO_PROCESS, 0) < BEHIND:  # elsewhere it is the whole process's
        os.setpriority(os.PRIO_PROCESS, 0, BEHIND)
    return fn(*args, **kwargs)


def _hub() -> Any:
    """The loop of this thread, if it is the main one of a patched process."""
    hub = get_hub_if_exists() if monkey.is_module_patched("threading") else None
    return hub if hub is not None and hub.main_hub else None


@functools.cache
def _pixels(hub: Any) -> Any:
    return ThreadPool(PICTURES, hub=hub)


def _done(pool: Any, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    outcome: _Outcome[T] = pool.apply(_attempt, (fn, args, kwargs))
    return outcome()


_Outcome = Callable[[], T]


def _attempt(fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Outcome[T]:
    """Gives the result, or raises what was raised, when called: gevent prints a traceback of what leaves its pool."""
    try:
        result = fn(*args, **kwargs)
    except BaseException as error:
        return _raiser(error)
    return lambda: result


def _raiser(error: BaseException) -> Callable[[], Any]:
    def again() -> Any:
        raise error

    return again
