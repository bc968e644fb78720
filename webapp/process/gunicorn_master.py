"""What gunicorn's master does for the app: settings, folders, port, embedded Redis; hooked in by ``gunicorn.conf.py``.

gunicorn executes that file again at every reload, so whatever must outlive one is held here, in `service`.
Imported before gevent has patched anything: standard library and the parts of the product that need nothing else.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import shutil
import socket
import stat
import sys
import tempfile
from pathlib import Path

from webapp.config import Config, load
from webapp.coordination.redis_server import EmbeddedServer
from webapp.disk.library import Library
from webapp.errors import BadSetting, CoordinationDown, Step8Error

ROOT = Path(__file__).resolve().parents[2]
"""The repository."""

DEMO = Path(__file__).resolve().parents[1] / "demo"
"""The bundled projects, one folder each."""


class PortTaken(Step8Error):
    """Another program listens where the app should."""


class Service:
    """One app as its master process sees it, over all reloads."""

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._settings: Config | None = None
        self._servers: dict[Path, EmbeddedServer] = {}
        self._counters: Path | None = None

    @property
    def settings(self) -> Config:
        """The settings that were read last.

        The workers inherit them by the fork. So all have the same ones, and a worker that is replaced next month is not
        affected by an unfinished edit of ``.env``.
        """
        if self._settings is None:
            self._settings = load(os.environ, self._root)
        return self._settings

    def read_settings(self) -> Config:
        """Read the settings, again at a reload. Bad ones refuse a start; at a reload they are reported and not used."""
        if self._settings is None:
            return self.settings
        try:
            self._settings = load(os.environ, self._root)
        except BadSetting as error:
            print(f"{error} The reload goes on with the settings of before.", file=sys.stderr, flush=True)
        return self._settings

    def provide(self, demo: bool = True) -> None:
        """Make the folders, the demo project and the embedded Redis, where they are not there. Raises Step8Error.

        Without ``demo`` an empty projects folder stays empty: it may be a mount point whose share is missing.
        """
        prepare_folders(self.settings, DEMO if demo else None)
        if self.settings.redis_url is None:
            place = self.settings.data_dir
            self._servers.setdefault(place, EmbeddedServer(place)).ensure()

    def share_counters(self) -> None:
        """Give the workers a folder for their counters, emptied at each start of the app.

        Not in DATA_DIR, which machines may share: the files in it are named by process numbers.
        """
        if self._counters is None:
            self._counters = _scratch(f"{self.settings.data_dir}:{self.settings.port}")
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(self._counters)  # from here its library takes it

    def forget_counters(self, pid: int) -> None:
        """A worker is gone: what it had open is closed. What it counted stays counted."""
        for file in self._counters.glob(f"gauge_live*_{pid}.db") if self._counters else ():
            file.unlink(missing_ok=True)

    def leave(self) -> None:
        """Give the embedded Redis up; it ends when no other app uses it. What goes wrong is reported, not raised."""
        if self._counters is not None:
            shutil.rmtree(self._counters, ignore_errors=True)
        for server in self._servers.values():
            try:
                server.end()
            except CoordinationDown as error:
                print(error, file=sys.stderr, flush=True)

    def become_worker(self) -> None:
        """In a forked worker: the embedded Redis belongs to the master alone."""
        for server in self._servers.values():
            server.forget()


@functools.cache
def service() -> Service:
    """The one service of this process."""
    return Service()


def _scratch(name: str) -> Path:
    """An empty folder of our own: always the same for one app, so that nothing piles up when apps are killed.

    In memory, where the system has a place for that: counters change too often for a disk.
    """
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
    folder = Path(place, f"step8-metrics-{os.getuid()}-{hashlib.blake2s(name.encode(), digest_size=8).hexdigest()}")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except OSError:  # another user's, who may write there too
        return Path(tempfile.mkdtemp(prefix="step8-metrics-"))
    return folder


def check_port(config: Config, name: str = "PORT") -> None:
    """Raise PortTaken or BadSetting when nothing can listen at HOST and the port, which the setting ``name`` gave."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except socket.gaierror:
            raise BadSetting("HOST", f"no address is known for {config.host}; 127.0.0.1 is this machine.") from None
        except OSError as error:
            raise _no_port(config, error, name) from None


def _no_port(config: Config, error: OSError, name: str) -> Step8Error:
    if error.errno == errno.EADDRINUSE:
        other = config.port + 1 if config.port < 65535 else 8001
        return PortTaken(
            f"Port {config.port} is taken. Stop the other program or choose another port: {name}={other}"
            f" make {'run' if name == 'PORT' else 'worker'}"
        )
    if error.errno == errno.EACCES:
        return BadSetting(name, f"{config.port} is reserved for the system; choose one above 1023.")
    reason = f"this machine cannot listen at {config.host} ({error.strerror}); 127.0.0.1 always works."
    return BadSetting("HOST", reason)


def prepare_folders(config: Config, demo: Path | None = DEMO) -> None:
    """Make DATA_DIR and PROJECTS_ROOT; where there is no project yet, put those of ``demo``. Raises BadSetting."""
    with _blaming("DATA_DIR", config.data_dir):
        _make_private(config.data_dir)
    with _blaming("PROJECTS_ROOT", config.projects_root):
        config.projects_root.mkdir(parents=True, exist_ok=True)
        if demo is not None and not Library(config.projects_root).names():
            for name in Library(demo).names() if demo.is_dir() else []:
                _copy(demo / name, config.projects_root / name)


class _blaming:
    """Turns an OSError inside into a BadSetting of one variable."""

    def __init__(self, name: str, folder: Path) -> None:
        self._name = name
        self._folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            reason = f"the folder {self._folder} cannot be used ({error.strerror or error})."
            raise BadSetting(self._name, reason) from error


def _make_private(folder: Path) -> None:
    """Make ``folder`` for its owner alone. One that was there is closed to others if it is empty or was ours before."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError:
        mode = stat.S_IMODE(folder.stat().st_mode)
        ours = (folder / "redis").is_dir() or not any(folder.iterdir())
        if mode & 0o077 and not mode & stat.S_ISVTX and ours:
            folder.chmod(0o700)


def _copy(project: Path, target: Path) -> None:
    # under a hidden name first: a project that appears, appears whole
    half = Path(tempfile.mkdtemp(prefix=".new-", dir=target.parent))
    try:
        shutil.copytree(project, half / project.name, ignore=shutil.ignore_patterns("__pycache__", ".DS_Store"))
        os.utime(half / project.name)  # it comes into being now, whenever its files were written
        os.rename(half / project.name, target)
    except OSError as error:
        if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):  # another app was faster: as good
            raise
    finally:
        shutil.rmtree(half, ignore_errors=True)
