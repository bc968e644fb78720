"""Which rows of a long matrix a page holds: blocks of some thirty rows, of which a few are there from the start. Pure.

A short matrix is there whole. Of a long one the page gets the blocks around the beat that was asked for, a gap for each
other block, and one line for each beat (`Line`), by which it finds, filters and jumps over all of them.
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
    """Rows of one shot that stand together in a block. ``begins``: with the shot's head. ``place`` is that of its first
    line in the whole table, as screen readers count (the heads of the columns are 1)."""

    shot: str
    rows: tuple[Key, ...]
    begins: bool
    place: int


@dataclass(frozen=True, slots=True)
class RowBlock:
    """Rows that come and go together."""

    number: int
    stretches: tuple[ShotRows, ...]

    @property
    def rows(self) -> tuple[Key, ...]:
        """All its rows."""
        return tuple(row for stretch in self.stretches for row in stretch.rows)


def by_shot(rows: Sequence[Key]) -> dict[str, list[Key]]:
    """The rows as they stand under the heads of their shots."""
    shots: dict[str, list[Key]] = {}
    for row in rows:
        shots.setdefault(row[0], []).append(row)
    return shots


def divide(rows: Sequence[Key], size: int = BLOCK) -> tuple[RowBlock, ...]:
    """All rows in blocks, in the order of the page."""
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
    """The numbers of the blocks that are there from the start: those around the row asked for, or the first ones."""
    here = next((block.number for block in cut if at in block.rows), 0) if at else 0
    return frozenset(range(max(0, here - AROUND), here + AROUND + 1)) & frozenset(block.number for block in cut)
