"""Lighthouses, houses, streets, towns."""

from __future__ import annotations

import random

from webapp.providers.sketch.drawing.outlines import Point, smooth
from webapp.providers.sketch.drawing.pen import Paint, Pen


def lighthouse(pen: Pen, x: float, y: float, size: float, *, lit: bool, toward: int = 1, many: bool = False) -> None:
    """A striped tower with its foot at (x, y), about 52 units tall. ``many`` lights every window of it."""
    tower = pen.at(x, y, size)
    if lit:
        tower.glow(0, -45, 19, 0.26)
        for turn, alpha in ((toward, 0.30), (-toward, 0.16)):
            tower.area([(0, -45.6), (420 * turn, -117), (420 * turn, -20)], "s", alpha * 0.6, edge=False)
            tower.area([(0, -45.3), (420 * turn, -95), (420 * turn, -42)], "s", alpha * 0.6, edge=False)
    tower.path("M-7.500 2-4.600-39H4.600L7.500 2Z", "h")
    for low, high in ((-4, -13), (-22, -31)):
        tower.area([(_side(low), low), (_side(high), high), (-_side(high), high), (-_side(low), low)], "g")
    tower.path("M1.500-39H4.600L7.500 2H2.800Z", "f", 0.20, edge=False)
    for place, height in enumerate((-17.5, -34.5) if not many else (-8, -17.5, -26, -34.5)):
        tower.box(-1.1 + (place % 2) * 0.8, height, 2.2, 3.6, "s" if lit or many else "f")
    tower.path("M-1.900 2V-3.400C-1.900-5.600 1.900-5.600 1.900-3.400V2Z", "f")
    tower.path("M-6.600-41.500H6.600L5.600-39H-5.600Z", "f")
    tower.box(-3.8, -49, 7.6, 7.5, "s" if lit or tower.look.line else "b")
    tower.path("M-.4-49H.4V-41.500H-.4ZM-3.800-45.500H3.800V-44.900H-3.800Z", "f", edge=False)
    if lit:
        tower.disc(0, -45.3, 2.3, "h", edge=False)
    tower.path("M-5-49C-4-53.500 4-53.500 5-49Z", "g")
    tower.path("M-.5-56H.5V-52H-.5Z", "f")
    tower.line([(-6.4, -44.4), (6.4, -44.4)], "f", 0.5)


def _side(y: float) -> float:
    return -4.6 - 2.9 * (y + 39) / 41


def house(pen: Pen, x: float, y: float, size: float, *, lit: bool, snow: bool = False, lamp: bool = False) -> None:
    """A cottage with chimney, its foot at (x, y), about 50 units wide. ``lamp`` stands a lantern in the window."""
    home = pen.at(x, y, size)
    for dx, dy, r, alpha in ((16, -58, 2.6, 0.75), (19, -64, 3.6, 0.6), (17, -71.5, 4.8, 0.45), (22, -80, 6, 0.28)):
        home.disc(dx, dy, r, "h", alpha if not home.look.dark else alpha * 0.4, edge=False)
    home.box(12, -52, 6.4, 17, "f")
    home.box(-22, -29, 44, 29, "h" if not home.look.dark or home.look.line else home.tone("d", "o", 0.55))
    home.box(-22, -4, 44, 4, "e")
    home.path("M-28-28 0-50 28-28 25-25.500 0-44.500-25-25.500Z", "f")
    home.path("M-23-27 0-45 23-27Z", "o" if not home.look.line else "d")
    if snow:
        home.path(
            "M-29-28.500C-24-35-6-48 0-52.500C6-48 24-35 29-28.500C25-27.500 22-29 19-32"
            "C14-34 10-40 4-43C1-46-4-44-8-40C-13-37-18-32-21-29C-24-27-27-27.500-29-28.500Z",
            "h",
        )
        home.path("M11-52.500C11-55.500 19.500-55.500 19.500-52.500Z", "h")
    home.box(-14, -20, 9.5, 20, "g")
    home.disc(-6.4, -9.5, 0.7, "s")
    if lit:
        home.glow(9, -16, 17, 0.30)
        home.area([(3, -8), (15, -8), (30, 8), (-4, 8)], "s", 0.20, edge=False)
    home.box(2, -23, 14, 13, "s" if lit or home.look.line else "w")
    if lamp:
        home.disc(9, -15.6, 4.6, "h", 0.75, edge=False)
        home.path("M6.800-19.500C7.800-21.200 10.200-21.200 11.200-19.500ZM6-12H12L11.400-10H6.600Z", "o")
        home.path("M7.200-19.500H10.800V-12H7.200Z", "h")
        home.path("M9-18.500C10.400-16.600 10.300-14 9-13.300S7.600-16.600 9-18.500Z", "t", edge=False)
    home.path(
        "M8.500-23H9.500V-10H8.500ZM2-17H16V-16H2Z" if not lamp else "M2-17H6.500V-16H2ZM11.500-17H16V-16H11.500Z",
        "f",
        edge=False,
    )
    home.box(1, -10, 16, 1.6, "f" if not snow else "h")


def row(pen: Pen, chance: random.Random, ground: float, *, lit: bool, tall: float = 1.0, church: bool = True) -> None:
    """A row of gabled town houses across the image, their feet on the ground line."""
    x, steeple = -4.0, chance.uniform(0.35, 0.65) * pen.w
    while x < pen.w + 4:
        wide, high = chance.uniform(14, 24) * tall, chance.uniform(17, 31) * tall
        if church and x > steeple:
            church = False
            _church(pen, x + 8 * tall, ground, tall)
            x += 17 * tall
            continue
        _gable(pen, chance, x, ground, wide, high, lit=lit)
        x += wide + chance.choice((0.6, 1.4))


def _gable(pen: Pen, chance: random.Random, x: float, ground: float, wide: float, high: float, *, lit: bool) -> None:
    top = ground - high
    walls, roof = chance.choice((("d", "f"), ("c", "e"), ("h", "g"), ("d", "g"), ("c", "f")))
    shade = pen.tone(walls, "d", 0.45) if walls == "h" and pen.look.dark else walls
    pen.box(x, top, wide, high, shade)
    if chance.random() < 0.4:
        pen.box(x + wide * 0.68, top - wide * 0.42, wide * 0.13, wide * 0.36, roof)
    pen.area([(x - 1.4, top), (x + wide / 2, top - wide * 0.46), (x + wide + 1.4, top)], roof)
    columns = max(2, round(wide / 7.5))
    for row_ in range(int(high // 9)):
        for column in range(columns):
            glow = chance.random() < (0.62 if lit else 0.3)
            pen.box(
                x + wide * (column + 0.5) / columns - 1.5,
                top + 3 + row_ * 9,
                3.0,
                4.6,
                "s" if glow else pen.tone(walls, "f", 0.4),
                edge=bool(pen.look.line) and pen.h > 60,
            )


def _church(pen: Pen, x: float, ground: float, size: float) -> None:
    tower = pen.at(x, ground, size)
    tower.box(-7, -36, 14, 36, "h" if not tower.look.dark else "c")
    tower.path("M-9-35 0-62 9-35Z", "f")
    tower.path("M-.6-69H.6V-61H-.6ZM-2.700-66.800H2.700V-65.600H-2.700Z", "f", edge=False)
    tower.path("M-2.400-19V-24C-2.400-28 2.400-28 2.400-24V-19Z", "s")


def street(pen: Pen, chance: random.Random, *, lit: bool, lamps: bool = True) -> tuple[float, float]:
    """A street running away from us between houses; returns the vanishing point."""
    vx, vy = pen.w * chance.uniform(0.44, 0.56), pen.h * 0.5
    row(pen, chance, vy + 3, lit=lit, tall=0.5)
    pen.area(
        [
            (-3, pen.h + 3),
            (-3, vy + 30),
            (vx - 6, vy + 2.5),
            (vx + 6, vy + 2.5),
            (pen.w + 3, vy + 30),
            (pen.w + 3, pen.h + 3),
        ],
        pen.tone("b", "d", 0.45),
        edge=False,
    )
    road = [(vx - 3, vy + 2.5), (vx + 3, vy + 2.5), (vx + pen.w * 0.31, pen.h + 3), (vx - pen.w * 0.31, pen.h + 3)]
    pen.area(road, pen.tone("b", "c", 0.18))
    for _ in range(46):
        near = chance.random() ** 0.55
        y = vy + 6 + near * (pen.h - vy - 6)
        half = (y - vy) / (pen.h - vy) * pen.w * 0.29
        pen.dash(vx + chance.uniform(-1, 1) * half, y, 1.0 + 5 * near, 0.5 + 1.0 * near, "d", 0.35)
    for side in (-1, 1):
        reach = vx if side < 0 else pen.w - vx
        edges = [1.12, 0.74, 0.47, 0.29, 0.17, 0.1]
        walls = chance.sample(["c", "d", "h", "g", "i", "o"], 5)
        for near, far, wall in reversed(list(zip(edges, edges[1:], walls, strict=False))):
            _facade(pen, chance, vx, vy, side, reach, near, far, wall, lit=lit)
        if lamps:
            for share in (0.24, 0.43):
                _street_lamp(
                    pen, vx + side * reach * share * 0.86, vy + share * (pen.h - vy) * 0.70, share * 1.55, lit=lit
                )
    return vx, vy


def _facade(
    pen: Pen,
    chance: random.Random,
    vx: float,
    vy: float,
    side: int,
    reach: float,
    near: float,
    far: float,
    wall: Paint,
    *,
    lit: bool,
) -> None:
    high, deep = pen.h * chance.uniform(0.44, 0.60), pen.h * 0.40

    def at(share: float, height: float) -> Point:
        return vx + side * reach * share, vy + share * (deep - height * (deep + high))

    paint = pen.tone(wall, "d", 0.5 if pen.look.dark and wall in "hgio" else 0.12) if isinstance(wall, str) else wall
    gap = near - far
    pen.area([at(near, 0), at(near, 1), at(far, 1), at(far, 0)], paint)
    middle = at(near - gap * 0.56, 1.20)
    pen.area([at(near, 1), middle, at(far, 1)], paint)
    eave: list[Point] = [at(near + gap * 0.02, 0.98), middle, at(far - gap * 0.02, 0.98)]
    pen.line(eave, "f", 3.4 * near + 0.4)
    for height in (0.40, 0.70):
        for start in (0.16, 0.62):
            one, two = near - gap * start, near - gap * (start + 0.24)
            glow = chance.random() < (0.75 if lit else 0.35)
            pane = "s" if glow else pen.tone("w", "f", 0.25)
            pen.area([at(one, height), at(one, height + 0.17), at(two, height + 0.17), at(two, height)], pane)
            sill: list[Point] = [at(one + gap * 0.02, height - 0.01), at(two - gap * 0.02, height - 0.01)]
            pen.line(sill, pen.look.mark, 0.4 + near)
    one, two = near - gap * 0.36, near - gap * 0.62
    pen.area([at(one, 0), at(one, 0.28), at(two, 0.28), at(two, 0)], chance.choice(("f", "o", "e")))


def _street_lamp(pen: Pen, x: float, y: float, size: float, *, lit: bool) -> None:
    lamp = pen.at(x, y, size)
    if lit:
        lamp.glow(0, -33, 12, 0.3)
    lamp.path("M-.8 0-.5-29H.5L.8 0ZM-2 0-1.200-2.500H1.200L2 0Z", "f", edge=False)
    lamp.path("M-2-29.500H2L2.800-36H-2.800Z", "s" if lit or lamp.look.line else "h")
    lamp.path("M-3.400-36H3.400L0-39.500Z", "f", edge=False)


def city(pen: Pen, chance: random.Random, ground: float, *, lit: bool) -> None:
    """A skyline in three layers of towers."""
    for layer, (role, tall) in enumerate((("c", 0.80), ("d", 0.62), ("e", 0.42))):
        x = chance.uniform(-9, 0)
        while x < pen.w + 4:
            wide, high = chance.uniform(9, 17) + layer * 3, ground * tall * chance.uniform(0.55, 1.0)
            pen.box(x, ground - high, wide, high + 30, role)
            if chance.random() < 0.35:
                pen.box(x + wide * 0.3, ground - high - 4, wide * 0.4, 4, role)
                pen.line([(x + wide / 2, ground - high - 4), (x + wide / 2, ground - high - 10)], role, 0.5)
            _panes(pen, chance, x, ground - high, wide, high, 0.5 if lit else 0.28)
            x += wide + chance.uniform(0.5, 4)


def _panes(pen: Pen, chance: random.Random, x: float, top: float, wide: float, high: float, share: float) -> None:
    columns = max(2, int(wide // 3.6))
    for i in range(int(high // 5)):
        for j in range(columns):
            if chance.random() < share:
                pen.box(x + wide * (j + 0.5) / columns - 0.8, top + 2.5 + i * 5, 1.6, 2.4, "s", 0.9, edge=False)


def bridge(pen: Pen, y: float) -> None:
    """A stone bridge with three arches across the image, its roadway at y."""
    stone = "h" if not pen.look.dark else "c"
    pen.area([(-4, y), (pen.w / 2, y - 5), (pen.w + 4, y), (pen.w + 4, y + 19), (-4, y + 19)], stone)
    span = pen.w / 3
    for i in range(3):
        middle, half, high = (i + 0.5) * span, span * 0.38, 14.0 if i == 1 else 11.5
        arch = smooth(
            [
                (middle - half, y + 19.5),
                (middle - half * 0.72, y + 19 - high * 0.75),
                (middle, y + 19 - high),
                (middle + half * 0.72, y + 19 - high * 0.75),
                (middle + half, y + 19.5),
            ]
        )
        pen.area(arch, pen.tone("w", "d", 0.35))
    pen.line([(-4, y), (pen.w / 2, y - 5), (pen.w + 4, y)], "f", 1.3)
