"""The one object that hands every part to the pages. Made in `webapp.app`, found by `services`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flask import current_app

if TYPE_CHECKING:  # the parts themselves ask for `services`, so their names are only needed for types
    from webapp.config import Config
    from webapp.coordination.live_state import LiveState
    from webapp.disk.images.image_store import ImageStore
    from webapp.disk.key_file import KeyFile
    from webapp.disk.library import Library
    from webapp.disk.logs.activity_log import ActivityLog
    from webapp.disk.new_projects import NewProjects
    from webapp.disk.project_store import ProjectStore
    from webapp.disk.project_trash import ProjectTrash
    from webapp.exports.jobs import Exporter
    from webapp.generation.bulk_control import BulkControl
    from webapp.generation.control import Control
    from webapp.generation.events.webhooks import Webhooks
    from webapp.generation.makers.key_list import KeyList
    from webapp.generation.makers.provider_choice import ProviderChoices
    from webapp.generation.makers.provider_overview import ProviderOverviews
    from webapp.generation.makers.run_setup import RunSetupBuilder
    from webapp.web.images.live_parts import LiveParts
    from webapp.web.live.hub import Hub
    from webapp.web.snapshot import Snapshots


@dataclass(slots=True)
class Services:
    """Everything a request or a command may need. ``clock`` is epoch seconds; ``redis_answers`` raises
    CoordinationDown; ``drive`` drives the project of this name, whose run has this id, see `Driver.drive`;
    ``metrics`` is the text of /metrics; ``compile_ahead`` prepares the pages of a process that serves any, and takes
    seconds."""

    config: Config
    library: Library
    arrivals: NewProjects
    trash: ProjectTrash
    exporter: Exporter
    store: ProjectStore
    pictures: ImageStore
    control: Control
    choices: ProviderChoices
    outlooks: ProviderOverviews
    equipper: RunSetupBuilder
    vault: KeyFile
    keychain: KeyList
    board: LiveState
    hub: Hub
    snapshots: Snapshots
    parts: LiveParts
    diaries: ActivityLog
    webhooks: Webhooks
    releases: BulkControl
    clock: Callable[[], float]
    redis_answers: Callable[[], Any]
    drive: Callable[[str, str], None]
    metrics: Callable[[], bytes]
    start: Callable[[Callable[[], bool]], None]
    compile_ahead: Callable[[], object]
    stop: Callable[[], None]


def services() -> Services:
    """The services of the app that answers this request."""
    return cast(Services, current_app.extensions["step8"])
