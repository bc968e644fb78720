"""Lines of text as images, for what Helvetica cannot write and for subtitles in the image."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

from PIL import Image, ImageDraw

from webapp.core.line_breaks import wrapped
from webapp.fonts import Font, FontFor

_BACKWARDS = frozenset({"R", "AL"})


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """One line: its words, and a drawing of them, 255 where there is ink. Its base line is ``base`` pixels down."""

    text: str
    ink: Image.Image
    base: int


def is_backwards(text: str) -> bool:
    """Whether the text is written from right to left."""
    return any(unicodedata.bidirectional(letter) in _BACKWARDS for letter in text)


def drawn(text: str, size: int, room: float, most: int, font_for: FontFor) -> list[DrawnLine]:
    """The text in lines no wider than ``room`` pixels, at most so many; nothing when no installed font can write it."""
    found = font_for(" ".join(text.split()), size)
    if found is None:
        return []
    font, kept = found
    return [_line(line, font, size) for line in wrapped(kept, font.getlength, room, most)]


def _line(text: str, font: Font, size: int) -> DrawnLine:
    base, below = math.ceil(size * 1.05), math.ceil(size * 0.4)
    ink = Image.new("L", (max(1, math.ceil(font.getlength(text)) + 2), base + below), 0)
    ImageDraw.Draw(ink).text((1, base), text, font=font, fill=255, anchor="ls")
    return DrawnLine(text, ink, base)
