"""A service that can be asked about its jobs: what a dead worker had submitted is fetched, not submitted again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.faults import invariants
from tests.faults.cluster import Cluster
from tests.faults.parallel_cases import fault_case
from tests.harness.app_process import until
from tests.harness.provider_double import ProviderDouble
from tests.harness.wires.comfyui import ComfyWire

FOR_EVER = 10**9


@dataclass
class Outcome:
    """What a case saw."""

    broken: list[str]
    calls: int
    repeats: int
    fetched: int


def a_worker_dies_over_its_jobs(home: Path, *, own_ids: bool, forget: bool = False) -> Outcome:
    """Two jobs are being made when everything dies. With ``own_ids`` the server names them; it may ``forget`` them."""
    wire = ComfyWire(polls=FOR_EVER)
    wire.own_ids = own_ids
    double = ProviderDouble(wire=wire)
    with Cluster(home, double=double) as world:
        film, app = world.film(beats=2), world.open(IMAGE_PROVIDER="comfyui", COMFYUI_URLS=double.url)
        film.start(app)
        double.wait_for_calls(2)
        until(lambda: sum(record["what"] == "job" for record in film.journal()) == 2, says=app.log)
        world.kill(app)
        wire.polls = 1
        if forget:
            wire.forget()
        world.start(app)
        film.wait_for_end(app)
        fetched = app.log().count("its earlier call had made the image")
        return Outcome(invariants.broken(world, app), len(film.calls), invariants.repeated(world), fetched)


def jobs_by_our_ids(home: Path) -> Outcome:
    return a_worker_dies_over_its_jobs(home, own_ids=False)


def jobs_by_the_servers_ids(home: Path) -> Outcome:
    return a_worker_dies_over_its_jobs(home, own_ids=True)


def jobs_of_a_server_that_forgot_them(home: Path) -> Outcome:
    return a_worker_dies_over_its_jobs(home, own_ids=False, forget=True)


@fault_case(jobs_by_our_ids)
def test_jobs_of_a_dead_worker_are_fetched_from_the_server(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert (outcome.calls, outcome.repeats, outcome.fetched) == (4, 0, 2)


@fault_case(jobs_by_the_servers_ids)
def test_so_are_jobs_that_the_server_named_itself(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert (outcome.calls, outcome.repeats, outcome.fetched) == (4, 0, 2)


@fault_case(jobs_of_a_server_that_forgot_them)
def test_jobs_that_the_server_forgot_are_submitted_anew(outcome: Outcome) -> None:
    assert outcome.broken == []
    assert (outcome.calls, outcome.repeats, outcome.fetched) == (6, 2, 0)
