"""Work that must not hold up the other greenlets: file syncs, decoding and encoding of pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from gevent import monkey
from gevent._hub_local import get_hub_if_exists

P = ParamSpec("P")
T = TypeVar("T")


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
