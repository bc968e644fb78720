"""The parts that pages and JSON API use, found by `services`; made in `webapp.app`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from flask import current_app

from webapp.config import Config
from webapp.coordination.live_state import LiveState
from webapp.disk.images.image_store import ImageStore
from webapp.disk.key_file import KeyFile
from webapp.disk.library import Library
from webapp.disk.logs.activity_log import ActivityLog
from webapp.disk.project_store import ProjectStore
from webapp.disk.project_trash import ProjectTrash
from webapp.exports.jobs import Exporter
from webapp.generation.control import Control
from webapp.generation.events.webhooks import Webhooks
from webapp.operations.frames import FrameOperations
from webapp.operations.images import ImageOperations
from webapp.operations.projects import ProjectOperations
from webapp.operations.prompt_imports import PromptImports
from webapp.operations.prompts import PromptOperations
from webapp.operations.queue import QueueOperations
from webapp.operations.runs import RunOperations
from webapp.state.state_reader import MakerReaders, StateReader
from webapp.web.images.live_parts import LiveParts
from webapp.web.live.hub import Hub

EXTENSION = "step8"
"""Where an app keeps its services."""


@dataclass(frozen=True, slots=True)
class Operations:
    """What a user does."""

    runs: RunOperations
    frames: FrameOperations
    queue: QueueOperations
    images: ImageOperations
    prompts: PromptOperations
    prompt_imports: PromptImports
    projects: ProjectOperations


@dataclass(frozen=True, slots=True)
class LiveUpdates:
    """What is published in Redis, the streams that carry it on, and the parts of pages they carry."""

    state: LiveState
    hub: Hub
    parts: LiveParts


@dataclass(frozen=True, slots=True)
class ProcessHooks:
    """The life of this process. ``start`` is given whether it is still wanted, ``redis_answers`` raises
    CoordinationDown, ``metrics`` is the text of /metrics; ``compile_ahead`` compiles all templates, which takes
    seconds; ``drive`` drives the run of that id of the project of that name."""

    start: Callable[[Callable[[], bool]], None]
    stop: Callable[[], None]
    redis_answers: Callable[[], Any]
    metrics: Callable[[], bytes]
    compile_ahead: Callable[[], object]
    drive: Callable[[str, str], None]


@dataclass(slots=True)
class Services:
    """Everything a request or a command line needs. ``clock`` gives epoch seconds."""

    config: Config
    clock: Callable[[], float]
    process: ProcessHooks
    # what a user does, and what is so
    operations: Operations
    state: StateReader
    control: Control
    makers: MakerReaders
    live: LiveUpdates
    exporter: Exporter
    webhooks: Webhooks
    # what lies on disk
    library: Library
    trash: ProjectTrash
    store: ProjectStore
    images: ImageStore
    key_file: KeyFile
    activity_log: ActivityLog


def services() -> Services:
    """The services of the app that answers this request."""
    return cast(Services, current_app.extensions[EXTENSION])


def operations() -> Operations:
    """What a user does, in the app that answers this request."""
    return services().operations
