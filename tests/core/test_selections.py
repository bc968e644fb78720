"""Which beats are chosen, open, flagged, and which come before and after."""

from __future__ import annotations

from typing import Any

from webapp.core.project import Beat, Project, Style
from webapp.core.selections import Selection, read_choices


def project(*numbers: str) -> Project:
    beats = tuple(Beat(number.split(".")[0], number, number, "", "", "A lake") for number in numbers)
    return Project("film", "Film", (Style("clear", beats),))


def chosen(style: str = "clear", flagged: bool = False) -> dict[str, Any]:
    return {"style": style, "isFlagged": flagged, "selectedAt": "2025-01-01T00:00:00.000Z"}


NOTED = {"Beat 1.1": chosen(), "2.1": chosen("ink", True), "7.7": chosen()}


def test_a_beat_is_found_in_whatever_spelling_the_file_has() -> None:
    choices = read_choices(NOTED)
    assert choices["1.1"].written == "Beat 1.1"
    assert (choices["2.1"].style, choices["2.1"].flagged) == ("ink", True)


def test_what_is_no_choice_is_passed_over() -> None:
    assert read_choices({"1.1": "clear", "1.2": {"style": 5}, "1.3": {}, "no number": chosen(), "1.4": None}) == {}


def test_beats_are_counted_by_what_is_known_of_them() -> None:
    selection = Selection.of(project("1.1", "1.2", "2.1", "2.2"), NOTED)
    assert selection.chosen == 2
    assert selection.shown("all") == ("1.1", "1.2", "2.1", "2.2")
    assert selection.shown("open") == ("1.2", "2.2")
    assert selection.shown("flagged") == ("2.1",)
    assert selection.strays == ("7.7",)


def test_two_shots_with_one_beat_number_are_one_beat_here() -> None:
    beats = tuple(Beat(shot, "1.1", "1.1", "", "", "A lake") for shot in ("7", "1"))
    assert Selection.of(Project("film", "Film", (Style("clear", beats),)), {}).numbers == ("1.1",)


def test_the_neighbours_are_those_of_the_filter_even_from_a_beat_outside_of_it() -> None:
    selection = Selection.of(project("1.1", "1.2", "2.1", "2.2"), NOTED)
    assert selection.beside("1.2", "all") == ("1.1", "2.1")
    assert selection.beside("2.1", "open") == ("1.2", "2.2")
    assert selection.beside("1.1", "all") == (None, "1.2")
    assert selection.beside("2.2", "flagged") == ("2.1", None)


def test_the_next_open_beat_is_looked_for_round_the_end() -> None:
    selection = Selection.of(project("1.1", "1.2", "2.1", "2.2"), NOTED)
    assert selection.next_open("1.2") == "2.2"
    assert selection.next_open("2.2") == "1.2"
    assert selection.next_open() == "1.2"
    assert Selection.of(project("1.1"), {}).next_open("1.1") is None
