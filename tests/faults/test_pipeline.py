"""Kill -9 at each step of an image's way: nothing is lost, and nothing that was spooled is paid for again."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import invariants
from tests.faults.cluster import Cluster, passed_since
from tests.faults.disk_fault_shim import Rule, delay, kill
from tests.faults.fault_project import END, FaultProject
from tests.faults.parallel_cases import FaultCase, fault_case
from tests.harness.app_process import until

PNG = r"/Beat_1\.2\.png"
ANY = r"/Beat_1\.\d\.png"


@dataclass
class Outcome:
    """What a case saw: false claims and half files at any moment, and everything that was broken at the end.

    ``repeats`` are calls beyond one for each frame; ``seconds`` passed until the run had ended after the kill.
    ``spooled`` are the frames whose bytes lay in the spool when the worker was dead, ``repaid`` those of them that were
    asked for again.
    """

    seen: list[str]
    broken: list[str]
    repeats: int
    seconds: float
    lost: int
    restored: int
    spooled: set[str]
    repaid: set[str]


def spool_of(film: FaultProject) -> set[str]:
    """The frames whose bytes lie in the spool."""
    names = {path.stem for path in (film.path / ".step8/spool").glob("*.body")}
    return {
        f"{each['style']} {each['beat']}" for each in film.journal() if each.get("attempt") in names and "beat" in each
    }


def judged(world: Cluster, seen: list[str], died: float, spooled: set[str]) -> Outcome:
    film = world.films[0]
    asked = [
        f"{frame.style} {frame.beat}"
        for call in film.calls
        for frame in film.frames
        if film.prompt(frame) in call.prompt
    ]
    whats = [record["what"] for record in film.journal()]
    found = invariants.broken(world, world.apps[0])
    repaid = {frame for frame in spooled if asked.count(frame) > 1}
    repeats, lost, restored = invariants.repeated(world), whats.count("lost"), whats.count("restored")
    return Outcome(seen, found, repeats, passed_since(died), lost, restored, spooled, repaid)


def killed_by_the_disk(rule: Rule, home: Path) -> Outcome:
    """The worker dies at a call of its own; gunicorn starts another one, and the run goes on by itself."""
    with Cluster(home, [rule], parallel=1) as world:
        film, app = world.film(), world.open()
        with invariants.watching(film) as seen:
            film.start(app)
            died, spooled = world.wait_until_fired(), spool_of(film)
            film.wait_for_end(app)
        return judged(world, seen, died, spooled)


def killed_at_a_gate(moment: str, home: Path) -> Outcome:
    """Everything dies while the double holds two calls at this moment; the app is started again."""
    with Cluster(home) as world:
        film, app = world.film(), world.open()
        world.double.hold(moment)
        with invariants.watching(film) as seen:
            film.start(app)
            world.double.wait_until(lambda: world.double.held(moment) == 2)
            died, spooled = world.kill(app), spool_of(film)
            world.double.release(moment)
            world.start(app)
            film.wait_for_end(app)
        return judged(world, seen, died, spooled)


def killed_with_three_pictures_unfinished(home: Path) -> Outcome:
    """Everything dies while the disk holds up three pictures between their spool and their place."""
    slow = home / "slow"
    with Cluster(
        home, [delay("open", rf"{ANY}\..*tmp", 600.0, only_while=slow) for _ in range(3)], parallel=3
    ) as world:
        film, app = world.film(), world.open()
        slow.touch()
        with invariants.watching(film) as seen:
            film.start(app)
            until(lambda: len(spool_of(film)) >= 3)
            died, spooled = world.kill(app), spool_of(film)
            slow.unlink()
            world.start(app)
            film.wait_for_end(app)
        return judged(world, seen, died, spooled)


UNPAID = "the intent in the journal, the call not made"
IN_FLIGHT = {
    "waiting for the answer": functools.partial(killed_at_a_gate, "received"),
    "half of the answer read": functools.partial(killed_at_a_gate, "half"),
}
SPOOLING: dict[str, Rule] = {
    "half of the bytes spooled": kill("write", r"spool/.*\.part", "half", nth=2),
    "the bytes spooled under their first name": kill("rename", r"spool/.*\.body", nth=2),
}
SPOOLED: dict[str, Rule] = {
    "the bytes spooled": kill("rename", r"spool/.*\.body", "after", nth=2),
    "the image's file opened": kill("open", rf"{PNG}\..*tmp"),
    "half of the image written": kill("write", rf"{PNG}\..*tmp", "half"),
    "the image about to get its name": kill("link", rf"{PNG}$"),
    "the image under its name": kill("link", rf"{PNG}$", "after"),
    "half of the outcome written": kill("write", "journal.jsonl", "half", holding='"saved"'),
    "half of the progress written": kill("write", r"image_progress_clear.*\.tmp", "half"),
    "the progress written and not in its place": kill("replace", r"image_progress_clear\.json"),
    "the progress in its place, nobody told": kill("replace", r"image_progress_clear\.json", "after"),
}
UNFINISHED = "three pictures between their spool and their place"
RULES = {UNPAID: kill("fsync", "journal.jsonl", nth=2), **SPOOLING, **SPOOLED}
CASES: dict[str, FaultCase] = {
    **IN_FLIGHT,
    **{step: functools.partial(killed_by_the_disk, rule) for step, rule in RULES.items()},
    UNFINISHED: killed_with_three_pictures_unfinished,
}


def killed(*steps: str) -> pytest.MarkDecorator:
    """The test looks at the cases in which the worker was killed at these steps."""
    return pytest.mark.parametrize(
        "step", [pytest.param(step, marks=fault_case(CASES[step]), id=step) for step in steps]
    )


@killed(*CASES)
def test_killed_at_any_step_the_run_goes_on_and_everything_holds(outcome: Outcome, step: str) -> None:
    assert outcome.seen == []
    assert outcome.broken == []
    assert outcome.seconds <= END


@killed(UNPAID)
def test_a_call_that_was_not_made_costs_nothing_but_counts_as_possible(outcome: Outcome, step: str) -> None:
    assert outcome.repeats == 0 and outcome.lost == 1


@killed(*IN_FLIGHT, *SPOOLING)
def test_bytes_that_were_not_whole_on_disk_are_asked_for_once_more(outcome: Outcome, step: str) -> None:
    assert outcome.repeats == outcome.lost == (2 if step in IN_FLIGHT else 1)


@killed(*SPOOLED, UNFINISHED)
def test_what_was_spooled_is_never_paid_for_again(outcome: Outcome, step: str) -> None:
    # the next calls may be on their way by then and die with the worker, or die between their intent and the call, so
    # that they are counted as possible and the double never saw them
    assert outcome.repaid == set()
    assert outcome.repeats <= outcome.lost <= (3 if step == UNFINISHED else 1)


@killed("the bytes spooled", "the image's file opened", UNFINISHED)
def test_pictures_that_were_unfinished_at_the_kill_come_from_the_spool(outcome: Outcome, step: str) -> None:
    assert len(outcome.spooled) >= (3 if step == UNFINISHED else 1)
    assert outcome.restored >= len(outcome.spooled)
