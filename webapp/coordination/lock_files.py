"""Lock files in one folder. The kernel frees them when their process dies, whatever the reason.

Standard library only: gunicorn's master uses this before gevent has patched anything.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class LockFiles:
    """The lock files of a folder, each by its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def is_free(self, name: str) -> bool:
        """Whether nobody has it now."""
        lock = self.attempt(name)
        if lock is not None:
            os.close(lock)
        return lock is not None

    def attempt(self, name: str) -> int | None:
        """Have it alone, or ``None`` while anybody else has it. It is given back by closing the handle."""
        try:
            return self.take(name, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None

    def take(self, name: str, how: int) -> int:
        """Have it as ``flock`` says. It is given back by closing the handle."""
        file = os.open(self._folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, how)
        except BaseException:
            os.close(file)
            raise
        return file
