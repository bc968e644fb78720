"""Division of a long matrix into blocks of about thirty rows, of which a page holds a few at first. Pure.

A short matrix is one piece. Of a long one the page gets the blocks around one beat, a gap for each other block, and a
line for each beat, by which its script finds, filters and jumps over all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WHOLE = 120
"""Rows up to which a page holds them all."""

BLOCK = 30
"""Rows of a block, about: shots stay together unless they are longer than half as much again."""

AROUND = 1
"""Blocks that are there from the start before and behind the one asked for."""

Key = tuple[str, str]
"""A row: its shot and its beat."""


@dataclass(frozen=True, slots=True)
class ShotRows:
    """Rows of one shot within a block. ``begins``: with the shot's head. ``place``: the number of its first line in
    the whole table, as screen readers count (the heads of the columns are 1).
    """

    shot: str
    rows: tuple[Key, ...]
    begins: bool
    place: int


@dataclass(frozen=True, slots=True)
class RowBlock:
    """Rows that are loaded together."""

    number: int
    stretches: tuple[ShotRows, ...]

    @property
    def rows(self) -> tuple[Key, ...]:
        """All its rows."""
        return tuple(row for stretch in self.stretches for row in stretch.rows)


def by_shot(rows: Sequence[Key]) -> dict[str, list[Key]]:
    """Group the rows by shot."""
    shots: dict[str, list[Key]] = {}
    for row in rows:
        shots.setdefault(row[0], []).append(row)
    return shots


def divide(rows: Sequence[Key], size: int = BLOCK) -> tuple[RowBlock, ...]:
    """Divide all rows into blocks of about ``size`` rows, in the order of the page."""
    made: list[RowBlock] = []
    held: list[ShotRows] = []
    place = 2

    def close() -> None:
        made.append(RowBlock(len(made), tuple(held)))
        held.clear()

    for shot, whole in by_shot(rows).items():
        step = len(whole) if len(whole) <= size * 1.5 else size
        for start in range(0, len(whole), step):
            piece = tuple(whole[start : start + step])
            if held and sum(len(each.rows) for each in held) + len(piece) > size * 1.5:
                close()
            held.append(ShotRows(shot, piece, start == 0, place))
            place += len(piece) + (start == 0)
            if sum(len(each.rows) for each in held) >= size:
                close()
    if held:
        close()
    return tuple(made)


def shown(cut: Sequence[RowBlock], at: Key | None) -> frozenset[int]:
    """The numbers of the blocks that a page holds at first: those around the row ``at``, or the first ones."""
    here = next((block.number for block in cut if at in block.rows), 0) if at else 0
    return frozenset(range(max(0, here - AROUND), here + AROUND + 1)) & frozenset(block.number for block in cut)
