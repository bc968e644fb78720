"""Several servers share the work; one that is switched off is left out and taken back."""

from __future__ import annotations

import threading

import pytest

from webapp.core.image_request import Address, Secret
from webapp.errors import NotSent, ProviderError, Rejected
from webapp.providers.local_servers import (
    PAUSE,
    Servers,
    free_of_charge,
    login,
    secrets_of,
)

ONE, TWO, THREE = (Address(f"http://127.0.0.1:{port}") for port in (1, 2, 3))


class SteppedClock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def now() -> SteppedClock:
    return SteppedClock()


def used(servers: Servers, dead: set[Address] | None = None) -> list[Address]:
    """Which servers one piece of work tries, in order."""
    tried = []

    def work(address: Address) -> str:
        tried.append(address)
        if address in (dead or set()):
            raise NotSent("Nothing answers.")
        return "done"

    try:
        servers.serve(work)
    except NotSent:
        tried.append(Address("gave up"))
    return tried


def test_the_least_busy_one_is_next(now: SteppedClock) -> None:
    servers, order, held = Servers((ONE, TWO, THREE), now), [], threading.Event()
    began = threading.Semaphore(0)

    def work(address: Address) -> None:
        order.append(address)
        began.release()
        held.wait()

    threads = []
    for _ in range(6):
        threads.append(threading.Thread(target=servers.serve, args=(work,)))
        threads[-1].start()
        began.acquire()
    held.set()
    for thread in threads:
        thread.join()
    assert sorted(order[:3], key=str) == sorted(order[3:], key=str) == [ONE, TWO, THREE]
    assert used(servers) == [ONE], "all are free again"


def test_one_that_cannot_be_reached_is_left_out_and_taken_back(now: SteppedClock) -> None:
    servers = Servers((ONE, TWO), now)
    assert used(servers, {ONE}) == [ONE, TWO]
    assert used(servers, {ONE}) == [TWO] and servers.reachable == [TWO]
    now.time += PAUSE - 0.1
    assert used(servers) == [TWO]
    now.time += 0.1
    assert used(servers) == [ONE] and servers.reachable == [ONE, TWO]


def test_each_is_tried_once_and_then_the_failure_is_told(now: SteppedClock) -> None:
    assert used(Servers((ONE, TWO), now), {ONE, TWO}) == [ONE, TWO, Address("gave up")]


def test_when_all_are_left_out_the_one_that_is_due_first_is_tried(now: SteppedClock) -> None:
    servers = Servers((ONE, TWO), now)
    servers.pause(TWO)
    now.time += 5
    servers.pause(ONE)
    assert used(servers) == [TWO]
    assert used(servers, {TWO}) == [TWO, Address("gave up")]


def test_another_failure_leaves_nobody_out(now: SteppedClock) -> None:
    servers = Servers((ONE, TWO), now)

    def work(address: Address) -> None:
        raise Rejected("No.")

    with pytest.raises(Rejected):
        servers.serve(work)
    assert servers.reachable == [ONE, TWO] and used(servers) == [ONE]


def test_an_own_server_charges_nothing() -> None:
    @free_of_charge
    def work() -> None:
        raise ProviderError("Lost.", charged=True)

    with pytest.raises(ProviderError) as caught:
        work()
    assert caught.value.charged is False


def test_a_login_is_basic_and_never_shown() -> None:
    address = Address("http://127.0.0.1:7860/sd", Secret("me:canary-password"))
    header = login(address)["Authorization"]
    assert isinstance(header, Secret) and header.reveal() == "Basic bWU6Y2FuYXJ5LXBhc3N3b3Jk"
    assert "canary" not in f"{address!r} {login(address)!r}" and address.place == "127.0.0.1:7860"
    assert [secret.reveal() for secret in secrets_of(address)] == ["me:canary-password", "canary-password"]
    assert login(ONE) == {} and secrets_of(ONE) == ()
