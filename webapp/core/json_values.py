"""JSON values of flat dataclasses: read back only when each is of the kind that was stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import Field
from typing import Any, ClassVar, Protocol, TypeVar

LARGEST = 1e15
"""No time, sum or count of the product comes near it; a larger one would break sums."""


class Dataclass(Protocol):
    """Any dataclass; standard typing has no name for it."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


Record = TypeVar("Record", bound=Dataclass)


def fits(value: object, usual: object) -> bool:
    """Return whether a value is of the kind of ``usual``; an int fits a float, a bool fits only a bool."""
    if isinstance(usual, bool) or isinstance(value, bool):
        return isinstance(usual, bool) and isinstance(value, bool)
    if isinstance(usual, float):
        return isinstance(value, int | float) and abs(value) < LARGEST
    if isinstance(usual, int):
        return isinstance(value, int) and abs(value) < LARGEST
    return isinstance(value, type(usual))


def values_of(record: Dataclass) -> dict[str, Any]:
    """Return the fields of a flat record by name; ``asdict`` would copy each value, at 25 times the cost."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def read_record(usual: Record, data: object, enums: Mapping[str, Callable[[Any], object]]) -> Record | None:
    """Read what `values_of` wrote. Unknown names are ignored, missing ones take the default of their field.

    ``usual`` has a value of the right kind in each field (None: an int or None), ``enums`` the types to convert to.
    Returns None unless every value fits.
    """
    if not isinstance(data, dict):
        return None
    known = {name: data[name] for name in usual.__dataclass_fields__ if name in data}
    try:
        for name in enums.keys() & known.keys():
            known[name] = enums[name](known[name])
        record = type(usual)(**known)
    except (TypeError, ValueError):
        return None
    return record if all(_fits_field(value, getattr(usual, name)) for name, value in known.items()) else None


def _fits_field(value: object, usual: object) -> bool:
    return value is None or fits(value, 0) if usual is None else fits(value, usual)
