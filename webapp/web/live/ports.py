"""Protocols: what the live streams need of the pages, and of each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from webapp.coordination.live_state import Message
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run
from webapp.disk.files.folder import Folder
from webapp.web.live.followers import Follower


class PartRenderer(Protocol):
    """Renders live changes. Keys are DOM ids, values ``<hx-partial>`` blocks; called outside any Flask context.

    Of two parts with one key only the newest is sent, so a part is always the whole of its element. Lines that are
    added to a list have a key of their own each ("log-<id>-<n>").
    """

    def changed(self, folder: Folder, message: Message) -> Mapping[str, str]:
        """Render the parts a message changes. Called once per process and message, only while a page is open."""

    def since(self, folder: Folder, live: str) -> tuple[str, Mapping[str, str]]:
        """Render a snapshot: the newest change id ("" for none), and the parts that bring a page from ``live`` to it.

        What has no change number of its own (banner, controls, statistics, the log as one list under one key) is always
        among the parts; cells only when they are newer than ``live``, all of them when it is "" or of another epoch.
        """

    def outage(self, folder: Folder) -> Mapping[str, str]:
        """Render that no change can arrive because Redis is away. The next snapshot must undo it."""


class StreamSubscription(Protocol):
    """A follower's subscription, as the stream of a v1.1 client uses it. See `subscription.Subscription`."""

    @property
    def closing(self) -> bool: ...

    def ready(self, seconds: float) -> bool: ...

    def end(self) -> None: ...


class StreamHub(Protocol):
    """The hub, as the stream of a v1.1 client uses it. See `hub.Hub.subscribe`."""

    def subscribe(self, folder: Folder, follower: Follower, visitor: str = "") -> StreamSubscription | None: ...


class RunSource(Protocol):
    """Reads what is true of a run, for the stream of a v1.1 client."""

    def live_state(self, folder: Folder) -> Message:
        """See `LiveState.read`."""

    def run(self, folder: Folder) -> Run:
        """See `Control.run`."""

    def images(self, folder: Folder, project: Project) -> Collection[Frame]:
        """Frames that have a complete image."""
