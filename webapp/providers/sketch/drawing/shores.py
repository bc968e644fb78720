"""Scenes at the water: sea, lake, river."""

from __future__ import annotations

import random

from webapp.providers.sketch.drawing import (
    air,
    buildings,
    land,
    people,
    vehicles,
)
from webapp.providers.sketch.drawing.outlines import sample, smooth
from webapp.providers.sketch.drawing.pen import Pen
from webapp.providers.sketch.drawing.prompt_reading import PromptReading


def sea(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    """The open sea, calm or rough, with what floats on it and what stands on its shore."""
    if reading.weather == "storm":
        _rough(pen, reading, chance)
        return
    tower = reading.has("lighthouse")
    horizon = pen.h * (0.36 if reading.shot == "aerial" else 0.64 if tower else 0.56)
    right = chance.random() < 0.5
    sun = pen.w * ((0.22 if right else 0.78) if tower else (0.28 if right else 0.70))
    air.sky(
        pen, reading, chance, light_x=sun, light_y=horizon - pen.h * (0.36 if reading.dark else 0.20), horizon=horizon
    )
    if not tower or chance.random() < 0.5:
        _islands(pen, chance, horizon, left=right)
    land.water(pen, chance, horizon)
    if reading.weather not in ("rain", "fog"):
        land.reflection(pen, chance, sun, horizon, pen.h * 0.90)
    if tower:
        _headland(pen, reading, chance, horizon, right=right)
    _afloat(pen, reading, chance, horizon, tower=tower, right=right)
    if not reading.dark and (tower or reading.has("gulls", "bird")):
        air.gulls(pen, chance, 5, pen.h * 0.10, horizon * 0.7)
    _foreground(pen, reading, chance, right=right)


def _islands(pen: Pen, chance: random.Random, horizon: float, *, left: bool) -> None:
    start, end = (-0.05, 0.42) if left else (0.55, 1.05)
    rise = pen.h * chance.uniform(0.05, 0.09)
    middle = (start + end) / 2
    for shift, role, share in ((0.0, "c", 1.0), (0.08 if left else -0.08, "d", 0.6)):
        crest = smooth(
            [
                ((start + shift) * pen.w, horizon + 1),
                ((middle + shift - 0.12) * pen.w, horizon - rise * 0.6 * share),
                ((middle + shift) * pen.w, horizon - rise * share),
                ((middle + shift + 0.13) * pen.w, horizon - rise * 0.5 * share),
                ((end + shift) * pen.w, horizon + 1),
            ]
        )
        pen.area(crest, role)


def _headland(pen: Pen, reading: PromptReading, chance: random.Random, horizon: float, *, right: bool) -> None:
    """The rock with the lighthouse, leaning in from one side."""
    size = min(0.011 * pen.h if reading.shot == "close" else 0.0098 * pen.h, pen.w / 120) * (
        0.7 if reading.shot == "aerial" else 0.86
    )
    lit = reading.dark or reading.time in ("dusk", "dawn") or reading.has("lamp", "lights")
    rock = pen.at(pen.w if right else 0, horizon + 10, size, flip=right)
    x = (pen.w - 38 * size) if right else 38 * size
    if reading.has("house"):
        buildings.house(pen, x - (18 if right else -18) * -1.0 * size, horizon - 7.5 * size, 0.28 * size, lit=lit)
    buildings.lighthouse(
        pen, x, horizon - 8 * size, size, lit=lit, toward=-1 if right else 1, many=reading.has("lights")
    )
    rock.path(
        "M-4-20C6-24 16-22 26-19C34-20 44-20 50-17C56-16 60-10 66-8C72-5 74 0 82 2C76 5 60 6 44 6C28 8 8 7-4 8Z", "e"
    )
    rock.path("M-4-20C6-24 16-22 26-19C20-14 26-9 18-5C24-1 14 4 16 7.500C8 7.500 2 7.500-4 8Z", "f", 0.25, edge=False)
    rock.path(
        "M50-17C56-16 60-10 66-8C72-5 74 0 82 2C76 5 66 5.600 56 5.800C60 2 54-1 56-6C50-9 54-13 50-17Z",
        "f",
        0.22,
        edge=False,
    )
    pen.dash(pen.w - 42 * size if right else 42 * size, horizon + 17 * size, 92 * size, 0.8, "h", 0.35)
    if reading.has("lights"):
        for i in range(11):
            spot = rock.at(44 + i * 3.1, -16 + max(0, i - 3) * 2.0 + (i % 2) * 1.4)
            spot.disc(0, -3, 3.4, "s", 0.26, edge=False)
            spot.path("M-1 1V-2C-1-3.600 1-3.600 1-2V1Z", "f", edge=False)
            spot.disc(1.2, -3.2, 0.85, "s", edge=False)


def _afloat(
    pen: Pen, reading: PromptReading, chance: random.Random, horizon: float, *, tower: bool, right: bool
) -> None:
    middle = pen.w * ((0.44 if right else 0.56) if tower else 0.5)
    if reading.has("ship"):
        vehicles.ship(
            pen,
            middle,
            horizon + 7,
            0.62 if reading.shot == "wide" or tower else 0.95,
            lit=reading.dark,
            flip=not right,
        )
    elif reading.has("sailboat"):
        vehicles.sailboat(pen, middle, horizon + 13, 0.8)
    elif reading.has("rowboat"):
        who = people.first(pen, reading)
        near = {"wide": 0.50, "aerial": 0.42}.get(reading.shot, 0.86)
        vehicles.rowboat(
            pen,
            middle,
            horizon + (pen.h - horizon) * (0.42 if near < 0.6 else 0.56),
            near,
            who=who,
            lamp=reading.has("lamp") and reading.dark,
        )
    elif reading.has("whale"):
        vehicles.whale(pen, middle, horizon + 12, 0.75)
    elif reading.has("lamp", "candle") and not tower:
        _drifting_lamp(pen, chance, pen.w * 0.5, horizon + (pen.h - horizon) * 0.44)


def _drifting_lamp(pen: Pen, chance: random.Random, x: float, y: float) -> None:
    pen.glow(x, y - 4, 30, 0.30)
    land.reflection(pen, chance, x, y + 2, pen.h * 0.97)
    people.lantern(pen, x, y - 13, 1.15)
    pen.dash(x, y + 2.4, 19, 1.3, "h", 0.8)
    pen.dash(x - 3, y + 4.6, 27, 0.9, "h", 0.5)


def _foreground(pen: Pen, reading: PromptReading, chance: random.Random, *, right: bool) -> None:
    """A near shore for whoever stands there; nothing when nobody does."""
    aboard = reading.has("rowboat") and reading.people < 2
    if aboard or reading.shot == "aerial" or not people.first(pen, reading):
        return
    shore = pen.at(0 if right else pen.w, pen.h, min(1.0, pen.w / 120), flip=not right)
    shore.path("M-4-15C8-21 22-16 34-14C44-12 50-6 62 3H-4Z", "f" if not pen.look.line else "d")
    shore.path("M-4-15C8-21 22-16 34-14C26-10 18-11 12-7C4-8 0-6-4-6Z", "e", 0.6, edge=False)
    x, size = 20.0 if right else pen.w - 20, 0.58 if reading.shot == "wide" else 0.82
    people.stand(pen, reading, chance, x, pen.h - 14.5, size, flip=not right)


def _rough(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    horizon = pen.h * 0.58
    right = chance.random() < 0.5
    air.sky(pen, reading, chance, light_x=0, light_y=0, horizon=horizon)
    flash = pen.w * (0.30 if right else 0.70)
    air.lightning(pen, flash, horizon * 0.98)
    if reading.has("lighthouse"):
        size = min(0.0092 * pen.h, pen.w / 140)
        x = pen.w - 36 * size if right else 36 * size
        buildings.lighthouse(pen, x, horizon + 2, size, lit=True, toward=-1 if right else 1)
        land.rock(pen, x - 3, horizon + 13, 2.2 * size, flip=right)
    rows = land.waves(pen, chance, horizon, tall=pen.h * 0.17)
    if reading.has("ship"):
        vehicles.ship(pen, pen.w * 0.46, rows[1] - 3, 0.62, lit=reading.dark)
    elif reading.has("rowboat", "sailboat"):
        vehicles.rowboat(
            pen,
            pen.w * 0.5,
            rows[2] - 5,
            0.62,
            who=people.first(pen, reading),
        )
    if people.first(pen, reading) and not reading.has("rowboat", "sailboat"):
        shore = pen.at(0 if right else pen.w, pen.h, flip=not right)
        shore.path("M-4-18C8-23 20-18 30-13C38-9 42-3 50 3H-4Z", "f")
        people.stand(pen, reading, chance, 16 if right else pen.w - 16, pen.h - 18, 0.72, flip=not right)


def lake(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    """A lake between hills, with dark firs on the near bank."""
    horizon = pen.h * 0.60
    right = chance.random() < 0.5
    sun = pen.w * (0.3 if right else 0.7)
    air.sky(pen, reading, chance, light_x=sun, light_y=pen.h * 0.36, horizon=horizon)
    land.ridge(pen, chance, pen.h * 0.50, pen.h * 0.07, "c")
    land.ridge(pen, chance, pen.h * 0.565, pen.h * 0.035, "d")
    land.water(pen, chance, horizon)
    far = sample(lambda x: horizon, 0, pen.w, 6)
    for x, y in far[:: 2 if right else 3]:
        if (x < pen.w * 0.2) is right or x > pen.w * 0.9:
            land.pine(pen, x, y + 0.6, pen.h * chance.uniform(0.09, 0.16), "e")
    if reading.weather not in ("rain", "fog", "storm"):
        land.reflection(pen, chance, sun, horizon, pen.h * 0.92)
    if reading.has("rowboat", "sailboat"):
        who = people.first(pen, reading)
        vehicles.rowboat(pen, pen.w * 0.5, pen.h * 0.80, 0.8, who=who)
    elif reading.has("bird"):
        vehicles.loon(pen, pen.w * 0.52, pen.h * 0.80, 0.62)
    bank = pen.at(pen.w if right else 0, pen.h, min(1.0, pen.w / 120), flip=right)
    bank.path("M-4 3V-17C14-23 30-17 44-11L62 3Z", "e")
    for x, y, tall, role in ((5, -12, 44, "f"), (15, -14, 56, "e"), (32, -9, 38, "f"), (45, -5, 26, "f")):
        land.pine(bank, x, y, tall, role)
    _person_ashore(pen, reading, chance, right=right)


def _person_ashore(pen: Pen, reading: PromptReading, chance: random.Random, *, right: bool) -> None:
    if reading.has("rowboat", "sailboat"):
        return
    x = pen.w * (0.24 if right else 0.76)
    if people.first(pen, reading):
        knoll = smooth([(x - 26, pen.h + 3), (x - 12, pen.h - 6), (x + 10, pen.h - 6.5), (x + 28, pen.h + 3)])
        pen.area(knoll, "f" if not pen.look.line else "d")
        people.stand(pen, reading, chance, x, pen.h - 5, 0.75)


def river(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    """A river winding towards us through a valley."""
    air.sky(pen, reading, chance, light_x=pen.w * 0.5, light_y=pen.h * 0.32, horizon=pen.h * 0.58)
    land.ridge(pen, chance, pen.h * 0.50, pen.h * 0.08, "c")
    middle = land.ridge(pen, chance, pen.h * 0.60, pen.h * 0.03, "d")
    land.pines(pen, chance, middle, [chance.uniform(0, 1) * pen.w for _ in range(9)], pen.h * 0.15)
    if reading.has("bridge"):
        buildings.bridge(pen, pen.h * 0.50)
    near = land.ridge(pen, chance, pen.h * 0.70, pen.h * 0.02, "e" if reading.weather != "snow" else "h")
    far = pen.w * 0.54
    land.path(pen, (far, near(far) - 0.4), pen.w * 0.46, pen.w * 0.62, "w")
    for _ in range(12):
        share = chance.random()
        y = pen.h * (0.74 + 0.24 * share)
        pen.dash(
            pen.w * (0.50 - 0.06 * share) + chance.uniform(-9, 9) * share,
            y,
            5 + 12 * share,
            0.4 + 0.5 * share,
            pen.look.mark,
            0.5,
        )
    for share in (0.04, 0.14, 0.90, 0.97):
        land.pine(pen, share * pen.w, near(share * pen.w) + 9, pen.h * chance.uniform(0.34, 0.5), chance.choice("ef"))
    land.grass(pen, chance, near, 12)
    people.stand(pen, reading, chance, pen.w * 0.24, pen.h * 0.92, 0.85)
