"""The purse: to the micro-dollar never more than the cap, however many ask, and each attempt counts once."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from random import Random

import gevent
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.coordination.connection import connect
from webapp.coordination.purse import MOST, Purse
from webapp.core.money import Budget
from webapp.errors import CoordinationDown

PRICE = 39_000


@pytest.fixture(scope="module")
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url) as client:
        yield client


@pytest.fixture
def purse(client: redis.Redis) -> Purse:
    return Purse(client)


@pytest.fixture
def project(purse: Purse) -> str:
    """A project that spent nothing yet."""
    project = secrets.token_hex(8)
    purse.seed(project, 0)
    return project


def look(purse: Purse, project: str) -> tuple[int, int]:
    budget = purse.look(project)
    assert budget
    return budget.spent, budget.held


def test_a_price_is_held_until_it_is_settled_or_released(purse: Purse, project: str) -> None:
    assert purse.reserve(project, "a", 100, 250) and purse.reserve(project, "b", 100, 250)
    assert purse.look(project, 250) == Budget(250, 0, {"a": 100, "b": 100})
    assert purse.reserve(project, "c", 51, 250) is False
    assert purse.reserve(project, "c", 50, 250) is True
    purse.release(project, "c")
    purse.settle(project, "a", 90)
    purse.settle(project, "b")
    assert look(purse, project) == (190, 0)


def test_each_attempt_counts_once_however_often_it_is_told(purse: Purse, project: str) -> None:
    for _ in range(3):
        assert purse.reserve(project, "a", 100, 100)
    assert look(purse, project) == (0, 100)
    for _ in range(3):
        purse.settle(project, "a", 70)
    purse.release(project, "a")
    assert look(purse, project) == (70, 0)
    purse.reserve(project, "b", 30, 100)
    for _ in range(3):
        purse.release(project, "b")
    purse.settle(project, "b", 30)
    assert look(purse, project) == (70, 0)


def test_a_reserved_attempt_stays_so_when_the_cap_falls(purse: Purse, project: str) -> None:
    assert purse.reserve(project, "a", 100, 100)
    assert purse.reserve(project, "a", 100, 10)
    assert purse.reserve(project, "b", 1, 10) is False


def test_without_a_cap_everything_is_allowed_and_still_counted(purse: Purse, project: str) -> None:
    assert purse.reserve(project, "a", 10**15, None)
    assert purse.reserve(project, "b", 1, 10**15) is False


def test_reservations_do_not_run_out(purse: Purse, client: redis.Redis, project: str) -> None:
    purse.reserve(project, "a", 100, None)
    assert {client.ttl(key) for key in client.scan_iter(f"step8:*:{project}")} == {-1}


def test_a_project_redis_does_not_know_gets_nothing_until_it_is_seeded(purse: Purse, client: redis.Redis) -> None:
    project = secrets.token_hex(8)
    assert purse.look(project) is None
    assert purse.reserve(project, "a", 1, None) is None
    purse.settle(project, "lost", 5)
    purse.release(project, "lost")
    assert purse.look(project) is None
    purse.seed(project, 60, {"lost": 30})
    assert purse.reserve(project, "a", 11, 100) is False
    assert purse.reserve(project, "a", 10, 100) is True
    purse.settle(project, "lost", 25)
    assert look(purse, project) == (85, 10)


def test_seeding_never_lowers_and_leaves_reservations_to_redis(purse: Purse, project: str) -> None:
    purse.reserve(project, "a", 100, None)
    purse.settle(project, "a")
    purse.seed(project, 40, {"a": 100})
    assert look(purse, project) == (100, 0)
    purse.seed(project, 140)
    assert look(purse, project) == (140, 0)


def test_of_three_clients_in_a_hurry_none_overspends(redis_url: str, purse: Purse, project: str) -> None:
    """A dollar, 39 000 micro-dollars a picture, eight calls in flight each: 25 pictures."""
    bought: list[str] = []
    worst = 0

    def worker(number: int) -> None:
        nonlocal worst
        random = Random(number)
        with connect(redis_url) as client:
            own = Purse(client)
            while own.reserve(project, attempt := f"{number}-{random.random()}", PRICE, 1_000_000):
                bought.append(attempt)
                budget = own.look(project, 1_000_000)
                assert budget
                worst = max(worst, budget.spent + budget.held)
                gevent.sleep(0)
                if random.random() < 0.3:
                    own.release(project, attempt)
                    bought.remove(attempt)
                else:
                    own.settle(project, attempt, PRICE)

    workers = [gevent.spawn(worker, number) for number in range(3 * 8)]
    gevent.joinall(workers, raise_error=True)
    while purse.reserve(project, attempt := secrets.token_hex(4), PRICE, 1_000_000):  # those released last
        purse.settle(project, attempt)
        bought.append(attempt)
    assert len(bought) == 25
    assert look(purse, project) == (25 * PRICE, 0)
    assert worst <= 1_000_000


ATTEMPTS = st.sampled_from("abcde")
AMOUNTS = st.integers(0, 300) | st.integers(0, MOST)
STORY = st.lists(
    st.tuples(st.just("reserve"), ATTEMPTS, AMOUNTS, st.none() | AMOUNTS)
    | st.tuples(st.just("settle"), ATTEMPTS, st.none() | AMOUNTS, st.none())
    | st.tuples(st.just("release"), ATTEMPTS, st.none(), st.none()),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STORY)
def test_it_says_what_the_arithmetic_says(purse: Purse, story: list[tuple[str, str, int | None, int | None]]) -> None:
    project, budget = secrets.token_hex(8), Budget()
    purse.seed(project, 0)
    for what, attempt, amount, cap in story:
        match what:
            case "reserve":
                assert amount is not None
                wanted = Budget(MOST if cap is None else cap, budget.spent, budget.reserved).reserve(attempt, amount)
                assert purse.reserve(project, attempt, amount, cap) is (wanted is not None)
                budget = wanted or budget
            case "settle":
                purse.settle(project, attempt, amount)
                budget = budget.settle(attempt, amount)
                budget = Budget(None, min(MOST, budget.spent), budget.reserved)
            case _:
                purse.release(project, attempt)
                budget = budget.release(attempt)
        budget = Budget(None, budget.spent, budget.reserved)
        assert purse.look(project) == budget


@pytest.mark.parametrize("amount", [-1, MOST + 1, 1.5, 0.039, True, "5"])
def test_only_whole_micro_dollars_are_money(purse: Purse, project: str, amount: int) -> None:
    with pytest.raises(ValueError):
        purse.reserve(project, "a", amount, None)
    with pytest.raises(ValueError):
        purse.settle(project, "a", amount)
    with pytest.raises(ValueError):
        purse.seed(project, amount)
    assert look(purse, project) == (0, 0)


@pytest.mark.parametrize("text", ["", "-5", "1.5", "0x10", "nan", "1e3", " 7", "9" * 17, str(MOST + 1)])
def test_what_is_no_amount_must_be_seeded_again(purse: Purse, client: redis.Redis, project: str, text: str) -> None:
    client.set(f"step8:spent:{project}", text)
    assert purse.look(project) is None
    assert purse.reserve(project, "a", 1, None) is None
    purse.seed(project, 7)
    assert look(purse, project) == (7, 0)
    client.hset(f"step8:held:{project}", "odd", text)
    assert purse.reserve(project, "a", 1, None) is None
    purse.seed(project, 7)
    assert purse.reserve(project, "a", 1, None) is True
    assert look(purse, project) == (7, 1)


def test_without_redis_it_says_so_in_one_sentence() -> None:
    with pytest.raises(CoordinationDown, match=r"^Redis cannot be reached\."):
        Purse(connect("redis://127.0.0.1:1")).reserve("p", "a", 1, 2)
