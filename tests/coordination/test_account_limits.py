"""Who may call whom, and when: never faster than the rate, never more at once, never a cooling key, and in turn."""

from __future__ import annotations

import heapq
import itertools
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import gevent
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.coordination.account_limits import AccountLimits
from webapp.coordination.account_limits_lua import ASK_AGAIN, AWAITED, WINDOW
from webapp.coordination.redis_client import connect
from webapp.core.image_request import Key, Secret
from webapp.core.limits.account_pressure import FIRST_COOLING, START
from webapp.core.limits.key_states import (
    Access,
    AccountView,
    Busy,
    KeyState,
    Outcome,
    Why,
)
from webapp.errors import CoordinationDown

TTL = 300.0


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


class Caller:
    """A project that takes slots in a pool and remembers which."""

    def __init__(
        self, limits: AccountLimits, pool: list[Access], per_minute: float | None = 60.0, most: int = 100
    ) -> None:
        self.limits, self.pool, self.per_minute, self.most = limits, pool, per_minute, most
        self.project = secrets.token_hex(8)
        self.held: list[tuple[Access, str]] = []

    def take(self, slot: str = "") -> Access | Busy:
        slot = slot or secrets.token_hex(8)
        answer = self.limits.take(
            self.pool, slot, project=self.project, per_minute=self.per_minute, most=self.most, ttl=TTL
        )
        if isinstance(answer, Access):
            self.held.append((answer, slot))
        return answer

    def end(self, outcome: Outcome = Outcome.OK, *, seconds: float = 1.0, cool: float | None = None) -> None:
        access, slot = self.held.pop(0)
        self.limits.give_back(access.account, slot, outcome, seconds=seconds, cool=cool)

    def grow(self, limit: int) -> None:
        """Succeed until so many calls may be in flight."""
        rate, self.per_minute = self.per_minute, None
        while self.limits.look([self.pool[0].account])[0].limit < limit:
            assert isinstance(self.take(), Access)
            self.end()
        self.per_minute = rate


@pytest.fixture(scope="module")
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url) as client:
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limits(client: redis.Redis, clock: Clock) -> AccountLimits:
    return AccountLimits(client, secrets.token_bytes(32), clock)


def account(limits: AccountLimits) -> Access:
    name = limits.fingerprint("gemini", secrets.token_hex(8))
    return Access(name, name)


def wait(answer: Access | Busy, why: Why) -> float:
    """The seconds to wait, for this reason."""
    assert isinstance(answer, Busy) and answer.why is why, answer
    assert answer.wait is not None
    return answer.wait


def drain(caller: Caller) -> int:
    """Take until nothing more is to be had now."""
    before = len(caller.held)
    while isinstance(caller.take(), Access):
        pass
    return len(caller.held) - before


# -- what Redis learns


def test_redis_learns_neither_keys_nor_accounts(client: redis.Redis, limits: AccountLimits) -> None:
    key = Key(Secret("AIza-canary-key-0123456789"), "canary-account")
    access = limits.access("gemini", key)
    caller = Caller(limits, [access])
    caller.take()
    caller.end(Outcome.LIMITED)
    limits.mark(access.key, KeyState.REFUSED, "The key is refused.")
    names = [name for name in client.scan_iter("step8:*") if access.account in name or access.key in name]
    assert len(names) >= 4
    dumps = [name.encode() + (client.dump(name) or b"") for name in names]
    assert not any(b"canary" in dump for dump in dumps)


def test_fingerprints_differ_by_provider_account_key_and_installation(
    limits: AccountLimits, client: redis.Redis
) -> None:
    key, other = Key(Secret("k1"), "a"), Key(Secret("k2"), "a")
    assert limits.access("gemini", key).account == limits.access("gemini", other).account
    assert limits.access("gemini", key).key != limits.access("gemini", other).key
    elsewhere = AccountLimits(client, b"another secret").access("gemini", key)
    names = [*vars_of(limits.access("gemini", key)), *vars_of(limits.access("openai", key)), *vars_of(elsewhere)]
    assert len(set(names)) == 6


def vars_of(access: Access) -> tuple[str, str]:
    return access.account, access.key


@pytest.mark.parametrize("name", ["", "two words", "a\nb", "ü", "x" * 65, "*"])
def test_only_opaque_names_take_slots(limits: AccountLimits, name: str) -> None:
    with pytest.raises(ValueError):
        limits.take([account(limits)], name, project="p", per_minute=1, most=1, ttl=1)
    with pytest.raises(ValueError):
        limits.take([account(limits)], "s", project=name, per_minute=1, most=1, ttl=1)


# -- the rate


def test_a_tenth_of_a_minute_may_go_at_once_and_then_one_after_the_other(limits: AccountLimits, clock: Clock) -> None:
    caller = Caller(limits, [account(limits)], per_minute=60)
    caller.grow(10)
    assert drain(caller) == 6
    for _ in range(5):
        seconds = wait(caller.take(), Why.RATE)
        assert seconds == pytest.approx(1.0, abs=1e-5)
        clock.now += seconds
        assert isinstance(caller.take(), Access)
        caller.end()


def test_a_slow_rate_lets_one_call_through(limits: AccountLimits, clock: Clock) -> None:
    caller = Caller(limits, [account(limits)], per_minute=0.5)
    assert drain(caller) == 1
    clock.now += 119.9
    assert wait(caller.take(), Why.RATE) == pytest.approx(0.1, abs=1e-5)
    clock.now += 0.1
    assert isinstance(caller.take(), Access)


def test_a_new_rate_counts_at_once(limits: AccountLimits, clock: Clock) -> None:
    caller = Caller(limits, [account(limits)], per_minute=1)
    caller.take()
    assert wait(caller.take(), Why.RATE) > 59
    caller.per_minute = 120
    clock.now += wait(caller.take(), Why.RATE)
    assert isinstance(caller.take(), Access)
    caller.per_minute = 1
    assert wait(caller.take(), Why.RATE) > 50
    caller.per_minute = None
    assert caller.take() == Busy(ASK_AGAIN, Why.FULL)
    caller.end()
    assert isinstance(caller.take(), Access)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.sampled_from([1.5, 7.0, 20.0, 60.0]), st.lists(st.floats(0, 12), min_size=5, max_size=60))
def test_in_no_minute_more_calls_begin_than_the_rate(
    limits: AccountLimits, clock: Clock, rate: float, pauses: list[float]
) -> None:
    caller = Caller(limits, [account(limits)], per_minute=rate)
    caller.grow(12)
    begun: list[float] = []
    for pause in pauses:
        clock.now += pause
        begun += [clock.now] * drain(caller)
        while caller.held:
            caller.end()
    assert begun
    for first in begun:
        together = [time for time in begun if first <= time < first + WINDOW]
        assert len(together) <= -(-rate // 1)


def test_every_wait_takes_time(limits: AccountLimits, clock: Clock) -> None:
    pool = [account(limits), account(limits)]
    assert len(run([Caller(limits, pool, most=8)], clock, seconds=3 * WINDOW, latency=8.0)) > 200


@pytest.mark.parametrize("accounts", [1, 2])
def test_a_run_reaches_the_allowed_rate(limits: AccountLimits, clock: Clock, accounts: int) -> None:
    """Two projects, one second a call, for three minutes: everybody asks again exactly when told to."""
    pool = [account(limits) for _ in range(accounts)]
    begun = run([Caller(limits, pool, most=8) for _ in range(2)], clock, seconds=3 * WINDOW, latency=1.0)
    assert len(begun) >= 0.95 * 60 * 3 * accounts
    for access in pool:
        times = [time for time, _, used in begun if used == access]
        assert all(late - early >= WINDOW for early, late in zip(times, times[60:], strict=False))


def run(
    callers: list[Caller], clock: Clock, *, seconds: float, latency: float, parallel: int = 100
) -> list[tuple[float, Caller, Access]]:
    """Let callers call as often as they may for that long on the clock. Answers when who called whom."""
    count, end = itertools.count(), clock.now + seconds
    begun: list[tuple[float, Caller, Access]] = []
    events: list[tuple[float, int, Callable[[], None]]] = []

    def at(time: float, act: Callable[[], None]) -> None:
        heapq.heappush(events, (time, next(count), act))

    def ask(caller: Caller) -> None:
        if len(caller.held) >= parallel:
            return at(clock.now + 0.05, partial(ask, caller))
        answer = caller.take()
        if isinstance(answer, Busy):
            assert answer.wait is not None and clock.now + answer.wait > clock.now
            return at(clock.now + answer.wait, partial(ask, caller))
        begun.append((clock.now, caller, answer))
        at(clock.now + latency, caller.end)
        return at(clock.now, partial(ask, caller))

    for caller in callers:
        at(clock.now, partial(ask, caller))
    while events[0][0] < end:
        clock.now, _, act = heapq.heappop(events)
        act()
    return begun


def test_a_call_that_was_never_sent_gives_its_place_in_the_minute_back(limits: AccountLimits) -> None:
    caller = Caller(limits, [account(limits)], per_minute=5)
    assert drain(caller) == 1
    caller.end(Outcome.UNUSED)
    assert drain(caller) == 1
    caller.end(Outcome.FAILED)
    wait(caller.take(), Why.RATE)
    caller.per_minute = None
    caller.take()
    caller.end(Outcome.UNUSED)
    caller.per_minute = 5
    assert wait(caller.take(), Why.RATE) > 11, "what was not counted is not given back"


def test_a_clock_that_is_set_back_holds_nobody_up_for_long(limits: AccountLimits, clock: Clock) -> None:
    caller = Caller(limits, [account(limits)], per_minute=60)
    caller.grow(10)
    for _ in range(drain(caller)):
        caller.end()
    clock.now -= 3600
    assert drain(caller) > 0


# -- in flight


def test_two_calls_are_in_flight_at_first_and_one_more_after_each_round(limits: AccountLimits) -> None:
    caller = Caller(limits, [account(limits)], per_minute=None)
    for limit in (2, 3, 4, 5):
        assert drain(caller) == limit
        assert caller.take() == Busy(ASK_AGAIN, Why.FULL)
        while caller.held:
            caller.end()


def test_the_users_ceiling_counts_at_once(limits: AccountLimits) -> None:
    caller = Caller(limits, [account(limits)], per_minute=None, most=4)
    caller.grow(4)
    assert drain(caller) == 4
    caller.most = 2
    caller.end()
    assert caller.take() == Busy(ASK_AGAIN, Why.FULL)
    caller.most = 4
    assert drain(caller) == 1


def test_the_slots_of_a_dead_worker_come_back(limits: AccountLimits, clock: Clock) -> None:
    caller = Caller(limits, [account(limits)], per_minute=None)
    assert drain(caller) == START
    clock.now += TTL - 0.1
    assert caller.take() == Busy(ASK_AGAIN, Why.FULL)
    assert limits.look([caller.pool[0].account])[0].in_flight == START
    clock.now += 0.2
    assert limits.look([caller.pool[0].account])[0].in_flight == 0
    assert drain(caller) == START


def test_asking_twice_with_one_slot_takes_one(limits: AccountLimits) -> None:
    caller = Caller(limits, [account(limits), account(limits)], per_minute=10)
    first = caller.take("attempt")
    assert isinstance(first, Access) and caller.take("attempt") == first
    assert limits.look([first.account])[0].in_flight == 1
    caller.end(Outcome.UNUSED)
    caller.end(Outcome.UNUSED)
    assert {limits.look([access.account])[0].in_flight for access in caller.pool} == {0}
    assert drain(caller) == 2, "one call each, and the place given back twice is there once"


def test_giving_back_twice_counts_once(limits: AccountLimits) -> None:
    caller = Caller(limits, [account(limits)], per_minute=None)
    caller.take("attempt")
    for _ in range(5):
        limits.give_back(caller.pool[0].account, "attempt", Outcome.OK, seconds=1.0)
    assert limits.look([caller.pool[0].account])[0].limit == START


def test_the_slots_that_a_project_holds_are_known_and_nobody_elses(limits: AccountLimits) -> None:
    access = account(limits)
    ours, theirs = Caller(limits, [access], per_minute=None), Caller(limits, [access], per_minute=None)
    assert isinstance(ours.take("a1"), Access) and isinstance(theirs.take("b1"), Access)
    assert limits.slots_of(access.account, ours.project) == ["a1"]
    ours.end()
    assert limits.slots_of(access.account, ours.project) == []


def test_answers_that_come_together_are_all_learnt_from(limits: AccountLimits) -> None:
    caller = Caller(limits, [account(limits)], per_minute=None)
    caller.grow(8)
    assert drain(caller) == 8
    gevent.joinall([gevent.spawn(caller.end) for _ in range(8)], raise_error=True)
    assert limits.look([caller.pool[0].account])[0] == AccountView(limit=9)


# -- cooling


def test_an_account_is_silent_for_exactly_as_long_as_the_provider_asked(limits: AccountLimits, clock: Clock) -> None:
    caller = Caller(limits, [account(limits)])
    caller.take()
    caller.end(Outcome.LIMITED, cool=17.25)
    assert wait(caller.take(), Why.COOLING) == pytest.approx(17.25, abs=1e-5)
    clock.now += 17.2
    assert wait(caller.take(), Why.COOLING) == pytest.approx(0.05, abs=1e-5)
    clock.now += 0.05
    assert drain(caller) == 1, "one probe, no burst"


def test_after_an_hour_one_call_asks_again_whatever_the_provider_wished(limits: AccountLimits, clock: Clock) -> None:
    caller = Caller(limits, [account(limits)], per_minute=None)
    assert drain(caller) == 2
    caller.end(Outcome.LIMITED, cool=29_997.0)
    caller.end(Outcome.LIMITED, cool=29_997.0)
    assert wait(caller.take(), Why.COOLING) == pytest.approx(3_600, abs=1e-5)
    clock.now += 3_600
    assert drain(caller) == 1


def test_a_day_of_silence_that_an_earlier_version_stored_is_over(
    limits: AccountLimits, client: redis.Redis, clock: Clock
) -> None:
    access = account(limits)
    client.hset(f"step8:limit:{access.account}", "cool", f"{clock.now + 86_400:.6f}")
    assert limits.look([access.account])[0].state is KeyState.HEALTHY
    assert Caller(limits, [access]).take() == access


def test_a_shorter_wish_of_a_companion_does_not_end_the_silence(limits: AccountLimits) -> None:
    caller = Caller(limits, [account(limits)])
    assert drain(caller) == 2
    caller.end(Outcome.LIMITED, cool=30)
    caller.end(Outcome.LIMITED, cool=5)
    assert wait(caller.take(), Why.COOLING) == pytest.approx(30, abs=1e-5)


def test_a_limited_answer_is_heeded_even_when_its_slot_has_run_out(limits: AccountLimits, clock: Clock) -> None:
    caller = Caller(limits, [account(limits)])
    caller.take()
    clock.now += TTL + 1
    drain(caller)
    caller.end(Outcome.LIMITED, cool=30)
    assert wait(caller.take(), Why.COOLING) == pytest.approx(30, abs=1e-5)


def test_limits_halve_the_calls_once_and_lower_the_pace_until_successes(limits: AccountLimits, clock: Clock) -> None:
    caller = Caller(limits, [account(limits)], per_minute=600)
    caller.grow(8)
    assert drain(caller) == 8
    for _ in range(4):
        caller.end(Outcome.LIMITED)
    view = limits.look([caller.pool[0].account])[0]
    assert (view.state, view.limit, view.in_flight, view.per_minute) == (KeyState.COOLING, 4, 4, 480)
    assert view.wait == pytest.approx(FIRST_COOLING, abs=1e-5)
    clock.now += view.wait
    caller.end()
    assert limits.look([caller.pool[0].account])[0].per_minute == pytest.approx(492)
    for _ in range(3):
        caller.end()
    assert drain(caller) == 1
    assert wait(caller.take(), Why.RATE) == pytest.approx(60 / 528, abs=1e-5)


def test_a_cooling_key_is_never_called_whoever_asks(limits: AccountLimits, clock: Clock) -> None:
    """Thirty greenlets call two accounts, and every fourth answer asks for silence."""
    pool = [account(limits), account(limits)]
    silent: dict[Access, float] = {}
    mistakes: list[Access] = []
    served, refused = Counter[str](), Counter[Why]()

    def work(number: int) -> None:
        caller = Caller(limits, pool, per_minute=None)
        for call in range(12):
            asked_at, known = clock.now, dict(silent)  # what is learnt while the question is on its way is no mistake
            answer = caller.take()
            if isinstance(answer, Busy):
                refused[answer.why] += 1
                clock.now += 0.05
                continue
            if known.get(answer, 0) > asked_at:
                mistakes.append(answer)
            ended_at = clock.now
            if (number + call) % 4 == 0:
                caller.end(Outcome.LIMITED, cool=2.0)
                silent[answer] = max(silent.get(answer, 0), ended_at + 2.0)
            else:
                caller.end()
            served[answer.account] += 1

    gevent.joinall([gevent.spawn(work, number) for number in range(30)], raise_error=True)
    assert not mistakes
    assert len(served) == 2
    assert refused[Why.COOLING] > 0


def test_the_other_account_is_called_while_one_cools(limits: AccountLimits) -> None:
    first, second = account(limits), account(limits)
    caller = Caller(limits, [first, second])
    limits.give_back(first.account, "x", Outcome.LIMITED, cool=50)
    assert [caller.take() for _ in range(2)] == [second, second]
    limits.give_back(second.account, "x", Outcome.LIMITED, cool=20)
    assert wait(caller.take(), Why.COOLING) == pytest.approx(20, abs=1e-5)


# -- spent and refused


def test_spent_and_refused_stay_until_forgiven(limits: AccountLimits, client: redis.Redis, clock: Clock) -> None:
    access = account(limits)
    limits.mark(access.account, KeyState.SPENT, "No credit is left. Add credit, then click Try again.")
    clock.now += 86_400
    assert Caller(limits, [access]).take() == Busy(None, Why.SPENT)
    assert limits.look([access.account])[0].reason.startswith("No credit is left.")
    assert client.ttl(f"step8:limit:{access.account}") > 29 * 86_400
    limits.forgive(access.account)
    assert limits.look([access.account]) == [AccountView(limit=START)]
    assert Caller(limits, [access]).take() == access


def test_a_refused_key_does_not_take_its_account_along(limits: AccountLimits) -> None:
    bad, good = (limits.access("gemini", Key(Secret(text), "project")) for text in ("bad", "good"))
    assert bad.account == good.account
    limits.mark(bad.key, KeyState.REFUSED, "The key is wrong.")
    caller = Caller(limits, [bad, good], per_minute=20)
    assert [caller.take(), caller.take()] == [good, good]
    limits.mark(good.account, KeyState.SPENT, "No credit is left.")
    assert caller.take() == Busy(None, Why.REFUSED)


def test_a_call_waits_for_a_cooling_key_when_the_others_are_spent(limits: AccountLimits) -> None:
    spent, cooling = account(limits), account(limits)
    limits.mark(spent.account, KeyState.SPENT, "No credit is left.")
    limits.give_back(cooling.account, "x", Outcome.LIMITED, cool=9)
    assert wait(Caller(limits, [spent, cooling]).take(), Why.COOLING) == pytest.approx(9, abs=1e-5)


def test_only_spent_and_refused_are_marked(limits: AccountLimits) -> None:
    with pytest.raises(ValueError):
        limits.mark("x", KeyState.COOLING, "")


# -- several keys


def test_the_account_with_most_calls_left_is_used_first(limits: AccountLimits) -> None:
    fresh, used = account(limits), account(limits)
    Caller(limits, [used]).take()
    assert Caller(limits, [used, fresh]).take() == fresh


def test_among_equals_the_one_that_rested_longest_is_used(limits: AccountLimits, clock: Clock) -> None:
    pool = [limits.access("gemini", Key(Secret(text), "project")) for text in ("a", "b", "c")]
    caller, used = Caller(limits, pool, per_minute=600), []
    for _ in range(6):
        clock.now += 1
        used.append(caller.take())
        caller.end()
    assert used == pool + pool


def test_keys_of_one_account_share_its_rate(limits: AccountLimits) -> None:
    pool = [limits.access("gemini", Key(Secret(text), "project")) for text in ("a", "b", "c")]
    assert drain(Caller(limits, pool, per_minute=10)) == 1


# -- several projects


def test_a_small_project_gets_the_next_slot_of_a_full_account(limits: AccountLimits, clock: Clock) -> None:
    pool = [account(limits)]
    big, small = Caller(limits, pool, None), Caller(limits, pool, None)
    assert drain(big) == START
    assert small.take() == Busy(ASK_AGAIN, Why.FULL)
    big.end(Outcome.FAILED)
    assert big.take() == Busy(ASK_AGAIN, Why.TURN)
    clock.now += ASK_AGAIN
    assert isinstance(small.take(), Access)
    small.end(Outcome.FAILED)
    assert isinstance(big.take(), Access), "nobody else waits now"


def test_a_project_that_does_not_come_back_loses_its_turn(limits: AccountLimits, clock: Clock) -> None:
    pool = [account(limits)]
    big, gone = Caller(limits, pool, None), Caller(limits, pool, None)
    drain(big)
    gone.take()
    big.end(Outcome.FAILED)
    assert big.take() == Busy(ASK_AGAIN, Why.TURN)
    clock.now += ASK_AGAIN + AWAITED
    assert isinstance(big.take(), Access)


def test_a_project_that_waits_for_long_holds_nobody_up_meanwhile(limits: AccountLimits, clock: Clock) -> None:
    pool = [account(limits)]
    slow, fast = Caller(limits, pool, per_minute=1), Caller(limits, pool, per_minute=60)
    for caller in (slow, fast, fast):
        assert isinstance(caller.take(), Access)
        caller.end()
        assert wait(slow.take(), Why.RATE) > 50
        clock.now += 1


def test_nobody_waits_for_a_turn_while_there_is_room_for_all(limits: AccountLimits) -> None:
    pool = [account(limits)]
    big, small = Caller(limits, pool, None), Caller(limits, pool, None)
    big.grow(4)
    drain(big)
    small.take()
    for _ in range(2):
        big.end(Outcome.FAILED)
    assert isinstance(big.take(), Access), "one free slot is left for the small project"
    assert big.take() == Busy(ASK_AGAIN, Why.TURN)
    assert isinstance(small.take(), Access)


@pytest.mark.parametrize(("rate", "latency"), [(60.0, 0.01), (60.0, 3.0), (None, 1.0)])
def test_projects_that_all_want_more_get_as_much_as_each_other(
    limits: AccountLimits, clock: Clock, rate: float | None, latency: float
) -> None:
    pool = [account(limits)]
    callers = [Caller(limits, pool, rate, most=3) for _ in range(3)]
    begun = run(callers, clock, seconds=45, latency=latency)
    calls = Counter(callers.index(caller) for _, caller, _ in begun)
    assert max(calls.values()) - min(calls[n] for n in range(3)) <= 2, calls
    assert len(begun) >= (40 if rate else 90)


def test_whoever_asks_first_each_time_gets_no_more_than_the_others(limits: AccountLimits, clock: Clock) -> None:
    pool = [account(limits)]
    callers, served = [Caller(limits, pool, per_minute=6) for _ in range(2)], [0, 0]
    for _ in range(400):
        for number in (0, 0, 0, 1):
            if isinstance(callers[number].take(), Access):
                callers[number].end()
                served[number] += 1
        clock.now += ASK_AGAIN
    assert served in ([2, 2], [3, 2], [2, 3], [3, 3])


def test_a_late_comer_is_served_before_a_big_project_is_served_twice(limits: AccountLimits, clock: Clock) -> None:
    pool = [account(limits)]
    big, small = Caller(limits, pool, most=4), Caller(limits, pool, most=4)
    run([big], clock, seconds=20, latency=1.0)
    begun = run([big, small], clock, seconds=20, latency=1.0, parallel=1)
    first = next(number for number, (_, caller, _) in enumerate(begun) if caller is small)
    assert first <= 1


# -- many at once


def test_many_greenlets_take_no_more_than_there_is(limits: AccountLimits) -> None:
    pool = [account(limits), account(limits)]
    first = Caller(limits, pool[:1], per_minute=None)
    first.grow(9)
    callers = [Caller(limits, pool, per_minute=50) for _ in range(8)]
    takes = [gevent.spawn(caller.take) for caller in callers for _ in range(8)]
    gevent.joinall(takes, raise_error=True)
    used = Counter(take.value for take in takes if isinstance(take.value, Access))
    assert used == {pool[0]: 5, pool[1]: START}
    assert [view.in_flight for view in limits.look([access.account for access in pool])] == [5, START]


def test_by_redis_own_time_it_works_as_well(client: redis.Redis) -> None:
    limits = AccountLimits(client, b"secret")
    caller = Caller(limits, [account(limits)], per_minute=10)
    assert isinstance(caller.take(), Access)
    assert 5 < wait(caller.take(), Why.RATE) <= 6
    caller.end(Outcome.LIMITED, cool=100)
    assert 95 < wait(caller.take(), Why.COOLING) <= 100
    assert 95 < limits.look([caller.pool[0].account])[0].wait <= 100


def test_foreign_content_is_not_believed(client: redis.Redis, limits: AccountLimits) -> None:
    access = account(limits)
    odd = "cool nan limit many share -3 tokens inf at x state odd pressure [] rate none most 0x used ?"
    client.hset(f"step8:limit:{access.account}", items=odd.split())
    client.hset(f"step8:slots:{access.account}", mapping={"a": "", "b": "9e99 p k", "c": "junk"})
    client.hset(f"step8:turns:{access.account}", mapping={"p": "", "q": "0.0 9"})
    caller = Caller(limits, [access])
    assert limits.look([access.account]) == [AccountView(limit=START)]
    assert drain(caller) == START
    caller.end()
    assert limits.look([access.account])[0].in_flight == 1


def test_without_redis_it_says_so_in_one_sentence() -> None:
    caller = Caller(AccountLimits(connect("redis://127.0.0.1:1"), b"secret"), [Access("a", "k")])
    with pytest.raises(CoordinationDown, match=r"^Redis cannot be reached\."):
        caller.take()
