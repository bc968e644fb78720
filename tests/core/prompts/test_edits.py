"""Edits of prompts: small, exact, and refused when somebody was quicker."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import damaged
from webapp.core.prompts.edits import (
    NewBeat,
    edited,
    key_of,
    moved,
    replaced,
    with_beat,
    with_prompt,
    without,
)
from webapp.errors import BadInput, NotFound, Outdated


def entry(number: str, prompt: str = "A lake", **more: Any) -> dict[str, Any]:
    return {"shot_number": "Shot 1", "beat_number": f"Beat {number}", "ai_prompt": prompt, "seed": 7, **more}


ENTRIES = [entry("1.1"), entry("1.2"), entry("1.3")]
ROWS = [("1", "1.1"), ("1", "1.2"), ("1", "1.2b"), ("1", "1.3"), ("1", "1.4")]


def numbers(entries: list[dict[str, Any]]) -> list[str]:
    return [str(each["beat_number"]).removeprefix("Beat ") for each in entries]


def test_an_edit_changes_one_text_and_nothing_else() -> None:
    after = with_prompt(ENTRIES, ("1", "1.2"), "clear", " A pond\r\nat dawn ", "A lake")
    assert after[1] == entry("1.2", "A pond\nat dawn")
    assert (after[0], after[2]) == (ENTRIES[0], ENTRIES[2])
    assert ENTRIES[1]["ai_prompt"] == "A lake"


def test_an_edit_of_what_has_changed_is_refused_and_says_what_to_do() -> None:
    with pytest.raises(Outdated, match=r"Beat 1\.2 in clear was changed meanwhile.*Save once more"):
        with_prompt(ENTRIES, ("1", "1.2"), "clear", "A pond", "A river")


def test_the_same_edit_twice_does_no_harm() -> None:
    once = with_prompt(ENTRIES, ("1", "1.2"), "clear", "A pond", "A lake")
    assert with_prompt(once, ("1", "1.2"), "clear", "A pond", "A lake") == once


def test_a_beat_that_is_gone_is_told() -> None:
    with pytest.raises(NotFound, match="not in clear any more"):
        with_prompt(ENTRIES, ("1", "9"), "clear", "A pond", "A lake")


@pytest.mark.parametrize(("text", "says"), [(" \n", "is empty"), ("x" * 32_001, "longer than 32,000")])
def test_a_prompt_that_cannot_be_kept_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        with_prompt(ENTRIES, ("1", "1.1"), "clear", text)


@pytest.mark.parametrize(
    ("number", "after", "order"),
    [
        ("1.2b", None, ["1.1", "1.2", "1.2b", "1.3"]),
        ("1.4", None, ["1.1", "1.2", "1.3", "1.4"]),
        ("7", None, ["1.1", "1.2", "1.3", "7"]),
        ("7", ("1", "1.1"), ["1.1", "7", "1.2", "1.3"]),
    ],
)
def test_a_new_beat_stands_where_the_story_has_it(number: str, after: tuple[str, str] | None, order: list[str]) -> None:
    made = with_beat(ENTRIES, NewBeat("1", number, "He walked.", "h", "A wood"), ROWS, after)
    assert numbers(made) == order


def test_a_new_beat_is_spelled_like_the_others() -> None:
    made = with_beat(ENTRIES, NewBeat("2", "2.1", "He walked.", "h", "A wood"), ROWS)[-1]
    assert (made["shot_number"], made["beat_number"]) == ("Shot 2", "Beat 2.1")
    with pytest.raises(BadInput, match=r"Shot 1 has a beat 1\.1 already"):
        with_beat(ENTRIES, NewBeat("1", "1.1", "", "", "A wood"), ROWS)


def test_beats_change_places_and_go() -> None:
    assert numbers(moved(ENTRIES, ("1", "1.3"), ("1", "1.2"))) == ["1.1", "1.3", "1.2"]
    assert numbers(moved(ENTRIES, ("1", "1.1"), ("1", "1.2"))) == ["1.2", "1.1", "1.3"]
    assert moved(ENTRIES, ("1", "1.1"), ("1", "9")) == ENTRIES
    assert numbers(without(ENTRIES, ("1", "1.2"))) == ["1.1", "1.3"]


def test_search_and_replace_counts_places_and_beats() -> None:
    entries = [entry("1.1", "A lake by a Lake"), entry("1.2", "A pond"), entry("1.3", "lake (old)")]
    done = replaced(entries, "LAKE", r"\1 pond", match_case=False)
    assert (done.places, done.beats) == (3, (("1", "1.1"), ("1", "1.3")))
    assert done.entries[0]["ai_prompt"] == r"A \1 pond by a \1 pond"
    assert replaced(entries, "Lake", "pond", match_case=True).places == 1
    assert replaced(entries, "(old)", "", match_case=True).entries[2]["ai_prompt"] == "lake "


@pytest.mark.parametrize(
    ("find", "put", "says"), [("", "x", "Write what"), ("A lake", " ", "is empty"), ("a", "x" * 32_000, "longer")]
)
def test_a_replacement_that_would_break_a_prompt_is_refused(find: str, put: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        replaced(ENTRIES, find, put, match_case=False)


def test_what_was_edited_are_the_prompts_that_differ() -> None:
    after = [entry("1.3"), entry("1.1", "A pond"), entry("1.9")]
    assert edited(ENTRIES, after) == (("1", "1.1"),)


@given(st.lists(st.sampled_from("abcdef"), unique=True, min_size=2), st.data())
def test_moving_keeps_every_beat(letters: list[str], data: st.DataObject) -> None:
    entries = [entry(f"1{letter}") for letter in letters]
    one, other = (data.draw(st.sampled_from(letters)) for _ in range(2))
    after = moved(entries, ("1", f"1{one}"), ("1", f"1{other}"))
    assert sorted(numbers(after)) == sorted(numbers(entries))
    if one != other:
        places = [numbers(after).index(f"1{letter}") for letter in (one, other)]
        assert abs(places[0] - places[1]) == 1


@given(damaged({"shot_number": "Shot 1", "beat_number": 1.1}))
def test_anything_has_a_key_or_none(thing: Any) -> None:
    key = key_of(thing)
    if key is None:
        assert thing != {"shot_number": "Shot 1", "beat_number": 1.1}
    else:
        assert key[0] in str(thing["shot_number"]) and key[1] in str(thing["beat_number"])
