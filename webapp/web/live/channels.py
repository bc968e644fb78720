"""What somebody watches in this process, and what Redis tells of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import gevent
from redis.client import PubSub

from webapp.coordination.live_state import channel
from webapp.web.live.followers import Follower
from webapp.web.live.hint_channel import HintChannel
from webapp.web.live.project_channel import Channel, Parts, ProjectChannel
from webapp.web.live.subscription import RedisSubscription

if TYPE_CHECKING:
    from webapp.disk.files.folder import Folder

log = logging.getLogger(__name__)


class Channels:
    """A room for each watched project, made for the first who comes and gone with the last who leaves; and the lobby,
    for those who only want the ``hints`` of that channel.

    ``outage`` is after how many seconds without Redis that is shown.
    """

    def __init__(self, url: str, parts: Parts, outage: float, hints: str) -> None:
        self._parts = parts
        self._outage = outage
        self._open: dict[str, Channel] = {}
        self.lobby = HintChannel(hints)
        self._subscription = RedisSubscription(
            url, on_confirmed=self._confirmed, on_lost=self._lost, on_payload=self._heard
        )
        self._telling: gevent.Greenlet[..., Any] | None = None
        self._closed = False

    @property
    def down(self) -> bool:
        """Whether somebody watches and Redis is away."""
        return bool(self._open) and not self._subscription.connected

    def room(self, folder: Folder) -> ProjectChannel:
        """The project's room; a new one is nobody's until somebody enters."""
        found = self._open.get(channel(folder.id))
        return found if isinstance(found, ProjectChannel) else ProjectChannel(folder, self._parts)

    def enter(self, room: Channel, follower: Follower) -> None:
        """Let a follower hear what is told in this room from now on."""
        self._open[room.name] = room
        room.followers[follower] = None
        server = self._subscription.want(room.name)
        if server is not None:
            room.confirmed.set()
            follower.listening(server)

    def leave(self, room: Channel, follower: Follower) -> None:
        """The last one to leave a room turns its subscription off."""
        del room.followers[follower]
        if not room.followers and self._open.get(room.name) is room:
            del self._open[room.name]
            room.close()
            room.confirmed.clear()
            self._subscription.drop(room.name)

    def open(self) -> PubSub:
        """A subscriber of its own, bytes in bytes out."""
        return self._subscription.open()

    def close(self) -> None:
        """Tell nothing any more."""
        self._closed = True
        self._stop_telling()
        for room in list(self._open.values()):
            room.close()

    def end(self) -> None:
        """Let Redis go for good."""
        self._subscription.close()

    def _confirmed(self, name: str, server: str) -> None:
        """Redis delivers this channel from now on."""
        self._stop_telling()
        if room := self._open.get(name):
            room.confirmed.set()
            for follower in list(room.followers):
                follower.listening(server)

    def _lost(self) -> None:
        """The connection to Redis is gone."""
        for room in self._open.values():
            room.confirmed.clear()
            for follower in list(room.followers):
                follower.lost()
        if self._telling is None and not self._closed:
            self._telling = gevent.spawn_later(self._outage, self._tell_outage)

    def _heard(self, name: str, payload: bytes) -> None:
        """Something was published."""
        room = self._open.get(name)
        if room is not None and not room.hear(payload):
            log.warning("skipped %d bytes on %s that are no message", len(payload), name)

    def _tell_outage(self) -> None:
        for room in list(self._open.values()):
            room.tell_outage()

    def _stop_telling(self) -> None:
        if self._telling is not None:
            self._telling.kill(block=False)
            self._telling = None
