"""Figures: whole people, people at work, faces and hands."""

from __future__ import annotations

import random

from webapp.providers.sketch.drawing.outlines import Point
from webapp.providers.sketch.drawing.pen import Paint, Pen
from webapp.providers.sketch.drawing.prompt_reading import PromptReading

TALL = 26.0
"""A grown figure at size 1, in units."""

COMPANION = "girl"
"""Who returns in every image of a consistent style."""

BY_SHOT = {"close": 1.35, "medium": 0.95, "wide": 0.62, "aerial": 0.5}
"""How large people are drawn, by the shot."""

_SIZES = {"girl": 0.78, "boy": 0.78, "man": 1.06, "woman": 1.0, "elder": 0.94}


def figure(
    pen: Pen,
    x: float,
    y: float,
    size: float,
    who: str = "man",
    coat: Paint = "g",
    *,
    flip: bool = False,
    lamp: bool = False,
) -> None:
    """A standing person with the feet at (x, y). ``lamp`` puts a lit lantern into the hand."""
    body = pen.at(x, y, size * _SIZES.get(who, 1.0), flip=flip)
    if lamp:
        body.glow(7.4, -8, 13, 0.26)
    _legs(body, who)
    if who in ("girl", "woman"):
        body.path(
            "M-2.700-18C-4.600-16.500-5.600-11-6.200-5.200"
            "C-2-3.600 2-3.600 6.200-5.200C5.600-11 4.600-16.500 2.700-18Z",
            coat,
        )
    else:
        body.path("M-3-18C-4.800-16.500-5-12-5.100-7.600C-2-6.200 2-6.200 5.100-7.600C5-12 4.800-16.500 3-18Z", coat)
    sleeve = _darker(body, coat)
    body.limbs([[(-3.6, -15.6), (-5.1, -10.4)]], sleeve, 2.2)
    body.limbs([[(3.5, -15.6), (6.7, -11.6)] if lamp else [(3.6, -15.6), (5.1, -10.4)]], sleeve, 2.2)
    if lamp:
        lantern(body, 7.4, -11.4, 0.5)
    head(body, 0, -20.6, who)


def _legs(body: Pen, who: str) -> None:
    if who in ("girl", "woman"):
        body.limbs([[(-1.6, -6), (-1.7, -0.7)], [(1.6, -6), (1.7, -0.7)]], "f", 1.7)
    else:
        body.path("M-3.600-9-3.200 0H-.4L0-7 .4 0H3.200L3.600-9Z", "f")


def head(body: Pen, x: float, y: float, who: str) -> None:
    """A small head: hair or hat by the kind of person."""
    top = body.at(x, y)
    if who in ("girl", "woman"):
        top.path("M-3.300-.6C-3.400-4.300 3.400-4.300 3.300-.6L3.900 4.400C2 5.400-2 5.400-3.900 4.400Z", "f")
    top.disc(0, 0, 2.9, "k")
    if who == "girl":
        top.path("M-5.700-1C-3.600-1.600-3.400-5.200 0-5.200S3.600-1.600 5.700-1C3 .4-3 .4-5.700-1Z", "t")
    elif who == "woman":
        top.path("M-3-.2C-3.600-4.800 3.600-4.800 3-.2C1.500-2.200-1-2.600-3-.2Z", "f")
        top.disc(0, -3.9, 1.4, "f")
    elif who == "elder":
        top.path("M-2.900.2C-2.600 4.600 2.600 4.600 2.900.2C1.400 1.400-1.400 1.400-2.900.2Z", "h")
        top.path("M-3-.8C-3.200-4.400 3.200-4.400 3-.8C1-2-1-2-3-.8Z", "h")
    elif who == "boy":
        top.path("M-3-.4C-3.400-4.600 3.400-4.600 3.100-.6L5-.4C4.400.2 2.600-.2 1.600-1.300C0-.8-1.800-.9-3-.4Z", "i")
    else:
        top.path("M-3.100-.8C-3.300-4.600 3.300-4.600 3.100-.8L4.500-.5C2 .3-2 .3-4.500-.5Z", "f")


def group(
    pen: Pen, chance: random.Random, reading: PromptReading, x: float, y: float, size: float, *, lamp: bool = False
) -> None:
    """The people a beat speaks of, the first one in front, side by side around x."""
    kinds = [first(pen, reading), *chance.sample(["man", "woman", "boy", "elder", "girl", "woman", "man"], 7)]
    coats: list[Paint] = ["g", "i", "d", "o", "e", "g", "i"]
    count = min(reading.people, 6)
    spots = [x + (i - (count - 1) / 2) * 10.5 * size for i in range(count)]
    lamps = reading.has("lights") or lamp
    for i, spot in sorted(enumerate(spots), key=lambda pair: -pair[0]):
        figure(
            pen,
            spot,
            y + (i % 2) * 1.2 * size,
            size,
            kinds[i],
            coats[i],
            flip=i % 2 == 1,
            lamp=lamps and (i == 0 or reading.has("lights")),
        )


def first(pen: Pen, reading: PromptReading) -> str:
    """The kind of person nearest to us, "" for nobody. In a consistent style it is always the same one."""
    if reading.empty:
        return ""
    if pen.look.companion:
        return COMPANION
    return reading.who if reading.people else ""


def stand(
    pen: Pen,
    reading: PromptReading,
    chance: random.Random,
    x: float,
    y: float,
    size: float | None = None,
    *,
    flip: bool = False,
    lamp: bool = False,
) -> None:
    """Put the beat's people at (x, y). ``lamp`` lets them carry the lamp that the words name."""
    size = BY_SHOT[reading.shot] if size is None else size
    lamp = lamp and reading.has("lamp", "candle") and reading.people > 0
    who = first(pen, reading)
    if reading.people > 1:
        group(pen, chance, reading, x, y, size, lamp=lamp)
    elif who:
        figure(pen, x, y, size, who, "g", flip=flip, lamp=lamp)


def rower(pen: Pen, who: str, coat: Paint = "g") -> None:
    """Someone sitting in a rowing boat, arms at the oars; the pen stands on the bench."""
    pen.path("M-4.600 2C-4.600-5-3-9 0-9S4.600-5 4.600 2Z", coat)
    pen.limbs([[(2.4, -5.6), (6.0, -2.6), (9.4, -2.2)]], _darker(pen, coat), 2.1)
    head(pen, 0.3, -11.6, who)


def portrait(pen: Pen, x: float, y: float, size: float, who: str, *, lit: bool) -> None:
    """Head and shoulders, looking at us; (x, y) is the chin."""
    bust = pen.at(x, y, size)
    if who in ("girl", "woman"):
        bust.path("M-15-12C-17-34 17-34 15-12L18 14C10 18-10 18-18 14Z", "f")
    bust.path("M-34 44C-33 18-20 8-8 6H8C20 8 33 18 34 44Z", "g")
    bust.path("M-8 6C-6 14 6 14 8 6L6-4H-6Z", bust.tone("k", "o", 0.28))
    bust.path("M-11.500-15C-11.500-27 11.500-27 11.500-15C11.500-5 6 1.500 0 1.500S-11.500-5-11.500-15Z", "k")
    bust.path("M-9 7C-4 13 4 13 9 7L14 12C8 22-8 22-14 12Z", "t" if who == "girl" else "i")
    _features(bust)
    if lit:
        bust.path(
            "M0 1.500C6 1.500 11.500-5 11.500-15C11.500-20 9-23.500 6-24.500C9-14 6-5 0 1.500Z", "s", 0.28, edge=False
        )
    if who == "girl":
        bust.path("M-25-17C-16-19-15-36 0-36S16-19 25-17C14-10.500-14-10.500-25-17Z", "t")
        bust.path(
            "M-15.200-22.500C-6-19.500 6-19.500 15.200-22.500L14-26C5-23.500-5-23.500-14-26Z", "o", 0.45, edge=False
        )
    elif who in ("man", "boy"):
        bust.path("M-12.500-16C-14-32 14-32 12.500-16C10-22 4-23.500-2-22C-7-21-11-20-12.500-16Z", "f")
    elif who == "elder":
        bust.path("M-11.500-9C-11 8 11 8 11.500-9C7-4.500-7-4.500-11.500-9Z", "h")
        bust.path("M-12.500-16C-14-31 14-31 12.500-16C8-23-8-23-12.500-16Z", "h")
    else:
        bust.path("M-12.500-12C-15-31 15-31 12.500-12C11-20 4-23-3-22.500C-8-21-11.500-18-12.500-12Z", "f")


def _features(bust: Pen) -> None:
    ink: Paint = bust.look.line or "f"
    for side in (-1, 1):
        bust.disc(4.6 * side, -12.2, 1.05, ink, edge=False)
        bust.line([(3.0 * side, -15.6), (5.0 * side, -16.3), (6.6 * side, -15.5)], ink, 0.6)
        bust.disc(7.2 * side, -7.4, 2.0, "g", 0.22, edge=False)
    bust.line([(0.3, -11.0), (1.2, -7.8), (-0.3, -7.4)], bust.tone("k", "f", 0.35), 0.6)
    bust.stroke("M-3.200-3.800C-1.400-2.400 1.400-2.400 3.200-3.800", ink, 0.7)


def sleeper(pen: Pen, x: float, y: float) -> None:
    """A head on a pillow."""
    pen.path(f"M{x - 5} {y + 2}C{x - 6} {y - 6} {x + 5} {y - 7} {x + 5} {y}Z", "f")
    pen.disc(x + 0.6, y, 3.6, "k")
    pen.line([(x + 0.8, y - 0.2), (x + 2.6, y + 0.2)], pen.look.line or "f", 0.45)


def hands(pen: Pen, x: float, y: float, size: float, coat: Paint = "g") -> None:
    """Two hands held together around something that is at (x, y) and about 24 units wide."""
    for flip in (False, True):
        hand = pen.at(x, y, size, flip=flip)
        fingers: list[list[Point]] = [
            [(-17, 13 - 5.2 * i), (-13.5 + 0.5 * i, 7.4 - 5.6 * i), (-7.4 + 0.8 * i, 5.6 - 5.4 * i)] for i in range(4)
        ]
        palm = "M-26 26C-27 16-25 4-19-4C-14-6-12 0-12.500 6C-12.500 14-15 22-19 27L-30 44-40 34Z"
        hand.limbs(fingers, "k", 4.6, palm)
        hand.path(
            "M-19-4C-14-6-12 0-12.500 6C-12.500 14-15 22-19 27L-25 35C-20 18-16 6-19-4Z",
            hand.tone("k", "o", 0.4),
            0.45,
            edge=False,
        )
        hand.limbs([[(-18, 19), (-11.5, 15), (-6.4, 14.4)]], "k", 5.0)
        hand.disc(-18.6, 19.6, 3.4, "k", edge=False)
        hand.path("M-30 22 -15 36C-20 48-26 54-30 60H-60C-52 44-42 30-30 22Z", coat)
        hand.path("M-31.500 20.500-13.500 36.500-16 40-34.500 24Z", hand.tone("h", "g", 0.15))


def writing_hand(hand: Pen) -> None:
    """A hand that holds a pen whose point is at the origin."""
    hand.limbs(
        [[(16, 14), (8, 4), (-1, 1)], [(20, 8), (12, -4), (3, -4)], [(17, 20), (6, 12), (-1, 9)]],
        "k",
        5.2,
        "M12 18C10 8 16 3 23 6C29 8 33 16 40 24L30 38C22 32 14 26 12 18Z",
    )
    hand.path("M30 18 17 32C26 44 40 56 52 64H84V40C64 40 44 32 30 18Z", "g")
    hand.path("M31 15.500 14.500 32 18 36 35 19Z", hand.tone("h", "g", 0.15))


def lantern(pen: Pen, x: float, y: float, size: float) -> None:
    """A small brass lantern hanging from (x, y), lit, without its glow."""
    lamp = pen.at(x, y, size)
    ink: Paint = lamp.look.line or "o"
    lamp.stroke("M-2.600 3.400C-2.600-1 2.600-1 2.600 3.400", ink, 0.7)
    lamp.path("M-3.400 5C-2.600 2.800 2.600 2.800 3.400 5Z", "t")
    lamp.box(-3, 5, 6, 6.4, "h")
    lamp.path("M0 5.600C1.800 8 1.900 10.400 0 10.800S-1.800 8 0 5.600Z", "t" if lamp.look.line else "s")
    lamp.path("M-4 11.400H4L3.400 13.400H-3.400Z", "t")


def _darker(pen: Pen, paint: Paint) -> Paint:
    return pen.tone(paint, "f", 0.2) if isinstance(paint, str) else paint
