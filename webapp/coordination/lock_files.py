"""Lock files in one folder (``flock``). The kernel frees them when their process dies.

Standard library only: gunicorn's master uses this before gevent has patched anything.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class LockFiles:
    """Takes the lock files of a folder by name. A lock is freed by closing its file descriptor."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def is_free(self, name: str) -> bool:
        """Whether no process holds the lock now."""
        lock = self.try_exclusive(name)
        if lock is not None:
            os.close(lock)
        return lock is not None

    def try_exclusive(self, name: str) -> int | None:
        """Take the lock exclusively. Returns its file descriptor; ``None`` while any other process holds it."""
        try:
            return self.take(name, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None

    def take(self, name: str, operation: int) -> int:
        """Take the lock by this operation of ``flock``. Returns its file descriptor."""
        file = os.open(self._folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, operation)
        except BaseException:
            os.close(file)
            raise
        return file
