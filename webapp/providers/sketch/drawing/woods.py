"""Scenes among trees: the forest, a house at its edge."""

from __future__ import annotations

import random

from webapp.providers.sketch.drawing import (
    air,
    buildings,
    land,
    people,
    vehicles,
)
from webapp.providers.sketch.drawing.pen import Pen
from webapp.providers.sketch.drawing.prompt_reading import PromptReading


def forest(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    """Between tall trunks, light falling in."""
    snowy = reading.weather == "snow"
    pen.fade(0, pen.h, pen.tone("b", "a", 0.6), "b")
    if pen.look.dark and reading.has("moon"):
        air.luminary(pen, reading, pen.w * 0.66, pen.h * 0.24)
    _trunks(pen, chance, 13, (2.6, 4.2), "c", pen.h * 0.74)
    for x in (0.36, 0.72):
        lean = pen.w * 0.30
        pen.area(
            [
                (pen.w * x, -3),
                (pen.w * x + 20, -3),
                (pen.w * x - lean + 28, pen.h + 3),
                (pen.w * x - lean - 14, pen.h + 3),
            ],
            "s",
            0.12 if pen.look.dark else 0.32,
            edge=False,
        )
    land.ridge(pen, chance, pen.h * 0.74, 2.4, pen.tone("d", "c", 0.4) if not snowy else "c")
    _trunks(pen, chance, 7, (5, 7.5), "d", pen.h * 0.82)
    ground = land.ridge(pen, chance, pen.h * 0.80, 3, "e" if not snowy else "h")
    if reading.has("house", "window", "lamp", "lights"):
        _light_between(pen, reading, pen.w * 0.63, pen.h * 0.76)
    land.path(pen, (pen.w * 0.60, ground(pen.w * 0.6) - 0.5), pen.w * 0.42, pen.w * 0.26, pen.tone("b", "d", 0.2))
    if reading.has("stump"):
        _stump(pen, pen.w * 0.68, pen.h * 0.92)
    vehicles.pet(pen, reading, pen.w * 0.76, pen.h * 0.93)
    people.stand(pen, reading, chance, pen.w * 0.45, pen.h * 0.92)
    for x, wide in ((0.07, 12), (0.90, 15)):
        _trunk(pen, (x + chance.uniform(-0.03, 0.03)) * pen.w, wide, "f", pen.h + 4)
    front = land.ridge(pen, chance, pen.h * 0.96, 2, "f" if not pen.look.line else "d")
    land.grass(pen, chance, front, 26, "f")
    if reading.time == "gold":
        _falling_leaves(pen, chance)


def _trunks(pen: Pen, chance: random.Random, count: int, wide: tuple[float, float], paint: str, foot: float) -> None:
    step = pen.w / count
    for i in range(count):
        _trunk(pen, (i + chance.uniform(0.1, 0.9)) * step, chance.uniform(*wide), paint, foot + 4)


def _trunk(pen: Pen, x: float, wide: float, paint: str, foot: float) -> None:
    pen.area([(x - wide * 0.36, -3), (x + wide * 0.36, -3), (x + wide * 0.5, foot), (x - wide * 0.5, foot)], paint)
    if wide > 4.5:
        pen.area(
            [(x + wide * 0.1, -3), (x + wide * 0.36, -3), (x + wide * 0.5, foot), (x + wide * 0.2, foot)],
            "f",
            0.14,
            edge=False,
        )
        reach = wide * 2.4
        side = 1 if int(x) % 2 else -1
        y = foot * (0.24 + (x % 7) * 0.03)
        pen.area(
            [(x, y + wide * 0.4), (x + side * reach, y - reach * 0.62), (x + side * wide * 0.2, y - wide * 0.2)],
            paint,
            edge=False,
        )


def _light_between(pen: Pen, reading: PromptReading, x: float, y: float) -> None:
    if reading.has("house", "window"):
        buildings.house(pen, x, y, 0.36, lit=True, lamp=reading.has("lamp"))
        return
    pen.glow(x, y - 7, 22, 0.34)
    people.lantern(pen, x, y - 13, 0.8)


def _falling_leaves(pen: Pen, chance: random.Random) -> None:
    for _ in range(26):
        leaf = pen.at(
            chance.uniform(0, pen.w), chance.uniform(0, pen.h), chance.uniform(0.5, 0.95), flip=chance.random() < 0.5
        )
        leaf.path(
            "M-2 .8C-1.600-1.200.6-2 2.400-1.600C1.800.4 0 1.600-2 .8Z", chance.choice(("g", "t", "o")), edge=False
        )


def _stump(pen: Pen, x: float, y: float) -> None:
    wood = pen.at(x, y, 0.62)
    wood.path("M-25-24-29 0C-12 5 12 5 29 0L25-24Z", "o")
    wood.oval(0, -24, 25, 7, "h")
    wood.oval(0, -24, 14, 4, "b")
    wood.path("M4-26 32-62 36-59 9-23Z", "t")
    wood.path("M-4-37 8-30 5-21 1-18C-5-20-9-24-10-29Z", "c")


def cabin(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    """A house among firs, its path coming towards us."""
    snowy = reading.weather == "snow"
    air.sky(
        pen, reading, chance, light_x=pen.w * chance.choice((0.16, 0.84)), light_y=pen.h * 0.24, horizon=pen.h * 0.62
    )
    land.ridge(pen, chance, pen.h * 0.56, pen.h * 0.07, "c")
    back = land.ridge(pen, chance, pen.h * 0.68, pen.h * 0.04, "d" if not snowy else pen.tone("c", "h", 0.55))
    land.pines(pen, chance, back, [x * pen.w for x in (0.04, 0.14, 0.25, 0.76, 0.86, 0.96)], pen.h * 0.42)
    ground = pen.h * 0.77
    land.ridge(pen, chance, ground, 2.0, "e" if not snowy else "h", peaks=1.2)
    x, size = pen.w * 0.54, 1.0 if reading.shot != "wide" else 0.7
    buildings.house(
        pen,
        x,
        ground + 3,
        size,
        lit=reading.dark or reading.time in ("dusk", "dawn") or reading.has("lamp", "candle"),
        snow=snowy,
        lamp=reading.has("lamp", "candle"),
    )
    land.path(pen, (x - 9 * size, ground + 3), pen.w * 0.36, pen.w * 0.20, "b" if not snowy else "c")
    if snowy:
        land.bare(pen, pen.w * 0.90, pen.h * 0.96, pen.h * 0.36, 1)
    people.stand(pen, reading, chance, pen.w * 0.30, pen.h * 0.93)
    vehicles.pet(pen, reading, pen.w * 0.80, pen.h * 0.92)
