"""The scheduler: whatever fails and in whatever order, no frame is made twice, none is forgotten, and Stop is final."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.core.project import Frame
from webapp.core.run.schedule import (
    LONGEST_BACKOFF,
    LONGEST_COOLING,
    CoolDown,
    End,
    Finish,
    GiveUp,
    Make,
    Opening,
    Retry,
    RetryAllowance,
    Schedule,
    Swap,
    Wait,
    after_failure,
)
from webapp.errors import (
    KeyRefused,
    KeySpent,
    Limited,
    LostAnswer,
    Misconfigured,
    NoImage,
    NotSent,
    ProviderError,
    Rejected,
    Unavailable,
    Unsuited,
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
    while not isinstance(step := schedule.next(now), Finish):
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
    while isinstance(step := schedule.next(0.0), Make):
        schedule.begin(step.frame)
    schedule.stop()
    for frame in sorted(schedule.in_flight):
        assert schedule.next(1e9) == Wait(None)
        schedule.again(frame, 0.0)
    assert schedule.next(1e9) == Finish()


def test_frames_begin_in_the_order_given() -> None:
    schedule, begun = Schedule(frames(4), 4), []
    while isinstance(step := schedule.next(0.0), Make):
        schedule.begin(step.frame)
        begun.append(step.frame)
    assert begun == frames(4)


def test_a_style_that_is_shut_is_passed_over_and_the_wait_says_until_when() -> None:
    boat, lamp = Frame("clear", "1", "1.1"), Frame("consistent", "1", "1.1")
    schedule = Schedule([boat, lamp], 2)
    assert schedule.next(1.0, {"clear": 3.0}) == Make(lamp)
    assert schedule.next(1.0, {"clear": 3.0, "consistent": 5.0}) == Wait(3.0)
    assert schedule.next(1.0, {"clear": math.inf, "consistent": math.inf}) == Wait(None)
    assert schedule.next(3.0, {"clear": 3.0}) == Make(boat)


def test_a_frame_that_waits_for_its_second_chance_waits_for_its_style_too() -> None:
    schedule = Schedule(frames(1), 1)
    schedule.begin(frames(1)[0])
    schedule.again(frames(1)[0], at=2.0)
    assert schedule.next(1.0, {"clear": 9.0}) == Wait(9.0)


def test_two_pictures_may_be_finished_behind_a_single_call_and_then_it_waits() -> None:
    schedule = Schedule(frames(3), 0)
    assert schedule.parallel == 1, "one call at a time is the least"
    for frame in frames(2):
        assert schedule.next(0.0) == Make(frame)
        schedule.begin(frame)
        schedule.answered(frame)
    assert schedule.next(0.0) == Wait(None)
    schedule.done(frames(1)[0])
    assert schedule.next(0.0) == Make(frames(3)[2])


def test_second_chances_that_come_together_come_in_the_order_of_the_failures() -> None:
    schedule = Schedule(frames(2), 2)
    for frame in frames(2):
        schedule.begin(frame)
    for frame in reversed(frames(2)):
        schedule.again(frame, at=1.0)
    assert schedule.next(1.0) == Make(frames(2)[1])


def test_who_arranges_anew_doubles_nothing_and_lets_go_what_is_not_wanted_any_more() -> None:
    schedule = Schedule(frames(4), 3)
    flying, later, dropped, waiting = frames(4)
    for frame in (flying, later, dropped):
        schedule.begin(frame)
    schedule.again(later, at=9.0)
    schedule.again(dropped, at=9.0)
    assert schedule.styles == {"clear"} and schedule.left == 3
    schedule.arrange([later, waiting, flying])
    assert schedule.coming == (waiting,) and schedule.left == 2
    schedule.begin(waiting)
    assert schedule.styles == {"clear"}, "what waits for its time belongs to a style too"
    assert schedule.next(1.0) == Wait(9.0) and schedule.next(9.0) == Make(later)


def test_after_a_stop_it_can_go_on() -> None:
    schedule = Schedule(frames(1), 1)
    schedule.stop()
    assert schedule.next(0.0) == Finish()
    schedule.go_on()
    assert schedule.next(0.0) == Make(frames(1)[0])


def test_a_frame_whose_second_chance_has_come_goes_first() -> None:
    schedule = Schedule(frames(3), 1)
    first = frames(1)[0]
    schedule.begin(first)
    schedule.again(first, at=5.0)
    assert schedule.next(4.0) == Make(frames(2)[1])
    assert schedule.next(5.0) == Make(first)


def half() -> float:
    return 0.5


@pytest.mark.parametrize("error", [Unavailable("Busy."), NotSent("No way there.")])
def test_passing_faults_are_tried_again_until_the_tries_are_used_up(error: ProviderError) -> None:
    delays = [after_failure(error, tries, 4, half) for tries in (1, 2, 3)]
    assert delays == [Retry(0.5), Retry(1.0), Retry(2.0)]
    assert after_failure(error, 4, 4, half) == GiveUp(f"{str(error)[:-1]}, after 4 tries.")


@pytest.mark.parametrize("error", [LostAnswer("No answer within 60 s."), NoImage("No picture came back.")])
def test_what_may_have_been_charged_is_repeated_once_only(error: ProviderError) -> None:
    assert isinstance(after_failure(error, 1, 9, half), Retry)
    assert isinstance(after_failure(error, 2, 9, half), GiveUp)
    assert after_failure(error, 1, 1, half) == GiveUp(str(error)), "not even once when a frame has a single try"


def test_a_refusal_fails_the_frame_at_once_with_its_own_sentence() -> None:
    assert after_failure(Rejected("The filter refused it."), 1, 4, half) == GiveUp("The filter refused it.")


def test_a_failure_of_no_known_kind_is_not_tried_again() -> None:
    assert after_failure(ProviderError("Who knows."), 1, 4, half) == GiveUp("Who knows.")


def test_what_every_frame_would_meet_ends_the_run() -> None:
    assert after_failure(Misconfigured("Gone."), 1, 4, half) == End("Gone.")


@pytest.mark.parametrize("error", [KeyRefused("Refused."), KeySpent("Spent.")])
def test_a_key_that_is_of_no_use_is_swapped_for_another(error: ProviderError) -> None:
    assert after_failure(error, 1, 1, half) == Swap(str(error))


def heard(*errors: Exception | None) -> str:
    opening = Opening()
    for error in errors:
        opening = opening.after(error)
    return opening.verdict


def test_three_first_answers_that_fail_alike_as_requests_are_the_fault_of_the_settings() -> None:
    bad = Unsuited("This size is not known.")
    assert heard(bad, bad) == ""
    assert heard(bad, bad, bad) == "The first 3 images failed in the same way. This size is not known."


@pytest.mark.parametrize(
    "other", [None, Unsuited("Another fault."), Rejected("The filter refused it."), Unavailable("Busy.")]
)
def test_any_other_answer_among_the_first_makes_it_the_fault_of_the_frames(other: Exception | None) -> None:
    bad = Unsuited("This size is not known.")
    assert heard(bad, other, bad, bad, bad) == "" == heard(other, bad, bad, bad)


def test_prompts_that_a_filter_refuses_never_end_a_run() -> None:
    assert heard(*[Rejected("The filter refused it.")] * 9) == ""


@given(st.lists(st.booleans(), max_size=400))
def test_retries_never_exceed_ten_and_a_tenth_of_the_successes(succeeds: list[bool]) -> None:
    allowance, retries = RetryAllowance(), 0
    for success in succeeds:
        if success:
            allowance = allowance.after_success()
        elif (left := allowance.spend()) is not None:
            allowance, retries = left, retries + 1
    assert retries <= 10 + 0.1 * sum(succeeds) + 1e-6


@given(st.none() | st.floats(-1e9, 1e9), st.floats(0, 0.999), st.integers(1, 50))
def test_a_limit_cools_within_its_bounds_and_never_fails_the_frame(
    wish: float | None, chance: float, tries: int
) -> None:
    verdict = after_failure(Limited("Slow down.", retry_after=wish), tries, 4, lambda: chance)
    assert isinstance(verdict, CoolDown)
    assert 0.0 <= verdict.delay <= LONGEST_COOLING * 1.2
    if wish is not None and 0 <= wish <= LONGEST_COOLING:
        assert verdict.delay >= wish


@given(st.integers(1, 40), st.floats(0, 0.999))
def test_backoff_never_exceeds_a_minute(tries: int, chance: float) -> None:
    verdict = after_failure(Unavailable("Busy."), tries, 99, lambda: chance)
    assert isinstance(verdict, Retry)
    assert 0.0 <= verdict.delay <= LONGEST_BACKOFF


def test_a_longer_wish_of_the_provider_wins_over_the_backoff() -> None:
    assert after_failure(Unavailable("Busy.", retry_after=30.0), 1, 4, half) == Retry(30.0)
    assert after_failure(Unavailable("Busy.", retry_after=1e9), 1, 4, half) == Retry(LONGEST_COOLING)


def test_a_limit_without_a_wish_cools_for_ten_seconds_and_a_little() -> None:
    verdict = after_failure(Limited("Slow down."), 1, 4, half)
    assert isinstance(verdict, CoolDown) and verdict.delay == pytest.approx(11.0)


def test_ten_retries_are_there_at_first_and_ten_successes_earn_one_that_is_not_saved_up() -> None:
    def retries(allowance: RetryAllowance) -> int:
        left = allowance.spend()
        return 0 if left is None else 1 + retries(left)

    def after(allowance: RetryAllowance, successes: int) -> RetryAllowance:
        return after(allowance.after_success(), successes - 1) if successes else allowance

    assert retries(RetryAllowance()) == 10 == retries(after(RetryAllowance(), 50))
    assert retries(after(RetryAllowance(0.0), 9)) == 0 and retries(after(RetryAllowance(0.05), 10)) == 1


@given(number=st.integers(0, 12), parallel=st.integers(1, 5), order=st.randoms(use_true_random=False))
def test_pictures_being_finished_are_bounded_take_no_call_s_place_and_are_awaited(number, parallel, order) -> None:  # type: ignore[no-untyped-def]
    schedule = Schedule(frames(number), parallel)
    finishing: list[Frame] = []
    ended: list[Frame] = []
    while not isinstance(step := schedule.next(0.0), Finish):
        if isinstance(step, Make):
            assert step.frame not in finishing and step.frame not in ended
            schedule.begin(step.frame)
            assert len(schedule.in_flight) <= parallel
            assert schedule.finishing == len(finishing) < max(2, parallel)
        elif schedule.in_flight and (not finishing or order.random() < 0.6):
            schedule.answered(frame := order.choice(sorted(schedule.in_flight)))
            finishing.append(frame)
            schedule.arrange(frames(number))
            schedule.arrange(frame for frame in schedule.coming if frame not in ended)
        else:
            schedule.done(frame := finishing.pop(order.randrange(len(finishing))))
            ended.append(frame)
    assert sorted(ended) == sorted(frames(number)) and not schedule.busy


def test_a_picture_that_turned_out_to_be_none_is_asked_for_again() -> None:
    schedule = Schedule([frame := frames(1)[0]], 1)
    schedule.begin(frame)
    schedule.answered(frame)
    assert schedule.next(0.0) == Wait(None)
    schedule.again(frame, 3.0)
    assert not schedule.busy
    assert schedule.next(0.0) == Wait(3.0) and schedule.next(3.0) == Make(frame)
