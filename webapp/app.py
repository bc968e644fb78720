"""The factory: makes every part and joins them. With `webapp.works` the only file that knows all of them.

It is not in the package's ``__init__`` because gunicorn's master, which is not patched by gevent, imports settings and
the embedded server from this package: importing Flask there would load ``ssl`` before it is patched.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import gevent
from flask import Flask, session
from werkzeug.routing import PathConverter

from webapp import web
from webapp.config import Config
from webapp.coordination.messages import EXPORT, hints_channel
from webapp.coordination.wiring import meet
from webapp.core.settings.capacity import Capacity
from webapp.disk.images.image_store import Pictures
from webapp.disk.library import Library
from webapp.disk.new_projects import Arrivals
from webapp.disk.project_store import Store
from webapp.disk.project_trash import Trash
from webapp.disk.storage_id import storage_id
from webapp.exports.animatic import installed
from webapp.exports.job_files import Cabinet
from webapp.exports.jobs import Exporter
from webapp.generation.bulk_control import Releases
from webapp.handles import may_open
from webapp.life import Life
from webapp.log import log_to_stdout
from webapp.providers.sketch.drawing.caption import font_for
from webapp.web.hub import Hub, Visitor
from webapp.web.parts import Parts
from webapp.web.services import Services
from webapp.web.session import session_secret
from webapp.web.snapshot import Snapshots
from webapp.web.templates import compile_ahead
from webapp.works import works

HERE = Path(__file__).resolve().parent
LARGEST_FORM = 8 * 1024 * 1024


class ProjectName(PathConverter):
    """A project in an address: its folder's path below the projects root, which may be nested."""


def create_app(config: Config) -> Flask:
    """The app for these settings. Starts nothing: `Services.start` does, once per process."""
    log_to_stdout()
    app = _flask(config.capacity.upload)
    storage, secret = storage_id(config.projects_root), session_secret(config.data_dir)
    library, store, pictures = Library(config.projects_root, storage=storage), Store(), Pictures()
    meeting = meet(config.redis_url, config.data_dir, storage, secret)
    made = works(config, storage, library, store, pictures, meeting)
    snapshots = Snapshots(
        store, made.control, meeting.board, made.choices, made.outlooks, made.equipper, made.keychain, time.time
    )
    parts = Parts(snapshots, app.jinja_env, time.time)
    hub = _hub(config.capacity, meeting.url, parts, library, hints_channel(storage))
    trash = Trash(library, time.time)
    exporter = Exporter(
        store,
        Cabinet(time.time),
        font_for,
        time.time,
        installed,
        config.capacity.exports,
        lambda folder: meeting.board.hint(EXPORT, folder.id),
    )
    life = Life(
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
        arrivals=Arrivals(library),
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
        releases=Releases(made.control, meeting.turn, gevent.sleep),
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


def _hub(capacity: Capacity, url: str, parts: Parts, library: Library, hints: str) -> Hub:
    """The live streams, of which there may be as many as this process may have connections."""
    viewers = capacity.room(may_open())
    return Hub(url, parts, library.find, visitor=_visitor, limit=viewers, limit_each=capacity.viewers_each, hints=hints)


def _visitor() -> Visitor:
    """Who opens a stream: one browser, known by its session."""
    return Visitor(id=str(session.get("id", "")))
