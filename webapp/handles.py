"""How many files and connections a process may have open: as many as the system lets it.

Many systems start a program with 1,024, a number from a time before live pages, and let it raise that itself.
"""

from __future__ import annotations

import contextlib
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
