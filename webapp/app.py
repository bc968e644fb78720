"""The factory: makes every part of the app and joins them, from the disk upwards. The only module that knows all.

It is not in the package's ``__init__`` because gunicorn's master, which is not patched by gevent, imports settings and
the embedded server from this package: importing Flask there would load ``ssl`` before it is patched.
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
from webapp.coordination.wiring import Coordination, coordinate
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
from webapp.generation.run.context import Clocks, ProjectDisk, SharedRuns, WorkerContext
from webapp.generation.run_store import RunStore
from webapp.lifecycle import Lifecycle
from webapp.log import log_to_stdout
from webapp.metrics import Metrics
from webapp.operations.frames import FrameOperations
from webapp.operations.images import ImageOperations
from webapp.operations.projects import ProjectOperations
from webapp.operations.prompt_imports import PromptImports
from webapp.operations.prompts import PromptOperations
from webapp.operations.publisher import ChangePublisher
from webapp.operations.queue import QueueOperations
from webapp.operations.runs import RunOperations
from webapp.outbound.client import Http
from webapp.process.os_limits import may_open
from webapp.state.state_reader import MakerReaders, StateReader
from webapp.web.images.live_parts import LiveParts
from webapp.web.live.hub import Hub, Visitor
from webapp.web.live.stream_limits import StreamLimits
from webapp.web.middleware.sessions import session_secret
from webapp.web.services import EXTENSION, LiveUpdates, Operations, ProcessHooks, Services
from webapp.web.templates import compile_ahead

HERE = Path(__file__).resolve().parent
LARGEST_FORM = 8 * 1024 * 1024


def create_app(config: Config) -> Flask:
    """The app for these settings. Starts nothing: `ProcessHooks.start` does, once per process."""
    log_to_stdout()
    app = _flask(config)
    disk = _disk(config)
    shared = coordinate(config.redis_url, config.data_dir, disk.library.storage, session_secret(config.data_dir))
    generation = _generation(config, disk, shared)
    state = StateReader(disk.store, shared.live_state, generation.makers)
    operations = _operations(disk, shared, generation)
    live = _live(config, app, disk.library, shared, state)
    exporter = _exporter(config, disk.store, live.hub)
    lifecycle = Lifecycle(
        shared, generation.queue, live.hub, exporter, generation.event_log, generation.metrics, disk.trash.purge
    )
    app.extensions[EXTENSION] = Services(
        config=config,
        clock=time.time,
        process=ProcessHooks(
            start=lifecycle.start,
            stop=lifecycle.stop,
            redis_answers=lifecycle.redis_answers,
            metrics=generation.metrics.text,
            compile_ahead=partial(compile_ahead, app.jinja_env, gevent.sleep),
            drive=generation.driver.drive,
        ),
        operations=operations,
        state=state,
        control=generation.control,
        makers=generation.makers,
        live=live,
        exporter=exporter,
        webhooks=generation.webhooks,
        library=disk.library,
        trash=disk.trash,
        store=disk.store,
        images=disk.images,
        key_file=disk.key_file,
        activity_log=disk.activity_log,
    )
    web.register(app)
    return app


class ProjectName(PathConverter):
    """A project in an address: its folder's path below the projects root, which may be nested."""


def _flask(config: Config) -> Flask:
    """An app without a page."""
    app = Flask(__name__, template_folder=str(HERE.parent / "templates"), static_folder=str(HERE.parent / "static"))
    app.config.update(MAX_CONTENT_LENGTH=config.capacity.upload, MAX_FORM_MEMORY_SIZE=LARGEST_FORM, MAX_FORM_PARTS=500)
    app.url_map.merge_slashes = False  # /api/generation-status/%2Fabsolute%2Fpath is answered, not redirected
    app.url_map.converters["project"] = ProjectName
    return app


@dataclass(frozen=True, slots=True)
class _Disk:
    """What reads and writes the projects folder, and the keys in DATA_DIR."""

    library: Library
    store: ProjectStore
    images: ImageStore
    trash: ProjectTrash
    activity_log: ActivityLog
    key_file: KeyFile


def _disk(config: Config) -> _Disk:
    library = Library(config.projects_root, storage=storage_id(config.projects_root))
    return _Disk(
        library,
        ProjectStore(),
        ImageStore(),
        ProjectTrash(library, time.time),
        ActivityLog(),
        KeyFile(config.data_dir, time.monotonic),
    )


@dataclass(frozen=True, slots=True)
class _Generation:
    """What makes images: the commands for a run, the queue that wakes its driver, its events."""

    control: Control
    bulk_control: BulkControl
    queue: JobQueue
    driver: Driver
    makers: MakerReaders
    event_log: EventLog
    webhooks: Webhooks
    metrics: Metrics


def _generation(config: Config, disk: _Disk, shared: Coordination) -> _Generation:
    library, store = disk.library, disk.store
    sender = WebhookSender(Http(clock=time.monotonic, largest=LARGEST))
    webhooks = Webhooks(store, WebhookSecrets(config.data_dir), WebhookLog(), sender, time.time, gevent.sleep)
    event_log = EventLog(disk.activity_log, Journal, store.ledger, webhooks)
    metrics = Metrics(lambda: counts.states())
    runs = RunStore(shared.live_state, store, time.time, metrics, observer=event_log)
    counts = RunCounts(library, shared.live_state, runs)
    makers = _makers(config, disk, shared)
    clocks = Clocks(time.monotonic, time.time, random.random)
    owner = owner_name(socket.gethostname(), os.getpid(), secrets.token_hex(4))
    driver = Driver(
        ProjectDisk(library, store, disk.images, Journal),
        SharedRuns(shared.live_state, shared.leases, runs),
        makers.setups.build,
        makers.setups.limits,
        WorkerContext(owner, clocks, metrics, event_log),
    )
    at_once = config.projects_at_once if config.run_worker else 0
    queue = JobQueue(shared.queue, driver, at_once, library.storage, shared.live_state)
    control = Control(runs, shared.live_state, shared.leases, store, queue.wake, makers.setups)
    bulk_control = BulkControl(control, shared.bulk_resume, gevent.sleep)
    return _Generation(control, bulk_control, queue, driver, makers, event_log, webhooks, metrics)


def _makers(config: Config, disk: _Disk, shared: Coordination) -> MakerReaders:
    """Who makes images and with which keys, as far as it is chosen by the user or set in the environment."""
    store, http = disk.store, Http(clock=time.monotonic)
    keys = KeyList(config.providers, disk.key_file, shared.limits)
    choices = ProviderChoices(config, store, http, config.prices, gevent.sleep, run_pixels)
    overviews = ProviderOverviews(config, choices, store, config.prices)
    setups = RunSetupBuilder(choices, keys.pool, store, shared.limits, shared.breaker, config.style_reference)
    return MakerReaders(choices, overviews, setups, keys)


def _operations(disk: _Disk, shared: Coordination, generation: _Generation) -> Operations:
    store, control, makers = disk.store, generation.control, generation.makers
    publisher = ChangePublisher(store, control, shared.live_state, disk.activity_log, time.time)
    prompts = PromptOperations(store, publisher)
    return Operations(
        runs=RunOperations(control, generation.bulk_control, makers.choices, store),
        frames=FrameOperations(control, store, makers.setups, prompts, publisher),
        queue=QueueOperations(control, publisher),
        images=ImageOperations(store, publisher, time.time),
        prompts=prompts,
        prompt_imports=PromptImports(store),
        projects=ProjectOperations(store, NewProjects(disk.library), disk.trash, control, shared.live_state),
    )


def _live(config: Config, app: Flask, library: Library, shared: Coordination, state: StateReader) -> LiveUpdates:
    """The live streams, of which there may be as many as this process may have connections."""
    parts = LiveParts(state, app.jinja_env, time.time)
    hub = Hub(
        shared.url,
        parts,
        library.find,
        visitor=_visitor,
        limits=StreamLimits(config.capacity.room(may_open()), config.capacity.viewers_each),
        hints=hints_channel(library.storage),
    )
    return LiveUpdates(shared.live_state, hub, parts)


def _visitor() -> Visitor:
    """Who opens a stream: one browser, known by its session."""
    return Visitor(id=str(session.get("id", "")))


def _exporter(config: Config, store: ProjectStore, hub: Hub) -> Exporter:
    return Exporter(
        ExportJobs(time.time),
        ExportTools(store, font_for, installed, time.time),
        config.capacity.exports,
        lambda folder: hub.publish_hint(EXPORT, folder.id),
    )
