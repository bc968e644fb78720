"""Outlines as text, in the spelling of SVG paths, turned into points."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

Point = tuple[float, float]

_WORD = re.compile(r"[MLHVCSQZmlhvcsqz]|[-+]?(?:\d+\.?\d*|\.\d+)")
_STEPS = 16
"""Straight pieces per curve: enough at twice the size of the image, and cheap."""


@dataclass(frozen=True, slots=True)
class Outline:
    """One closed or open line: its points, and those of them that are corners (for round joins)."""

    points: tuple[Point, ...]
    corners: tuple[Point, ...]
    closed: bool


@lru_cache(maxsize=512)
def outlines(text: str) -> tuple[Outline, ...]:
    """The lines of an SVG path made of M L H V C S Q Z, absolute or relative."""
    return tuple(_Reader(text).lines())


class _Reader:
    """One pass over a path's text."""

    def __init__(self, text: str) -> None:
        self._words = _WORD.findall(text)
        self._place = 0
        self._at: Point = (0.0, 0.0)
        self._handle: Point | None = None
        self._points: list[Point] = []
        self._corners: list[Point] = []

    def lines(self) -> Iterator[Outline]:
        command = "M"
        while self._place < len(self._words):
            if self._words[self._place].isalpha():
                command = self._words[self._place]
                self._place += 1
            if command in "Zz":
                yield from self._end(closed=True)
            elif command in "Mm":
                yield from self._end(closed=False)
                self._go(self._pair(command.islower()))
                command = "l" if command == "m" else "L"
            else:
                self._draw(command)
        yield from self._end(closed=False)

    def _end(self, *, closed: bool) -> Iterator[Outline]:
        if len(self._points) > 1:
            yield Outline(tuple(self._points), tuple(self._corners), closed)
            self._at = self._points[0] if closed else self._at
        self._points, self._corners, self._handle = [], [], None

    def _draw(self, command: str) -> None:
        if not self._points:
            self._go(self._at)
        relative, kind = command.islower(), command.upper()
        if kind == "L":
            self._go(self._pair(relative))
        elif kind == "H":
            self._go((self._number() + (self._at[0] if relative else 0), self._at[1]))
        elif kind == "V":
            self._go((self._at[0], self._number() + (self._at[1] if relative else 0)))
        elif kind == "Q":
            middle, end = self._pair(relative), self._pair(relative)
            self._bend(_between(self._at, middle, 2 / 3), _between(end, middle, 2 / 3), end)
        else:
            first = self._pair(relative) if kind == "C" else self._mirrored()
            second, end = self._pair(relative), self._pair(relative)
            self._bend(first, second, end)

    def _number(self) -> float:
        self._place += 1
        return float(self._words[self._place - 1])

    def _pair(self, relative: bool) -> Point:
        x, y = self._number(), self._number()
        return (x + self._at[0], y + self._at[1]) if relative else (x, y)

    def _mirrored(self) -> Point:
        if self._handle is None:
            return self._at
        return (2 * self._at[0] - self._handle[0], 2 * self._at[1] - self._handle[1])

    def _go(self, point: Point) -> None:
        self._points.append(point)
        self._corners.append(point)
        self._at, self._handle = point, None

    def _bend(self, first: Point, second: Point, end: Point) -> None:
        self._points.extend(bezier(self._at, first, second, end))
        self._corners.append(end)
        self._at, self._handle = end, second


def bezier(start: Point, first: Point, second: Point, end: Point) -> Iterator[Point]:
    """Points along a cubic curve, without its start."""
    for step in range(1, _STEPS + 1):
        t = step / _STEPS
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        yield (
            a * start[0] + b * first[0] + c * second[0] + d * end[0],
            a * start[1] + b * first[1] + c * second[1] + d * end[1],
        )


def smooth(points: Sequence[Point]) -> list[Point]:
    """A line through all the points without corners (Catmull-Rom)."""
    padded = [points[0], *points, points[-1]]
    line = [points[0]]
    for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        first = (start[0] + (end[0] - before[0]) / 6, start[1] + (end[1] - before[1]) / 6)
        second = (end[0] - (after[0] - start[0]) / 6, end[1] - (after[1] - start[1]) / 6)
        line.extend(bezier(start, first, second, end))
    return line


def sample(height: Callable[[float], float], start: float, end: float, step: float = 2.0) -> list[Point]:
    """Points of a line given as height over x."""
    count = max(2, math.ceil((end - start) / step) + 1)
    return [(x, height(x)) for x in (start + (end - start) * i / (count - 1) for i in range(count))]


def ring(cx: float, cy: float, rx: float, ry: float | None = None, count: int = 24, turn: float = 0.0) -> list[Point]:
    """Points around an ellipse."""
    ry = rx if ry is None else ry
    angles: Iterable[float] = (turn + 2 * math.pi * i / count for i in range(count))
    return [(cx + rx * math.cos(a), cy + ry * math.sin(a)) for a in angles]


def _between(start: Point, end: Point, share: float) -> Point:
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)
