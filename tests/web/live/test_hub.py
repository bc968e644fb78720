"""The hub with a real Redis, within this process: subscriptions come and go with the viewers, reads are shared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

import gevent
import pytest
from flask import Flask
from gevent.event import Event as Signal

from tests.harness.app_process import PATIENCE, until
from tests.harness.live_app import ProjectName, ProjectStandIn
from tests.harness.live_client import RestartableRedis, news
from webapp.coordination.live_state import Message
from webapp.coordination.messages import live_channel
from webapp.core.frames import Status
from webapp.errors import CoordinationDown
from webapp.web.live.followers import MessageFollower, PageFollower
from webapp.web.live.hub import Hub
from webapp.web.live.project_channel import ProjectChannel
from webapp.web.live.stream_limits import StreamLimits
from webapp.web.live.subscription import Subscription
from webapp.web.live.timing import Timing

if TYPE_CHECKING:
    from webapp.disk.files.folder import Folder

STORY = cast("Folder", ProjectStandIn("story"))
OTHER = cast("Folder", ProjectStandIn("other"))


class HeldParts:
    """Parts whose snapshots wait until they are let go. ``asked`` are the places they were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.rendered = 0
        self.let_go = Signal()
        self.fault: Exception | None = None

    def changed(self, folder: Folder, message: Message) -> Mapping[str, str]:
        self.rendered += 1
        return {f"cell-{key}": str(item.status) for key, item in message.frames.items()}

    def since(self, folder: Folder, live: str) -> tuple[str, Mapping[str, str]]:
        self.asked.append(live)
        self.let_go.wait()
        if self.fault:
            raise self.fault
        return f"e-{len(self.asked)}", {"banner": "ready"}

    def outage(self, folder: Folder) -> Mapping[str, str]:
        return {"banner": "away"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RestartableRedis]:
    server = RestartableRedis(tmp_path)
    yield server
    server.end()


@pytest.fixture
def parts() -> HeldParts:
    return HeldParts()


@pytest.fixture
def hub(server: RestartableRedis, parts: HeldParts) -> Iterator[Hub]:
    hub = Hub(server.url, parts, lambda name: STORY, limits=StreamLimits(4, 2), timing=Timing(outage=0.0))
    yield hub
    hub.close()


def a_page() -> PageFollower:
    return PageFollower(lambda: None)


def subscribe(hub: Hub, follower: PageFollower | MessageFollower, folder: Folder = STORY) -> Subscription:
    """A subscription that Redis has confirmed."""
    subscription = hub.subscribe(folder, follower)
    assert subscription is not None
    assert subscription.ready(10)
    return subscription


def watched(server: RestartableRedis) -> set[str]:
    return set(map(str, server.board._client.pubsub_channels("step8:live:*")))


def test_a_project_is_subscribed_to_while_somebody_watches_it(hub: Hub, server: RestartableRedis) -> None:
    assert watched(server) == set()
    first, second, third = subscribe(hub, a_page()), subscribe(hub, a_page()), subscribe(hub, a_page(), OTHER)
    assert watched(server) == {live_channel("story"), live_channel("other")}
    first.end()
    third.end()
    until(lambda: watched(server) == {live_channel("story")})
    second.end()
    until(lambda: watched(server) == set())


def test_all_viewers_of_a_process_share_one_subscription(hub: Hub, server: RestartableRedis) -> None:
    for _ in range(4):
        subscribe(hub, a_page())
    numbers = server.board._client.pubsub_numsub(live_channel("story"))
    assert numbers == [(live_channel("story"), 1)]


def test_whoever_leaves_and_comes_back_at_once_is_confirmed_again(hub: Hub, server: RestartableRedis) -> None:
    subscribe(hub, a_page(), OTHER)
    heard = []
    for number in range(50):
        program = MessageFollower(lambda: None)
        subscription = subscribe(hub, program)
        program.caught_up(program.ticket, None)
        server.board._client.delete("step8:board:story")
        server.board.post("story", frames=[news("clear", 1)])
        heard.append(until(lambda follower=program: follower.position))  # type: ignore[misc]
        subscription.end()
        if number % 2:
            gevent.idle()  # the subscription has been told of it, and perhaps Redis
    assert len({place.epoch for place in heard}) == 50, "somebody heard news that were none for him"


def test_nothing_is_rendered_where_nobody_watches(hub: Hub, server: RestartableRedis, parts: HeldParts) -> None:
    program = MessageFollower(lambda: None)
    subscribe(hub, program, OTHER)
    program.caught_up(program.ticket, None)
    server.board.post("story", frames=[news("clear", 1)])
    server.board.post("other", frames=[news("clear", 1)])
    until(program.drain)
    assert parts.rendered == 0


def test_a_subscription_may_be_ended_twice(hub: Hub) -> None:
    subscription = subscribe(hub, a_page())
    subscription.end()
    subscription.end()
    assert hub.viewers == 0


def test_no_stream_is_opened_above_the_limit_of_all_or_of_one_visitor(hub: Hub) -> None:
    mine = [hub.subscribe(STORY, a_page(), "me") for _ in range(3)]
    assert [subscription is not None for subscription in mine] == [True, True, False]
    others = [hub.subscribe(STORY, a_page(), f"other {n}") for n in range(3)]
    assert [subscription is not None for subscription in others] == [True, True, False]
    assert hub.full
    assert mine[0]
    mine[0].end()
    assert hub.subscribe(STORY, a_page(), "me") is not None


def test_a_closed_hub_opens_no_stream_and_ends_every_wait(server: RestartableRedis, parts: HeldParts) -> None:
    hub = Hub(server.url, parts, lambda name: STORY)
    subscription = subscribe(hub, a_page())
    reading = gevent.spawn(subscription.channel.snapshot, "")
    until(lambda: parts.asked)
    hub.close()
    with pytest.raises(CoordinationDown):
        reading.get(timeout=PATIENCE)
    assert subscription.closing
    assert hub.subscribe(STORY, a_page()) is None
    until(lambda: watched(server) == set())


def test_a_server_that_keeps_its_connection_is_fed_what_is_written(hub: Hub, parts: HeldParts) -> None:
    parts.let_go.set()
    app = Flask("another server")
    app.url_map.converters["project"] = ProjectName
    app.register_blueprint(hub)
    answer = app.test_client().get("/p/story/events", buffered=False)
    pieces = answer.iter_encoded()
    assert next(pieces) == b"retry: 1000\n\n"
    assert next(pieces).startswith(b"data: ready\n")
    assert hub.viewers == 1
    answer.close()
    until(lambda: hub.viewers == 0)


def test_a_hub_can_be_closed_that_never_had_a_viewer(server: RestartableRedis, parts: HeldParts) -> None:
    hub = Hub(server.url, parts, lambda name: STORY)
    hub.close()
    assert hub.full and hub.subscribe(STORY, a_page()) is None


def test_a_hundred_who_ask_while_a_snapshot_is_read_share_the_next_one(parts: HeldParts) -> None:
    followed = ProjectChannel(STORY, parts)
    early = gevent.spawn(followed.snapshot, "e-1")
    until(lambda: parts.asked)
    late = [gevent.spawn(followed.snapshot, "e-1") for _ in range(100)]
    gevent.idle()
    parts.let_go.set()
    gevent.joinall([early, *late], timeout=PATIENCE, raise_error=True)
    assert parts.asked == ["e-1", "e-1"]
    assert {str(reading.get().position) for reading in late} == {"e-2"}


def test_different_places_get_snapshots_of_their_own(parts: HeldParts) -> None:
    parts.let_go.set()
    followed = ProjectChannel(STORY, parts)
    readings = [gevent.spawn(followed.snapshot, place) for place in ("e-1", "e-2", "e-1")]
    gevent.joinall(readings, timeout=PATIENCE, raise_error=True)
    assert sorted(parts.asked) == ["e-1", "e-2"]


def test_a_snapshot_that_fails_fails_for_all_who_share_it_and_the_next_is_read_anew(parts: HeldParts) -> None:
    followed = ProjectChannel(STORY, parts)
    parts.fault = CoordinationDown("away")
    parts.let_go.set()
    for reading in [gevent.spawn(followed.snapshot, "") for _ in range(3)]:
        with pytest.raises(CoordinationDown):
            reading.get(timeout=PATIENCE)
    parts.fault = None
    assert followed.snapshot("").parts == {"banner": b"data: ready\n"}


def test_an_outage_is_shown_and_followed_by_a_snapshot(hub: Hub, server: RestartableRedis) -> None:
    page = a_page()
    subscribe(hub, page)
    page.add_snapshot(page.ticket, None, {})
    server.stop()
    until(lambda: b"away" in page.drain())
    assert hub.down
    assert not page.needs_snapshot
    server.start()
    until(lambda: page.needs_snapshot)
    assert not hub.down


def test_what_is_no_message_is_skipped_and_the_rest_still_comes(hub: Hub, server: RestartableRedis) -> None:
    program = MessageFollower(lambda: None)
    subscribe(hub, program)
    program.caught_up(program.ticket, None)
    for nonsense in (b"", b"not json", b"\xff\xfe\x00", b"[]", b'{"id": "x\\n-1"}', b'{"data": "<b>"}', b"[" * 100_000):
        server.board._client.publish(live_channel("story"), nonsense)
    server.board.post("story", frames=[news("clear", 1, Status.COMPLETE)])
    message = until(program.drain)[0]
    assert message.frames["clear-1-1_1"].status is Status.COMPLETE


def test_a_named_event_reaches_everybody_in_the_project(hub: Hub) -> None:
    page, elsewhere = a_page(), a_page()
    subscribe(hub, page)
    subscribe(hub, elsewhere, OTHER)
    assert hub.publish({"text": "<hello>"}, type="notice", channel=live_channel("story")) == 1
    assert until(page.drain) == b'event: notice\ndata: {"text": "<hello>"}\n\n'
    assert elsewhere.drain() == b""


def test_an_event_without_a_name_never_becomes_part_of_a_page(hub: Hub) -> None:
    page = a_page()
    subscribe(hub, page)
    page.add_snapshot(page.ticket, None, {})
    hub.publish("<script>", channel=live_channel("story"))
    hub.publish("", type="notice", channel=live_channel("story"))
    assert until(page.drain) == b"event: notice\ndata: \n\n"


def test_without_redis_a_published_event_fails_in_words(hub: Hub, server: RestartableRedis) -> None:
    server.stop()
    with pytest.raises(CoordinationDown):
        hub.publish("", type="notice", channel=live_channel("story"))
