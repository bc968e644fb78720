"""A provider's own settings: described as data, so that one page can show and one function can read them all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from webapp.errors import BadInput

KINDS = ("text", "integer", "number", "choice", "check")
MAX_TEXT = 2_000
OFF = frozenset({"", "0", "false", "no", "off"})
ON = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Field:
    """One setting. ``kind`` is one of `KINDS`, whose values are str, int, float, str and bool in that order.

    ``choices`` are the values a ``choice`` can have; ``unit`` stands behind the input.
    """

    name: str
    label: str
    kind: str = "text"
    default: str | int | float | bool = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    hint: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: {self.kind!r} is not a kind of setting.")


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What a project sets for itself: its provider ("" is the environment's) and the options of each provider."""

    provider: str = ""
    options: dict[str, dict[str, Any]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"provider": self.provider, "options": self.options}

    @classmethod
    def from_json(cls, data: Any) -> ProjectSettings:
        """Read what `to_json` wrote. What does not fit (a person or another version wrote it) is left out."""
        if not isinstance(data, dict):
            return cls()
        provider, options = data.get("provider"), data.get("options")
        kept = options.items() if isinstance(options, dict) else ()
        return cls(
            provider if isinstance(provider, str) else "",
            {name: dict(values) for name, values in kept if isinstance(name, str) and isinstance(values, dict)},
        )


def read_fields(fields: Iterable[Field], raw: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every field, from a form's texts or from JSON values.

    What is missing has its default, so has an empty number or choice. Other names in ``raw`` are left out.

    Raises:
        BadInput: naming the field and what it takes.
    """
    return {field.name: _read(field, raw.get(field.name)) for field in fields}


def _read(field: Field, value: Any) -> str | int | float | bool:
    if isinstance(value, str):
        value = value.strip()
    if value is None or (value == "" and field.kind in ("integer", "number", "choice")):
        return field.default
    return _READERS[field.kind](field, value)


def _text(field: Field, value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_TEXT or not all(char.isprintable() for char in value):
        raise BadInput(f"{field.label}: write one line of text, at most {MAX_TEXT:,} characters.")
    return value


def _choice(field: Field, value: Any) -> str:
    if value not in field.choices:
        raise BadInput(f"{field.label}: choose one of {', '.join(field.choices)}.")
    return str(value)


def _check(field: Field, value: Any) -> bool:
    word = str(value).lower()
    if word not in ON | OFF:
        raise BadInput(f"{field.label}: choose on or off.")
    return word in ON


def _number(field: Field, value: Any) -> int | float:
    whole = field.kind == "integer"
    number = _parsed(value)
    low = -math.inf if field.minimum is None else field.minimum
    high = math.inf if field.maximum is None else field.maximum
    if number is None or (whole and not number.is_integer()) or not low <= number <= high:
        raise BadInput(f"{field.label}: write {'a whole number' if whole else 'a number'}{_range(field)}.")
    return int(number) if whole else number


def _parsed(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _range(field: Field) -> str:
    if field.minimum is not None and field.maximum is not None:
        return f" from {field.minimum:g} to {field.maximum:g}"
    if field.minimum is not None:
        return f" of at least {field.minimum:g}"
    return f" of at most {field.maximum:g}" if field.maximum is not None else ""


_READERS: Mapping[str, Callable[[Field, Any], str | int | float | bool]] = {
    "text": _text,
    "integer": _number,
    "number": _number,
    "choice": _choice,
    "check": _check,
}
