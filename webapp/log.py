"""The log: one line an event, on stdout."""

from __future__ import annotations

import logging
import sys
from typing import Any

from gevent import monkey

LOGGERS = ("step8", "webapp")


class LogLines(logging.StreamHandler[Any]):
    """Writes log lines under a real lock: they come from native threads too, and gevent's locks are not for those."""

    def createLock(self) -> None:
        """Make a lock that no greenlet waits for: writing a line never switches."""
        self.lock = monkey.get_original("threading", "RLock")()


def log_to_stdout() -> None:
    """Write the app's log to stdout. Called again, it changes nothing."""
    if logging.getLogger(LOGGERS[0]).handlers:
        return
    handler = LogLines(sys.stdout)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
