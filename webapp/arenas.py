"""The C library's share of a process's memory.

glibc lets threads that allocate have arenas of their own, up to eight for each processor, and each keeps what was freed
in it. Ten native threads that decode and draw pictures came to hold 300 MB that way, at rest; sharing two, 100 MB.
"""

from __future__ import annotations

import contextlib
import ctypes

_ARENA_MAX = -8
"""M_ARENA_MAX of malloc.h."""

ARENAS = 2


def share_arenas() -> None:
    """Let the threads that begin from now on share a few arenas. Does nothing where the C library has none."""
    with contextlib.suppress(OSError, AttributeError):  # macOS, musl
        ctypes.CDLL(None).mallopt(_ARENA_MAX, ARENAS)


def give_back() -> None:
    """Give memory that was freed back to the system; what lies between pieces in use is kept otherwise, for ever. Takes
    milliseconds, for native threads. Does nothing where the C library has no such thing."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))
