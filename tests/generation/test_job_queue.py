"""The engine: what is sent is taken by one process that has a place for it, and what waits is there for all."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator

import gevent
import pytest
import redis
from gevent.event import Event

from tests.harness.app_process import until
from webapp.coordination.live_state import LiveState
from webapp.coordination.redis_client import connect, connect_for_queue
from webapp.generation.job_queue import JobQueue


class RecordingDriver:
    """Drives each project until it is let go, and says which ones it was given."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.rung: list[str] = []
        self.over = Event()

    def drive(self, name: str, run: str) -> None:
        self.names.append(name)
        self.over.wait()

    def undriven(self) -> list[tuple[str, str]]:
        return []

    def wake(self, ident: str) -> None:
        self.rung.append(ident)

    def leave(self) -> None:
        self.over.set()


Open = Callable[[int], tuple[JobQueue, RecordingDriver]]


@pytest.fixture
def process(redis_url: str) -> Iterator[Open]:
    """Processes of one storage, each with so many places."""
    storage = secrets.token_hex(4)
    opened: list[JobQueue] = []
    clients: list[redis.Redis] = []

    def open_one(places: int) -> tuple[JobQueue, RecordingDriver]:
        driving, queue, client = RecordingDriver(), connect_for_queue(redis_url), connect(redis_url)
        clients.extend((queue, client))
        engine = JobQueue(queue, driving, places, storage, LiveState(client, time.time))
        engine.start()
        until(lambda: driving.rung == [""])  # it hears the bell
        opened.append(engine)
        return engine, driving

    yield open_one
    for engine in opened:
        engine.leave()
    gevent.joinall([gevent.spawn(engine.stop, 5.0) for engine in opened])
    for client in clients:
        client.connection_pool.disconnect()  # those that listen too


def test_what_one_process_sends_another_one_takes(process: Open) -> None:
    sender, idle = process(0)
    _, driving = process(1)
    sender.wake("film", "r")
    until(lambda: driving.names)
    assert (driving.names, idle.names) == (["film"], [])


def test_what_finds_no_place_here_is_there_for_the_others(process: Open) -> None:
    first, busy = process(1)
    first.wake("one", "r")
    until(lambda: busy.names == ["one"])
    first.wake("two", "r")
    _, other = process(1)
    until(lambda: other.names)
    assert (busy.names, other.names) == (["one"], ["two"])


def test_what_waited_is_taken_when_a_place_is_free(process: Open) -> None:
    engine, driving = process(1)
    for name in ("one", "two", "three"):
        engine.wake(name, "r")
    until(lambda: driving.names)
    assert driving.names == ["one"]
    driving.over.set()
    until(lambda: len(driving.names) == 3)
    assert sorted(driving.names) == ["one", "three", "two"]


def test_who_leaves_offers_what_it_drove_to_the_others(process: Open) -> None:
    leaving, driving = process(2)
    leaving.wake("film", "r")
    until(lambda: driving.names == ["film"])
    _, other = process(1)
    leaving.stop(5.0)
    until(lambda: other.names)
    assert (driving.names, other.names) == (["film"], ["film"])
