"""Sums over attempts: number, images, money in micro-dollars; by group or by frame."""

from __future__ import annotations

import operator
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from webapp.core.money.attempts import (
    Attempt,
    AttemptResult,
    Charge,
    whole,
)
from webapp.core.project import Frame

GROUP_SUM, FRAME_SUM = "sum", "frame sum"
"""The records for attempts that a compaction dropped: by group, and the same attempts by frame."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Sum:
    """How many attempts, images among them, and micro-dollars; ``unpriced`` attempts may have cost more.

    Adding, `read` and `sum_records` go by the fields: a new field is summed and survives a compaction by itself.
    """

    attempts: int = 0
    made: int = 0
    charged: int = 0
    possibly: int = 0
    unpriced: int = 0

    @classmethod
    def of(cls, attempt: Attempt) -> Sum:
        """Return the sum of one attempt."""
        possibly = attempt.amount if attempt.charge is Charge.POSSIBLY else 0
        made = int(attempt.result is AttemptResult.MADE)
        return cls(1, made, attempt.amount - possibly, possibly, int(attempt.unpriced))

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Sum:
        """Read a record of `sum_records`; a missing figure is 0."""
        return cls(*(whole(record, part.name) or 0 for part in fields(cls)))

    def __add__(self, other: Sum) -> Sum:
        return Sum(*map(operator.add, _figures(self), _figures(other)))


_figures = operator.attrgetter(*(part.name for part in fields(Sum)))


@dataclass(frozen=True, slots=True)
class SumGroup:
    """The key of sums. ``day`` is the local date, ``key`` masked, ``result`` an `AttemptResult`."""

    day: str = ""
    run: str = ""
    style: str = ""
    provider: str = ""
    model: str = ""
    key: str = ""
    result: str = ""

    @classmethod
    def of(cls, attempt: Attempt) -> SumGroup:
        """Return the group of one attempt."""
        return cls(
            attempt.day,
            attempt.run,
            attempt.style,
            attempt.provider,
            attempt.model,
            attempt.key,
            attempt.result.value,
        )


def summed(groups: Mapping[SumGroup, Sum], pick: Callable[[SumGroup], Key]) -> dict[Key, Sum]:
    """Return the sums by what ``pick`` takes of each group, in the order in which they began."""
    found: dict[Key, Sum] = {}
    for group, part in groups.items():
        key = pick(group)
        found[key] = found.get(key, Sum()) + part
    return found


def sum_records(groups: Mapping[SumGroup, Sum], frames: Mapping[Frame, Sum]) -> Iterator[dict[str, Any]]:
    """Yield the records from which a `Ledger` reads these sums again."""
    for group, part in groups.items():
        yield {"what": GROUP_SUM, **asdict(group), **asdict(part)}
    for frame, part in frames.items():
        yield {"what": FRAME_SUM, **frame._asdict(), **asdict(part)}
