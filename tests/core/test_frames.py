"""News of frames and their counts: they travel as JSON, and whatever is not news is not believed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import damaged
from webapp.core.frames import WORDS, Counts, FrameNews, Status

STATUSES = st.lists(st.sampled_from(Status), max_size=50)


@given(STATUSES)
def test_counts_add_up(statuses: list[Status]) -> None:
    counts = Counts.of(statuses)
    assert counts.total == len(statuses)
    assert counts.done == statuses.count(Status.COMPLETE) + statuses.count(Status.EXISTS)
    assert Counts.of(statuses) + Counts.of(statuses) == Counts.of(statuses * 2)
    assert Counts.from_json(json.loads(json.dumps(counts.to_json()))) == counts


@given(STATUSES)
def test_a_hundred_percent_means_every_one(statuses: list[Status]) -> None:
    counts = Counts.of(statuses)
    assert (counts.percent == 100) == (counts.total > 0 and counts.done == counts.total)


@given(st.builds(FrameNews, st.text(), st.text(), st.text(), st.sampled_from(Status), seconds=st.floats(0, 1e6)))
def test_news_survive_their_own_json(news: FrameNews) -> None:
    assert FrameNews.from_json(json.loads(json.dumps(news.to_json()))) == news


@given(st.none() | st.integers() | st.text() | st.lists(st.integers()) | st.dictionaries(st.text(), st.text()))
def test_anything_else_is_no_news(data: object) -> None:
    assert FrameNews.from_json(data) is None


@given(damaged(FrameNews("clear", "1", "1.1", Status.COMPLETE).to_json()))
def test_news_are_none_or_just_what_was_read(data: Any) -> None:
    news = FrameNews.from_json(data)
    assert news is None or {**news.to_json(), **data} == news.to_json()


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("status", "lost"),
        ("style", None),
        ("beat", 5),
        ("error", ["x"]),
        ("image", True),
        ("since", "1"),
        ("since", float("nan")),
        ("seconds", 10**400),
        ("tries", 1.5),
        ("cost", "free"),
        ("cost", True),
        ("seq", None),
    ],
)
def test_news_with_a_field_of_another_kind_are_none(name: str, other: object) -> None:
    whole = FrameNews("clear", "1", "1.1", Status.COMPLETE).to_json()
    assert FrameNews.from_json({**whole, "cost": 39_000, "since": 1}) is not None
    assert FrameNews.from_json({**whole, name: other}) is None


def test_the_words_are_those_of_the_contract() -> None:
    shown = [" ".join(WORDS[status]) for status in Status]
    assert shown == ["◦ Pending", "⟳ Generating...", "✓ Complete", "✓ Exists", "✗ Error"]
