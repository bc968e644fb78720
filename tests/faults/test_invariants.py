"""The judges themselves: each finds what it is there for, and says nothing of a project that is as it must be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import invariants
from tests.faults.fault_project import FaultProject
from tests.harness.provider_double import Call, ProviderDouble
from tests.harness.scripted_answers import ImageQuestion, ok
from webapp.core.project import Frame

PRICE = 39_000


@pytest.fixture
def film(tmp_path: Path) -> Iterator[FaultProject]:
    """A finished project: every image there, listed, paid for once and in the books."""
    double = ProviderDouble(price=PRICE)
    film = FaultProject(tmp_path, double, beats=1)
    (film.path / ".step8").mkdir()
    note(film, what="taken", token=1)
    for number, frame in enumerate(film.frames):
        called = call(film, frame, began=10.0 * number)
        film.image(frame).parent.mkdir(parents=True)
        film.image(frame).write_bytes(film.double.wire.picture(called.asked, "png"))  # type: ignore[attr-defined]
        progress = {"completedBeats": film.beats, "lastUpdated": "2026-11-23T10:00:00.000Z"}
        (film.path / f"image_progress_{frame.style}.json").write_text(json.dumps(progress))
        note(film, what="intent", attempt=str(number), token=1, price=PRICE)
        note(film, what="saved", attempt=str(number), cost=PRICE, version=str(number))
    yield film
    double._server.server_close()


def call(film: FaultProject, frame: Frame, began: float) -> Call:
    asked = ImageQuestion(prompt=film.prompt(frame), seed=1, aspect="16:9")
    made = Call(len(film.double.calls) + 1, asked, ok(), began, began + 1.0, complete=True, charged=PRICE)
    film.double.calls.append(made)
    return made


def note(film: FaultProject, **record: Any) -> None:
    with (film.path / ".step8/journal.jsonl").open("a") as file:
        file.write(json.dumps(record) + "\n")


def verdict(film: FaultProject) -> dict[str, list[str]]:
    """What every judge says, by its name; only of those that say something."""
    judges: dict[str, Callable[[], Iterator[str]]] = {
        "loss": lambda: invariants.loss(film),
        "calls for images on disk": lambda: invariants.calls_for_images_on_disk(film),
        "two drivers": lambda: invariants.two_drivers(film, set()),
        "tokens": lambda: invariants.tokens(film),
        "truth": lambda: invariants.truth(film),
        "false claims": lambda: invariants.false_claims(film),
        "half files": lambda: invariants.half_files(film),
        "leftovers": lambda: invariants.leftovers(film),
        "books": lambda: invariants.books(film),
    }
    return {name: said for name, judge in judges.items() if (said := list(judge()))}


def test_a_project_as_it_must_be_is_blamed_for_nothing(film: FaultProject) -> None:
    assert verdict(film) == {}


def test_a_missing_image_is_a_loss_and_a_false_claim(film: FaultProject) -> None:
    film.image(film.frames[0]).unlink()
    assert set(verdict(film)) == {"loss", "truth", "false claims"}


def test_a_cut_image_is_a_half_file(film: FaultProject) -> None:
    image = film.image(film.frames[0])
    image.write_bytes(image.read_bytes()[:-20])
    assert "half files" in verdict(film)


def test_the_image_of_another_frame_is_a_loss(film: FaultProject) -> None:
    one, other = map(film.image, film.frames)
    one.write_bytes(other.read_bytes())
    assert set(verdict(film)) == {"loss"}


def test_an_unlisted_image_is_not_the_truth_yet_no_false_claim(film: FaultProject) -> None:
    (film.path / "image_progress_clear.json").unlink()
    assert set(verdict(film)) == {"truth"}


def test_a_call_after_the_image_was_written_is_seen(film: FaultProject) -> None:
    call(film, film.frames[0], began=1e12)
    assert set(verdict(film)) == {"calls for images on disk", "books"}


def test_two_calls_in_flight_together_are_two_drivers(film: FaultProject) -> None:
    call(film, film.frames[0], began=0.5)
    note(film, what="intent", attempt="b", token=1, price=PRICE)
    note(film, what="lost", attempt="b")
    assert set(verdict(film)) == {"two drivers"}


def test_a_token_that_falls_and_work_under_an_old_one_are_seen(film: FaultProject) -> None:
    note(film, what="taken", token=3)
    note(film, what="intent", attempt="late", token=1, price=0)
    note(film, what="saved", attempt="late", cost=0)
    assert verdict(film)["tokens"] == ["attempt late went on under an old token"]
    note(film, what="taken", token=2)
    assert "token 2 came after 3" in verdict(film)["tokens"]


@pytest.mark.parametrize("name", ["spool/a.part", "spool/a.body", "../.Beat.tmp"])
def test_leftovers_are_seen(film: FaultProject, name: str) -> None:
    file = film.path / ".step8" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"x")
    assert set(verdict(film)) == {"leftovers"}


def test_books_below_what_was_charged_or_above_what_was_possible_are_seen(film: FaultProject) -> None:
    film.double.calls[0].charged += 1
    assert set(verdict(film)) == {"books"}
    film.double.calls[0].charged -= 2
    assert set(verdict(film)) == {"books"}
