"""Fonts of this machine: one that has every letter of a text.

Not: set text in lines (`webapp.core.line_breaks`).
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont, features

_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts", "/Library/Fonts", "C:/Windows/Fonts")
_BROAD = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial Unicode.ttf", "LiberationSans-Regular.ttf", "arial.ttf")
_WIDE = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKjp-Regular.otf",
    "wqy-microhei.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "AppleSDGothicNeo.ttc",
    "msyh.ttc",
    "malgun.ttf",
)

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
FontFor = Callable[[str, int], tuple[Font, str] | None]
"""A font of this size that has every letter of the text, and the text without the signs it lacks; ``None``: there is
none."""


def font_for(text: str, size: int) -> tuple[Font, str] | None:
    """A font that has every letter of the text, and the text without the signs it lacks (emoji, for one).

    ``None`` when the text is empty or no installed font can write it properly: no boxes instead of letters.
    """
    letters = {letter for letter in text if unicodedata.category(letter)[0] in "LMN"}
    if not letters:
        return None
    if not features.check("raqm") and not all(_simple(letter) for letter in letters):
        return None  # without shaping, such a script comes out backwards or disjoint
    for font in _candidates(letters, size):
        if all(_has(font, letter) for letter in letters):
            kept = "".join(letter for letter in text if letter == " " or (letter.isprintable() and _has(font, letter)))
            return font, " ".join(kept.split())
    return None


def _simple(letter: str) -> bool:
    return unicodedata.bidirectional(letter) in ("L", "EN", "NSM") and not 0x900 <= ord(letter) < 0x1100


def _candidates(letters: set[str], size: int) -> Iterator[Font]:
    yield bundled(size)
    unusual = max(letters, key=ord)
    script = unicodedata.name(unusual, "").split(" ")[0].split("-")[0].capitalize()
    for name in (*_BROAD, f"NotoSans{script}-Regular.ttf", f"NotoNaskh{script}-Regular.ttf", *_WIDE):
        if name in _installed():
            font = _loaded(_installed()[name], size)
            if font is not None:
                yield font


@lru_cache(maxsize=16)
def bundled(size: int) -> Font:
    """The font that comes with Pillow, for Latin letters."""
    return ImageFont.load_default(size=size)


@lru_cache(maxsize=32)
def _loaded(path: Path, size: int) -> Font | None:
    try:
        return ImageFont.truetype(path, size)
    except OSError:
        return None


@lru_cache(maxsize=1)
def _installed() -> dict[str, Path]:
    """Font files of this machine by file name."""
    found: dict[str, Path] = {}
    for folder in _FOLDERS:
        for at, folders, files in os.walk(folder):
            folders.sort()
            for name in sorted(files):
                if name.lower().endswith((".ttf", ".ttc", ".otf")):
                    found.setdefault(name, Path(at, name))
    return found


@lru_cache(maxsize=4096)
def _has(font: Font, letter: str) -> bool:
    """Whether the font draws the letter as something else than its box for unknown ones."""
    return bytes(font.getmask(letter)) != bytes(font.getmask("\U0010fffe")) or not letter.strip()
