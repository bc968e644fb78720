"""How hard an account is pressed: up by one, down by half at most once in ten seconds, never beyond the user."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.limits.account_pressure import (
    EASE_EVERY,
    FEWEST_SAMPLES,
    FIRST_COOLING,
    LEAST_SHARE,
    LONGEST_COOLING,
    LONGEST_WISH,
    START,
    Pressure,
)

SUCCESSES = st.tuples(st.just("ok"), st.floats(0, 300), st.integers(1, 50))
LIMITS = st.tuples(st.just("limit"), st.none() | st.floats(), st.floats(0, 30))
STORY = st.lists(SUCCESSES | LIMITS, max_size=60)


def successes(pressure: Pressure, count: int, *, seconds: float = 1.0, most: int = 100) -> Pressure:
    for _ in range(count):
        pressure = pressure.after_success(seconds, most)
    return pressure


def test_one_more_call_is_allowed_after_as_many_successes_as_calls() -> None:
    pressure, limits = Pressure(), []
    for _ in range(2 + 3 + 4):
        limits.append(pressure.limit)
        pressure = pressure.after_success(1.0, 100)
    assert limits == [2, 2, 3, 3, 3, 4, 4, 4, 4]
    assert pressure.limit == 5


def test_the_users_ceiling_is_never_passed_and_holds_at_once_when_it_falls() -> None:
    high = successes(Pressure(), 50, most=4)
    assert high.limit == 4
    assert high.after_success(1.0, 2).limit == 2
    assert successes(high, 5, most=8).limit == 5, "the successes at the ceiling count when it rises"


def test_a_limit_halves_the_calls_and_its_companions_do_not_halve_them_again() -> None:
    pressure = Pressure(limit=9)
    for later, limit in ((0.0, 4), (0.1, 4), (EASE_EVERY - 0.1, 4), (EASE_EVERY, 2), (2 * EASE_EVERY, 1)):
        pressure, _ = pressure.after_limit(1000.0 + later, 1.0)
        assert pressure.limit == limit
    assert pressure.after_limit(2000.0, 1.0)[0].limit == 1


def test_what_the_provider_asks_for_is_followed_to_the_second() -> None:
    for wish in (0.0, 0.25, 17.0, 3600.0):
        pressure, silence = Pressure().after_limit(1000.0, wish)
        assert silence == wish and pressure.share == 1.0


@pytest.mark.parametrize("wish", [3_601.0, 30_000.0, 86_400.0, 1e9, 2.3e9])
def test_no_wish_silences_an_account_for_more_than_an_hour_and_one_call_asks_again(wish: float) -> None:
    pressure, silence = Pressure(limit=8).after_limit(1000.0, wish)
    assert (silence, pressure.limit) == (3_600.0, 1)


def test_without_a_wish_the_pace_falls_and_the_silence_doubles_until_a_success() -> None:
    pressure, silences, shares = Pressure(), [], []
    for number in range(8):
        pressure, silence = pressure.after_limit(1000.0 + number * 200, None)
        silences.append(silence)
        shares.append(round(pressure.share, 3))
    assert silences == [FIRST_COOLING, 4.0, 8.0, 16.0, 32.0, 64.0, LONGEST_COOLING, LONGEST_COOLING]
    assert shares[:3] == [0.8, 0.64, 0.512]
    assert pressure.after_success(1.0, 8).after_limit(5000.0, None)[1] == FIRST_COOLING


def test_companions_of_a_limited_call_do_not_prolong_the_silence_twice() -> None:
    pressure, first = Pressure().after_limit(1000.0, None)
    pressure, second = pressure.after_limit(1000.5, None)
    assert (first, second, pressure.share) == (FIRST_COOLING, FIRST_COOLING, 0.8)
    pressure, third = pressure.after_limit(1003.0, None)
    assert (third, pressure.share) == (2 * FIRST_COOLING, 0.8)


def test_the_pace_climbs_back_to_the_users_own_and_no_further() -> None:
    pressure, _ = Pressure().after_limit(1000.0, None)
    assert pressure.share < successes(pressure, 5).share < 1.0
    assert successes(pressure, 100).share == 1.0


@pytest.mark.parametrize("wish", [math.nan, math.inf, -1.0])
def test_a_wish_that_is_no_time_is_none(wish: float) -> None:
    assert Pressure().after_limit(1000.0, wish) == Pressure().after_limit(1000.0, None)


def test_calls_do_not_rise_while_answers_take_twice_as_long_as_they_can() -> None:
    pressure = successes(Pressure(), 20, seconds=1.0)
    slow = successes(pressure, 20, seconds=2.6)
    assert slow.strained and slow.limit <= pressure.limit + 1
    assert not successes(pressure, 20, seconds=1.7).strained
    assert successes(slow, 20, seconds=1.0).limit > slow.limit


def test_a_slower_model_is_a_strain_for_a_while_only() -> None:
    pressure = successes(Pressure(), 20, seconds=1.0)
    assert successes(pressure, 300, seconds=10.0).limit > pressure.limit + 1


def test_a_few_answers_are_no_median() -> None:
    assert not Pressure(recent=(9.0,) * (FEWEST_SAMPLES - 1), best=1.0).strained


@given(STORY)
def test_whatever_happens_the_bounds_hold(story: list[tuple[str, float | None, float]]) -> None:
    pressure, now, eased = Pressure(), 1000.0, -math.inf
    for what, first, second in story:
        before = pressure
        if what == "ok":
            assert first is not None
            pressure = pressure.after_success(first, int(second))
            assert 1 <= pressure.limit <= max(1, int(second))
            assert pressure.limit <= before.limit + 1 and pressure.share >= before.share
        else:
            now += second
            pressure, silence = pressure.after_limit(now, first)
            assert 0 <= silence <= LONGEST_WISH
            assert pressure.limit in (before.limit, max(1, before.limit // 2))
            if pressure.eased_at != before.eased_at:
                assert now - eased >= EASE_EVERY
                eased = now
        assert pressure.limit >= 1 and LEAST_SHARE <= pressure.share <= 1
        assert Pressure.from_json(pressure.to_json()) == pressure


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "[]",
        "null",
        "{}",
        "\x00",
        "[" * 100_000,
        Pressure().to_json().replace("2", '"2"'),
        Pressure().to_json().replace("2", "true"),
        Pressure().to_json().replace("2", "0"),
        Pressure().to_json().replace("1.0", "NaN"),
        Pressure().to_json().replace("1.0", "7"),
        Pressure().to_json().replace("[]", "[Infinity]"),
        Pressure().to_json().replace("[]", '"1"'),
    ],
)
def test_what_is_no_pressure_is_an_account_nobody_knows(text: str | None) -> None:
    assert Pressure.from_json(text) == Pressure()
    assert Pressure().limit == START
