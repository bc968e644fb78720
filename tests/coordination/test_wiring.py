"""Machines that share a Redis notice what would keep them from working together."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from webapp.coordination.redis_client import connect
from webapp.coordination.redis_server import EmbeddedServer
from webapp.coordination.wiring import SECRET, concerns
from webapp.errors import CoordinationDown


@pytest.fixture
def client(tmp_path: Path) -> Iterator[redis.Redis]:
    server = EmbeddedServer(tmp_path)
    yield connect(server.ensure())
    server.end()


def test_nodes_that_agree_have_nothing_to_say(client: redis.Redis) -> None:
    assert concerns(client, b"secret", time.time) == []
    assert concerns(client, b"secret", time.time) == []


@pytest.mark.parametrize("off", [60.0, -60.0])
def test_a_clock_that_is_off_is_said(client: redis.Redis, off: float) -> None:
    (said,) = concerns(client, b"secret", lambda: time.time() + off)
    assert said.startswith("The clock of this machine differs from Redis's by ")


def test_another_secret_is_said_and_never_shown(client: redis.Redis) -> None:
    concerns(client, b"secret", time.time)
    (said,) = concerns(client, b"another", time.time)
    assert "Copy session-secret" in said
    assert "secret" not in str(client.get(SECRET))


def test_redis_away_is_said_as_such() -> None:
    with pytest.raises(CoordinationDown):
        concerns(connect("redis://127.0.0.1:1"), b"secret", time.time)
