"""Things and faces seen closely: one large subject before a quiet background."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping

from webapp.providers.sketch.drawing import (
    air,
    furniture,
    land,
    people,
    vehicles,
)
from webapp.providers.sketch.drawing.outlines import ring
from webapp.providers.sketch.drawing.pen import Pen
from webapp.providers.sketch.drawing.prompt_reading import PromptReading

Subject = Callable[[Pen, PromptReading, random.Random], None]


def close_up(pen: Pen, reading: PromptReading, chance: random.Random) -> bool:
    """Draw the nearest thing the words name; False when they name nothing that can be shown closely."""
    subject = next((SUBJECTS[thing] for thing in reading.things if thing in SUBJECTS), None)
    if subject is None and reading.people:
        subject = _face
    if subject is None:
        return False
    glow = reading.has("lamp", "candle", "fire", "sun", "moon")
    _backdrop(pen, reading, chance, glow=glow)
    subject(pen, reading, chance)
    return True


def _backdrop(pen: Pen, reading: PromptReading, chance: random.Random, *, glow: bool) -> None:
    """A quiet background for a close-up: a wall of soft light, with the hour showing in it."""
    upper, lower = ("a", "b") if not pen.look.dark else (pen.tone("a", "f", 0.3), pen.tone("a", "b", 0.45))
    pen.fade(0, pen.h, upper, lower)
    if reading.dark and not glow and reading.place not in ("room", "stairs"):
        air.stars(pen, chance, pen.h * 0.7, 45)
    r = pen.h * 0.56
    for part, alpha in ((1.0, 0.16), (0.76, 0.20), (0.52, 0.26)) if glow else ((0.9, 0.22),):
        pen.area(ring(pen.w / 2, pen.h * 0.47, r * part, count=64), "s", alpha, edge=False)
    if not glow and reading.place in ("hills", "forest", "lake", "mountain", "cabin"):
        land.ridge(pen, chance, pen.h * 0.72, 5, "c")
        land.ridge(pen, chance, pen.h * 0.82, 4, "d")


def _centre(pen: Pen, y: float = 0.5, size: float = 1.0) -> Pen:
    return pen.at(pen.w / 2, pen.h * y, size * min(1.0, pen.w / 110))


def _lamp(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    held = reading.has("hands")
    if not held:
        furniture.table_top(pen, pen.h * 0.80)
    spot = _centre(pen, 0.50 if held else 0.52, 1.0 if held else 1.12)
    spot.glow(0, -2, 40, 0.26)
    spot.stroke("M-13-18C-16-40 16-40 13-18", spot.look.line or "o", 1.5)
    spot.path("M-6-26C-5-31 5-31 6-26Z", "t")
    spot.path("M-13-17C-11-24-6-26 0-26S11-24 13-17Z", "t")
    spot.path("M-11-17H11L12.500 14H-12.500Z", "h")
    spot.path("M-10-16H10L11.300 13H-11.300Z", "s", 0.45, edge=False)
    spot.path(
        "M0-13C6-5 8.500 2 5.500 7.500C3 11.500-3 11.500-5.500 7.500C-8.500 2-5-3 0-13Z",
        "g" if not spot.look.line else "s",
    )
    spot.path(
        "M0-5C3 0 4.200 4 2.600 7.200C1.200 9.600-1.200 9.600-2.600 7.200C-4.200 4-2.600 0 0-5Z",
        "s" if not spot.look.line else "h",
        edge=False,
    )
    spot.path("M-14 14H14L16.500 22H-16.500Z", "t")
    spot.path("M5 14H14L16.500 22H7Z", "f", 0.18, edge=False)
    spot.path("M-12-17H-10.500L-12 14H-13.500ZM12-17H10.500L12 14H13.500Z", "o", edge=False)
    if held:
        people.hands(spot, 0, 6, 1.0)


def _candle(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    furniture.table_top(pen, pen.h * 0.80)
    spot = _centre(pen, 0.82)
    spot.glow(0, -48, 30, 0.3)
    spot.path("M-6 0V-36H6V0Z", "h")
    spot.path("M-6-36C-4-33-3-28-2-36Z", "s")
    spot.path("M0-60C6-52 7-44 0-40S-6-52 0-60Z", "s" if not spot.look.line else "t")
    spot.path("M-18 0C-18 6 18 6 18 0C10 3-10 3-18 0Z", "t")


def _letter(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    furniture.table_top(pen, pen.h * 0.16)
    spot = _centre(pen, 0.52)
    back = spot.at(-26, 2)
    back.area([(-26, -18), (26, -24), (30, 12), (-22, 18)], back.tone("h", "o", 0.22))
    back.area([(-26, -18), (26, -24), (4, 0)], back.tone("h", "o", 0.34))
    spot.area([(-14, 31), (-20, -30), (38, -34), (44, 27)], "f", 0.22, edge=False)
    spot.area([(-16, 29), (-22, -32), (36, -36), (42, 25)], "h")
    written = spot.look.line or spot.tone("f", "i", 0.3)
    for y, end in ((-17, 28), (-8, 24), (7, 9)):
        points = [
            (x, y - x * 0.07 + 1.5 * math.sin(x * 1.35 + y) * (0.55 + 0.45 * math.sin(x * 0.7 + y * 2)))
            for x in _steps(-13, end, 0.55)
        ]
        spot.line(points, written, 0.62)
    spot.path("M24 19C27 13 36 14 34 20S23 24 24 19Z", "g")
    pen_ = spot.at(31, 1, 1.0)
    pen_.path("M0 0 3-5 30-33C34-37 38-34 35-30L7-3Z", "g" if spot.look.line else "i")
    pen_.path("M0 0 3-5 7-3Z", "t")
    if reading.has("lamp", "candle", "lights"):
        glow = pen.at(pen.w * 0.10, pen.h * 0.10)
        glow.glow(0, 12, 44, 0.30)
        people.lantern(glow, 0, -3, 1.7)
    if reading.people or reading.has("hands"):
        people.writing_hand(spot.at(42, -2))


def _clock(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    land.ridge(pen, chance, pen.h * 0.80, 5, "d")
    spot = _centre(pen, 0.46, 1.08)
    spot.disc(0, 0, 33, "f")
    spot.disc(0, 0, 29.5, "h")
    for hour in range(12):
        turn = hour * math.pi / 6
        inner = 22.0 if hour % 3 else 20.0
        spot.line(
            [(inner * math.sin(turn), inner * math.cos(turn)), (25.5 * math.sin(turn), 25.5 * math.cos(turn))], "f", 1.6
        )
    hours, minutes = chance.uniform(0, 12), chance.choice((0, 10, 20, 30, 40, 50))
    for turn, long, thick in ((hours / 12, 13.0, 2.8), (minutes / 60, 20.0, 2.0)):
        spot.line([(0, 0), (long * math.sin(turn * math.tau), -long * math.cos(turn * math.tau))], "f", thick)
    spot.disc(0, 0, 2.4, "g")


def _book(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    furniture.table_top(pen, pen.h * 0.66)
    spot = _centre(pen, 0.60, 1.12)
    spot.path("M-48 14C-30 6-12 8 0 15C12 8 30 6 48 14V20C30 12 12 14 0 21C-12 14-30 12-48 20Z", "g")
    spot.path("M-46-18C-30-28-10-26 0-16V16C-12 8-30 6-46 14Z", "h")
    spot.path("M46-18C30-28 10-26 0-16V16C12 8 30 6 46 14Z", spot.tone("h", "o", 0.12))
    for side in (-1, 1):
        for line in range(5):
            y = -13 + line * 5.0
            spot.stroke(
                f"M{7 * side} {y}C{18 * side} {y - 4} {28 * side} {y - 5} {38 * side} {y - 2}",
                "d" if not spot.look.line else "f",
                0.7,
            )


def _key(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    furniture.table_top(pen, pen.h * 0.7)
    spot = _centre(pen, 0.48)
    spot.limbs([[(-14, 0), (38, 0)], [(30, 0), (30, 10)], [(37, 0), (37, 8)]], "t", 4.6)
    spot.disc(-24, 0, 15, "t")
    spot.disc(-24, 0, 8.4, spot.tone("a", "b", 0.5))


def _cup(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    furniture.table_top(pen, pen.h * 0.78)
    spot = _centre(pen, 0.78, 1.1)
    for dx in (-8, 0, 8):
        spot.stroke(f"M{dx}-40C{dx + 6}-46{dx - 6}-52{dx}-58", spot.look.mark, 1.1)
    spot.limbs([[(19, -26), (31, -24), (29, -10), (17, -8)]], "i", 4)
    spot.path("M-20-32H20C20-12 14 0 9 0H-9C-14 0-20-12-20-32Z", "i")
    spot.oval(0, -32, 20, 4, "o")


def _door(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    furniture.table_top(pen, pen.h * 0.88)
    spot = _centre(pen, 0.88, 1.02)
    spot.box(-25, -74, 50, 74, spot.tone("o", "f", 0.35))
    spot.box(-21, -70, 42, 70, "g")
    for x in (-16, 3):
        for y, high in ((-64, 26), (-32, 26)):
            spot.box(x, y, 13, high, spot.tone("g", "f", 0.16))
    spot.disc(15.5, -34, 2.1, "t")
    spot.area([(21, 0), (21, -70), (40, -78), (40, 10)], "s", 0.28, edge=False)


def _flower(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    land.ridge(pen, chance, pen.h * 0.86, 4, "e")
    spot = _centre(pen, 0.40)
    spot.stroke("M0 0C4 20-2 36 2 60", "e", 2.2)
    spot.path("M1 30C10 22 20 24 26 18C24 32 12 36 1 34Z", "e")
    for i in range(8):
        turn = i * math.pi / 4
        spot.oval(15 * math.sin(turn), -15 * math.cos(turn), 8.4, 8.4, "g" if i % 2 else "h")
    spot.disc(0, 0, 8, "t")


def _compass(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    furniture.table_top(pen, pen.h * 0.2)
    spot = _centre(pen, 0.52, 1.05)
    spot.path("M-62-26C-40-32-20-22 0-28S44-32 62-26L58 28C36 34 16 24-4 30S-44 34-60 28Z", "h")
    spot.stroke(
        "M-50-12C-36-20-30 4-46 10C-36 22-26 12-20 20M30-18C44-14 34 2 50 8", "d" if not spot.look.line else "f", 0.8
    )
    spot.disc(0, 0, 22, "t")
    spot.disc(0, 0, 18, "h")
    needle = spot.at(0, 0)
    lean = chance.uniform(-0.7, 0.7)
    dx, dy = 15 * math.sin(lean), -15 * math.cos(lean)
    needle.area([(dx, dy), (-dy * 0.2, dx * 0.2), (dy * 0.2, -dx * 0.2)], "g")
    needle.area([(-dx, -dy), (-dy * 0.2, dx * 0.2), (dy * 0.2, -dx * 0.2)], "e")
    spot.disc(0, 0, 1.6, "f")


def _hands(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    if reading.has("lamp", "lights"):
        _lamp(pen, reading, chance)
        return
    spot = _centre(pen, 0.5, 1.1)
    spot.glow(0, 0, 34, 0.22)
    spot.disc(0, 2, 9, "s")
    people.hands(spot, 0, 4, 1.0)


def _face(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    side = chance.choice((0.42, 0.5, 0.58))
    who = reading.who if reading.people else people.first(pen, reading) or reading.who
    people.portrait(
        pen, pen.w * side, pen.h * 0.60, 1.08, who, lit=reading.dark or reading.has("lamp", "candle", "fire")
    )
    if reading.has("lamp"):
        spot = pen.at(pen.w * (side + 0.27), pen.h * 0.42, 1.9)
        spot.glow(0, 8, 17, 0.28)
        people.lantern(spot, 0, 0, 1.0)


def _bird(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    pen.path(
        f"M-4 {pen.h * 0.74}C{pen.w * 0.3} {pen.h * 0.70} {pen.w * 0.6} {pen.h * 0.80} {pen.w + 4} {pen.h * 0.72}"
        f"V{pen.h * 0.77}"
        f"C{pen.w * 0.6} {pen.h * 0.84} {pen.w * 0.3} {pen.h * 0.75}-4 {pen.h * 0.79}Z",
        "o",
    )
    spot = _centre(pen, 0.73, 1.2)
    spot.limbs([[(-3, -6), (-4, 1)], [(4, -6), (4, 1)]], "o", 1.2)
    spot.path(
        "M-34 4C-26-6-20-14-14-22C-8-34 6-40 14-34C20-34 22-30 22-27L29-25 22-22C22-10 14-2 2-3C-8-3-14-6-20 0Z", "i"
    )
    spot.path("M22-24C21-10 14-2 2-3C-2-3-6-4-9-5C2-8 8-16 10-24Z", "g")
    spot.path("M-22-6C-18-16-8-24 2-24C2-14-8-6-22-6Z", spot.tone("i", "f", 0.35))
    spot.disc(14.5, -28.5, 1.7, "f", edge=False)


def _owl(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    pen.path(
        f"M-4 {pen.h * 0.79}"
        f"C{pen.w * 0.4} {pen.h * 0.74} {pen.w * 0.6} {pen.h * 0.84} {pen.w + 4} {pen.h * 0.76}V{pen.h * 0.82}"
        f"C{pen.w * 0.6} {pen.h * 0.89} {pen.w * 0.4} {pen.h * 0.80}-4 {pen.h * 0.85}Z",
        "f",
    )
    vehicles.owl(pen, pen.w / 2, pen.h * 0.78, 1.25 * min(1.0, pen.w / 110))


def _steps(start: float, end: float, step: float) -> list[float]:
    return [start + i * step for i in range(int((end - start) / step))]


SUBJECTS: Mapping[str, Subject] = {
    "letter": _letter,
    "lamp": _lamp,
    "lights": _lamp,
    "candle": _candle,
    "clock": _clock,
    "book": _book,
    "key": _key,
    "cup": _cup,
    "compass": _compass,
    "flower": _flower,
    "face": _face,
    "hands": _hands,
    "owl": _owl,
    "bird": _bird,
    "door": _door,
}
