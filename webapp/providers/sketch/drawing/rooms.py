"""Interiors: rooms with windows and furniture, and a tower's stairs."""

from __future__ import annotations

import math
import random
from itertools import pairwise

from webapp.providers.sketch.drawing import furniture, people
from webapp.providers.sketch.drawing.outlines import Point, sample
from webapp.providers.sketch.drawing.pen import Pen
from webapp.providers.sketch.drawing.prompt_reading import PromptReading


def room(pen: Pen, reading: PromptReading, chance: random.Random) -> float:
    """A room: wall, floor, window with the weather outside, and the furniture that the words name.

    Returns where somebody may stand.
    """
    floor = pen.h * 0.76
    warm = reading.dark or reading.time == "dusk"
    wall = ("c", pen.tone("c", "d", 0.6)) if warm else (pen.tone("b", "a", 0.55), "b")
    pen.fade(0, floor, *wall)
    if pen.look.line:
        pen.box(-3, -3, pen.w + 6, floor + 3, "c", edge=False)
    _boards(pen, floor)
    mirrored = chance.random() < 0.4
    left = (pen.w * 0.56 if mirrored else pen.w * 0.12) if pen.w > 100 else pen.w * 0.16
    wide, high = min(54.0, pen.w * 0.5), min(40.0, pen.h * 0.43)
    broken = reading.weather == "storm"
    window(pen, reading, chance, left, pen.h * 0.10, wide, high, open_=broken)
    if not warm and not broken:
        lean = -1 if mirrored else 1
        pen.area(
            [
                (left + 3, pen.h * 0.1),
                (left + wide, pen.h * 0.1),
                (left + wide + 52 * lean, pen.h + 3),
                (left + 34 * lean, pen.h + 3),
            ],
            "s",
            0.22,
            edge=False,
        )
    other = pen.w * (0.26 if mirrored else 0.78)
    _furnish(pen, reading, chance, floor, other, left + wide / 2, warm=warm)
    if reading.has("fire"):
        return pen.w * 0.52
    return pen.w * (0.29 if mirrored else 0.74) if pen.w > 100 else pen.w * 0.7


def _boards(pen: Pen, floor: float) -> None:
    pen.box(-3, floor, pen.w + 6, pen.h, pen.tone("o", "e", 0.45))
    middle = pen.w / 2
    for i in range(-6, 7):
        start = middle + i * pen.w / 9
        pen.line([(start, floor), (middle + (start - middle) * 1.8, pen.h + 2)], "f" if not pen.look.line else "d", 0.3)
    pen.box(-3, floor - 2.4, pen.w + 6, 2.4, pen.tone("o", "f", 0.25))


def window(
    pen: Pen,
    reading: PromptReading,
    chance: random.Random,
    x: float,
    y: float,
    w: float,
    h: float,
    *,
    open_: bool = False,
) -> None:
    """A window with a view of the hour and the weather; ``open_`` has the wind in its curtains."""
    sky, far = ("a", "c") if not pen.look.dark else (pen.tone("a", "f", 0.45), "f")
    pen.box(x, y, w, h, sky if reading.weather != "storm" else pen.tone("b", "h", 0.15))
    if reading.weather == "storm":
        flash = pen.at(x + w * 0.42, y, h / 48)
        flash.path("M0 0 4 0-1 13 4 13-5 29-3 29-8 38 1 26-2 26 5 11 1 11 7 0Z", "s")
    elif reading.dark:
        for _ in range(14):
            pen.disc(
                x + chance.uniform(1, w - 1),
                y + chance.uniform(1, h * 0.7),
                0.4,
                "s" if not pen.look.line else "f",
                0.9,
                edge=False,
            )
    if reading.weather not in ("storm", "rain"):
        air_x, air_y = x + w * 0.68, y + h * 0.28
        pen.disc(air_x, air_y, 7.5, "s", 0.25, edge=False)
        pen.disc(air_x, air_y, 4.2, "s")
    crest = sample(lambda at: y + h * 0.74 - 3.4 * math.sin((at - x) / 8) - 1.6 * math.sin((at - x) / 3.7), x, x + w, 2)
    pen.area([*crest, (x + w, y + h), (x, y + h)], far)
    if reading.weather in ("storm", "rain"):
        for _ in range(26):
            at, down = x + chance.uniform(3, w - 1), y + chance.uniform(1, h - 7)
            pen.line([(at, down), (at - 2.2, down + 5)], pen.look.mark, 0.3)
    if reading.weather == "snow":
        for _ in range(22):
            pen.disc(
                x + chance.uniform(1, w - 1),
                y + chance.uniform(1, h - 1),
                0.6,
                pen.look.mark,
                edge=False,
            )
    frame = "h" if not pen.look.dark or pen.look.line else pen.tone("o", "h", 0.25)
    for left, top, wide, high in (
        (x - 3, y - 3, w + 6, 3),
        (x - 3, y + h, w + 6, 3),
        (x - 3, y, 3, h),
        (x + w, y, 3, h),
    ):
        pen.box(left, top, wide, high, frame)
    pen.box(x + w / 2 - 0.9, y, 1.8, h, frame)
    pen.box(x, y + h * 0.47, w, 1.8, frame)
    pen.box(x - 5, y + h + 3, w + 10, 2.4, pen.tone("o", "f", 0.15))
    if open_:
        pen.area(
            [(x, y + h + 22), (x + w, y + h + 22), (x + w + 22, pen.h + 3), (x - 22, pen.h + 3)], "s", 0.10, edge=False
        )
    _curtains(pen, x, y, w, h, blown=open_)
    if open_:
        _cracks(pen, x + w * 0.74, y + h * 0.26, min(w, h) * 0.2)


def _curtains(pen: Pen, x: float, y: float, w: float, h: float, *, blown: bool) -> None:
    for flip in (False, True):
        side = pen.at(x + w + 4 if flip else x - 4, y - 6, h / 44, flip=flip)
        if blown and not flip:
            side.path("M-5 0H10C16 10 28 14 40 30C36 34 33 33 30 37C22 36 18 30 10 32C2 34-2 40-5 44Z", "g")
            side.path("M2 0C8 12 20 18 30 37C22 36 18 30 10 32C12 22 6 10 2 0Z", "f", 0.16, edge=False)
        else:
            side.path("M-5 0H10C11 14 7 25 1 33C2 41 3 48 4 54H-6Z", "g")
            side.path("M3 0C4 14 2 24-2 33C-1 41 0 48 0 54H-3C-4 36-2 16-1 0Z", "f", 0.16, edge=False)
    pen.line([(x - 11, y - 6), (x + w + 11, y - 6)], "f", 1.2)


def _cracks(pen: Pen, x: float, y: float, size: float) -> None:
    ink = "f" if pen.look.line else "h"
    hole = [
        (x + size * r * math.cos(i * 0.785), y + size * r * math.sin(i * 0.785))
        for i, r in enumerate((0.9, 0.4, 0.8, 0.35, 1.0, 0.4, 0.75, 0.4))
    ]
    pen.area(hole, pen.tone("a", "f", 0.6))
    for i in range(0, 8, 2):
        turn = i * 0.785 + 0.3
        pen.line([hole[i], (x + size * 1.7 * math.cos(turn), y + size * 1.7 * math.sin(turn))], ink, 0.3)


def _furnish(
    pen: Pen, reading: PromptReading, chance: random.Random, floor: float, side: float, under: float, *, warm: bool
) -> None:
    wanted = next((thing for thing in reading.things if thing in ("fire", "bed", "shelf")), "")
    if wanted == "fire":
        furniture.fireplace(pen, side, floor + 1, 1.0)
    elif wanted == "bed":
        furniture.bed(pen, side, floor + 10, 1.0, people.first(pen, reading))
    elif wanted == "shelf" or (reading.has("book") and not reading.has("table")):
        furniture.shelf(pen, chance, side, floor)
    elif reading.people == 0 or reading.has("clock"):
        furniture.pictures(pen, chance, side, floor)
    if reading.has("chair") and not reading.has("table"):
        for i, at in enumerate((0.22, 0.5, 0.78)):
            furniture.chair(pen, at * pen.w, pen.h * 0.95, 1.0, flip=i == 2)
        return
    if wanted not in ("bed", "fire"):
        furniture.table(pen, reading, under, pen.h * 0.93, lit=warm)


def stairs(pen: Pen, reading: PromptReading, chance: random.Random) -> tuple[Point, float]:
    """The inside of a round tower with its winding stairs; returns where a climber stands and how large."""
    pen.fade(0, pen.h, pen.tone("e", "f", 0.35), pen.tone("d", "e", 0.3))
    if pen.look.line:
        pen.box(-3, -3, pen.w + 6, pen.h + 6, "c", edge=False)
    _bricks(pen, chance)
    arch = pen.at(pen.w * 0.26, pen.h * 0.38, min(1.0, pen.w / 140))
    arch.path("M-11 12V-9C-11-24 11-24 11-9V12Z", pen.tone("o", "f", 0.3))
    arch.path(
        "M-8.600 11V-9C-8.600-20.500 8.600-20.500 8.600-9V11Z", "w" if not pen.look.dark else pen.tone("a", "f", 0.3)
    )
    arch.disc(2.4, -8, 4, "s")
    arch.path("M-.6 11V-17.600H.6V11ZM-8.600-3H8.600V-1.800H-8.600Z", pen.tone("o", "f", 0.3), edge=False)
    _flight(pen, (pen.w * 1.02, pen.h * 0.42), (pen.w * 0.46, -pen.h * 0.06), 9, shade=0.55)
    climber = _flight(pen, (-pen.w * 0.06, pen.h * 1.02), (pen.w * 1.02, pen.h * 0.40), 12, shade=0.0)
    return climber, min(1.25, pen.w / 120)


def _bricks(pen: Pen, chance: random.Random) -> None:
    for _ in range(44):
        x, y = chance.uniform(0, pen.w), round(chance.uniform(0, pen.h) / 5) * 5
        pen.dash(x, y, chance.uniform(5, 9), 0.6, pen.look.mark, 0.13 if not pen.look.line else 0.3)


def _flight(pen: Pen, start: Point, end: Point, count: int, *, shade: float) -> Point:
    dx, dy = (end[0] - start[0]) / count, (end[1] - start[1]) / count
    face, tread = pen.tone("o", "f", 0.28 + shade * 0.6), pen.tone("o", "h", 0.30 * (1 - shade))
    bend = pen.h * 0.07
    spots = [(start[0] + dx * i, start[1] + dy * i + bend * math.sin(math.pi * i / count)) for i in range(count + 1)]
    body: list[Point] = []
    for (x, _), (x2, y2) in pairwise(spots):
        body += [(x, y2), (x2, y2)]
    under = [(x, y + 13 * (1 - shade * 0.4)) for x, y in reversed(spots)]
    pen.area([*body, *under], face)
    for (x, _), (x2, y2) in pairwise(spots):
        pen.box(min(x, x2) - 0.8, y2, abs(x2 - x) + 1.6, 2.2, tread)
    rail = [(x, y - 17 * (1 - shade * 0.4)) for x, y in spots]
    for (x, y), (_, top) in zip(spots[1::2], rail[1::2], strict=True):
        pen.line([(x, y), (x, top)], "f", 0.55)
    pen.line(rail, "f" if not pen.look.line else pen.look.line, 1.0)
    middle = count * 6 // 11
    return (spots[middle][0] + spots[middle + 1][0]) / 2, spots[middle + 1][1]
