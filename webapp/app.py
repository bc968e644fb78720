"""The factory: makes every part and joins them. The only file that knows all of them.

It is not in the package's ``__init__`` because gunicorn's master, which is not patched by gevent, imports settings and
the embedded server from this package: importing Flask there would load ``ssl`` before it is patched.
"""

from __future__ import annotations

import logging
import os
import random
import secrets
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gevent
from flask import Flask, session
from gevent import monkey
from gevent.event import Event
from werkzeug.routing import PathConverter

from webapp import web
from webapp.config import Config
from webapp.coordination.board import Board
from webapp.coordination.breaker import Breaker
from webapp.coordination.connection import connect, connect_for_queue, connect_strictly, reaching_redis
from webapp.coordination.lease import Leases
from webapp.coordination.limits import Limits
from webapp.coordination.neighbours import concerns
from webapp.coordination.server import EmbeddedServer
from webapp.core.money import Prices
from webapp.disk.journal import Journal
from webapp.disk.library import Library
from webapp.disk.pictures import Pictures
from webapp.disk.pool import run_native
from webapp.disk.storage import storage_id
from webapp.disk.store import Store
from webapp.errors import Step8Error
from webapp.generation.census import Census
from webapp.generation.control import Control
from webapp.generation.driver import Driver, owner_name
from webapp.generation.engine import Engine
from webapp.generation.equipment import Equipper
from webapp.generation.records import Records
from webapp.generation.runner import Clocks
from webapp.metrics import Metrics
from webapp.providers import Http
from webapp.web.hub import Hub, Visitor
from webapp.web.parts import Parts
from webapp.web.services import Services
from webapp.web.session import session_secret
from webapp.web.snapshot import Snapshots

log = logging.getLogger("step8")

HERE = Path(__file__).resolve().parent
PROJECTS_AT_ONCE = 32
"""Projects one process drives side by side; more wait for their turn."""

GRACE = 25.0
"""Seconds a leaving process gives its calls in flight; gunicorn's graceful timeout is a little longer."""

WATCH_EVERY = 1.0
LAG_EVERY = 0.5
LAG_WORTH_SAYING = 1.0
LARGEST_BODY = 64 * 1024 * 1024
LARGEST_FORM = 8 * 1024 * 1024


class ProjectName(PathConverter):
    """A project in an address: its folder's path below the projects root, which may be nested."""


def create_app(config: Config, projects: int = PROJECTS_AT_ONCE) -> Flask:
    """The app for these settings. Starts nothing: `Services.start` does, once per process.

    ``projects`` is how many it drives at once, if it drives any (RUN_WORKER).
    """
    app = Flask(__name__, template_folder=str(HERE.parent / "templates"), static_folder=str(HERE.parent / "static"))
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=LARGEST_FORM, MAX_FORM_PARTS=500)
    app.url_map.merge_slashes = False  # /api/generation-status/%2Fabsolute%2Fpath is answered, not redirected
    app.url_map.converters["project"] = ProjectName
    _log_to_stdout()

    embedded = None if config.redis_url else EmbeddedServer(config.data_dir)
    url = config.redis_url or (embedded.url if embedded else "")
    clocks = Clocks(time.monotonic, time.time, random.random)
    storage = storage_id(config.projects_root)
    library, store, pictures = Library(config.projects_root, storage=storage), Store(), Pictures()
    client = connect(url)
    board, leases = Board(client, time.time, storage), Leases(connect_strictly(url), time.monotonic)
    metrics = Metrics(lambda: census.states())
    records = Records(board, store, time.time, metrics)
    census = Census(library, board, records)
    prices = Prices.from_json((HERE / "prices.json").read_text(encoding="utf-8"))
    secret = session_secret(config.data_dir)
    shared = Limits(client, secret)
    http, breaker = Http(clock=time.monotonic), Breaker(client)
    equipper = Equipper(config, config.pool, store, http, prices, shared, breaker, gevent.sleep, run_native)
    owner = owner_name(socket.gethostname(), os.getpid(), secrets.token_hex(4))
    driver = Driver(
        library,
        store,
        pictures,
        Journal,
        board,
        leases,
        records,
        equipper.equip,
        equipper.limits,
        clocks,
        owner,
        metrics,
    )
    engine = Engine(connect_for_queue(url), driver, projects if config.run_worker else 0, storage)
    control = Control(records, board, leases, store, engine.wake, equipper)
    snapshots = Snapshots(store, control, board, equipper, time.time)
    parts = Parts(snapshots, app.jinja_env, time.time)
    hub = Hub(url, parts, library.find, visitor=_visitor)
    life = Life(
        engine, hub, embedded, lambda: bool(client.ping()), lambda: concerns(client, secret, time.time), metrics
    )
    app.extensions["step8"] = Services(
        config=config,
        library=library,
        store=store,
        pictures=pictures,
        control=control,
        equipper=equipper,
        board=board,
        hub=hub,
        snapshots=snapshots,
        clock=time.time,
        redis_answers=life.redis_answers,
        drive=driver.drive,
        metrics=metrics.text,
        start=life.start,
        stop=life.stop,
    )
    web.register(app, parts, hub)
    return app


class Life:
    """What a process does besides answering requests, from its start to its end."""

    def __init__(
        self,
        engine: Engine,
        hub: Hub,
        embedded: EmbeddedServer | None,
        ping: Callable[[], bool],
        concerns: Callable[[], list[str]],
        metrics: Metrics,
    ) -> None:
        self._engine = engine
        self._hub = hub
        self._embedded = embedded
        self._ping = ping
        self._concerns = concerns
        self._metrics = metrics
        self._over = Event()

    def start(self, alive: Callable[[], bool]) -> None:
        """Begin, after fork and patching. ``alive`` turns false when the process is asked to end."""
        self._engine.start()
        gevent.spawn(self._watch_redis)
        gevent.spawn(self._watch_loop)
        gevent.spawn(self._watch_end, alive)

    def stop(self) -> None:
        """End: streams at once, runs when their calls in flight are saved."""
        self._leave()
        self._engine.stop(GRACE)

    def redis_answers(self) -> None:
        """Raises CoordinationDown when Redis cannot be reached now."""
        with reaching_redis():
            self._ping()

    def _watch_end(self, alive: Callable[[], bool]) -> None:
        while alive():  # gunicorn's worker tells of SIGTERM in no other way
            if self._over.wait(0.1):
                return
        self._leave()

    def _leave(self) -> None:
        self._over.set()
        self._engine.leave()
        self._hub.close()

    def _watch_redis(self) -> None:
        """Say once when Redis goes and when it is back; start the embedded one again."""
        failures, concerned = 0, False
        while not self._over.wait(WATCH_EVERY):
            try:
                self.redis_answers()
                if not concerned:
                    concerned = True
                    for concern in self._concerns():
                        log.warning("%s", concern)
            except Step8Error as error:
                failures += 1
                if failures == 2:
                    log.warning("%s", error)
                if failures >= 2 and self._embedded:
                    self._revive(self._embedded)
                continue
            if failures >= 2:
                log.warning("Redis answers again.")
            failures = 0

    def _watch_loop(self) -> None:
        """Measure how late the event loop is: whatever holds it up holds up every page, call and heartbeat."""
        while True:
            began = time.monotonic()
            if self._over.wait(LAG_EVERY):
                return
            lag = max(0.0, time.monotonic() - began - LAG_EVERY)
            self._metrics.lagged(lag)
            self._metrics.streams(self._hub.viewers)
            if lag > LAG_WORTH_SAYING:
                log.warning("the event loop was held up for %.1f s", lag)

    def _revive(self, embedded: EmbeddedServer) -> None:
        try:
            embedded.revive()
        except Step8Error as error:
            log.error("%s", error)


def _visitor() -> Visitor:
    """Who opens a stream: one browser, known by its session."""
    return Visitor(id=str(session.get("id", "")))


class Lines(logging.StreamHandler[Any]):
    """Writes log lines under a real lock: they come from native threads too, and gevent's locks are not for those."""

    def createLock(self) -> None:
        """A lock that no greenlet waits for: writing a line never switches."""
        self.lock = monkey.get_original("threading", "RLock")()


def _log_to_stdout() -> None:
    """One line an event, on stdout, once per process."""
    if log.handlers:
        return
    handler = Lines(sys.stdout)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    for name in ("step8", "webapp"):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
