"""Skies and weather."""

from __future__ import annotations

import math
import random

from webapp.providers.sketch.drawing.outlines import sample
from webapp.providers.sketch.drawing.pen import Pen
from webapp.providers.sketch.drawing.prompt_reading import PromptReading


def sky(
    pen: Pen, reading: PromptReading, chance: random.Random, *, light_x: float, light_y: float, horizon: float
) -> None:
    """The whole sky down to the horizon: its colours, sun or moon at the given place, stars, clouds."""
    pen.fade(0, horizon, "a", "b")
    pen.box(-2, horizon, pen.w + 4, pen.h, "b", edge=False)
    stormy = reading.weather in ("storm", "rain")
    if reading.dark and not stormy:
        stars(pen, chance, horizon * 0.96)
    if not stormy and reading.weather != "fog":
        luminary(pen, reading, light_x, light_y)
    if stormy or reading.weather == "fog":
        overcast(pen, chance, horizon)
    elif reading.has("clouds") or not reading.dark:
        for _ in range(2 if reading.has("clouds") else 1 + chance.randrange(2)):
            cloud(
                pen, chance.uniform(0.05, 0.95) * pen.w, chance.uniform(0.1, 0.45) * horizon, chance.uniform(0.7, 1.2)
            )


def luminary(pen: Pen, reading: PromptReading, x: float, y: float, r: float = 7.0) -> None:
    """Sun by day, moon by night, with its halo."""
    if not reading.dark:
        low = reading.time in ("dawn", "dusk")
        r *= 1.25 if low else 1.0
        pen.disc(x, y, r * 2.0, "s", 0.22, edge=False)
        pen.disc(x, y, r, "s")
        return
    pen.disc(x, y, r * 2.4, "s", 0.08, edge=False)
    pen.disc(x, y, r * 1.7, "s", 0.12, edge=False)
    pen.disc(x, y, r, "s")
    shade = pen.tone("s", "b", 0.25)
    for dx, dy, size in ((-0.35, -0.2, 0.2), (0.25, 0.3, 0.26), (0.3, -0.4, 0.12)):
        pen.disc(x + dx * r, y + dy * r, size * r, shade, edge=False)


def stars(pen: Pen, chance: random.Random, bottom: float, count: int = 70) -> None:
    """Stars of several sizes, a few with rays, thinning out towards the horizon."""
    paint = pen.tone("s", "f", 0.35) if pen.look.line else "s"
    for _ in range(count):
        x, y = chance.uniform(0, pen.w), bottom * chance.random() ** 1.3
        pen.disc(x, y, chance.choice((0.22, 0.22, 0.3, 0.4)), paint, chance.choice((0.55, 0.8, 1.0)), edge=False)
    for _ in range(5):
        x, y, r = chance.uniform(0.04, 0.96) * pen.w, chance.uniform(0.06, 0.6) * bottom, chance.uniform(1.0, 1.7)
        pen.area(
            [
                (x, y - r),
                (x + 0.2 * r, y - 0.2 * r),
                (x + r, y),
                (x + 0.2 * r, y + 0.2 * r),
                (x, y + r),
                (x - 0.2 * r, y + 0.2 * r),
                (x - r, y),
                (x - 0.2 * r, y - 0.2 * r),
            ],
            paint,
            edge=False,
        )


def milky_way(pen: Pen, chance: random.Random, bottom: float) -> None:
    """A band of faint light across the night."""
    for spread, alpha in ((16, 0.10), (9, 0.12), (4, 0.14)):
        pen.path(
            f"M-4 {bottom}"
            f"C{pen.w * 0.3} {bottom * 0.3 - spread} {pen.w * 0.6} {bottom * 0.5 - spread} {pen.w + 4} "
            f"{-8 - spread}V{spread}C{pen.w * 0.6} {bottom * 0.5 + spread} {pen.w * 0.3} {bottom * 0.42 + spread} "
            f"{pen.w * 0.12} {bottom}Z",
            "b",
            alpha,
            edge=False,
        )
    for _ in range(60):
        t = chance.random()
        x, y = t * pen.w, bottom * (0.75 - 0.85 * t) + chance.gauss(0, 5)
        pen.disc(x, max(0.0, min(y, bottom)), chance.choice((0.18, 0.25)), "s", 0.8, edge=False)


def cloud(pen: Pen, x: float, y: float, size: float) -> None:
    """A flat-bottomed cloud."""
    pen.at(x, y, size).path(
        "M-13 0C-16-.2-16-4-12.500-4C-12.500-7-7.500-8.500-5.500-6C-4-10.500 4-10.500 5-5.500C8-7.500 11.500-5.500 11-3"
        "C15-3.500 15.500-.2 12.500 0Z",
        "h",
        1.0 if pen.look.line else 0.42 if pen.look.dark else 0.62,
    )


def overcast(pen: Pen, chance: random.Random, horizon: float) -> None:
    """Layers of heavy cloud across the upper sky, the nearest highest and darkest."""
    for base, role, share in ((0.56, "c", 0.30), (0.36, "d", 0.55), (0.17, "e", 0.75)):
        paint, level = pen.tone("a", role, share), base * horizon
        pen.box(-3, -3, pen.w + 6, level + 3, paint, edge=False)
        x = chance.uniform(-12, 0)
        while x < pen.w + 14:
            wide = chance.uniform(9, 20)
            pen.oval(x, level, wide, wide * chance.uniform(0.22, 0.34), paint, edge=False)
            x += wide * chance.uniform(0.9, 1.4)


def rain(pen: Pen, chance: random.Random, *, heavy: bool) -> None:
    """Slanting rain over everything."""
    lean = 5.5 if heavy else 2.2
    for _ in range(150 if heavy else 90):
        x, y, long = chance.uniform(-10, pen.w + 10), chance.uniform(-8, pen.h), chance.uniform(4, 9)
        dx = -lean * long / 9
        paint = pen.tone("w", "f", 0.25) if pen.look.line else "h"
        pen.area([(x, y), (x + 0.28, y), (x + dx + 0.14, y + long), (x + dx, y + long)], paint, 0.45, edge=False)


def snow(pen: Pen, chance: random.Random) -> None:
    """Falling snow, near flakes larger."""
    paint = pen.tone("d", "f", 0.3) if pen.look.line else "h"
    for _ in range(110):
        pen.disc(
            chance.uniform(0, pen.w),
            chance.uniform(0, pen.h),
            chance.choice((0.35, 0.5, 0.7, 0.95)),
            paint,
            chance.choice((0.7, 0.9)),
            edge=False,
        )


def fog(pen: Pen, chance: random.Random) -> None:
    """Banks of fog lying across the image, denser below."""
    for i in range(6):
        y, turn, start = pen.h * (0.42 + 0.10 * i), chance.uniform(22, 40), chance.uniform(0, math.tau)
        top = sample(lambda x, y=y, turn=turn, start=start: y + 2.6 * math.sin(x / turn + start), -3, pen.w + 3, 3)  # type: ignore[misc]
        foot = [(x, at + pen.h * 0.12) for x, at in reversed(top)]
        pen.area([*top, *foot], "h", 0.20, edge=False)


def lightning(pen: Pen, x: float, bottom: float) -> None:
    """One forked flash."""
    pen.glow(x, bottom * 0.3, bottom * 0.62, 0.14, "s")
    pen.at(x, 0, bottom / 40).path("M0 0 4 0-1 13 4 13-5 29-3 29-8 40 1 26-2 26 5 11 1 11 7 0Z", "s")


def gulls(pen: Pen, chance: random.Random, count: int, top: float, bottom: float) -> None:
    """Birds in the distance."""
    start = chance.uniform(0.2, 0.6) * pen.w
    for _ in range(count):
        bird = pen.at(
            start + chance.uniform(-0.16, 0.28) * pen.w, chance.uniform(top, bottom), chance.uniform(0.7, 1.3)
        )
        bird.path(
            "M-4-1.400C-2.400-2.400-.8-1.600 0 0C.8-1.600 2.400-2.400 4-1.400"
            "C2.400-1.500 1 0 0 1.100C-1 0-2.400-1.500-4-1.400Z",
            "f" if pen.look.line or not pen.look.dark else "h",
            edge=False,
        )


def weather(pen: Pen, reading: PromptReading, chance: random.Random) -> None:
    """What falls or drifts in front of everything."""
    if reading.weather in ("storm", "rain"):
        rain(pen, chance, heavy=reading.weather == "storm")
    elif reading.weather == "snow":
        snow(pen, chance)
    elif reading.weather == "fog":
        fog(pen, chance)
