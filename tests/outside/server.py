"""The product's processes: the app, a worker, one command; each with folders of its own and the code of a checkout."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

PATIENCE = 120.0
"""Seconds until what should happen counts as missed."""

INHERITED = ("PATH", "HOME", "LANG", "TMPDIR")


def until(condition: Callable[[], Any], what: str = "") -> Any:
    """Wait until the condition is true and give what it gave. Raises TimeoutError when it never is."""
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {PATIENCE:.0f} s in vain: {what}")
        time.sleep(0.05)
    return result


def free_port() -> int:
    """A port that nobody listens on."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def noon() -> str:
    """A time zone in which it is noon now: no day ends while a record is made."""
    hours = 12 - time.gmtime().tm_hour
    return f"NOON{-hours:+d}"


class Product:
    """One checkout of the product over a folder of its own. ``settings`` are environment variables."""

    def __init__(self, code: Path, home: Path, **settings: str) -> None:
        self.code, self.home = code, home
        self.root, self.data = home / "projects", home / "var"
        self.root.mkdir(parents=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        self.environ = {name: os.environ[name] for name in INHERITED if name in os.environ} | {
            "SKETCH_DELAY": "0.2",
            "MAX_PARALLEL": "1",
            "REQUESTS_PER_MINUTE": "100000",
            "TZ": noon(),
            "COLUMNS": "100",
            "PYTHONPATH": str(code),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PROJECTS_ROOT": str(self.root),
            "DATA_DIR": str(self.data),
            "PORT": str(self.port),
            **settings,
        }

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """``python ARGUMENTS`` to its end."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.code,
            env=self.environ | settings,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )

    def kill(self) -> None:
        """End the app without a chance to tidy up, in a `serving` block. Its Redis stays; the next start adopts it."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    @contextlib.contextmanager
    def serving(self, command: str = "serve", port: int = 0, **settings: str) -> Iterator[Path]:
        """The app, or a worker, while the block runs; gives its log. Effect: ended with SIGTERM after it."""
        log = self.home / f"{command}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "webapp", command],
                cwd=self.code,
                env=self.environ | settings,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._process = process
        try:
            until(lambda: _answers(process, log, port or self.port), f"the app answers; its log:\n{log}")
            yield log
        except Exception:
            print(f"The log of {command} ends so:\n{_end_of(log)}", file=sys.stderr)
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


def _end_of(log: Path) -> str:
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-20:])


def _answers(process: subprocess.Popen[bytes], log: Path, port: int) -> bool:
    if process.poll() is not None:
        raise RuntimeError(f"the process ended at its start:\n{log.read_text('utf-8', 'replace')}")
    with contextlib.suppress(requests.RequestException):
        return requests.get(f"http://127.0.0.1:{port}/healthz", timeout=5).status_code in (200, 503)
    return False


def end_leftovers(home: Path) -> None:
    """End what still runs over a folder of ours: an app that did not end in the orderly way, and its Redis."""
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            told = (place / "cmdline").read_bytes() + (place / "environ").read_bytes()
            if str(home).encode() in told and int(place.name) != os.getpid():
                os.kill(int(place.name), signal.SIGKILL)
