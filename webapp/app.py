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
from functools import partial
from pathlib import Path
from typing import Any

import gevent
from flask import Flask, session
from gevent import monkey
from werkzeug.routing import PathConverter

from webapp import web
from webapp.config import Config
from webapp.coordination.board import Board
from webapp.coordination.breaker import Breaker
from webapp.coordination.connection import connect, connect_for_queue, connect_strictly
from webapp.coordination.lease import Leases, owner_name
from webapp.coordination.limits import Limits
from webapp.coordination.neighbours import concerns
from webapp.coordination.server import EmbeddedServer
from webapp.coordination.turn import Turn
from webapp.disk.arrivals import Arrivals
from webapp.disk.deliveries import Deliveries
from webapp.disk.diary import Diaries
from webapp.disk.exports.cabinet import Cabinet
from webapp.disk.exports.film import installed
from webapp.disk.hook_secrets import HookSecrets
from webapp.disk.journal import Journal
from webapp.disk.library import Library
from webapp.disk.pictures import Pictures
from webapp.disk.pool import run_pixels
from webapp.disk.storage import storage_id
from webapp.disk.store import Store
from webapp.disk.trash import Trash
from webapp.disk.vault import Vault
from webapp.generation.census import Census
from webapp.generation.charter import Clocks
from webapp.generation.choices import Choices
from webapp.generation.chronicle import Chronicle
from webapp.generation.control import Control
from webapp.generation.driver import Driver
from webapp.generation.engine import Engine
from webapp.generation.equipment import Equipper
from webapp.generation.keychain import Keychain
from webapp.generation.outlook import Outlooks
from webapp.generation.records import Records
from webapp.generation.releases import Releases
from webapp.generation.webhooks import Webhooks
from webapp.handles import may_open
from webapp.life import Life
from webapp.metrics import Metrics
from webapp.providers import Http
from webapp.providers.courier import LARGEST, Courier
from webapp.providers.drawing.lettering import font_for
from webapp.web.exporter import Exporter
from webapp.web.hub import Hub, Visitor
from webapp.web.parts import Parts
from webapp.web.services import Services
from webapp.web.session import session_secret
from webapp.web.snapshot import Snapshots
from webapp.web.templates import compile_ahead

log = logging.getLogger("step8")

HERE = Path(__file__).resolve().parent
LARGEST_FORM = 8 * 1024 * 1024


class ProjectName(PathConverter):
    """A project in an address: its folder's path below the projects root, which may be nested."""


def create_app(config: Config) -> Flask:
    """The app for these settings. Starts nothing: `Services.start` does, once per process."""
    app = Flask(__name__, template_folder=str(HERE.parent / "templates"), static_folder=str(HERE.parent / "static"))
    capacity = config.capacity
    app.config.update(MAX_CONTENT_LENGTH=capacity.upload, MAX_FORM_MEMORY_SIZE=LARGEST_FORM, MAX_FORM_PARTS=500)
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
    secret = session_secret(config.data_dir)
    diaries, courier = Diaries(), Courier(Http(clock=time.monotonic, largest=LARGEST))
    webhooks = Webhooks(store, HookSecrets(config.data_dir), Deliveries(), courier, time.time, gevent.sleep)
    chronicle = Chronicle(diaries, Journal, store.ledger, webhooks)
    records = Records(board, store, time.time, metrics, witness=chronicle)
    census = Census(library, board, records)
    shared = Limits(client, secret)
    http, breaker = Http(clock=time.monotonic), Breaker(client)
    vault = Vault(config.data_dir, time.monotonic)
    keychain = Keychain(config.providers, vault, shared)
    choices = Choices(config, store, http, config.prices, gevent.sleep, run_pixels)
    outlooks = Outlooks(config, choices, store, config.prices)
    equipper = Equipper(choices, keychain.pool, store, shared, breaker, config.style_reference)
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
        witness=chronicle,
    )
    engine = Engine(connect_for_queue(url), driver, config.projects_at_once if config.run_worker else 0, storage, board)
    control = Control(records, board, leases, store, engine.wake, equipper)
    snapshots = Snapshots(store, control, board, choices, outlooks, equipper, keychain, time.time)
    parts = Parts(snapshots, app.jinja_env, time.time)
    viewers = capacity.room(may_open())
    hub = Hub(url, parts, library.find, visitor=_visitor, limit=viewers, limit_each=capacity.viewers_each)
    trash = Trash(library, time.time)
    exporter = Exporter(store, Cabinet(time.time), font_for, time.time, installed, capacity.exports)
    life = Life(
        engine,
        hub,
        exporter,
        embedded,
        lambda: bool(client.ping()),
        lambda: concerns(client, secret, time.time),
        metrics,
        trash.purge,
        chronicle,
    )
    app.extensions["step8"] = Services(
        config=config,
        library=library,
        arrivals=Arrivals(library),
        trash=trash,
        exporter=exporter,
        store=store,
        pictures=pictures,
        control=control,
        choices=choices,
        outlooks=outlooks,
        equipper=equipper,
        vault=vault,
        keychain=keychain,
        board=board,
        hub=hub,
        snapshots=snapshots,
        parts=parts,
        diaries=diaries,
        webhooks=webhooks,
        releases=Releases(control, Turn(client), gevent.sleep),
        clock=time.time,
        redis_answers=life.redis_answers,
        drive=driver.drive,
        metrics=metrics.text,
        start=life.start,
        compile_ahead=partial(compile_ahead, app.jinja_env, gevent.sleep),
        stop=life.stop,
    )
    web.register(app)
    return app


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
