"""Where the processes meet: the Redis they were given or their own, and everything they share in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import redis

from webapp.coordination.board import Board
from webapp.coordination.breaker import Breaker
from webapp.coordination.connection import connect, connect_for_queue, connect_strictly
from webapp.coordination.lease import Leases
from webapp.coordination.limits import Limits
from webapp.coordination.neighbours import concerns
from webapp.coordination.server import EmbeddedServer
from webapp.coordination.turn import Turn


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a process has of it. ``queue`` is the client for the queue, ``ping`` raises what redis-py raises, and
    ``concerns`` are those of `webapp.coordination.neighbours`."""

    url: str
    embedded: EmbeddedServer | None
    queue: redis.Redis
    board: Board
    leases: Leases
    limits: Limits
    breaker: Breaker
    turn: Turn
    ping: Callable[[], bool]
    concerns: Callable[[], list[str]]


def meet(given: str | None, data_dir: Path, storage: str, secret: bytes) -> Meeting:
    """The Redis at the ``given`` URL, else the one that is embedded in ``data_dir``. Connects at the first command, not
    here. ``storage`` is the id of the projects folder, ``secret`` that of the installation."""
    embedded = None if given else EmbeddedServer(data_dir)
    url = given or (embedded.url if embedded else "")
    client = connect(url)
    return Meeting(
        url=url,
        embedded=embedded,
        queue=connect_for_queue(url),
        board=Board(client, time.time, storage),
        leases=Leases(connect_strictly(url), time.monotonic),
        limits=Limits(client, secret),
        breaker=Breaker(client),
        turn=Turn(client),
        ping=lambda: bool(client.ping()),
        concerns=lambda: concerns(client, secret, time.time),
    )
