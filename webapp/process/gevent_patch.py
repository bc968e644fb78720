"""Makes the standard library cooperative. Every entry of the app calls `patch` in its first lines."""

import os

from gevent import monkey


def patch() -> None:
    """Let gevent take over the blocking parts of the standard library. May be called again."""
    monkey.patch_all()
    # Since 25.8.1 gevent's os.close puts the close of a folder off until the loop of its thread comes round. In a
    # native thread none ever does: the handle stays open, with whatever lock it holds. It is meant for descriptors
    # that are polled; we poll none.
    os.close = monkey.get_original("os", "close")
