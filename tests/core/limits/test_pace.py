"""Requests per minute: the average is kept to, short bursts are allowed, silence asked for is kept."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from webapp.core.limits.pace import BURST_SHARE, Pace

RATES = st.floats(0.5, 6000)


def greedy(pace: Pace, seconds: float) -> list[float]:
    """The times at which someone calls who always calls as soon as it is allowed."""
    now, times = 0.0, []
    while (free := pace.free_at()) <= seconds:
        now = max(now, free)
        times.append(now)
        pace = pace.take(now)
    return times


@given(st.floats(0.5, 300))
def test_no_minute_ever_sees_more_than_the_rate_and_its_burst(rate: float) -> None:
    times = greedy(Pace(rate), 180.0)
    most = rate + max(1.0, rate * BURST_SHARE) + 1e-6
    for start in times:
        assert sum(start <= time < start + 60.0 for time in times) <= most


@given(st.floats(6, 300))
def test_someone_who_always_wants_to_call_gets_the_whole_rate(rate: float) -> None:
    assert len(greedy(Pace(rate), 600.0)) >= rate * 10 - 1


def test_without_a_limit_every_moment_is_free() -> None:
    assert Pace(None).take(5.0).free_at() == 0.0


@given(RATES, st.floats(0, 1e6), st.floats(0, 1e3))
def test_after_cooling_nothing_begins_before_its_end(rate: float, now: float, silence: float) -> None:
    cooled = Pace(rate).take(now).cool(now + silence)
    assert cooled.free_at() >= now + silence - 1e-3


@given(RATES, st.floats(1, 1e6))
def test_an_idle_hour_is_not_saved_up(rate: float, now: float) -> None:
    pace = Pace(rate).take(now).take(now + 3600.0)
    assert pace.due > now + 3600.0


def test_another_rate_holds_at_once_in_both_directions() -> None:
    slow = Pace(1.0).take(100.0)
    assert slow.free_at() == 160.0
    assert slow.at(60.0, 101.0).free_at() <= 102.0
    assert Pace(60.0).take(100.0).at(1.0, 100.0).free_at() == 160.0
    assert slow.at(None, 101.0).free_at() <= 101.0


@given(st.floats(0.5, 600), st.floats(0.5, 600), st.floats(0, 300))
def test_no_other_rate_breaks_a_silence(before: float, after: float, silence: float) -> None:
    pace = Pace(before).take(100.0).cool(100.0 + silence)
    assert pace.at(after, 100.0).free_at() >= 100.0 + silence
    assert pace.at(None, 100.0).free_at() >= 100.0 + silence
