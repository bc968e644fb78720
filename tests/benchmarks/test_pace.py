"""What the pace row counts as allowed, and what as a call on a cooling key."""

from __future__ import annotations

from benchmarks.pace import Silence, allowance, cooling, crossing
from benchmarks.service import Served


def call(began: float, status: int = 200, wish: float | None = None, key: str = "one") -> Served:
    return Served(key, "a prompt", began, began + 1.0, status, wish)


def test_an_account_allows_a_tenth_of_a_minute_at_once_and_then_its_rate() -> None:
    assert allowance(0.0, 40.0, []) == 6 + 40


def test_a_silence_allows_the_one_call_that_waited_for_its_end() -> None:
    assert allowance(0.0, 40.0, [Silence("one", 10.0, 20.0)]) == 6 + 40 - 10 + 1
    assert allowance(0.0, 40.0, [Silence("one", 10.0, 20.0), Silence("one", 15.0, 18.0)]) == 6 + 40 - 10 + 1
    assert allowance(0.0, 40.0, [Silence("one", 10.0, 10.5)]) == 6 + 40


def test_a_call_within_the_silence_counts_and_one_that_crossed_the_429_does_not() -> None:
    limited = call(0.0, status=429, wish=5.0)  # read by the app at 1.0
    early = [call(0.9), call(1.05), call(6.5), call(3.0, key="two")]
    assert cooling([limited, *early]) == []
    assert [round(seconds, 3) for seconds in crossing([limited, *early])] == [0.05]
    assert cooling([limited, call(3.0)]) == [call(3.0)]


def test_a_429_without_a_time_asks_for_the_shortest_silence() -> None:
    limited = call(0.0, status=429)
    assert cooling([limited, call(2.5), call(3.5)]) == [call(2.5)]
