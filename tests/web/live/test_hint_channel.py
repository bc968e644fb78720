"""Hints: a page that shows little of a project is told that it changed, and one stream tells it of all projects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest
import requests

from tests.harness.app_process import until
from tests.harness.live_client import (
    LiveServer,
    LiveStream,
    RestartableRedis,
    Sse,
    news,
)
from webapp.coordination.messages import (
    EXPORT,
    RUN,
    Hint,
    hints_channel,
    read_hint,
)
from webapp.core.run.states import Run, RunState
from webapp.web.live.followers import EVENTS, HintFollower
from webapp.web.live.hint_channel import HintChannel

LISTENING = b"event: listening\ndata: \n\n"


def told(kind: str, *projects: str) -> bytes:
    return f"event: {kind}\ndata: {' '.join(projects)}\n\n".encode()


def hint(kind: str, project: str) -> bytes:
    return str(Hint(kind, project)).encode()


class Opened:
    """The channel of hints with one page, which has begun to listen."""

    def __init__(self) -> None:
        self.channel = HintChannel(hints_channel(""))
        self.page = HintFollower(lambda: None)
        self.channel.followers[self.page] = None
        self.page.connected("server")
        assert self.page.drain() == LISTENING


@pytest.mark.parametrize("text", [b"", b"run", b"run ", b"stop film", b"run a b", b"run a\nb", b"run " + b"a" * 65])
def test_what_is_no_hint_is_none(text: bytes) -> None:
    assert read_hint(text) is None
    assert not HintChannel(hints_channel("")).receive(text)


@pytest.mark.parametrize("data", ['"a b"', '{"a": 1}', '""', "7"])
def test_what_flask_sse_published_for_another_purpose_is_no_hint(data: str) -> None:
    assert not HintChannel(hints_channel("")).receive(f'{{"data": {data}, "type": "export"}}'.encode())


def test_a_hint_in_the_form_of_flask_sse_is_sent_like_any_other() -> None:
    opened = Opened()
    assert opened.channel.receive(b'{"data": "one", "type": "export"}')
    assert opened.page.drain() == told(EXPORT, "one")


def test_a_hint_is_read_back() -> None:
    assert read_hint(hint(RUN, "4d1c0fe2a8b95e37")) == Hint(RUN, "4d1c0fe2a8b95e37")


def test_the_first_hint_goes_out_at_once_and_those_after_it_together_each_project_once() -> None:
    opened = Opened()
    opened.channel.receive(hint(RUN, "one"))
    assert opened.page.drain() == told(RUN, "one")
    for kind, project in ((RUN, "two"), (EXPORT, "one"), (RUN, "one"), (RUN, "two")):
        opened.channel.receive(hint(kind, project))
    assert opened.page.drain() == b""
    assert until(opened.page.drain) == told(RUN, "two", "one") + told(EXPORT, "one")


def test_after_a_rest_a_hint_goes_out_at_once_again() -> None:
    opened = Opened()
    opened.channel.receive(hint(RUN, "one"))
    until(lambda: opened.channel._timer is None)
    opened.channel.receive(hint(RUN, "two"))
    assert opened.page.drain() == told(RUN, "one") + told(RUN, "two")


def test_nobody_is_told_anything_once_the_lobby_is_closed() -> None:
    opened = Opened()
    opened.channel.receive(hint(RUN, "one"))
    opened.page.drain()
    opened.channel.receive(hint(RUN, "two"))
    opened.channel.close()
    gevent.idle()
    assert opened.page.drain() == b""
    opened.channel.receive(hint(RUN, "three"))
    assert opened.page.drain() == told(RUN, "three")


def test_a_page_that_takes_no_hints_for_long_is_told_to_read_everything() -> None:
    page = Opened().page
    for number in range(EVENTS + 1):
        channel = HintChannel(hints_channel(""))
        channel.followers[page] = None
        channel.receive(hint(RUN, str(number)))
    assert page.drain() == LISTENING


# -- over a real server ----------------------------------------------------------------------------


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RestartableRedis]:
    server = RestartableRedis(tmp_path / "data")
    yield server
    server.end()


@pytest.fixture
def server(tmp_path: Path, redis_server: RestartableRedis) -> Iterator[LiveServer]:
    server = LiveServer(tmp_path / "server", redis_server.url)
    yield server
    server.end()


def events_of(stream: LiveStream) -> Iterator[Sse]:
    """Its events, as soon as it listens."""
    events = stream.events()
    assert next(events) == Sse("", "listening", "")
    return events


def test_one_stream_hears_of_runs_and_exports_of_every_project(
    server: LiveServer, redis_server: RestartableRedis
) -> None:
    stream = LiveStream(server, "/hints")
    assert (stream.status, stream.headers["Content-Type"].partition(";")[0]) == (200, "text/event-stream")
    events = events_of(stream)
    redis_server.board.post("story", run=Run("r", RunState.STARTING, seq=1), name="story")
    assert next(events) == Sse("", RUN, "story")
    redis_server.board.post("other", frames=[news("clear", 1)])
    assert next(events) == Sse("", RUN, "other")
    requests.post(f"{server.url}/hints/{EXPORT}/other", timeout=60)
    assert next(events) == Sse("", EXPORT, "other")


def test_who_only_wants_hints_has_nothing_rendered(server: LiveServer, redis_server: RestartableRedis) -> None:
    events = events_of(LiveStream(server, "/hints"))
    redis_server.board.post("story", frames=[news("clear", 1)])
    next(events)
    assert {"renderings", "snapshots"}.isdisjoint(server.counts())


def test_after_redis_was_away_a_page_is_told_that_it_may_have_missed_something(
    server: LiveServer, redis_server: RestartableRedis
) -> None:
    events = events_of(LiveStream(server, "/hints"))
    redis_server.stop()
    redis_server.start()
    assert next(events) == Sse("", "listening", "")
    redis_server.board.post("story", frames=[news("clear", 1)])
    assert next(events) == Sse("", RUN, "story")


def test_a_stream_of_hints_takes_a_seat_and_gives_it_back(server: LiveServer) -> None:
    stream = LiveStream(server, "/hints")
    events_of(stream)
    assert server.counts()["viewers"] == 1
    stream.vanish()
    until(lambda: server.counts()["viewers"] == 0)
