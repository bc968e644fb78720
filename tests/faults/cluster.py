"""A world for faults: a provider double, real apps on one projects folder, one Redis, and ways to hurt them.

with World(home, rules=[kill("link", r"Beat_.*png$")]) as world:
    film = world.film()
    app = world.open()
    film.start(app)
    world.wait_until_fired(0)
    film.wait_for_end(app)
    assert broken(world) == []
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from tests.faults.disk_fault_shim import Rule, environment
from tests.faults.fault_project import END, FaultProject
from tests.harness.app_process import AppProcess, Apps, until
from tests.harness.provider_double import ProviderDouble
from webapp.coordination.redis_server import EmbeddedServer
from webapp.web.middleware.sessions import SECRET_BYTES, SECRET_FILE

KEY = "AIzaSyFaultKeyThatIsNotReal-0007"
PRICE = 39_000
PARALLEL = 2


class Cluster:
    """``rules`` are the disk's faults. Everything that was started is ended with it, also what was suspended.

    ``repeats`` counts the calls that may have to be made a second time: those in flight when something was killed.
    """

    def __init__(
        self,
        home: Path,
        rules: Iterable[Rule] = (),
        *,
        parallel: int = PARALLEL,
        double: ProviderDouble | None = None,
        **settings: str,
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.home = home
        self.root = home / "projects"
        self.parallel = parallel
        self.double = double or ProviderDouble(price=PRICE)
        self.films: list[FaultProject] = []
        self.apps: list[AppProcess] = []
        self.repeats = 0
        self.orphans: set[int] = set()
        self.deaths = 0
        self._rules = [replace(rule, fired=str(home / f"fired-{n}")) for n, rule in enumerate(rules)]
        self._settings = settings
        self._redis: EmbeddedServer | None = None
        self._processes = Apps(home)
        self._asleep: set[int] = set()
        self._secret = secrets.token_bytes(SECRET_BYTES)

    def __enter__(self) -> Cluster:
        self.double.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wake()
        self.double.leave()
        try:
            self._processes.__exit__(kind, error, trace)
        finally:
            if self._redis:
                self._redis.end()

    # what is in it

    def film(self, name: str = "film", beats: int = 3) -> FaultProject:
        """A project."""
        self.films.append(FaultProject(self.root, self.double, name, beats))
        return self.films[-1]

    def prepare(self, name: str = "a", **settings: str) -> AppProcess:
        """An app ("machine") of this name that is not started. Those on one Redis have one session secret, as they must
        have: without it they would not know each other's accounts."""
        var = self.home / f"var-{name}"
        var.mkdir(mode=0o700, exist_ok=True)
        (var / SECRET_FILE).write_bytes(self._secret)
        given = {
            "IMAGE_PROVIDER": "gemini",
            "GEMINI_API_KEYS": KEY,
            "GEMINI_BASE_URL": self.double.url,
            "GEMINI_MODEL": "gemini-2.5-flash-image",
            "REQUESTS_PER_MINUTE": "60000",
            "MAX_PARALLEL": str(self.parallel),
            "PROJECTS_ROOT": str(self.root),
            "DATA_DIR": str(var),
            **({"REDIS_URL": self._redis.url} if self._redis else {}),
            **environment(self._rules),
            **self._settings,
        }
        self.apps.append(self._processes.prepare(**{**given, **settings}))
        return self.apps[-1]

    def open(self, name: str = "a", **settings: str) -> AppProcess:
        """An app that answers."""
        app = self.prepare(name, **settings)
        self.start(app)
        return app

    def start(self, app: AppProcess) -> None:
        """Start a prepared or killed app, and wait until it answers."""
        app.start()
        until(app.healthy, END, says=app.log)

    def share_redis(self) -> EmbeddedServer:
        """One real Redis for all further apps, which none of them ends."""
        self._redis = EmbeddedServer(self.home / "redis-of-all")
        self._redis.ensure()
        return self._redis

    # faults

    def fired(self, rule: int = 0) -> bool:
        """Whether a fault of the disk has happened."""
        return Path(self._rules[rule].fired).exists()

    def wait_until_fired(self, rule: int = 0) -> float:
        """Wait until a fault of the disk has happened, and note a death when it was a kill. Answers the moment."""
        until(lambda: self.fired(rule), says=lambda: f"rule {rule} did not happen. Calls: {self.double.calls}")
        return self.note_death() if self._rules[rule].act == "kill" else time.monotonic()

    def note_death(self) -> float:
        """A worker is dead or suspended: its calls in flight may have to be repeated, and overlap with nobody's."""
        self.deaths += 1
        self.orphans |= {call.number for call in self.double.calls}
        self.repeats += self.parallel
        return time.monotonic()

    def kill(self, app: AppProcess) -> float:
        """The machine dies: kill -9 of every process of the app, but not of its Redis. Answers the moment."""
        app.kill()
        return self.note_death()

    def suspend(self, app: AppProcess) -> float:
        """The machine sleeps: SIGSTOP of every process of the app. Answers the moment."""
        assert app.process is not None
        self._asleep.add(app.process.pid)
        os.killpg(app.process.pid, signal.SIGSTOP)
        return self.note_death()

    def wake(self) -> None:
        """Every machine that sleeps goes on."""
        while self._asleep:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._asleep.pop(), signal.SIGCONT)

    def redis_pid(self) -> int:
        """The process of the shared Redis."""
        return int((self.home / "redis-of-all/redis/redis.pid").read_text())

    def kill_redis(self) -> None:
        """The shared Redis dies; wait until it is gone."""
        assert self._redis is not None
        server, pid = self._redis, self.redis_pid()
        os.kill(pid, signal.SIGKILL)
        until(lambda: not server.alive())

    def restart_redis(self) -> float:
        """Start the shared Redis again with what it had on disk. Answers the moment."""
        assert self._redis is not None
        self._redis.ensure()
        return time.monotonic()

    def redis_url(self) -> str:
        """Where the shared Redis is."""
        assert self._redis is not None
        return self._redis.url

    @contextlib.contextmanager
    def redis_hanging(self) -> Iterator[None]:
        """The shared Redis takes connections and answers nothing."""
        pid = self.redis_pid()
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


def now() -> float:
    """The moment, on the clock of the double's ledger."""
    return time.monotonic()


def passed_since(moment: float) -> float:
    """Seconds since then, on the clock of the double's ledger."""
    return time.monotonic() - moment
