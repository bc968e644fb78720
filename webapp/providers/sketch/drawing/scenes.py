"""Scenes: what a beat's place looks like, with the things and people its words name."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from webapp.providers.sketch.drawing import (
    air,
    buildings,
    land,
    people,
    rooms,
    shores,
    vehicles,
    woods,
)
from webapp.providers.sketch.drawing.closeups import close_up
from webapp.providers.sketch.drawing.pen import Pen
from webapp.providers.sketch.drawing.prompt_reading import PromptReading


def compose(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    """Draw the whole scene of a beat."""
    if reading.shot == "close" and close_up(pen, reading, chance):
        return
    _SCENES.get(reading.place, _hills)(pen, reading, chance)


def _hills(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    sun = chance.uniform(0.2, 0.8) * pen.w
    air.sky(pen, reading, chance, light_x=sun, light_y=pen.h * 0.33, horizon=pen.h * 0.6)
    land.ridge(pen, chance, pen.h * 0.53, pen.h * 0.07, "c")
    middle = land.ridge(pen, chance, pen.h * 0.64, pen.h * 0.06, "d" if reading.weather != "snow" else "h")
    land.pines(pen, chance, middle, _spots(pen, chance, 7), pen.h * 0.16)
    if reading.has("church", "house"):
        spot = chance.choice((0.24, 0.74)) * pen.w
        buildings.house(pen, spot, middle(spot) + 2, 0.42, lit=reading.dark, snow=reading.weather == "snow")
    near = land.ridge(pen, chance, pen.h * 0.79, pen.h * 0.04, "e" if reading.weather != "snow" else "c", peaks=1.6)
    far = pen.w * chance.uniform(0.46, 0.6)
    land.path(pen, (far, near(far) - 0.6), pen.w * chance.uniform(0.3, 0.6), pen.w * 0.22)
    _trees_at_sides(pen, reading, chance, near)
    if reading.time in ("spring", "rose") or reading.has("flower"):
        land.blooms(pen, chance, near, 36)
    land.grass(pen, chance, near, 16)
    vehicles.pet(pen, reading, pen.w * 0.3, pen.h * 0.92)
    people.stand(pen, reading, chance, far - pen.w * 0.04, pen.h * 0.93, lamp=True)


def _mountain(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    air.sky(pen, reading, chance, light_x=pen.w * chance.uniform(0.2, 0.8), light_y=pen.h * 0.22, horizon=pen.h * 0.62)
    land.peaks(pen, chance, pen.h * 0.66, pen.h * 0.42, "c", caps=True)
    land.peaks(pen, chance, pen.h * 0.72, pen.h * 0.28, "d", caps=reading.weather == "snow")
    middle = land.ridge(pen, chance, pen.h * 0.72, pen.h * 0.04, "e")
    land.pines(pen, chance, middle, _spots(pen, chance, 11), pen.h * 0.15, "ff")
    near = land.ridge(pen, chance, pen.h * 0.87, pen.h * 0.03, "f" if not pen.look.line else "e")
    people.stand(pen, reading, chance, pen.w * 0.56, near(pen.w * 0.56) + 3)


def _desert(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    air.sky(pen, reading, chance, light_x=pen.w * 0.7, light_y=pen.h * 0.26, horizon=pen.h * 0.56)
    for y, role in ((0.58, "b"), (0.68, "h"), (0.80, "t")):
        height = land.ridge(
            pen,
            chance,
            pen.h * y,
            pen.h * 0.06,
            pen.tone("t", role, 0.55) if role != "t" else pen.tone("t", "o", 0.3),
            peaks=1.5,
        )
    people.stand(pen, reading, chance, pen.w * 0.4, height(pen.w * 0.4) + 1)


def _street(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    lit = reading.dark or reading.time == "dusk"
    air.sky(
        pen, reading, chance, light_x=pen.w * chance.uniform(0.42, 0.58), light_y=pen.h * 0.22, horizon=pen.h * 0.56
    )
    if reading.shot == "aerial" or (reading.has("church") and reading.shot == "wide"):
        _town(pen, reading, chance, lit=lit)
        return
    vx, _ = buildings.street(pen, chance, lit=lit)
    if reading.has("gulls"):
        air.gulls(pen, chance, 4, pen.h * 0.08, pen.h * 0.3)
    if reading.people > 1:
        people.figure(pen, vx + pen.w * 0.05, pen.h * 0.64, 0.34, "woman", "i")
    people.stand(
        pen, reading, chance, vx - pen.w * 0.02, pen.h * 0.93, 1.05 if reading.shot != "wide" else 0.7, lamp=True
    )
    vehicles.pet(pen, reading, vx + pen.w * 0.15, pen.h * 0.92)


def _town(pen: Pen, reading: PromptReading, chance: random.Random, *, lit: bool) -> None:
    land.ridge(pen, chance, pen.h * 0.50, pen.h * 0.07, "c")
    buildings.row(pen, chance, pen.h * 0.62, lit=lit, tall=0.62, church=False)
    pen.box(-3, pen.h * 0.62, pen.w + 6, pen.h, "d")
    buildings.row(pen, chance, pen.h * 0.86, lit=lit, tall=1.0)
    pen.box(-3, pen.h * 0.86, pen.w + 6, pen.h, "e")
    pen.box(-3, pen.h * 0.91, pen.w + 6, 4, "b", 0.55, edge=False)
    people.stand(pen, reading, chance, pen.w * 0.4, pen.h * 0.965, 0.55)


def _city(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    lit = reading.dark or reading.time == "dusk"
    air.sky(pen, reading, chance, light_x=pen.w * 0.7, light_y=pen.h * 0.24, horizon=pen.h * 0.7)
    buildings.city(pen, chance, pen.h * 0.86, lit=lit)
    pen.box(-3, pen.h * 0.86, pen.w + 6, pen.h, "f")
    pen.box(-3, pen.h * 0.90, pen.w + 6, 1.2, "s", 0.5, edge=False)
    people.stand(pen, reading, chance, pen.w * 0.35, pen.h * 0.96, 0.6 if reading.shot == "wide" else 0.9)


def _room(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    free = rooms.room(pen, reading, chance)
    size = 1.55 if reading.shot != "wide" else 1.2
    if not reading.has("bed"):
        people.stand(pen, reading, chance, free, pen.h * 0.965, size)
    vehicles.pet(pen, reading, pen.w * 0.52, pen.h * 0.95)


def _stairs(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    (x, y), size = rooms.stairs(pen, reading, chance)
    pen.glow(x + 8, y - 12, 34, 0.22)
    if not people.first(pen, reading):
        people.lantern(pen, x, y - 11, 0.85)
    elif pen.look.companion and reading.people:
        people.figure(pen, x - 16, y + 12.5 * pen.h / 90, size * 0.95, people.COMPANION)
        people.figure(pen, x, y, size, reading.who if reading.who != "girl" else "man", "i", lamp=True)
    else:
        people.stand(pen, reading, chance, x, y, size, lamp=True)


def _sky(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    horizon = pen.h * 0.86
    air.sky(pen, reading, chance, light_x=pen.w * 0.74, light_y=pen.h * 0.28, horizon=horizon)
    if reading.dark:
        air.milky_way(pen, chance, horizon)
    else:
        for _ in range(5):
            air.cloud(pen, chance.uniform(0, 1) * pen.w, chance.uniform(0.2, 0.8) * horizon, chance.uniform(0.9, 2.0))
    if reading.has("balloon"):
        _balloon(pen, pen.w * 0.36, pen.h * 0.36)
    air.gulls(pen, chance, 5 if reading.has("gulls", "bird") else 0, pen.h * 0.2, pen.h * 0.6)
    ground = land.ridge(pen, chance, pen.h * 0.90, pen.h * 0.03, "e")
    land.pines(pen, chance, ground, _spots(pen, chance, 8), pen.h * 0.14, "ff")
    people.stand(pen, reading, chance, pen.w * 0.30, ground(pen.w * 0.3) + 1.5, 0.55)


def _balloon(pen: Pen, x: float, y: float) -> None:
    air_ = pen.at(x, y)
    air_.path("M-3 24-11 9M3 24 11 9", "f", edge=False)
    air_.path("M0-24C18-24 22-4 4 16H-4C-22-4-18-24 0-24Z", "g")
    air_.path("M0-24C8-24 9-4 2 16H-2C-9-4-8-24 0-24Z", "h")
    air_.box(-4, 22, 8, 6, "o")


def _railway(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    air.sky(pen, reading, chance, light_x=pen.w * 0.18, light_y=pen.h * 0.26, horizon=pen.h * 0.6)
    land.ridge(pen, chance, pen.h * 0.54, pen.h * 0.06, "c")
    middle = land.ridge(pen, chance, pen.h * 0.66, pen.h * 0.03, "d")
    land.pines(pen, chance, middle, _spots(pen, chance, 6), pen.h * 0.24)
    land.ridge(pen, chance, pen.h * 0.80, 1.0, "e")
    vehicles.train(pen, pen.w * 0.36, pen.h * 0.80, 0.82)
    near = land.ridge(pen, chance, pen.h * 0.90, 2.0, "d")
    land.grass(pen, chance, near, 18)
    people.stand(pen, reading, chance, pen.w * 0.13, pen.h * 0.985, 0.8)


def _spots(pen: Pen, chance: random.Random, count: int) -> list[float]:
    return [chance.uniform(0.02, 0.98) * pen.w for _ in range(count)]


def _trees_at_sides(pen: Pen, reading: PromptReading, chance: random.Random, ground: land.Ground) -> None:
    leafy = reading.time in ("spring", "gold", "rose") and reading.weather != "snow"
    for share in (0.03, 0.12, 0.86, 0.95):
        x, tall = share * pen.w, pen.h * chance.uniform(0.30, 0.48)
        if leafy:
            land.leafy(
                pen,
                x,
                ground(x) + 3,
                tall * 0.85,
                pen.tone("g", "t", chance.random()) if reading.time == "gold" else chance.choice("de"),
            )
        else:
            land.pine(pen, x, ground(x) + 3, tall, chance.choice("ef"))


_SCENES: Mapping[str, Callable[[Pen, PromptReading, random.Random], None]] = {
    "sea": shores.sea,
    "lake": shores.lake,
    "river": shores.river,
    "hills": _hills,
    "mountain": _mountain,
    "desert": _desert,
    "forest": woods.forest,
    "cabin": woods.cabin,
    "street": _street,
    "city": _city,
    "room": _room,
    "stairs": _stairs,
    "sky": _sky,
    "railway": _railway,
}
