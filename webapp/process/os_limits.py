"""How many files and connections a process may have open: as many as the system lets it.

Many systems start a program with 1,024, a number from a time before live pages, and let it raise that itself.

The C library's share of a process's memory.

glibc lets threads that allocate have arenas of their own, up to eight for each processor, and each keeps what was freed
in it. Ten native threads that decode and draw pictures came to hold 300 MB that way, at rest; sharing two, 100 MB.
"""

from __future__ import annotations

import contextlib
import ctypes
import resource

from webapp.errors import BadSetting

ENOUGH = 65_536
"""More is not asked for: some systems call their limit endless and refuse it."""


def may_open() -> int:
    """How many files this process may have open now."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return ENOUGH if soft == resource.RLIM_INFINITY else soft


def raise_limit() -> int:
    """Raise the limit of this process and its children as far as the system allows. Answers what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # it stays as it is, and the default is less
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return may_open()


def make_room(files: int) -> None:
    """Raise the limit, and see that so many fit in.

    Raises:
        BadSetting: they do not, although somebody asked for as many viewers.
    """
    have = raise_limit()
    if files > have:
        sentence = f"so many viewers need {files} open files, and the system allows {have}. Raise that (ulimit -n)."
        raise BadSetting("VIEWERS_PER_WORKER", sentence)


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
