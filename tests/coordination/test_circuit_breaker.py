"""The breaker: a fault that repeats pauses the calls, one probe tells when it is over, and only faults count."""

from __future__ import annotations

import itertools
import secrets
from collections import Counter
from collections.abc import Iterator

import gevent
import pytest
import redis

from webapp.coordination.circuit_breaker import (
    ASK_AGAIN,
    FIRST_PAUSE,
    IN_A_ROW,
    LONGEST_PAUSE,
    WINDOW,
    BreakerView,
    Circuit,
    CircuitBreaker,
)
from webapp.coordination.redis_client import connect
from webapp.errors import CoordinationDown

TTL = 300.0


class Service:
    """One provider's model behind a breaker, on a clock that stands still until it is moved."""

    def __init__(self, client: redis.Redis) -> None:
        self.now = 1_700_000_000.0
        self.breaker = CircuitBreaker(client, lambda: self.now)
        self.name = f"gemini/{secrets.token_hex(8)}"
        self._numbers = itertools.count()

    def attempt(self) -> str:
        return f"attempt{next(self._numbers)}"

    def ask(self, attempt: str = "") -> float:
        return self.breaker.ask(self.name, attempt or self.attempt(), ttl=TTL)

    def tell(self, *outcomes: bool | None) -> None:
        for ok in outcomes:
            self.breaker.tell(self.name, self.attempt(), ok)

    def probe(self, ok: bool | None) -> None:
        attempt = self.attempt()
        assert self.ask(attempt) == 0
        self.breaker.tell(self.name, attempt, ok)

    @property
    def view(self) -> BreakerView:
        return self.breaker.look(self.name)


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect(redis_url) as client:
        yield client


@pytest.fixture
def service(client: redis.Redis) -> Service:
    return Service(client)


def open_it(service: Service) -> None:
    service.tell(*[False] * IN_A_ROW)
    assert service.ask() == FIRST_PAUSE


def test_five_faults_in_a_row_open_it(service: Service) -> None:
    service.tell(*[True] * 12, False, False, False, False, True, False, False, False, False)
    assert service.ask() == 0
    service.tell(False)
    assert service.view.circuit is Circuit.OPEN


def test_half_of_eight_calls_in_a_minute_open_it(service: Service) -> None:
    service.tell(True, False, True, False, True, False, True)
    assert service.ask() == 0
    service.tell(False)
    assert service.view == BreakerView(Circuit.OPEN, FIRST_PAUSE)


def test_fewer_than_half_do_not(service: Service) -> None:
    service.tell(*[True, True, False] * 10)
    assert service.ask() == 0


def test_faults_older_than_a_minute_are_forgotten(service: Service) -> None:
    service.tell(True, False, True, False, True, False)
    service.now += WINDOW + 1
    service.tell(True, False)
    assert service.view.circuit is Circuit.CLOSED


def test_what_says_nothing_about_the_service_never_counts(service: Service) -> None:
    service.tell(*[None] * 50, False, None, False, None, False, None, False)
    assert service.ask() == 0
    service.tell(None, False)
    assert service.ask() == FIRST_PAUSE


def test_one_fault_told_many_times_is_one(service: Service) -> None:
    for _ in range(20):
        service.breaker.tell(service.name, "one", False)
    assert service.view == BreakerView()


def test_while_it_is_open_nobody_calls_and_after_that_one_does(service: Service) -> None:
    open_it(service)
    service.now += FIRST_PAUSE - 0.5
    assert service.ask() == pytest.approx(0.5, abs=1e-5)
    service.now += 0.5
    assert service.view == BreakerView(Circuit.PROBING)
    assert service.ask("probe") == 0
    assert service.ask() == ASK_AGAIN
    assert service.ask("probe") == 0, "the answer may have got lost"


def test_a_probe_that_succeeds_closes_it(service: Service) -> None:
    open_it(service)
    service.now += FIRST_PAUSE
    service.probe(True)
    assert service.view == BreakerView()
    service.tell(False, False, False, False)
    assert service.ask() == 0, "what was before is forgotten"


def test_probes_that_fail_double_the_pause_up_to_five_minutes(service: Service) -> None:
    open_it(service)
    pauses = []
    for _ in range(5):
        service.now += service.view.wait
        service.probe(False)
        pauses.append(service.view.wait)
    assert pauses == [60, 120, 240, LONGEST_PAUSE, LONGEST_PAUSE]
    service.now += LONGEST_PAUSE
    service.probe(True)
    open_it(service)


def test_a_probe_that_says_nothing_leaves_it_to_the_next(service: Service) -> None:
    open_it(service)
    service.now += FIRST_PAUSE
    service.probe(None)
    assert service.ask() == 0


def test_a_probe_whose_worker_died_is_replaced(service: Service) -> None:
    open_it(service)
    service.now += FIRST_PAUSE
    assert service.ask() == 0
    service.now += TTL - 0.5
    assert service.ask() == pytest.approx(0.5, abs=1e-5)
    service.now += 0.5
    assert service.ask() == 0


def test_calls_from_before_it_opened_change_nothing(service: Service) -> None:
    open_it(service)
    service.tell(*[False] * 10, True)
    assert service.view == BreakerView(Circuit.OPEN, FIRST_PAUSE)
    service.now += FIRST_PAUSE
    assert service.ask("probe") == 0
    service.tell(False, True, None)
    assert service.ask() == ASK_AGAIN
    service.breaker.tell(service.name, "probe", True)
    assert service.ask() == 0


def test_of_many_who_ask_at_once_one_probes(service: Service) -> None:
    open_it(service)
    service.now += FIRST_PAUSE
    asked = [gevent.spawn(service.ask) for _ in range(30)]
    gevent.joinall(asked, raise_error=True)
    assert Counter(each.value for each in asked) == {0.0: 1, ASK_AGAIN: 29}


def test_each_model_has_its_own(client: redis.Redis, service: Service) -> None:
    open_it(service)
    assert Service(client).ask() == 0


def test_no_text_of_the_user_is_in_a_name(client: redis.Redis) -> None:
    breaker = CircuitBreaker(client)
    breaker.tell("openai/canary model", "a", True)
    assert not list(client.scan_iter("*canary*"))


def test_by_redis_own_time_it_works_as_well(client: redis.Redis) -> None:
    breaker, name = CircuitBreaker(client), secrets.token_hex(8)
    for number in range(IN_A_ROW):
        assert breaker.ask(name, f"a{number}", ttl=TTL) == 0
        breaker.tell(name, f"a{number}", False)
    assert 25 < breaker.ask(name, "b", ttl=TTL) <= FIRST_PAUSE
    assert 25 < breaker.look(name).wait <= FIRST_PAUSE


def test_foreign_content_is_not_believed(client: redis.Redis, service: Service) -> None:
    before = set(client.scan_iter("step8:breaker:*"))
    open_it(service)
    [key] = set(client.scan_iter("step8:breaker:*")) - before
    for odd in ("", "soon", "nan", "inf", "-1"):
        client.hset(key, "open", odd)
        assert service.ask() == 0
        assert service.view.circuit is Circuit.CLOSED
    client.hset(key, mapping={"open": str(service.now + 1e9), "probe_ends": "x"})
    assert service.ask() == LONGEST_PAUSE == service.view.wait


def test_without_redis_it_says_so_in_one_sentence() -> None:
    with pytest.raises(CoordinationDown, match=r"^Redis cannot be reached\."):
        CircuitBreaker(connect("redis://127.0.0.1:1")).ask("x", "a", ttl=1)
