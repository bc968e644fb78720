"""Settings of a project, and the fields of providers as data: one page shows them, one function reads them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from webapp.errors import BadInput

KINDS = ("text", "integer", "number", "choice", "check")
MAX_TEXT = 2_000
OFF = frozenset({"", "0", "false", "no", "off"})
ON = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True, slots=True)
class Field:
    """One setting. ``kind`` is one of `KINDS`, whose values are str, int, float, str and bool in that order.

    ``choices`` are the values a ``choice`` can have; ``unit`` stands behind the input. ``shapes``: an image made with
    another value would be another image.
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
    shapes: bool = True

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"{self.name}: {self.kind!r} is not a kind of setting.")


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """Who makes images: a provider ("": as the level above has it) and the options of each provider."""

    provider: str = ""
    options: dict[str, dict[str, Any]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {"provider": self.provider, "options": self.options}

    @classmethod
    def from_json(cls, data: Any) -> ProviderChoice:
        """Read what `to_json` wrote. What does not fit (a person or another version wrote it) is left out."""
        if not isinstance(data, dict):
            return cls()
        provider, options = data.get("provider"), data.get("options")
        kept = options.items() if isinstance(options, dict) else ()
        return cls(
            provider if isinstance(provider, str) else "",
            {name: dict(values) for name, values in kept if isinstance(name, str) and isinstance(values, dict)},
        )


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """Limits of a project's runs, as far as the project sets them itself; ``None``: as the environment has it.

    ``per_minute`` are requests per account, ``parallel`` calls in flight, ``attempts`` tries per image, ``timeout``
    seconds for one call, ``budget`` micro-dollars.
    """

    per_minute: float | None = None
    parallel: int | None = None
    attempts: int | None = None
    timeout: float | None = None
    budget: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> LimitSettings:
        """Read what `to_json` wrote; a value that does not fit counts as not set."""
        if not isinstance(data, dict):
            return cls()
        return cls(
            _within(data.get("per_minute"), 0.01, 100_000),
            _whole_within(data.get("parallel"), 1, 256),
            _whole_within(data.get("attempts"), 1, 20),
            _within(data.get("timeout"), 1, 3600),
            _whole_within(data.get("budget"), 0, 10**12),
        )


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """What a project sets for itself.

    ``choice`` is who makes its images, ``styles`` who makes those of one style where that differs. ``references`` are
    the styles whose every image goes with the style reference, not only hard cuts. ``accepted`` are models without a
    known price that a user agreed to, as ``provider model``. ``extra`` is what other parts keep there.
    """

    choice: ProviderChoice = ProviderChoice()
    styles: dict[str, ProviderChoice] = field(default_factory=dict)
    restraint: LimitSettings = LimitSettings()
    references: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)

    def with_restraint(self, **limits: Any) -> ProjectSettings:
        """The settings with these limits; the others stay."""
        return replace(self, restraint=replace(self.restraint, **limits))

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            **self.extra,
            **self.choice.to_json(),
            "styles": {style: choice.to_json() for style, choice in self.styles.items()},
            "limits": self.restraint.to_json(),
            "references": list(self.references),
            "accepted": list(self.accepted),
        }

    @classmethod
    def from_json(cls, data: Any) -> ProjectSettings:
        """Read what `to_json` wrote. What does not fit (a person or another version wrote it) is left out."""
        if not isinstance(data, dict):
            return cls()
        styles = data.get("styles")
        return cls(
            ProviderChoice.from_json(data),
            {str(style): ProviderChoice.from_json(each) for style, each in styles.items()}
            if isinstance(styles, dict)
            else {},
            LimitSettings.from_json(data.get("limits")),
            _texts(data.get("references")),
            _texts(data.get("accepted")),
            {name: value for name, value in data.items() if name not in _OWN},
        )


_OWN = frozenset({"provider", "options", "styles", "limits", "references", "accepted"})


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(text for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _within(value: Any, least: float, most: float) -> float | None:
    fits = isinstance(value, (int, float)) and not isinstance(value, bool) and least <= value <= most
    return float(value) if fits else None


def _whole_within(value: Any, least: int, most: int) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most else None


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
