"""A few seconds of what ``make soak ARGS="--leaks 3600"`` does for an hour."""

from __future__ import annotations

from pathlib import Path

from tests.faults.endurance import wear
from tests.faults.soak import seed


def test_what_an_app_held_for_runs_viewers_and_uploads_is_let_go(tmp_path: Path) -> None:
    drawn = seed()
    print(f"seed {drawn}")
    found = wear(tmp_path, drawn, seconds=0.0, act=0.5, warm=1)
    assert [sentence for sentence in found.left if not sentence.startswith("memory")] == []
