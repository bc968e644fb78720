"""Moments and positions in the words of the page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from webapp.web.layout.words import ago, at_second

NOON = datetime(2025, 11, 12, 12, 0, 0)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=12), "12 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=13), "yesterday"),
        (timedelta(days=4), "Sat"),
        (timedelta(days=9), "3 Nov"),
        (timedelta(days=400), "8 Oct 2024"),
    ],
)
def test_a_change_is_told_as_briefly_as_stays_true(before: timedelta, words: str) -> None:
    assert ago((NOON - before).timestamp(), NOON.timestamp()) == words


def test_a_time_that_never_was_is_a_dash() -> None:
    assert ago(0.0, NOON.timestamp()) == ago(float("nan"), NOON.timestamp()) == "–"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "0:00"),
        (4.25, "0:04.2"),
        (75.4, "1:15.4"),
        ("3.5", "0:03.5"),
        ("00:01:02,500", "00:01:02,500"),
        (-1, ""),
        (None, ""),
    ],
)
def test_a_position_reads_like_a_player_shows_it(value: object, words: str) -> None:
    assert at_second(value) == words
