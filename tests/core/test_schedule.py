"""The scheduler: whatever fails and in whatever order, no frame is made twice, none is forgotten, and Stop is final."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.project import Frame
from webapp.core.schedule import (
    LONGEST_BACKOFF,
    LONGEST_COOLING,
    Again,
    Cool,
    End,
    Fail,
    Finish,
    Make,
    Schedule,
    Wait,
    after_failure,
)
from webapp.errors import (
    KeyRefused,
    KeySpent,
    Limited,
    LostAnswer,
    Misconfigured,
    NoPicture,
    NotSent,
    ProviderError,
    Rejected,
    Unavailable,
)


def frames(number: int) -> list[Frame]:
    return [Frame("clear", "1", f"1.{n}") for n in range(number)]


@given(
    number=st.integers(0, 12),
    parallel=st.integers(1, 5),
    fates=st.lists(st.sampled_from(["made", "again", "fail"]), max_size=60),
    order=st.randoms(use_true_random=False),
)
def test_every_frame_is_made_or_given_up_exactly_once(number, parallel, fates, order) -> None:  # type: ignore[no-untyped-def]
    schedule, now, ended, fates = Schedule(frames(number), parallel), 0.0, [], list(fates)
    while not isinstance(step := schedule.next(now, 0.0), Finish):
        if isinstance(step, Make):
            assert step.frame not in schedule.in_flight
            assert step.frame not in ended
            schedule.begin(step.frame)
            assert len(schedule.in_flight) <= parallel
        elif schedule.in_flight:
            frame = order.choice(sorted(schedule.in_flight))
            if (fates.pop() if fates else "made") == "again":
                schedule.again(frame, now + 1.0)
            else:
                schedule.done(frame)
                ended.append(frame)
        else:
            assert step.until is not None and step.until > now
            now = step.until
    assert sorted(ended) == sorted(frames(number))


@given(st.integers(1, 9), st.integers(1, 5))
def test_after_stop_no_call_begins_and_the_end_waits_for_those_in_flight(number: int, parallel: int) -> None:
    schedule = Schedule(frames(number), parallel)
    while isinstance(step := schedule.next(0.0, 0.0), Make):
        schedule.begin(step.frame)
    schedule.stop()
    for frame in sorted(schedule.in_flight):
        assert schedule.next(1e9, 0.0) == Wait(None)
        schedule.again(frame, 0.0)
    assert schedule.next(1e9, 0.0) == Finish()


def test_frames_begin_in_the_order_given() -> None:
    schedule, begun = Schedule(frames(4), 4), []
    while isinstance(step := schedule.next(0.0, 0.0), Make):
        schedule.begin(step.frame)
        begun.append(step.frame)
    assert begun == frames(4)


def test_the_pace_holds_the_next_call_back_and_says_until_when() -> None:
    assert Schedule(frames(1), 1).next(now=1.0, free_at=3.0) == Wait(3.0)


def test_a_frame_whose_second_chance_has_come_goes_first() -> None:
    schedule = Schedule(frames(3), 1)
    first = frames(1)[0]
    schedule.begin(first)
    schedule.again(first, at=5.0)
    assert schedule.next(4.0, 0.0) == Make(frames(2)[1])
    assert schedule.next(5.0, 0.0) == Make(first)


def half() -> float:
    return 0.5


@pytest.mark.parametrize("error", [Unavailable("Busy."), NotSent("No way there.")])
def test_passing_faults_are_tried_again_until_the_tries_are_used_up(error: ProviderError) -> None:
    delays = [after_failure(error, tries, 4, half) for tries in (1, 2, 3)]
    assert delays == [Again(0.5), Again(1.0), Again(2.0)]
    assert after_failure(error, 4, 4, half) == Fail(f"{str(error)[:-1]}, after 4 tries.")


@pytest.mark.parametrize("error", [LostAnswer("No answer within 60 s."), NoPicture("No picture came back.")])
def test_what_may_have_been_charged_is_repeated_once_only(error: ProviderError) -> None:
    assert isinstance(after_failure(error, 1, 9, half), Again)
    assert isinstance(after_failure(error, 2, 9, half), Fail)


def test_a_refusal_fails_the_frame_at_once_with_its_own_sentence() -> None:
    assert after_failure(Rejected("The filter refused it."), 1, 4, half) == Fail("The filter refused it.")


@pytest.mark.parametrize("error", [Misconfigured("Gone."), KeyRefused("Refused."), KeySpent("Spent.")])
def test_what_every_frame_would_meet_ends_the_run(error: ProviderError) -> None:
    assert after_failure(error, 1, 4, half) == End(str(error))


@given(st.none() | st.floats(-1e9, 1e9), st.floats(0, 0.999), st.integers(1, 50))
def test_a_limit_cools_within_its_bounds_and_never_fails_the_frame(
    wish: float | None, chance: float, tries: int
) -> None:
    verdict = after_failure(Limited("Slow down.", retry_after=wish), tries, 4, lambda: chance)
    assert isinstance(verdict, Cool)
    assert 0.0 <= verdict.delay <= LONGEST_COOLING * 1.2
    if wish is not None and 0 <= wish <= LONGEST_COOLING:
        assert verdict.delay >= wish


@given(st.integers(1, 40), st.floats(0, 0.999))
def test_backoff_never_exceeds_a_minute(tries: int, chance: float) -> None:
    verdict = after_failure(Unavailable("Busy."), tries, 99, lambda: chance)
    assert isinstance(verdict, Again)
    assert 0.0 <= verdict.delay <= LONGEST_BACKOFF


def test_a_longer_wish_of_the_provider_wins_over_the_backoff() -> None:
    assert after_failure(Unavailable("Busy.", retry_after=30.0), 1, 4, half) == Again(30.0)
