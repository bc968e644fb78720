"""How an image is coloured: palettes by hour and weather, and the treatment that each style stands for.

A palette gives every *role* a colour. Scenes are drawn in roles only, so the same scene can be painted, inked or
printed in few colours: ``a`` upper sky, ``b`` lower sky and paths, ``s`` light, ``c`` far, ``d`` middle, ``e`` near,
``f`` darkest, ``h`` palest, ``w`` water, ``g`` coats and accents, ``i`` a second coat, ``k`` skin,
``t`` hats and brass, ``o`` wood.
"""

from __future__ import annotations

import colorsys
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from webapp.providers.sketch.drawing.prompt_reading import PromptReading

Colour = tuple[int, int, int]

_ROLES = "abscdefhwgikto"
_PALETTES: Mapping[str, str] = {
    "dawn": "f2a98c fde6cf fff1cf b98aa0 836f96 454d74 262b49 ffe6cb a795b7 c8553d 3f6f8c eabd97 f0b429 8a5a4e",
    "noon": "86c5e3 e5f4f6 fff6cf 93c3a5 5f9e7d 2f6d58 1b403a f5e6c6 6cb0ce d2583f 2f5d8c eabd97 f2b632 8f6a48",
    "dusk": "e8744f f9c784 ffe6a0 925c7c 61426f 372b53 1e1935 f6c9a0 ab657b d2493f 3f5f92 e0a67f f3b53a 6d3f4a",
    "night": "131d3b 4c6aa3 f6f0cd 2b4070 1f3059 14203f 0a1128 c9d6f2 2c4877 a8504e 3d5f9e c2a08f d9a94a 3b3556",
    "gold": "efc583 fbefd6 fffaf0 dba05b bb6a34 733e24 3c2218 fbe7c6 93b3b2 a8402c 3f6a70 e6b48a f0bb3c 8a5228",
    "spring": "bcd39a f0f4dc fffbe0 a7c07c 79995c 456a40 24402b f4ead0 8ab79e c8553d 3c6d86 e8bb94 eeb52f 7d6340",
    "rose": "e9a6ad fbe4e0 fff4ea c58aa6 95688f 5d4672 33294c fde5d8 b894b3 b8455b 4a6a9a eabd97 f0b860 87586a",
    "snow": "a9c4dc eef4f9 fffdf2 a3bace 7d97b1 4b647f 2a3d54 fdfeff b4cfe2 c8503f 3f6a96 ecc3a0 f0b52f 7a6a62",
    "snow-night": "1a2749 6f8bb8 fff0c4 4a6292 8098c2 32486f 121b36 e4ecfa 466496 b65048 4a6ba8 cba692 e8b04a 4a4260",
    "snow-dusk": "c98a9b f6d9c6 fff0c8 a893b8 8d8fb8 55608c 2b3157 fbf1f3 a9aecb c4503f 46689c e8b695 f0b440 765668",
    "storm": "4b6178 a9bcc2 f2eecb 66808f 49647a 30465b 18263a dfeaec 4a6f86 c4553f 41729a d9b096 e6ad3c 5d5452",
    "storm-night": "161f38 3c5372 fff2b8 33496a 263b5b 182744 0a1126 c4d6e6 29476a ad4f48 3b6496 c2a08f e0ab45 3a3650",
    "lamplight": "3a2a52 8c4f5c ffd98a 7d4a66 5b3a60 3d2a50 1d1634 f7d6a6 4e4a78 c4503f 47639c dca27c f0b23c 6b3f48",
    "ochre": "e9d3a6 f7efdf e08a34 cdb98f 8f9d88 506c6c 24404a fbf4e4 a5bbb2 b4532a 3f7078 e8b98f d9a441 8a5f3c",
    "ochre-dusk": "d99a5b f3dcae f6c56a bf8d68 8a7f74 4d6064 22383f fbf0da 93a39a b04a26 3a6a72 e2ae84 e0a93c 7a4e34",
    "ochre-night": "2c4c56 557a80 f0c069 3f6268 34545c 284750 162e36 fbf4e4 47696e b4532a 5a8a8c d6a683 d9a441 5a4636",
    "ochre-storm": "7f918c cfd0ba f2d28a 7d8f88 5f7877 3f5b60 1e353c f4efdf 6d8a88 b4532a 3f7078 dfb08a d9a441 6a5340",
    "ochre-room": "dcbf8e f3e4c4 e08a34 c7a878 8f9d88 5b7573 24404a fbf4e4 a5bbb2 b4532a 3f7078 e8b98f d9a441 8a5f3c",
}
_INK = "ffffff ffffff {s} f3f5f9 e7ebf3 d8dfea 4a566b ffffff e6f0fa {s} cfd8e6 ffffff {s} dfe4ec"
_INK_DARK = "dde4f0 eef2f8 {s} d3dcea c4cfe0 b3c0d5 46526a ffffff cfdcec {s} a9b7cd ffffff {s} c3ccda"
_ACCENTS: Mapping[str, str] = {"yellow": "ffd45e", "coral": "ff9d86", "mint": "7fd6c2", "blue": "8fb9f2"}


@dataclass(frozen=True, slots=True)
class Look:
    """One treatment: a colour for every role, the ink of the outlines if any, and the caption strip's colours.

    ``companion`` says that one and the same figure belongs into every image.
    """

    colours: Mapping[str, Colour]
    line: Colour | None
    strip: Colour
    text: Colour
    companion: bool
    dark: bool

    @property
    def mark(self) -> str:
        """The role of small bright marks (glints, flakes), which on white paper have to be dark."""
        return "f" if self.line else "h"

    def __getitem__(self, role: str) -> Colour:
        return self.colours[role]


def look_for(style: str, reading: PromptReading) -> Look:
    """The treatment of a style for a beat. Unknown styles get one of their own, derived from the name."""
    if style == "illustration":
        return _painted(_hour(reading), reading)
    if style == "clear":
        return _inked(_accent(reading), reading)
    if style == "consistent":
        return _few_colours(reading)
    return _own(style, reading)


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """``share`` of the other colour in the one."""
    r, g, b = (round(x + (y - x) * share) for x, y in zip(one, other, strict=True))
    return r, g, b


def _hour(reading: PromptReading) -> str:
    if reading.weather == "storm" or (reading.weather == "rain" and not reading.dark):
        return "storm-night" if reading.dark else "storm"
    indoors = reading.place in ("room", "stairs") or (
        reading.shot == "close" and reading.has("lamp", "candle", "fire", "lights")
    )
    if indoors and reading.time in ("night", "dusk"):
        return "lamplight"
    if reading.weather == "snow":
        return {"night": "snow-night", "dusk": "snow-dusk", "dawn": "snow-dusk"}.get(reading.time, "snow")
    return reading.time


def _painted(name: str, reading: PromptReading) -> Look:
    return Look(_colours(_PALETTES[name]), None, (22, 23, 40), (246, 240, 228), companion=False, dark=reading.dark)


def _inked(accent: str, reading: PromptReading) -> Look:
    sheet = _INK_DARK if reading.dark or reading.weather == "storm" else _INK
    colours = _colours(sheet.format(s=_ACCENTS[accent]))
    return Look(colours, (58, 69, 96), (255, 255, 255), (46, 55, 80), companion=False, dark=reading.dark)


def _accent(reading: PromptReading) -> str:
    if reading.tint:
        return reading.tint
    if reading.time in ("dawn", "dusk", "rose"):
        return "coral"
    if reading.time == "spring" or reading.place in ("street", "forest"):
        return "mint"
    return "blue" if reading.weather == "rain" else "yellow"


def _few_colours(reading: PromptReading) -> Look:
    name = "ochre"
    if reading.dark:
        name = "ochre-night"
    elif reading.weather in ("storm", "rain", "fog"):
        name = "ochre-storm"
    elif reading.time == "dusk":
        name = "ochre-dusk"
    elif reading.place in ("room", "stairs"):
        name = "ochre-room"
    strip = (36, 64, 74)
    return Look(_colours(_PALETTES[name]), None, strip, (251, 244, 228), companion=True, dark=reading.dark)


def _own(style: str, reading: PromptReading) -> Look:
    """Ink on tinted paper, a tinted painting, or a print in two inks: which one, and its tint, follow from the name."""
    digest = hashlib.blake2s(style.encode("utf-8", "surrogatepass")).digest()
    hue, kind = digest[0] / 256, digest[1] % 3
    if kind == 0:
        return _tinted(_inked(sorted(_ACCENTS)[digest[2] % 4], reading), _hls(hue, 0.72, 0.55), 0.16, 1.0)
    if kind == 1:
        return _tinted(_painted(_hour(reading), reading), _hls(hue, 0.52, 0.38), 0.34, 0.55)
    return _two_inks(_painted(_hour(reading), reading), hue)


def _tinted(base: Look, tint: Colour, share: float, rich: float) -> Look:
    colours = {role: mix(_calmer(colour, rich), tint, share) for role, colour in base.colours.items()}
    line = mix(base.line, tint, share) if base.line else None
    return replace(base, colours=colours, line=line, strip=mix(base.strip, tint, share), text=base.text)


def _two_inks(base: Look, hue: float) -> Look:
    dark, pale, other = _hls(hue, 0.15, 0.42), _hls(hue, 0.95, 0.6), _hls(hue + 0.42, 0.62, 0.72)
    colours = {role: mix(dark, pale, _brightness(colour)) for role, colour in base.colours.items()}
    colours |= {"g": other, "t": mix(other, pale, 0.25), "s": mix(other, pale, 0.55)}
    return replace(base, colours=colours, strip=dark, text=pale)


def _brightness(colour: Colour) -> float:
    return (0.3 * colour[0] + 0.59 * colour[1] + 0.11 * colour[2]) / 255


def _calmer(colour: Colour, rich: float) -> Colour:
    grey = round(_brightness(colour) * 255)
    return mix((grey, grey, grey), colour, rich)


def _hls(hue: float, light: float, rich: float) -> Colour:
    r, g, b = colorsys.hls_to_rgb(hue % 1.0, light, rich)
    return round(r * 255), round(g * 255), round(b * 255)


def _colours(text: str) -> dict[str, Colour]:
    return {role: _colour(code) for role, code in zip(_ROLES, text.split(), strict=True)}


def _colour(code: str) -> Colour:
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)
