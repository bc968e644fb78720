"""One driver per project: only one claim wins, only the holder keeps it, and tokens never fall."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import gevent
import pytest
import redis

from webapp.coordination.lease import RENEW_EVERY, TRUSTED_FOR, TTL, Leases, lease_key
from webapp.coordination.redis_client import connect_strictly
from webapp.errors import CoordinationDown


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with connect_strictly(redis_url) as client:
        yield client


@pytest.fixture
def project() -> str:
    return secrets.token_hex(8)


def test_of_many_claims_at_once_exactly_one_wins(redis_url: str, project: str) -> None:
    def claim(number: int) -> bool:
        with connect_strictly(redis_url) as client:
            return Leases(client, Clock()).claim(project, f"worker {number}") is not None

    claims = [gevent.spawn(claim, number) for number in range(12)]
    gevent.joinall(claims, raise_error=True)
    assert sum(bool(claim.value) for claim in claims) == 1


def test_a_released_lease_is_free_at_once_and_the_next_token_is_higher(client: redis.Redis, project: str) -> None:
    leases = Leases(client, Clock())
    first = leases.claim(project, "a")
    assert first and leases.claim(project, "b") is None and leases.held(project)
    first.release()
    assert not leases.held(project) and not first.held
    second = leases.claim(project, "b")
    assert second and second.token > first.token


def test_releasing_what_another_holds_does_nothing(client: redis.Redis, project: str) -> None:
    leases = Leases(client, Clock())
    first = leases.claim(project, "a")
    client.delete(lease_key(project))  # it ran out
    second = leases.claim(project, "b")
    assert first and second
    first.release()
    assert leases.held(project) and second.held


def test_a_renewal_finds_out_that_another_has_it(client: redis.Redis, project: str) -> None:
    leases = Leases(client, Clock())
    first = leases.claim(project, "a")
    client.delete(lease_key(project))
    assert leases.claim(project, "b")
    assert first and first.renew() is False and not first.held


def test_after_redis_lost_its_data_the_holder_puts_its_lease_back_with_the_same_token(
    client: redis.Redis, project: str
) -> None:
    leases = Leases(client, Clock())
    lease = leases.claim(project, "a", seen=41)
    assert lease and lease.token == 42
    client.delete(lease_key(project), f"step8:token:{project}")
    assert lease.renew() and leases.held(project)
    assert leases.claim(project, "b") is None
    lease.release()
    after = leases.claim(project, "b")
    assert after and after.token == 43


def test_the_token_goes_on_above_the_highest_one_the_folder_knows(client: redis.Redis, project: str) -> None:
    lease = Leases(client, Clock()).claim(project, "a", seen=1000)
    assert lease and lease.token == 1001


def test_a_lease_is_trusted_less_long_than_redis_keeps_it(client: redis.Redis, project: str) -> None:
    clock = Clock()
    lease = Leases(client, clock).claim(project, "a")
    assert lease and RENEW_EVERY < TRUSTED_FOR < TTL
    clock.now += TRUSTED_FOR - 0.1
    assert lease.held
    clock.now += 0.2
    assert not lease.held
    assert lease.renew() and lease.held


def test_a_lease_runs_out_by_itself_in_redis(client: redis.Redis, project: str) -> None:
    assert Leases(client, Clock()).claim(project, "a")
    assert 0 < client.pttl(lease_key(project)) <= TTL * 1000


def test_without_redis_it_says_so_in_one_sentence() -> None:
    leases = Leases(connect_strictly("redis://127.0.0.1:1"), Clock())
    with pytest.raises(CoordinationDown, match=r"^Redis cannot be reached\."):
        leases.claim("x", "a")


def test_of_leases_renewed_together_those_that_another_took_are_told_and_the_others_kept(client: redis.Redis) -> None:
    clock = Clock()
    leases = Leases(client, clock)
    name = secrets.token_hex(8)
    kept, lost, lost_key = leases.claim(secrets.token_hex(8), "a"), leases.claim(name, "a"), lease_key(name)
    assert kept and lost
    client.hset(lost_key, "owner", "b")
    clock.now += TRUSTED_FOR - 1
    assert leases.renew([kept, lost]) == {lost}
    clock.now += 2
    assert kept.held and not lost.held


def test_leases_that_nobody_could_ask_about_are_trusted_until_their_own_deadline(client: redis.Redis) -> None:
    clock = Clock()
    mine = Leases(client, clock).claim(secrets.token_hex(8), "a")
    assert mine
    with connect_strictly("redis://127.0.0.1:1") as nowhere, pytest.raises(CoordinationDown):
        Leases(nowhere, clock).renew([mine])
    assert mine.held
