"""Boats, ships, trains and animals: what moves through a scene."""

from __future__ import annotations

from webapp.providers.sketch.drawing import people
from webapp.providers.sketch.drawing.pen import Paint, Pen
from webapp.providers.sketch.drawing.prompt_reading import PromptReading


def rowboat(pen: Pen, x: float, y: float, size: float, *, who: str = "", coat: Paint = "g", lamp: bool = False) -> None:
    """A rowing boat on the water at (x, y), with its rower when ``who`` names one."""
    boat = pen.at(x, y, size)
    boat.oval(0, 3.6, 36, 3.4, "f", 0.20, edge=False)
    if lamp:
        boat.glow(-20, -11, 18, 0.28)
    if who:
        people.rower(boat.at(-2, -6, 1.25), who, coat)
    boat.path(
        "M-32-9C-14-5 12-5 33-10.500C31-3 24 3.400 15 4H-15C-25 3.400-30-2-32-9Z",
        "h" if not boat.look.dark or boat.look.line else "c",
    )
    boat.path("M-32-9C-14-5 12-5 33-10.500L32.300-7.500C13-2.400-13-2-31-6Z", "g" if not who else "o")
    boat.path(
        "M-27 0C-12 2.600 12 2.600 25.500-.6C22 2.600 19 3.800 15 4H-15C-20.500 3.700-24.500 2.200-27 0Z",
        "f",
        0.28,
        edge=False,
    )
    boat.limbs([[(10, -7), (27, 4.5)]], "o", 1.1)
    boat.path("M25 2.500 34 7.500 32 10 24 5Z", "o")
    if lamp:
        boat.line([(-21, -7), (-21, -17), (-18, -17)], "f", 0.7)
        people.lantern(boat, -18, -17.5, 0.62)


def sailboat(pen: Pen, x: float, y: float, size: float) -> None:
    """A small boat under sail."""
    boat = pen.at(x, y, size)
    boat.path("M1-34C12-26 16-14 15-5H1Z", "h")
    boat.path("M-1-30C-8-22-11-12-11-5H-1Z", "s" if not boat.look.dark else "h")
    boat.box(-0.5, -36, 1, 34, "f", edge=False)
    boat.path("M-15-3H18C16 2 13 4 9 4H-8C-12 3-14 0-15-3Z", "g")


def ship(pen: Pen, x: float, y: float, size: float, *, lit: bool, flip: bool = False) -> None:
    """A three-masted ship at sea, with lit portholes at night."""
    hull = pen.at(x, y, size, flip=flip)
    sail: Paint = "h" if not hull.look.dark or hull.look.line else hull.tone("h", "c", 0.35)
    for mast, tall in ((-17, 34), (0, 42), (16, 33)):
        hull.box(mast - 0.5, -tall - 4, 1.0, tall, "f", edge=False)
        for top, bottom, wide in ((-tall, -tall * 0.66, 6.6), (-tall * 0.63, -tall * 0.26, 8.4)):
            hull.area(
                [
                    (mast - wide * 0.8, top),
                    (mast + wide * 0.8, top),
                    (mast + wide * 1.25, (top + bottom) / 2),
                    (mast + wide, bottom),
                    (mast - wide * 0.9, bottom),
                    (mast - wide * 0.62, (top + bottom) / 2),
                ],
                sail,
            )
    hull.path("M16-34 33-8 17-9Z", sail)
    hull.path("M-30-8H26L35-10C32-1 27 4 20 4.500H-22C-27 3-29.500-3-30-8Z", "o")
    hull.dash(0, 4.8, 66, 1.1, "h", 0.6)
    hull.path("M-30-8H26L35-10 34.300-7.300 26.500-5.600H-29.700Z", "f", edge=False)
    if lit:
        hull.glow(0, -3, 26, 0.14)
        for i in range(6):
            hull.disc(-22 + i * 8, -1.8, 1.05, "s", edge=False)


def train(pen: Pen, x: float, y: float, size: float) -> None:
    """A steam train whose engine's front is at x, on rails at y."""
    engine = pen.at(x, y, size)
    for dx, dy, r, alpha in (
        (-24, -34, 4, 0.95),
        (-33, -40, 5.5, 0.85),
        (-45, -45, 7, 0.7),
        (-61, -49, 8.5, 0.5),
        (-79, -52, 9, 0.3),
    ):
        engine.disc(dx, dy, r, "h", alpha, edge=False)
    engine.path("M-33-18H-6C-3.500-18-2-16-2-12.500S-3.500-7-6-7H-33Z", "g")
    engine.box(-6, -26, 13, 20, "f")
    engine.box(-3, -23, 7, 6.4, "s")
    engine.path("M-28-18V-27H-22V-18ZM-29.800-29.500H-20.200V-26.500H-29.800Z", "f")
    engine.path("M-33-7-38-1H-32V-7Z", "f")
    for place, coat in enumerate(("d", "i", "d")):
        left = 12 + place * 31
        engine.box(left, -21, 27, 15, coat)
        engine.box(left - 1, -22.5, 29, 2.4, "f")
        for i in range(3):
            engine.box(left + 3.2 + i * 8, -17.5, 5, 5, "s")
        for dx in (5, 22):
            _wheel(engine, left + dx, -3.6, 3.4)
    for dx, r in ((-28, 3.6), (-19, 3.6), (-9, 3.6), (1, 5)):
        _wheel(engine, dx, -r, r)
    engine.box(-400, 0, 800, 1.6, "f")


def _wheel(pen: Pen, x: float, y: float, r: float) -> None:
    pen.disc(x, y, r, "f")
    pen.disc(x, y, r * 0.35, "h", edge=False)


def pet(pen: Pen, reading: PromptReading, x: float, y: float) -> None:
    """The dog or cat the words name, if any."""
    if reading.has("dog"):
        dog(pen, x, y, 0.62)
    elif reading.has("cat"):
        cat(pen, x, y, 0.56)


def dog(pen: Pen, x: float, y: float, size: float, *, flip: bool = False) -> None:
    """A sitting dog or fox."""
    body = pen.at(x, y, size, flip=flip)
    body.path("M-6 0C-10-1-12-5-10.500-8C-9-6-8-4-5-3Z", "o")
    body.path("M-6 0C-7.500-6-4-12 0-13.500L4.500-11C5.500-6 5-3 5 0H2.500L2-5C0-3 .5-1.500.5 0Z", "o")
    body.path(
        "M-2-13.500C-3-18.500-1.500-21 1.500-21L3-23 4-20.500"
        "C6-19.500 9.500-17.500 9.500-15.500C7.500-14 5-14 4-13C2-11.500-1-11.500-2-13.500Z",
        "o",
    )
    body.disc(4.2, -17.6, 0.55, "f", edge=False)
    body.disc(9.1, -16.0, 0.8, "f", edge=False)


def cat(pen: Pen, x: float, y: float, size: float, *, flip: bool = False) -> None:
    """A sitting cat."""
    body = pen.at(x, y, size, flip=flip)
    body.stroke("M-4-1C-11 0-12-6-9-9", "f", 1.6)
    body.path("M-5 0C-6.500-7-3-11 0-11.500S5.500-7 5 0Z", "f")
    body.path(
        "M-4.200-12C-4.800-15-4.600-18-4.400-19.500L-2-17.200C-.7-17.600.7-17.600 2-17.200"
        "L4.400-19.500C4.600-18 4.800-15 4.200-12C2.500-9.800-2.500-9.800-4.200-12Z",
        "f",
    )
    for side in (-1, 1):
        body.disc(1.7 * side, -14, 0.75, "s", edge=False)


def whale(pen: Pen, x: float, y: float, size: float) -> None:
    """A whale's back and spout."""
    body = pen.at(x, y, size)
    body.path("M-38 0C-34-13-14-19 8-14C20-11 28-6 34 0Z", "e")
    body.path("M40 0C41-7 38-13 33-16C39-17 43-14 45-10C48-15 52-17 57-15C51-12 48-6 48 0Z", "e")
    body.disc(-24, -5, 0.9, "h", edge=False)
    body.stroke("M-20-16C-21-24-25-27-30-26M-20-16C-19-25-14-29-9-27M-20-16V-28", body.look.mark, 0.9)


def loon(pen: Pen, x: float, y: float, size: float) -> None:
    """A water bird swimming."""
    bird = pen.at(x, y, size)
    bird.path(
        "M-26 0C-20-9-4-12 12-8C15-12 16-17 16-22C16-28 20-31 25-31C30-31 33-28 34-24"
        "L44-21 34-19C32-13 32-7 30-2C27 6 16 9 0 8C-14 8-23 5-26 0Z",
        "f",
    )
    bird.path(
        "M-14-3C-8-7 1-8 9-6C3-2-5-1-14-3ZM17-14C20-12.500 24-12.500 28-13.600"
        "L27.400-10.600C23-9.600 20-9.600 16.400-10.800Z",
        "h",
        edge=False,
    )
    bird.disc(26, -25, 1.5, "s", edge=False)


def owl(pen: Pen, x: float, y: float, size: float) -> None:
    """An owl on a branch at (x, y)."""
    bird = pen.at(x, y, size)
    bird.path("M-10 0C-16-12-15-28-10-36L-9-42-4-38C-1-39 2-39 5-38L10-42 11-36C16-28 17-12 11 0C7 5-6 5-10 0Z", "e")
    bird.path("M-6-2C-9-10-8-18-6-22C-2-19 3-19 7-22C9-18 10-10 7-2C4 1-3 1-6-2Z", "d")
    for side in (-4.5, 5.5):
        bird.disc(side, -30, 4.6, "h")
        bird.disc(side, -30, 2.0, "f", edge=False)
    bird.path("M.5-28 2.500-24 .5-22.500-1.500-24Z", "t")
