"""A provider's own settings, from a form or from JSON."""

from typing import Any

import pytest
from hypothesis import given

from tests.harness.corrupt import damaged
from webapp.core.settings.project_settings import (
    Field,
    LimitSettings,
    ProjectSettings,
    ProviderChoice,
    read_fields,
)
from webapp.errors import BadInput

FIELDS = (
    Field("model", "Model"),
    Field("rate", "Errors", "integer", 0, 0, 100, unit="%"),
    Field("delay", "Delay", "number", 0.4, 0.0, 60.0),
    Field("size", "Size", "choice", "1K", choices=("1K", "2K")),
    Field("loud", "Loud", "check", False),
)
DEFAULTS = {"model": "", "rate": 0, "delay": 0.4, "size": "1K", "loud": False}


def test_what_is_missing_or_left_empty_has_its_default() -> None:
    assert read_fields(FIELDS, {}) == DEFAULTS
    assert read_fields(FIELDS, {"model": "", "rate": " ", "delay": "", "size": "", "loud": ""}) == DEFAULTS


@pytest.mark.parametrize(
    "raw",
    [
        {"model": " m ", "rate": "25", "delay": "1.5", "size": "2K", "loud": "1", "other": "x"},
        {"model": "m", "rate": 25, "delay": 1.5, "size": "2K", "loud": True},
        {"model": "m", "rate": 25.0, "delay": "1.50", "size": "2K", "loud": "on"},
    ],
)
def test_a_form_and_json_are_read_alike(raw: dict[str, Any]) -> None:
    values = read_fields(FIELDS, raw)
    assert values == {"model": "m", "rate": 25, "delay": 1.5, "size": "2K", "loud": True}
    assert isinstance(values["rate"], int)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("rate", "25.5", "Errors: write a whole number from 0 to 100."),
        ("rate", 101, "Errors: write a whole number from 0 to 100."),
        ("rate", True, "Errors"),
        ("rate", "nan", "Errors"),
        ("delay", "soon", "Delay: write a number from 0 to 60."),
        ("delay", "1e999", "Delay"),
        ("delay", [1], "Delay"),
        ("size", "8K", "Size: choose one of 1K, 2K."),
        ("size", ["1K"], "Size"),
        ("model", "a\nb", "Model: write one line of text"),
        ("model", 5, "Model"),
        ("loud", "maybe", "Loud: choose on or off."),
    ],
)
def test_a_bad_value_names_its_field(name: str, value: Any, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_fields(FIELDS, {name: value})
    assert said in str(caught.value)


def test_a_kind_that_does_not_exist_is_a_mistake_of_the_program() -> None:
    with pytest.raises(ValueError):
        Field("a", "A", "colour")


SETTINGS = ProjectSettings(
    ProviderChoice("sketch", {"sketch": {"rate": 5}}),
    {"clear": ProviderChoice("gemini", {"gemini": {"model": "m"}})},
    LimitSettings(per_minute=12.5, parallel=3, attempts=2, timeout=60.0, budget=5_000_000),
    references=("clear",),
    accepted=("openai some-model",),
    extra={"prefixes": {"clear": "ink"}},
)


def test_settings_are_read_back() -> None:
    assert ProjectSettings.from_json(SETTINGS.to_json()) == SETTINGS


@given(damaged(SETTINGS.to_json()))
def test_anything_else_reads_as_settings_too(data: Any) -> None:
    settings = ProjectSettings.from_json(data)
    for choice in (settings.choice, *settings.styles.values()):
        assert isinstance(choice.provider, str)
        assert all(isinstance(values, dict) for values in choice.options.values())
    restraint = settings.restraint
    assert restraint.per_minute is None or 0.01 <= restraint.per_minute <= 100_000
    assert restraint.budget is None or (type(restraint.budget) is int and 0 <= restraint.budget <= 10**12)
    assert restraint.parallel is None or 1 <= restraint.parallel <= 256
    assert all(isinstance(text, str) for text in (*settings.references, *settings.accepted))
