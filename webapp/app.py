"""The factory: makes every part and joins them. With `webapp.app` the only file that knows all of them.

It is not in the package's ``__init__`` because gunicorn's master, which is not patched by gevent, imports settings and
the embedded server from this package: importing Flask there would load ``ssl`` before it is patched.

What makes the images: the commands, the loop that drives a project, the engine that wakes it, what is told of it.

Made and joined here for the factory.
"""

from __future__ import annotations

import os
import random
import secrets
import socket
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import gevent
from flask import Flask, session
from werkzeug.routing import PathConverter

from webapp import web
from webapp.config import Config
from webapp.coordination.lease import owner_name
from webapp.coordination.messages import EXPORT, hints_channel
from webapp.coordination.wiring import Coordination, meet
from webapp.core.settings.capacity import Capacity
from webapp.disk.files.native_threads import run_pixels
from webapp.disk.images.image_store import ImageStore
from webapp.disk.key_file import KeyFile
from webapp.disk.library import Library
from webapp.disk.logs.activity_log import ActivityLog
from webapp.disk.logs.journal import Journal
from webapp.disk.logs.webhook_log import WebhookLog
from webapp.disk.new_projects import NewProjects
from webapp.disk.project_store import ProjectStore
from webapp.disk.project_trash import ProjectTrash
from webapp.disk.storage_id import storage_id
from webapp.disk.webhook_secrets import WebhookSecrets
from webapp.exports.animatic import installed
from webapp.exports.contract import ExportTools
from webapp.exports.job_files import ExportJobs
from webapp.exports.jobs import Exporter
from webapp.fonts import font_for
from webapp.generation.bulk_control import BulkControl
from webapp.generation.control import Control
from webapp.generation.driver import Driver
from webapp.generation.events.event_log import EventLog
from webapp.generation.events.run_counts import RunCounts
from webapp.generation.events.webhooks import LARGEST, Webhooks, WebhookSender
from webapp.generation.job_queue import JobQueue
from webapp.generation.makers.key_list import KeyList
from webapp.generation.makers.provider_choice import ProviderChoices
from webapp.generation.makers.provider_overview import ProviderOverviews
from webapp.generation.makers.run_setup import RunSetupBuilder
from webapp.generation.run.context import Clocks
from webapp.generation.run_store import RunStore
from webapp.lifecycle import Lifecycle
from webapp.log import log_to_stdout
from webapp.metrics import Metrics
from webapp.outbound.client import Http
from webapp.process.os_limits import may_open
from webapp.web.images.live_parts import LiveParts
from webapp.web.live.hub import Hub, Visitor
from webapp.web.middleware.sessions import session_secret
from webapp.web.services import Services
from webapp.web.snapshot import Snapshots
from webapp.web.templates import compile_ahead

HERE = Path(__file__).resolve().parent
LARGEST_FORM = 8 * 1024 * 1024


class ProjectName(PathConverter):
    """A project in an address: its folder's path below the projects root, which may be nested."""


def create_app(config: Config) -> Flask:
    """The app for these settings. Starts nothing: `Services.start` does, once per process."""
    log_to_stdout()
    app = _flask(config.capacity.upload)
    storage, secret = storage_id(config.projects_root), session_secret(config.data_dir)
    library, store, pictures = Library(config.projects_root, storage=storage), ProjectStore(), ImageStore()
    meeting = meet(config.redis_url, config.data_dir, storage, secret)
    made = works(config, storage, library, store, pictures, meeting)
    snapshots = Snapshots(
        store, made.control, meeting.board, made.choices, made.outlooks, made.equipper, made.keychain, time.time
    )
    parts = LiveParts(snapshots, app.jinja_env, time.time)
    hub = _hub(config.capacity, meeting.url, parts, library, hints_channel(storage))
    trash = ProjectTrash(library, time.time)
    exporter = Exporter(
        ExportJobs(time.time),
        ExportTools(store, font_for, installed, time.time),
        config.capacity.exports,
        lambda folder: meeting.board.hint(EXPORT, folder.id),
    )
    life = Lifecycle(
        made.engine,
        hub,
        exporter,
        meeting.embedded,
        meeting.ping,
        meeting.concerns,
        made.metrics,
        trash.purge,
        made.chronicle,
    )
    app.extensions["step8"] = Services(
        config=config,
        library=library,
        arrivals=NewProjects(library),
        trash=trash,
        exporter=exporter,
        store=store,
        pictures=pictures,
        control=made.control,
        choices=made.choices,
        outlooks=made.outlooks,
        equipper=made.equipper,
        vault=made.vault,
        keychain=made.keychain,
        board=meeting.board,
        hub=hub,
        snapshots=snapshots,
        parts=parts,
        diaries=made.diaries,
        webhooks=made.webhooks,
        releases=BulkControl(made.control, meeting.turn, gevent.sleep),
        clock=time.time,
        redis_answers=life.redis_answers,
        drive=made.driver.drive,
        metrics=made.metrics.text,
        start=life.start,
        compile_ahead=partial(compile_ahead, app.jinja_env, gevent.sleep),
        stop=life.stop,
    )
    web.register(app)
    return app


def _flask(largest_upload: int) -> Flask:
    """An app without a page."""
    app = Flask(__name__, template_folder=str(HERE.parent / "templates"), static_folder=str(HERE.parent / "static"))
    app.config.update(MAX_CONTENT_LENGTH=largest_upload, MAX_FORM_MEMORY_SIZE=LARGEST_FORM, MAX_FORM_PARTS=500)
    app.url_map.merge_slashes = False  # /api/generation-status/%2Fabsolute%2Fpath is answered, not redirected
    app.url_map.converters["project"] = ProjectName
    return app


def _hub(capacity: Capacity, url: str, parts: LiveParts, library: Library, hints: str) -> Hub:
    """The live streams, of which there may be as many as this process may have connections."""
    viewers = capacity.room(may_open())
    return Hub(url, parts, library.find, visitor=_visitor, limit=viewers, limit_each=capacity.viewers_each, hints=hints)


def _visitor() -> Visitor:
    """Who opens a stream: one browser, known by its session."""
    return Visitor(id=str(session.get("id", "")))


@dataclass(frozen=True, slots=True)
class Works:
    """The parts of it that others use too."""

    control: Control
    driver: Driver
    engine: JobQueue
    choices: ProviderChoices
    outlooks: ProviderOverviews
    equipper: RunSetupBuilder
    vault: KeyFile
    keychain: KeyList
    diaries: ActivityLog
    webhooks: Webhooks
    chronicle: EventLog
    metrics: Metrics


def works(
    config: Config, storage: str, library: Library, store: ProjectStore, pictures: ImageStore, meeting: Coordination
) -> Works:
    """The works for these settings and this storage. Starts nothing."""
    board, leases, limits = meeting.board, meeting.leases, meeting.limits
    metrics = Metrics(lambda: census.states())
    diaries, courier = ActivityLog(), WebhookSender(Http(clock=time.monotonic, largest=LARGEST))
    webhooks = Webhooks(store, WebhookSecrets(config.data_dir), WebhookLog(), courier, time.time, gevent.sleep)
    chronicle = EventLog(diaries, Journal, store.ledger, webhooks)
    records = RunStore(board, store, time.time, metrics, witness=chronicle)
    census = RunCounts(library, board, records)
    vault = KeyFile(config.data_dir, time.monotonic)
    keychain = KeyList(config.providers, vault, limits)
    choices = ProviderChoices(config, store, Http(clock=time.monotonic), config.prices, gevent.sleep, run_pixels)
    outlooks = ProviderOverviews(config, choices, store, config.prices)
    equipper = RunSetupBuilder(choices, keychain.pool, store, limits, meeting.breaker, config.style_reference)
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
        Clocks(time.monotonic, time.time, random.random),
        owner_name(socket.gethostname(), os.getpid(), secrets.token_hex(4)),
        metrics,
        witness=chronicle,
    )
    engine = JobQueue(meeting.queue, driver, config.projects_at_once if config.run_worker else 0, storage, board)
    control = Control(records, board, leases, store, engine.wake, equipper)
    return Works(
        control, driver, engine, choices, outlooks, equipper, vault, keychain, diaries, webhooks, chronicle, metrics
    )
