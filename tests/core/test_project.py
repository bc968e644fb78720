"""Numbers, styles, frames and their order."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import garbled
from webapp.core.project import (
    NUMBER,
    Beat,
    Frame,
    Problem,
    Project,
    Style,
    beat_number,
    order_styles,
    shot_number,
)

NUMBERS = st.from_regex(NUMBER)
STYLES = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=8).filter(
    lambda name: name[0] not in "_-"
)


def style(name: str, *numbers: str) -> Style:
    beats = tuple(Beat(number.split(".")[0], number, number, "", "", "a") for number in numbers)
    return Style(name, beats)


@pytest.mark.parametrize("written", ["1.1", "Beat 1.1", "Beat_1.1", "beat1.1", " BEAT _1.1 ", 1.1])
def test_every_spelling_of_a_beat_is_the_same_number(written: str | float) -> None:
    assert beat_number(written) == "1.1"


@pytest.mark.parametrize(
    ("written", "number"), [(1, "1"), (1.0, "1"), (0, "0"), ("1.10", "1.10"), ("01", "01"), ("12a", "12a")]
)
def test_a_number_is_kept_as_its_file_name(written: str | float, number: str) -> None:
    assert beat_number(written) == number
    assert shot_number(written) == number


@pytest.mark.parametrize(
    "written",
    ["", ".", "..", "../1", "1/2", "1\\2", "1\0", "-1", "1e5", "1 2", "con", "١", "1" * 300, "💡", "\u202e1"],
)
def test_what_could_hurt_a_path_is_no_number(written: str) -> None:
    assert beat_number(written) is None
    assert shot_number(written) is None


@given(st.floats() | st.integers() | st.booleans() | garbled("Beat 12.3a", "./\\0 -_\n\0١"))
def test_a_number_is_always_safe_in_a_path(written: str | float) -> None:
    number = beat_number(written)
    if number is not None:
        assert number.isascii() and not set(number) - set(string.ascii_letters + string.digits + ".")
        assert number[0].isdigit() and number in f"{written}"


@given(st.sets(st.tuples(STYLES, NUMBERS, NUMBERS), max_size=20))
def test_two_frames_never_share_an_id_or_a_path(parts: set[tuple[str, str, str]]) -> None:
    frames = [Frame(*part) for part in parts]
    assert len({frame.image_path for frame in frames}) == len(frames)
    assert len({frame.id for frame in frames}) == len(frames)


def test_an_image_lies_where_v1_looks_for_it() -> None:
    assert Frame("clear", "2", "2.10").image_path == "generated_images/clear/Shot_2/Beat_2.10.png"


def test_a_hard_cut_is_known_in_both_spellings() -> None:
    cuts = [Beat("1", "1", "1", "", word, "a").hard_cut for word in ("h", " Hard Cut ", "s", "")]
    assert cuts == [True, True, False, False]


def test_the_usual_styles_come_first_in_their_order() -> None:
    assert order_styles(["zinc", "consistent", "ash", "illustration", "clear"]) == [
        "illustration",
        "clear",
        "consistent",
        "ash",
        "zinc",
    ]


def test_a_beat_comes_in_all_its_styles_before_the_next_beat() -> None:
    project = Project("a", "A", (style("illustration", "1.1", "1.2"), style("clear", "1.1", "1.2")))
    assert [frame.id for frame in project.frames()] == [
        "illustration-1-1_1",
        "clear-1-1_1",
        "illustration-1-1_2",
        "clear-1-1_2",
    ]
    assert project.total == 4


def test_a_beat_that_only_one_style_has_stands_where_that_style_has_it() -> None:
    project = Project("a", "A", (style("illustration", "1.1", "1.3"), style("clear", "1.1", "1.2", "1.3", "1.4")))
    assert [number for _, number in project.rows()] == ["1.1", "1.2", "1.3", "1.4"]


@given(st.lists(st.lists(st.sampled_from("123456789"), unique=True, max_size=9), max_size=3))
def test_every_beat_of_every_style_has_one_row(lists: list[list[str]]) -> None:
    project = Project("a", "A", tuple(style(f"s{place}", *numbers) for place, numbers in enumerate(lists)))
    rows = [number for _, number in project.rows()]
    assert sorted(rows) == sorted(set().union(*lists))
    assert len(project.frames()) == project.total == sum(map(len, lists))
    if lists and lists[0]:
        assert [number for number in rows if number in lists[0]] == lists[0]


def test_a_problem_names_file_line_and_reason() -> None:
    assert str(Problem("a.js", "why", 3)) == "a.js, line 3: why"
    assert str(Problem("a.js", "why")) == "a.js: why"
