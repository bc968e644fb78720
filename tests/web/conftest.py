"""A site for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.site import Site


@pytest.fixture
def site(tmp_path: Path, redis_url: str) -> Site:
    """An app without password, over an empty projects folder."""
    return Site(tmp_path, redis_url)
