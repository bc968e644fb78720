"""The channels that are followed in this process, fed by its one subscription to Redis."""

from __future__ import annotations

import logging
from typing import Any

import gevent

from webapp.coordination.messages import live_channel
from webapp.disk.files.folder import Folder
from webapp.web.live.followers import Follower
from webapp.web.live.hint_channel import HintChannel
from webapp.web.live.ports import PartRenderer
from webapp.web.live.project_channel import ProjectChannel
from webapp.web.live.redis_subscription import RedisSubscription
from webapp.web.live.subscription import Channel

log = logging.getLogger(__name__)


class Channels:
    """One channel for each project that is followed, from its first follower to its last; and the one of ``hints``.

    ``outage``: after how many seconds without Redis pages show that.
    """

    def __init__(self, url: str, renderer: PartRenderer, outage: float, hints: str) -> None:
        self._renderer = renderer
        self._outage = outage
        self._followed: dict[str, Channel] = {}
        self.hints = HintChannel(hints)
        self._subscription = RedisSubscription(
            url, on_confirmed=self._confirmed, on_lost=self._lost, on_payload=self._received
        )
        self._outage_timer: gevent.Greenlet[..., Any] | None = None
        self._closed = False

    @property
    def down(self) -> bool:
        """Whether any channel is followed while Redis is away."""
        return bool(self._followed) and not self._subscription.connected

    def project(self, folder: Folder) -> ProjectChannel:
        """The project's channel; a new one is kept from its first follower on."""
        found = self._followed.get(live_channel(folder.id))
        return found if isinstance(found, ProjectChannel) else ProjectChannel(folder, self._renderer)

    def add(self, channel: Channel, follower: Follower) -> None:
        """Let a follower receive what is published on this channel from now on."""
        self._followed[channel.name] = channel
        channel.followers[follower] = None
        server = self._subscription.subscribe(channel.name)
        if server is not None:
            channel.confirmed.set()
            follower.connected(server)

    def remove(self, channel: Channel, follower: Follower) -> None:
        """Take a follower off its channel; with the last one its Redis subscription ends."""
        del channel.followers[follower]
        if not channel.followers and self._followed.get(channel.name) is channel:
            del self._followed[channel.name]
            channel.close()
            channel.confirmed.clear()
            self._subscription.unsubscribe(channel.name)

    def close(self) -> None:
        """Stop rendering and sending; the connection to Redis stays until `disconnect`."""
        self._closed = True
        self._stop_outage_timer()
        for channel in list(self._followed.values()):
            channel.close()

    def disconnect(self) -> None:
        """Close the connection to Redis for good."""
        self._subscription.close()

    def _confirmed(self, name: str, server: str) -> None:
        self._stop_outage_timer()
        if channel := self._followed.get(name):
            channel.confirmed.set()
            for follower in list(channel.followers):
                follower.connected(server)

    def _lost(self) -> None:
        for channel in self._followed.values():
            channel.confirmed.clear()
            for follower in list(channel.followers):
                follower.disconnected()
        if self._outage_timer is None and not self._closed:
            self._outage_timer = gevent.spawn_later(self._outage, self._show_outage)

    def _received(self, name: str, payload: bytes) -> None:
        channel = self._followed.get(name)
        if channel is not None and not channel.receive(payload):
            log.warning("skipped %d bytes on %s that are no message", len(payload), name)

    def _show_outage(self) -> None:
        for channel in list(self._followed.values()):
            channel.show_outage()

    def _stop_outage_timer(self) -> None:
        if self._outage_timer is not None:
            self._outage_timer.kill(block=False)
            self._outage_timer = None
