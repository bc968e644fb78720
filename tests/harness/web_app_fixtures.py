"""A site for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.harness.web_app import WebApp

DATABASE = 7
"""The part of the shared Redis that sites use: to Redis, projects of one name are one project."""


@pytest.fixture
def own_redis(redis_url: str) -> Iterator[str]:
    """A real Redis with nothing in it."""
    url = f"{redis_url}{'&' if '?' in redis_url else '?'}db={DATABASE}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
        yield url


@pytest.fixture
def site(tmp_path: Path, own_redis: str) -> WebApp:
    """An app without password, over an empty projects folder."""
    return WebApp(tmp_path, own_redis)
