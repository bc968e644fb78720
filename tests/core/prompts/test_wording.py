"""A style's wording: kept in the settings, put around the prompt when an image is asked for."""

from typing import Any

import pytest
from hypothesis import given

from tests.harness.corrupt import damaged
from webapp.core.project import Beat
from webapp.core.prompts.prompt_files import final_prompt
from webapp.core.prompts.wording import (
    MAX_WORDING,
    StyleWording,
    read_wording,
    with_wordings,
    wording_of,
    wordings,
)
from webapp.errors import BadInput


def beat(prompt: str) -> Beat:
    return Beat("1", "1.1", "1.1", "", "h", prompt)


def test_without_wording_the_prompt_is_sent_exactly_as_it_is_written() -> None:
    assert final_prompt(beat("  A lake,\n wide. "), StyleWording()) == "  A lake,\n wide. "


def test_the_wording_stands_before_and_behind_the_prompt() -> None:
    assert final_prompt(beat(" A lake. "), StyleWording("Ink drawing:", "No text.")) == "Ink drawing: A lake. No text."
    assert final_prompt(beat("A lake."), StyleWording("", "No text.")) == "A lake. No text."


def test_wording_is_kept_beside_the_other_settings() -> None:
    before = {"provider": "gemini", "wording": {"ink": {"prefix": "", "suffix": "black"}}}
    after = with_wordings(before, {"clear": StyleWording("a", "b"), "ink": StyleWording()})
    assert after == {"provider": "gemini", "wording": {"clear": {"prefix": "a", "suffix": "b"}}}
    assert wording_of(after, "clear") == StyleWording("a", "b")
    assert not wording_of(after, "ink")


def test_wording_is_one_line_and_not_endless() -> None:
    assert read_wording("clear", " a\r\n  b ", "") == StyleWording("a b", "")
    with pytest.raises(BadInput, match="wording of clear is longer than 2,000"):
        read_wording("clear", "", "x" * 2001)


@given(damaged({"clear": {"prefix": "a", "suffix": "b" * (MAX_WORDING + 1)}, "ink": {"prefix": "c"}}))
def test_any_settings_file_gives_some_wording(kept: Any) -> None:
    found = wordings({"wording": kept})
    for style, wording in found.items():
        said = {name: text[:MAX_WORDING] for name, text in kept[style].items() if isinstance(text, str)}
        assert wording and wording == StyleWording(said.get("prefix", ""), said.get("suffix", ""))
