"""The patch of the standard library, where gevent's own falls short."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import gevent
import gevent.hub


def open_and_close(folder: Path) -> int:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    gevent.get_hub()  # a thread that has waited for anything has a hub, whose loop nobody runs
    os.close(handle)
    return handle


def locked(folder: Path) -> bool:
    """Whether somebody holds the folder's lock."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def test_a_folder_closed_in_a_native_thread_gives_its_lock_back(tmp_path: Path) -> None:
    gevent.get_hub().threadpool.apply(open_and_close, (tmp_path,))
    assert not locked(tmp_path)
