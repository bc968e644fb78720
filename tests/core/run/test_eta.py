"""The time a run still takes: never better than its limits, and not told before it can be known."""

from __future__ import annotations

import math
import random

import pytest

from webapp.core.run.eta import (
    ENOUGH,
    Estimate,
    Lane,
    SeenProgress,
    estimate,
)

STEADY = SeenProgress(made=30, span=300.0, seconds=8.0)


def seconds(left: int, parallel: int = 4, lanes: tuple[Lane, ...] = (Lane(),), seen: SeenProgress = STEADY) -> float:
    """The estimate, which must be there."""
    found = estimate(left, parallel, lanes, seen)
    assert found is not None
    return found.seconds


def test_the_pace_that_was_seen_is_believed() -> None:
    assert estimate(60, 4, [Lane()], STEADY) == Estimate(600.0, 6.0)


def test_nothing_is_told_before_the_first_images() -> None:
    assert estimate(60, 4, [Lane(per_minute=10)], SeenProgress()) is None
    assert estimate(60, 4, [Lane()], SeenProgress(made=ENOUGH - 1, span=20.0)) is None


def test_nothing_is_told_when_no_key_can_be_used() -> None:
    assert estimate(60, 4, [Lane(opens_in=math.inf)], STEADY) is None
    assert estimate(60, 4, [], STEADY) is None


def test_after_a_change_of_the_limits_they_decide_until_a_new_pace_is_seen() -> None:
    fresh = SeenProgress(made=0, span=1.0, seconds=8.0)
    assert seconds(60, parallel=4, seen=fresh) == pytest.approx(120.0)
    assert seconds(60, parallel=8, seen=fresh) == pytest.approx(60.0)
    assert seconds(60, parallel=8, lanes=(Lane(per_minute=10),), seen=fresh) == pytest.approx(360.0)
    two = (Lane(per_minute=10), Lane(per_minute=10))
    assert seconds(60, parallel=8, lanes=two, seen=fresh) == pytest.approx(180.0)


def test_an_account_that_takes_few_calls_at_once_holds_the_run_to_them() -> None:
    assert seconds(60, parallel=8, lanes=(Lane(at_once=1),), seen=SeenProgress(seconds=8.0)) == pytest.approx(480.0)


def test_the_pace_told_is_never_better_than_the_accounts_allow() -> None:
    found = estimate(60, 8, [Lane(per_minute=10)], SeenProgress(seconds=8.0))
    assert found is not None and found.per_minute == pytest.approx(10.0)


def test_a_pace_counts_as_seen_with_the_third_image() -> None:
    assert seconds(60, seen=SeenProgress(made=ENOUGH, span=30.0)) == pytest.approx(600.0)


def test_nothing_left_takes_no_time() -> None:
    assert estimate(0, 4, [Lane()], STEADY) == Estimate(0.0, 6.0)


def test_retries_cost_their_share() -> None:
    assert seconds(60, seen=SeenProgress(seconds=8.0, calls=1.5)) == pytest.approx(1.5 * 120.0)
    assert seconds(60, 8, (Lane(per_minute=10),), SeenProgress(seconds=8.0, calls=2.0)) == pytest.approx(2 * 360.0)
    assert seconds(60, seen=SeenProgress(seconds=8.0, calls=0.5)) == pytest.approx(120.0), (
        "an image is at least one call"
    )


def test_a_key_that_cools_is_waited_for_and_the_others_go_on_meanwhile() -> None:
    fresh = SeenProgress(seconds=1.0)
    both = (Lane(per_minute=30), Lane(per_minute=30, opens_in=60.0))
    assert seconds(30, 10, both, fresh) == pytest.approx(60.0)
    assert seconds(60, 10, both, fresh) == pytest.approx(90.0)
    assert seconds(30, 10, (Lane(per_minute=30, opens_in=60.0),), fresh) == pytest.approx(120.0)


def test_the_last_image_takes_its_time_whatever_the_pace() -> None:
    assert seconds(1, parallel=8, seen=SeenProgress(seconds=40.0)) == pytest.approx(40.0)
    assert seconds(1, 10, (Lane(opens_in=50.0),), SeenProgress(seconds=10.0)) == pytest.approx(60.0)


def drawn(dice: random.Random) -> tuple[int, int, list[Lane], SeenProgress]:
    """Any state a run may be in."""
    lanes = [
        Lane(
            dice.choice([None, dice.uniform(0.01, 500)]),
            dice.choice([None, dice.randint(1, 40)]),
            dice.choice([0.0, dice.uniform(0, 300), math.inf]),
        )
        for _ in range(dice.randint(0, 5))
    ]
    seen = SeenProgress(
        dice.randint(0, 200), dice.choice([0.0, dice.uniform(0.1, 5000)]), dice.choice([0.0, 7.5]), dice.uniform(1, 4)
    )
    return dice.randint(0, 900), dice.randint(1, 64), lanes, seen


def test_in_any_state_it_is_a_time_or_not_known_and_more_work_never_takes_less() -> None:
    dice = random.Random(8)
    for _ in range(2000):
        left, parallel, lanes, seen = drawn(dice)
        found = estimate(left, parallel, lanes, seen)
        assert found is None or (math.isfinite(found.seconds) and found.seconds >= 0)
        more = estimate(left + 1, parallel, lanes, seen)
        assert (found is None) == (more is None)
        if found and more:
            assert more.seconds >= found.seconds


def test_in_any_state_more_room_never_takes_longer_and_a_later_key_never_less() -> None:
    dice = random.Random(9)
    for _ in range(2000):
        left, parallel, lanes, seen = drawn(dice)
        found = estimate(left, parallel, lanes, seen)
        if found is None:
            continue
        wider = estimate(left, parallel + 3, [*lanes, Lane(per_minute=5.0)], seen)
        later = estimate(left, parallel, [Lane(a.per_minute, a.at_once, a.opens_in + 30) for a in lanes], seen)
        assert wider and later
        assert wider.seconds <= found.seconds * (1 + 1e-9) + 1e-9
        assert later.seconds >= found.seconds - 1e-9
