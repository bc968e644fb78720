"""Hills, trees, water, paths."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from webapp.providers.sketch.drawing.outlines import Point, sample, smooth
from webapp.providers.sketch.drawing.pen import Paint, Pen

Ground = Callable[[float], float]
"""Height of a ridge over x: where things stand."""


def ridge(pen: Pen, chance: random.Random, base: float, rise: float, paint: Paint, *, peaks: float = 2.2) -> Ground:
    """A layer of rolling land from its crest to the bottom of the image; ``peaks`` is how many swells it has."""
    one, two, three = (chance.uniform(0, math.tau) for _ in range(3))
    turn = math.tau * peaks / max(pen.w, 120)

    def height(x: float) -> float:
        swell = 0.62 * math.sin(x * turn + one) + 0.28 * math.sin(x * turn * 2.1 + two)
        return base - rise * (swell + 0.1 * math.sin(x * turn * 3.7 + three))

    crest = sample(height, -3, pen.w + 3)
    pen.area([*crest, (pen.w + 3, pen.h + 3), (-3, pen.h + 3)], paint)
    return height


def peaks(pen: Pen, chance: random.Random, base: float, rise: float, paint: Paint, *, caps: bool) -> None:
    """A jagged range of mountains, with snow on top when ``caps``."""
    count = max(3, round(pen.w / 34))
    step = (pen.w + 40) / count
    tops = [
        ((i + 0.5) * step - 20 + chance.uniform(-5, 5), base - rise * chance.uniform(0.55, 1.0)) for i in range(count)
    ]
    for x, y in tops:
        wide = (base - y) * 0.95
        pen.area([(x - wide, base + 3), (x, y), (x + wide, base + 3)], paint)
        pen.area(
            [(x, y), (x + wide, base + 3), (x + wide * 0.2, base + 3), (x + wide * 0.16, y + (base - y) * 0.45)],
            "f",
            0.10,
            edge=False,
        )
        if caps:
            down = (base - y) * 0.3
            side = wide * 0.3
            pen.area(
                [
                    (x - side, y + down),
                    (x, y),
                    (x + side, y + down),
                    (x + side * 0.45, y + down * 0.72),
                    (x + side * 0.05, y + down * 1.12),
                    (x - side * 0.4, y + down * 0.74),
                ],
                "h",
            )


def pine(pen: Pen, x: float, y: float, tall: float, paint: Paint) -> None:
    """A fir in three tiers, its foot at (x, y)."""
    tree = pen.at(x, y, tall / 38)
    tree.path("M-1.200-4.500H1.200V0H-1.200Z", paint)
    tree.path(
        "M0-38 6.300-18.500H2.800L8.400-9.500H3.600L10.500-3"
        "C4-1.600-4-1.600-10.500-3L-3.600-9.500H-8.400L-2.800-18.500H-6.300Z",
        paint,
    )


def pines(pen: Pen, chance: random.Random, ground: Ground, spots: list[float], tall: float, roles: str = "ef") -> None:
    """Firs on a ridge at the given places."""
    for x in spots:
        size = tall * chance.uniform(0.72, 1.15)
        pine(pen, x, ground(x) + size * 0.05 + 0.8, size, chance.choice(roles))


def leafy(pen: Pen, x: float, y: float, tall: float, paint: Paint, trunk: Paint = "o") -> None:
    """A round tree, its foot at (x, y)."""
    tree = pen.at(x, y, tall / 30)
    tree.path("M-1.300-12 -1.900 0H1.900L1.300-12Z", trunk)
    tree.path(
        "M-9-14C-13-14-13-21-8.500-21.500C-8.500-27-3-30.500 1-28.500"
        "C6-30 10-25.500 8.800-21.500C13-20 12.500-13.500 8-13.500"
        "C5-10.500-5-10.500-9-14Z",
        paint,
    )
    tree.path(
        "M2-27C6-27.500 8.500-24 7.500-20.500C10.500-19.500 10.500-15 7-14.800C3-13-1-14-1-16C5-16 6-23 2-27Z",
        "f",
        0.13,
        edge=False,
    )


def bare(pen: Pen, x: float, y: float, tall: float, lean: float, paint: Paint = "f") -> None:
    """A tree without leaves."""

    def to(a: float, b: float) -> Point:
        return x + (a * (1 if lean >= 0 else -1)) * tall, y - b * tall

    pen.line([to(0, 0), to(0.01, 0.5), to(0.04, 1.0)], paint, tall * 0.045)
    for start, turn, end in (
        (to(0.0, 0.3), to(0.14, 0.42), to(0.23, 0.62)),
        (to(0.0, 0.42), to(-0.15, 0.55), to(-0.23, 0.78)),
        (to(0.02, 0.6), to(0.12, 0.72), to(0.17, 0.9)),
    ):
        pen.line([start, turn, end], paint, tall * 0.03)
        pen.line([turn, (turn[0], turn[1] - tall * 0.16)], paint, tall * 0.022)


def water(pen: Pen, chance: random.Random, top: float, *, calm: bool = True) -> None:
    """Water from a straight shoreline down, darker towards us, with glints."""
    pen.box(-3, top, pen.w + 6, pen.h - top + 3, "w")
    deep = pen.h - top
    for step, alpha in ((0.22, 0.10), (0.48, 0.14), (0.76, 0.18)):
        y = top + deep * step
        swell = sample(lambda x, y=y: y + 0.7 * math.sin(x / 9 + y), -3, pen.w + 3, 3)  # type: ignore[misc]
        pen.area([*swell, (pen.w + 3, pen.h + 3), (-3, pen.h + 3)], "e", alpha, edge=False)
    for _ in range(16 if calm else 9):
        near = chance.random() ** 0.7
        y = top + 2 + near * (deep - 4)
        paint = pen.tone("w", "f", 0.4) if pen.look.line else "h"
        pen.dash(
            chance.uniform(0, pen.w), y, (4 + 13 * near) * chance.uniform(0.6, 1.2), 0.35 + 0.5 * near, paint, 0.42
        )


def reflection(pen: Pen, chance: random.Random, x: float, top: float, bottom: float, paint: Paint = "s") -> None:
    """Bands of light below sun, moon or lamp."""
    count = max(4, round((bottom - top) / 4))
    for i in range(count):
        share = i / count
        y = top + 1.8 + (bottom - top) * share
        long = (17 - 9 * share) * chance.uniform(0.6, 1.1)
        pen.dash(x + chance.uniform(-1.6, 1.6) * (1 + share), y, long, 0.9 + 0.5 * share, paint, 0.9 - 0.55 * share)


def waves(pen: Pen, chance: random.Random, top: float, *, tall: float) -> list[float]:
    """A rough sea in rows of crests with foam; returns the height of each row, far to near."""
    pen.box(-3, top - tall * 0.2, pen.w + 6, pen.h, pen.tone("w", "d", 0.3))
    rows: list[float] = []
    count = 4
    for i in range(count):
        share = i / (count - 1)
        y = top + (pen.h - top) * (0.05 + 0.80 * share)
        high, long = tall * (0.35 + 0.85 * share), 22 + 44 * share
        paint = (
            pen.tone("w", "h", 0.22 - 0.5 * share)
            if share < 0.4
            else pen.tone("w", "f" if not pen.look.line else "d", 0.62 * share - 0.2)
        )
        _crests(pen, chance, y, high, long, paint, 0.45 + 0.5 * share)
        rows.append(y)
    return rows


def _crests(pen: Pen, chance: random.Random, y: float, high: float, long: float, paint: Paint, foam: float) -> None:
    """One row of breaking waves, each with a white cap that hangs down in tongues."""
    crest: list[Point] = []
    caps: list[list[Point]] = []
    x = -long * chance.uniform(1.0, 2.0)
    while x < pen.w + long:
        wide, tall = long * chance.uniform(0.85, 1.15), high * chance.uniform(0.7, 1.1)
        wave = [_breaking(x, y, wide, tall, i / 20) for i in range(21)]
        crest += wave
        caps.append(_cap(wave, y - tall, tall))
        x += wide
    pen.area([*crest, (pen.w + 40, pen.h + 4), (-40, pen.h + 4)], paint)
    for cap in caps:
        pen.area(cap, "h", foam, edge=False)
    if pen.look.line:
        pen.line(crest, pen.look.line, 0.5)


def _swell(share: float) -> float:
    """The outline of a wave about to break: a long rise, a sharp crest, a steep front."""
    return math.pow(share / 0.6, 1.8) if share < 0.6 else math.pow((1 - share) / 0.4, 1.6)


def _breaking(x: float, y: float, wide: float, tall: float, share: float) -> Point:
    swell = _swell(share)
    return x + wide * share + tall * 0.75 * swell**3, y - tall * swell


def _cap(wave: list[Point], top: float, tall: float) -> list[Point]:
    upper = [point for point in wave if point[1] < top + tall * 0.5]
    (left, start), (right, end) = upper[0], upper[-1]
    lower: list[Point] = []
    for i in range(1, 12):
        share = i / 12
        x, level = right + (left - right) * share, end + (start - end) * share
        lower.append((x, level - tall * 0.10 + tall * 0.16 * abs(math.sin(share * math.pi * 3))))
    return [*upper, *lower]


def path(pen: Pen, far: Point, near_x: float, wide: float, paint: Paint = "b") -> None:
    """A winding path from a far point to the lower edge."""
    x0, y0 = far
    deep = pen.h - y0 + 3
    swing = (1 if near_x < x0 else -1) * wide * 0.9
    steps = [(0.0, 0.0, 0.03), (0.25, -0.35, 0.10), (0.5, 0.5, 0.24), (0.78, 0.15, 0.55), (1.0, 0.0, 1.0)]
    middle = [
        (x0 + (near_x - x0) * t + swing * lean * t, y0 + deep * t**1.15, wide * half / 2) for t, lean, half in steps
    ]
    left = smooth([(x - half, y) for x, y, half in middle])
    right = smooth([(x + half, y) for x, y, half in middle])
    pen.area([*left, *reversed(right)], paint)


def grass(pen: Pen, chance: random.Random, ground: Ground, count: int, paint: Paint = "f") -> None:
    """Tufts along a near ridge."""
    for _ in range(count):
        x = chance.uniform(0, pen.w)
        tuft = pen.at(x, ground(x) + chance.uniform(0.4, 5), chance.uniform(0.7, 1.3))
        tuft.path(
            "M-1.600 0C-1.600-1.500-2.200-2.600-2.800-3.200C-1.600-2.800-1-2-.8-1.200"
            "C-.8-2.600-.4-3.800.2-4.600C.2-3.400.4-2.200.5-1.200"
            "C.9-2.200 1.600-2.800 2.400-3.100C1.800-2.300 1.500-1.200 1.500 0Z",
            paint,
            0.8,
            edge=False,
        )


def blooms(pen: Pen, chance: random.Random, ground: Ground, count: int) -> None:
    """Flowers scattered on a near slope."""
    for _ in range(count):
        x = chance.uniform(0, pen.w)
        y = ground(x) + chance.uniform(2, max(4.0, pen.h - ground(x)))
        pen.line([(x, y), (x, y + 2.2)], "f", 0.35)
        pen.disc(x, y, 0.95, chance.choice(("h", "s", "g")), edge=False)


def rock(pen: Pen, x: float, y: float, size: float, paint: Paint = "e", *, flip: bool = False) -> None:
    """A boulder standing in ground or water, its foot at (x, y)."""
    stone = pen.at(x, y, size, flip=flip)
    stone.path(
        "M-11 0C-11-4-8.500-5-7.500-8.500C-5-12-1-13 2-11C5-11.500 7-8 8-5.500C10.500-4.500 11.500-2 12 0Z", paint
    )
    stone.path("M2-11C5-11.500 7-8 8-5.500C10.500-4.500 11.500-2 12 0H4C5-4 5-8 2-11Z", "f", 0.2, edge=False)
