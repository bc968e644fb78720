"""The caption strip: the beat's number, its phrase, and the mark that says where the image comes from."""

from __future__ import annotations

import unicodedata

from PIL import Image, ImageDraw

from webapp.core.line_breaks import wrapped
from webapp.fonts import bundled, font_for
from webapp.providers.sketch.drawing.palette import Look, mix

MARK = "offline sketch"
"""Stands in every image, so that nobody takes one for the work of an image model."""

_RIGHT_TO_LEFT = frozenset({"R", "AL"})
_LONGEST = 400


def strip_height(width: int, height: int) -> int:
    """How many pixels the strip takes of an image of this size."""
    return round(_unit(width, height) * (84 if width >= height else 124))


def draw_strip(image: Image.Image, height: int, look: Look, number: str, phrase: str) -> None:
    """Write the strip into the lowest ``height`` pixels of the image."""
    pen = ImageDraw.Draw(image)
    width, top, unit = image.width, image.height - height, _unit(*image.size)
    pen.rectangle((0, top, width, image.height), fill=look.strip)
    if look.line:
        pen.rectangle((0, top, width, top + round(4 * unit)), fill=look.line)
    margin, middle = round(30 * unit), top + height / 2 + (2 if look.line else 0)
    stacked = width < image.height
    mark = _mark(pen, width - margin, top + height * (0.22 if stacked else 0.5), unit, look)
    line = top + height * 0.22 if stacked else middle
    start = margin + _number(pen, margin, line, unit, look, number)
    left, room = (
        (margin, width - 2 * margin) if stacked else (start + round(24 * unit), mark - start - round(52 * unit))
    )
    _phrase(pen, left, room, top + height * 0.66 if stacked else middle, unit, look, phrase)


def _unit(width: int, height: int) -> float:
    return float((width * height / (1344 * 756)) ** 0.5)


def _mark(pen: ImageDraw.ImageDraw, right: float, middle: float, unit: float, look: Look) -> float:
    font = bundled(round(19 * unit))
    wide = font.getlength(MARK)
    pad, half, tone = round(12 * unit), round(17 * unit), mix(look.text, look.strip, 0.25)
    bounds = (right - wide - 2 * pad, middle - half, right, middle + half)
    pen.rounded_rectangle(bounds, half, outline=mix(look.text, look.strip, 0.55), width=max(1, round(1.6 * unit)))
    pen.text((right - pad - wide, middle), MARK, font=font, fill=tone, anchor="lm")
    return bounds[0]


def _number(pen: ImageDraw.ImageDraw, left: float, middle: float, unit: float, look: Look, number: str) -> float:
    text = "".join(letter for letter in number[:24] if letter.isascii() and letter.isprintable())
    font = bundled(round(36 * unit))
    pen.text(
        (left, middle),
        text,
        font=font,
        fill=look.text,
        anchor="lm",
        stroke_width=max(1, round(unit)),
        stroke_fill=look.text,
    )
    return font.getlength(text)


def _phrase(
    pen: ImageDraw.ImageDraw, left: float, room: float, middle: float, unit: float, look: Look, phrase: str
) -> None:
    size, gap = round(25 * unit), round(31 * unit)
    found = font_for(" ".join(phrase.split())[:_LONGEST], size)
    if found is None:
        return
    font, text = found
    backwards = any(unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text)
    lines = list(wrapped(text, font.getlength, room, 2))
    for i, line in enumerate(lines):
        y = middle + (i - (len(lines) - 1) / 2) * gap
        x, anchor = (left + room, "rm") if backwards else (left, "lm")
        pen.text((x, y), line, font=font, fill=look.text, anchor=anchor)
