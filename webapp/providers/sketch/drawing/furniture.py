"""Tables, chairs, beds, fireplaces, shelves."""

from __future__ import annotations

import random

from webapp.providers.sketch.drawing import people
from webapp.providers.sketch.drawing.pen import Pen
from webapp.providers.sketch.drawing.prompt_reading import PromptReading


def table(pen: Pen, reading: PromptReading, x: float, foot: float, *, lit: bool) -> None:
    """A table with what the words put on it, seen from the side."""
    top = foot - 20
    board = pen.at(x, top)
    if reading.has("lamp", "candle") or lit:
        gone = reading.weather == "storm" and reading.has("window")
        if not gone:
            board.glow(-10, -9, 27, 0.24)
            people.lantern(board, -10, -14, 1.05)
    board.box(-27, 3, 3.4, 17, pen.tone("o", "f", 0.35))
    board.box(23.6, 3, 3.4, 17, pen.tone("o", "f", 0.35))
    board.box(-32, 0, 64, 3.6, "o")
    if reading.has("book", "letter"):
        board.path("M4 0C10-4 16-3 19-1C22-3 28-4 33 0Z", "h")
        board.path("M19-1V0", "f")
    elif reading.weather == "storm":
        _scattered(board)
    elif reading.has("cup"):
        board.path("M10-7H18V-3C18-.5 10-.5 10-3ZM18-6C21-6 21-2.600 17.600-2.400", "h")
    else:
        board.path("M10-5H22C21-1 19 0 16 0S11-1 10-5Z", "i")


def _scattered(board: Pen) -> None:
    """What the wind has left: sheets in the air."""
    for x, y, lean in ((6, -9, 0.3), (22, -20, -0.5), (40, -34, 0.8), (52, -12, -0.2), (-14, -3, 0.1)):
        board.area(
            [
                (x - 4, y - 2.6 - lean * 2),
                (x + 4, y - 2.6 + lean * 2),
                (x + 4.6, y + 2.6 + lean * 2),
                (x - 3.4, y + 2.6 - lean * 2),
            ],
            "h",
        )
    for x, y, lean in ((-34, 22, 0.4), (-6, 25, -0.6), (20, 23, 0.2), (44, 26, -0.3), (38, 19, 0.7)):
        board.area([(x - 2, y), (x + 0.4 + lean, y - 2.4), (x + 2.2, y + 0.8)], "w", 0.9)


def chair(pen: Pen, x: float, foot: float, size: float, *, flip: bool = False) -> None:
    """A plain wooden chair."""
    seat = pen.at(x, foot, size, flip=flip)
    seat.path("M-13-50H-9.600L-6.800-19H12V-15.200H10.600L12 0H9L7.600-15.200H-6L-8 0H-11L-9.400-18Z", "f")
    seat.path("M-9.800-45.500-4-46.600-3.300-40-9.200-39Z", "f")


def bed(pen: Pen, x: float, foot: float, size: float, sleeper: str = "") -> None:
    """A bed with a blanket, and whoever sleeps in it."""
    cot = pen.at(x, foot, size)
    cot.path("M-34-30H-30V0H-34ZM30-18H34V0H30Z", "o")
    cot.box(-31, -11, 62, 6, "o")
    cot.path("M-30-17H30V-9H-30Z", "h")
    cot.path("M-29-17C-28-23-16-23-15-17Z", "h")
    if sleeper:
        people.sleeper(cot, -20, -20)
    cot.path("M-13-18C0-22 20-21 31-17V-8H-13Z", "g")
    cot.path("M-4-19.500 0-8H4L0-20ZM12-20.200 15-8H19L16-19.800Z", "s", 0.5, edge=False)


def fireplace(pen: Pen, x: float, foot: float, size: float) -> None:
    """A hearth with a fire."""
    stone = pen.at(x, foot, size)
    stone.box(-20, -40, 40, 40, pen.tone("c", "h", 0.25) if not pen.look.dark else "c")
    stone.box(-24, -43, 48, 4.5, "o")
    stone.path("M-13 0V-20C-13-30 13-30 13-20V0Z", "f")
    stone.glow(0, -8, 30, 0.26)
    stone.path("M-9 0C-11-8-5-10-4-17C0-14 1-11 1-9C3-11 3-14 3-16C8-11 11-5 8 0Z", "g")
    stone.path("M-5 0C-6-5-2-7-1-11C3-8 6-4 4 0Z", "s")
    stone.path("M-10-1.500H10V1H-10Z", "o")


def shelf(pen: Pen, chance: random.Random, x: float, floor: float) -> None:
    """A bookshelf."""
    pen.box(x - 19, floor - 52, 38, 52, pen.tone("o", "f", 0.35))
    for row in range(3):
        at, base = x - 16.5, floor - 36 + row * 16.5
        while at < x + 13:
            wide, tall = chance.uniform(2, 4), chance.uniform(8, 13)
            pen.box(at, base - tall, wide, tall, chance.choice(("g", "i", "t", "h", "d", "c")))
            at += wide + 0.2
        pen.box(x - 18, base, 36, 1.6, "o")


def pictures(pen: Pen, chance: random.Random, x: float, floor: float) -> None:
    """Two framed pictures on the wall."""
    for dx, dy, w, h in ((-15, -46, 14, 18), (3, -42, 15, 12)):
        pen.box(x + dx, floor + dy, w, h, "o")
        pen.box(x + dx + 1.4, floor + dy + 1.4, w - 2.8, h - 2.8, chance.choice(("h", "b")))
        pen.area(
            [
                (x + dx + 1.4, floor + dy + h - 1.4),
                (x + dx + w * 0.45, floor + dy + h * 0.45),
                (x + dx + w - 1.4, floor + dy + h - 1.4),
            ],
            "d",
            edge=False,
        )


def table_top(pen: Pen, y: float) -> None:
    """A table's surface across the lower image, for things seen closely."""
    pen.box(-3, y, pen.w + 6, pen.h, "o" if not pen.look.dark else pen.tone("o", "e", 0.3))
    for i in range(1, 4):
        at = y + (pen.h - y) * (i / 4) ** 1.4
        pen.line([(-3, at), (pen.w + 3, at)], pen.tone("o", "f", 0.35), 0.4)
    pen.box(-3, y, pen.w + 6, 1.6, pen.tone("o", "h", 0.35), edge=False)
