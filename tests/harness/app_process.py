"""Real apps for tests: ``python -m webapp serve`` or ``worker``, each in its own process group, with the folders of the
test and a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple

import requests

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""

PATIENCE = 60.0
"""Seconds until a condition that should come true counts as missed. Never a measure of speed."""

INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE")


def until(condition: Callable[[], Any], patience: float = PATIENCE, says: Callable[[], str] = lambda: "") -> Any:
    """Wait for ``condition`` to be true and give what it gave; AssertionError, with ``says()``, when it never is."""
    deadline = time.monotonic() + patience
    while not (result := condition()):
        assert time.monotonic() < deadline, f"waited {patience:.0f} s in vain. {says()}"
        time.sleep(0.02)
    return result


def free_port() -> int:
    """A TCP port that nobody listens on now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Running(NamedTuple):
    """A process that lives now. ``told`` is its command line and, where the system shows it, its environment."""

    pid: int
    parent: int
    told: str


def running() -> list[Running]:
    """Every process that this user may look at."""
    if not Path("/proc/self/stat").exists():
        listed = subprocess.check_output(["ps", "axeww", "-o", "pid=,ppid=,command="], text=True).splitlines()
        return [Running(int(pid), int(parent), told) for pid, parent, told in (line.split(None, 2) for line in listed)]
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            told = (folder / "cmdline").read_bytes() + b"\0" + (folder / "environ").read_bytes()
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended, or is somebody else's
        found.append(Running(int(folder.name), parent, told.replace(b"\0", b" ").decode("utf-8", "replace")))
    return found


def processes_mentioning(*words: str) -> list[int]:
    """The pids of the processes whose command line or environment holds one of the words."""
    return [process.pid for process in running() if any(word in process.told for word in words)]


class AppProcess:
    """One app. ``settings`` are its environment variables, besides PATH and the like: this machine's do not count."""

    def __init__(self, home: Path, settings: Mapping[str, str], command: Sequence[str] = ("serve",)) -> None:
        self.projects_root = Path(settings.get("PROJECTS_ROOT", home / "projects"))
        self.data_dir = Path(settings.get("DATA_DIR", home / "var"))
        self.port = int(settings.get("PORT", 0)) or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environ = {name: os.environ[name] for name in INHERITED if name in os.environ} | {
            "SKETCH_DELAY": "0",
            **settings,
            "PROJECTS_ROOT": str(self.projects_root),
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "STEP8_TEST": str(home),
        }
        self._mark = f"STEP8_TEST={home}"
        self._command = command
        self.log_file = home / f"{command[0]}-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, without waiting for an answer."""
        with self.log_file.open("ab") as log:
            self.process = self.spawn(log, log)

    def spawn(self, stdout: IO[bytes] | int, stderr: IO[bytes] | int) -> subprocess.Popen[bytes]:
        """The bare process, for tests that look at its output and exit status."""
        return subprocess.Popen(
            [sys.executable, "-m", "webapp", *self._command],
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )

    def wait_until_ready(self) -> None:
        """Wait until /healthz answers 200."""
        until(self.healthy, says=lambda: f"The app does not answer. Its log:\n{self.log()}")

    def healthy(self) -> bool:
        """Whether /healthz answers 200 now. AssertionError when the process has ended."""
        assert self.process is not None and self.process.poll() is None, f"the app ended. Its log:\n{self.log()}"
        try:
            return requests.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def log(self) -> str:
        """Everything it has printed, over all its starts."""
        return self.log_file.read_text("utf-8", "replace") if self.log_file.exists() else ""

    def signal(self, number: int) -> None:
        """Send a signal to the master process alone."""
        assert self.process is not None
        self.process.send_signal(number)

    def press_ctrl_c(self) -> None:
        """What the terminal does: SIGINT to every process of the group."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGINT)

    def wait(self) -> int:
        """Wait for the master's end and give its exit status."""
        assert self.process is not None
        return self.process.wait(timeout=60)

    def terminate(self) -> int:
        """End it the orderly way (SIGTERM) and give its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """Let it die without a chance to tidy up (kill -9): master and workers. The embedded Redis stays."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process = None

    def processes(self) -> list[int]:
        """The pids of all that belongs to it and still lives: master, workers, the Redis server."""
        return processes_mentioning(self._mark, str(self.data_dir))

    def is_gone(self) -> bool:
        """Whether nothing of it lives any more."""
        return not self.processes()

    def workers(self) -> list[int]:
        """The pids of gunicorn's worker processes."""
        assert self.process is not None
        return [process.pid for process in running() if process.parent == self.process.pid]


class Apps:
    """Starts apps below ``home`` and ends them all; leaving it checks that nothing is left running."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._apps: list[AppProcess] = []

    def __enter__(self) -> Apps:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for app in self._apps:
            if app.process is not None and app.process.poll() is None:
                app.terminate()
        for app in self._apps:
            if app.processes():
                app.start()  # a killed app left its Redis: the next app adopts it, and ends it
                app.wait_until_ready()
                app.terminate()
        if error is None:
            for app in self._apps:
                until(app.is_gone, says=app.log)

    def prepare(self, **settings: str) -> AppProcess:
        """An app that is not started yet. Settings are environment variables: ``prepare(WEB_CONCURRENCY="2")``."""
        app = AppProcess(self.home, settings)
        self._apps.append(app)
        return app

    def worker(self, *options: str, **settings: str) -> AppProcess:
        """A worker without pages that takes work. It has no address: ask its log."""
        worker = AppProcess(self.home, settings, ("worker", *options))
        self._apps.append(worker)
        worker.start()
        until(lambda: "worker is ready" in worker.log(), says=worker.log)
        return worker

    def start(self, **settings: str) -> AppProcess:
        """An app that answers."""
        app = self.prepare(**settings)
        app.start()
        app.wait_until_ready()
        return app
