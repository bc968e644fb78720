"""What an image was made from, and what that says of it now."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.corrupt import damaged, garbled
from webapp.core import marks
from webapp.core.image_inputs import (
    Freshness,
    Inputs,
    freshness,
    read,
)
from webapp.core.marks import LONGEST_NOTE, FrameMarks

NOW = Inputs.of("A boat at night", "aabbccddeeff", "gemini", "nano", {"size": "1K"})


def test_an_image_is_current_until_one_of_the_things_it_was_made_from_changes() -> None:
    assert freshness(NOW.code, NOW) is Freshness.CURRENT
    others = {
        "prompt": Inputs.of("A boat at noon", "aabbccddeeff", "gemini", "nano", {"size": "1K"}),
        "style reference": Inputs.of("A boat at night", "", "gemini", "nano", {"size": "1K"}),
        "model or its settings": Inputs.of("A boat at night", "aabbccddeeff", "gemini", "nano", {"size": "2K"}),
    }
    for word, inputs in others.items():
        assert inputs.changed_since(NOW.code) == (word,)
        assert freshness(NOW.code, inputs) is Freshness.STALE


def test_a_code_means_the_same_in_every_version_since_it_is_kept_in_images() -> None:
    assert NOW.code == "1fea1e5bc02e.aabbccddeeff.ead9c2d78ee0"
    assert Inputs.of("", "", "", "", {"a": 1, "b": "x"}) == Inputs.of("", "", "", "", {"b": "x", "a": "1"})


@pytest.mark.parametrize("code", ["", "..", "a boat", NOW.code + ".-", NOW.code + "0", NOW.code[:-1]])
def test_an_image_with_the_code_of_somebody_else_is_current_too(code: str) -> None:
    assert read(code) is None and freshness(code, NOW) is Freshness.CURRENT


def test_an_image_that_carries_no_code_is_current_since_nobody_can_say_otherwise() -> None:
    assert freshness("", NOW) is Freshness.CURRENT


def test_a_missing_image_is_blocked_only_while_just_its_inputs_were_refused() -> None:
    assert freshness(None, NOW) is Freshness.MISSING
    assert freshness(None, NOW, refused=NOW.code) is Freshness.BLOCKED
    edited = Inputs.of("A kinder boat", "aabbccddeeff", "gemini", "nano", {"size": "1K"})
    assert freshness(None, edited, refused=NOW.code) is Freshness.MISSING


@given(st.text(), st.sampled_from(["", "aabbccddeeff"]), st.text(), st.dictionaries(st.text(), st.integers()))
def test_a_code_is_read_back(prompt: str, reference: str, model: str, settings: dict[str, int]) -> None:
    inputs = Inputs.of(prompt, reference, "gemini", model, settings)
    assert read(inputs.code) == inputs and inputs.changed_since(inputs.code) == ()


@given(garbled(NOW.code, "0af.-"))
def test_a_text_that_is_no_code_says_nothing_and_every_other_is_one(text: str) -> None:
    known = read(text)
    if known is None:
        assert text != NOW.code and NOW.changed_since(text) == ()
    else:
        assert known.code == text and (NOW.changed_since(text) == ()) == (text == NOW.code)


def test_marks_are_read_back_and_what_says_nothing_is_left_out() -> None:
    known = {"clear-1-1_1": FrameMarks(locked=True, note="The best one"), "clear-1-1_2": FrameMarks()}
    assert marks.from_json(marks.to_json(known)) == {"clear-1-1_1": known["clear-1-1_1"]}
    assert marks.locked(known) == {"clear-1-1_1"}


def test_a_frame_is_locked_by_true_and_by_nothing_like_it() -> None:
    read = marks.from_json({str(value): {"locked": value} for value in (True, 1, "true", [True], None)})
    assert marks.locked(read) == {"True"}


@given(damaged({"clear-1-1_1": {"locked": True, "star": True, "flag": True, "note": "x" * (LONGEST_NOTE + 1)}}))
def test_anything_else_reads_as_marks_too(data: Any) -> None:
    for ident, mark in marks.from_json(data).items():
        said = data[ident]
        note = said.get("note")
        assert (mark.locked, mark.star, mark.flag) == tuple(
            said.get(word) is True for word in ("locked", "star", "flag")
        )
        assert mark.note == (note[:LONGEST_NOTE] if isinstance(note, str) else "")
