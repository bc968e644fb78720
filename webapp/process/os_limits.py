"""Limits of a process that the system and the C library set: open files and connections, memory kept by threads.

Many systems start a program with 1,024 open files, and let it raise that itself. glibc gives threads that allocate
arenas of their own, up to eight for each processor, each of which keeps what was freed in it: ten native threads that
decode and draw images came to hold 300 MB that way, at rest; sharing two, 100 MB.
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
    """Raise the limit of this process and its children as far as the system allows. Returns what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # it stays as it is, and the default is less
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return may_open()


def make_room(files: int) -> None:
    """Raise the limit of open files to at least so many.

    Raises:
        BadSetting: the system does not allow that.
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
    """Give freed memory back to the system, also what lies between pieces in use. Takes milliseconds: call in a native
    thread. Does nothing where the C library has no such thing."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))
