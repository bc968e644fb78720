"""Native threads for work that must not block the other greenlets: file syncs, decoding and encoding of images.

There are two pools. Images keep a processor busy for long, and many may come at once; in one pool with the short pieces
of work a page would wait for all of them.
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

MOST_IMAGES = (os.cpu_count() or 1) + 1
"""Images that are worked on at the same time: each processor has one, and one waits for the disk."""

BEHIND = 5
"""Added to ``nice`` of the threads that work on images: neither the loop nor a short piece of file work is to wait for
a processor."""


def run_native(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call ``fn`` and return its result; in a patched process in a native thread, while other greenlets go on.

    A plain call without the patch, and in a thread of the pool (so calls may nest). ``fn`` must not touch anything that
    belongs to a greenlet.
    """
    hub = _hub()
    return fn(*args, **kwargs) if hub is None else _done(hub.threadpool, fn, args, kwargs)


def run_pixels(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the same for work on images, of which only a few run at once, see `MOST_IMAGES`."""
    hub = _hub()
    return fn(*args, **kwargs) if hub is None else _done(_pixels(hub), _with_less_priority, (fn, args, kwargs), {})


def _with_less_priority(fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    if sys.platform == "linux" and os.getpriority(os.PRIO_PROCESS, 0) < BEHIND:  # elsewhere it is the whole process's
        os.setpriority(os.PRIO_PROCESS, 0, BEHIND)
    return fn(*args, **kwargs)


def _hub() -> Any:
    hub = get_hub_if_exists() if monkey.is_module_patched("threading") else None
    return hub if hub is not None and hub.main_hub else None


@functools.cache
def _pixels(hub: Any) -> Any:
    return ThreadPool(MOST_IMAGES, hub=hub)


def _done(pool: Any, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
    outcome: _Outcome[T] = pool.apply(_attempt, (fn, args, kwargs))
    return outcome()


_Outcome = Callable[[], T]


def _attempt(fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Outcome[T]:
    # what leaves gevent's pool as an exception is printed there with its traceback
    try:
        result = fn(*args, **kwargs)
    except BaseException as error:
        return _raiser(error)
    return lambda: result


def _raiser(error: BaseException) -> Callable[[], Any]:
    def again() -> Any:
        raise error

    return again
