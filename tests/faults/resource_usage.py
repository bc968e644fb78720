"""What a running app holds: memory, handles, threads, greenlets, Redis connections and keys. Linux only."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

import redis

from tests.harness.app_process import AppProcess, until

COUNTING = Path(__file__).resolve().parent / "counting"
"""The folder whose start-up module lets the app tell."""

SLACK = {"handles": 4, "threads": 12, "greenlets": 4, "connections": 4, "keys": 2}
"""How much more of each may be there than at rest before: what comes and goes by itself, such as the pool's threads."""

MORE_MEMORY = 12.0
"""MB that the memory may have grown: allocators keep some, and it is not the same after each act."""


@dataclass(frozen=True, slots=True)
class ResourceUsage:
    """One moment of a worker process and its Redis. Memory in MB; greenlets without the two that gevent has for each
    thread of its pool; keys of Redis that do not go by themselves."""

    memory: float
    handles: int
    threads: int
    greenlets: int
    connections: int
    keys: int
    objects: int

    def above(self, base: ResourceUsage) -> list[str]:
        """What there is too much of, beside the base."""
        mine, theirs = asdict(self), asdict(base)
        found = [
            f"{name}: {theirs[name]} → {mine[name]}" for name, more in SLACK.items() if mine[name] > theirs[name] + more
        ]
        if self.memory > base.memory + MORE_MEMORY:
            found.append(f"memory: {base.memory:.1f} → {self.memory:.1f} MB")
        return found


def telling(folder: Path) -> dict[str, str]:
    """The settings under which an app tells what it holds."""
    folder.mkdir(parents=True, exist_ok=True)
    return {"PYTHONPATH": str(COUNTING), "STEP8_COUNTS": str(folder)}


def held(app: AppProcess, server: redis.Redis) -> ResourceUsage:
    """What the app's one worker holds now."""
    (pid,) = app.workers()
    told = Path(app.environ["STEP8_COUNTS"]) / str(pid)
    told.unlink(missing_ok=True)
    os.kill(pid, signal.SIGRTMIN)
    until(told.exists, says=app.log)
    counts = json.loads(told.read_text())
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    threads = int(status["Threads"])
    return ResourceUsage(
        memory=int(status["VmRSS"].split()[0]) / 1000,
        handles=len(os.listdir(f"/proc/{pid}/fd")),
        threads=threads,
        greenlets=counts["greenlets"] - 2 * (threads - 1),
        connections=len(server.client_list()),
        keys=sum(server.ttl(key) == -1 for key in server.scan_iter()),
        objects=counts["objects"],
    )


def at_rest(
    app: AppProcess, server: redis.Redis, base: ResourceUsage | None = None, patience: float = 60.0
) -> ResourceUsage:
    """What it holds once everything has ended that ends by itself: as soon as that is no more than the ``base``."""
    newest = held(app, server)

    def is_back(base: ResourceUsage) -> bool:
        nonlocal newest
        newest = held(app, server)
        return not newest.above(base)

    if base is not None:
        with contextlib.suppress(AssertionError):  # the caller looks at what is left
            until(lambda: is_back(base), patience)
    return newest
