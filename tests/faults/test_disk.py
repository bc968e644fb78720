"""The disk refuses, or the folder changes in mid-run: the page says so, and nothing is lost or paid for twice."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import invariants
from tests.faults.cluster import KEY, Cluster
from tests.faults.disk_fault_shim import fail
from tests.faults.fault_project import END, FaultProject
from tests.faults.parallel_cases import fault_case
from tests.harness.app_process import AppProcess, until

FULL = "The disk is full. Free some space"
REFUSALS: dict[str, tuple[str, str, str, int, str]] = {
    "image-full": ("write", r"\.png\..*\.tmp", "ENOSPC", 1, FULL),
    "quota": ("write", r"\.png\..*\.tmp", "EDQUOT", 1, "Your disk quota is used up"),
    "too-large": ("write", r"\.png\..*\.tmp", "EFBIG", 1, "The disk refuses a file of this size"),
    "sync-fails": ("fsync", r"\.png\..*\.tmp", "EIO", 1, "The disk reports an error"),
    "name-refused": ("link", r"\.png$", "EROFS", 1, "The project&#39;s disk is read-only"),
    "progress-full": ("write", r"\.image_progress", "ENOSPC", 1, FULL),
    "intent-full": ("write", r"journal\.jsonl", "ENOSPC", 4, FULL),
    "outcome-full": ("write", r"journal\.jsonl", "ENOSPC", 3, FULL),
}
"""Projects by their fault: the call that is refused, on which file, with which error, from the how manieth time on, and
what the page says."""

PATIENT = "spool-full"


@dataclass
class Refused:
    """What the case of refusals saw of one project while the disk refused, and of all of them at the end."""

    page: str
    calls: int
    images: int
    at_once: list[str]


@dataclass
class Refusals:
    """The whole case."""

    seen: dict[str, Refused]
    broken: list[str]
    repeats: int
    starts: dict[str, int]


def the_disk_refuses(home: Path) -> Refusals:
    """Every project meets its fault; then the disk takes everything again, and Start is pressed where a run ended."""
    full = home / "full"
    rules = [
        fail(call, rf"/{name}/.*{path}", errno, full, nth) for name, (call, path, errno, nth, _) in REFUSALS.items()
    ]
    patient = fail("write", rf"/{PATIENT}/.*\.part", "ENOSPC", full)
    refused_at_start = fail("open", r"/locked/.*probe", "EROFS", full)
    keys = ",".join(f"{account}={KEY}-{account}" for account in films_of_refusals())
    with Cluster(home, [*rules, patient, refused_at_start], parallel=1, GEMINI_API_KEYS=keys) as world:
        full.touch()
        app = world.open()
        locked = world.film("locked", beats=1)
        starts = {"locked": locked.start(app)}
        films = {name: world.film(name, beats=2) for name in films_of_refusals()}
        for film in films.values():
            film.start(app)
        world.wait_until_fired(len(rules))
        seen = {name: ended(films[name], app) for name in REFUSALS}
        seen[PATIENT] = look(films[PATIENT], app)
        full.unlink()
        films[PATIENT].wait_for_end(app)
        for film in (locked, *(films[name] for name in REFUSALS)):
            starts[f"{film.name} again"] = film.start(app)
            film.wait_for_end(app)
        return Refusals(seen, invariants.broken(world, app), invariants.repeated(world), starts)


def films_of_refusals() -> list[str]:
    """The projects of the case; each could use an account of its own."""
    return [*REFUSALS, PATIENT]


def ended(film: FaultProject, app: AppProcess) -> Refused:
    film.wait_for_end(app)
    return look(film, app)


def look(film: FaultProject, app: AppProcess) -> Refused:
    at_once = [*invariants.false_claims(film), *invariants.half_files(film)]
    return Refused(film.page(app), len(film.calls), len(film.images()), at_once)


@dataclass
class Changed:
    """What the case of changed folders saw."""

    broken: list[str]
    calls: dict[str, int]
    there: dict[str, bool]
    pages: dict[str, str]
    again: dict[str, int]


def somebody_changes_the_folders(home: Path) -> Changed:
    """With two calls of each on their way, one project is deleted, one renamed, one loses an image."""
    keys = ",".join(f"{account}={KEY}-{account}" for account in ("one", "two", "three"))  # two calls each at first
    with Cluster(home, GEMINI_API_KEYS=keys) as world:
        app = world.open()
        films = {name: world.film(name) for name in ("deleted", "renamed", "thinned")}
        world.double.hold()
        for film in films.values():
            film.start(app)
        world.double.wait_until(lambda: world.double.held() == 6)
        world.double.release(calls=6)
        world.double.wait_until(lambda: world.double.held() == 6 and len(world.double.calls) == 12)
        shutil.rmtree(films["deleted"].path)
        films["renamed"].path.rename(world.root / "new-name")
        thinned = films["thinned"]
        first = until(thinned.images)[0]
        thinned.image(first).unlink()
        world.double.release()
        until(lambda: app.log().count("folder is gone") >= 2, END, says=app.log)
        thinned.wait_for_end(app)
        world.double.wait_for_quiet()
        calls = {name: len(film.calls) for name, film in films.items()}
        pages = {"thinned": thinned.page(app)}
        thinned.start(app)
        thinned.wait_for_end(app)
        world.films = [thinned]
        found = [*invariants.loss(thinned), *invariants.truth(thinned), *invariants.books(thinned)]
        there = {name: film.path.exists() for name, film in films.items()}
        return Changed(found, calls, there, pages, {"thinned": len(thinned.calls)})


def refused(*names: str) -> pytest.MarkDecorator:
    """The test looks at these projects of the case of refusals."""
    return pytest.mark.parametrize("name", names)


@fault_case(the_disk_refuses)
@refused(*REFUSALS)
def test_a_refusal_ends_the_run_with_its_sentence_before_another_call(outcome: Refusals, name: str) -> None:
    seen = outcome.seen[name]
    assert REFUSALS[name][-1] in seen.page
    assert seen.calls <= 2
    assert seen.at_once == []


@fault_case(the_disk_refuses)
def test_bytes_the_spool_refuses_are_kept_in_memory_until_there_is_room(outcome: Refusals) -> None:
    assert outcome.seen[PATIENT].calls == 1 and outcome.seen[PATIENT].images == 0


@fault_case(the_disk_refuses)
def test_a_folder_that_refuses_the_probe_is_refused_at_start_before_any_call(outcome: Refusals) -> None:
    assert outcome.starts["locked"] == 507


@fault_case(the_disk_refuses)
def test_when_the_disk_takes_files_again_everything_is_made_and_nothing_twice(outcome: Refusals) -> None:
    assert outcome.broken == []
    assert outcome.repeats == 0
    assert {status for name, status in outcome.starts.items() if name.endswith("again")} == {200}


@fault_case(somebody_changes_the_folders)
def test_a_folder_that_is_gone_ends_its_run_and_nothing_of_it_is_made_again(outcome: Changed) -> None:
    assert outcome.calls["deleted"] == outcome.calls["renamed"] == 4
    assert not outcome.there["deleted"] and not outcome.there["renamed"]


@fault_case(somebody_changes_the_folders)
def test_an_image_deleted_in_mid_run_is_made_again_by_the_next_start_only(outcome: Changed) -> None:
    assert outcome.calls["thinned"] == 6
    assert "5 of 6 images exist" in outcome.pages["thinned"]
    assert outcome.again["thinned"] == 7
    assert outcome.broken == []
