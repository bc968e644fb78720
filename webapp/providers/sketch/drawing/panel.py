"""One storyboard panel: from a request to the bytes of a PNG."""

from __future__ import annotations

import hashlib
import io
import random
import re

from PIL.PngImagePlugin import PngInfo

from webapp.core.image_request import ImageRequest
from webapp.providers.sketch.drawing import (
    air,
    caption,
    prompt_reading,
    scenes,
)
from webapp.providers.sketch.drawing.palette import look_for
from webapp.providers.sketch.drawing.pen import Paper

SOFTWARE = "Step 8 offline sketch"
_PIXELS = 1344 * 756
_ASPECT = re.compile(r"\s*(\d{1,4})\s*[:x/]\s*(\d{1,4})\s*\Z")


def draw(request: ImageRequest) -> bytes:
    """Draw the request's panel as PNG. The same request (but for its attempt) always gives the same bytes."""
    chance = random.Random(_seed(request))
    reading = prompt_reading.read(request.phrase, request.prompt, chance)
    look = look_for(request.style, reading)
    width, height = size_for(request.aspect)
    strip = caption.strip_height(width, height)
    paper = Paper(width, height, strip, look)
    pen = paper.pen()
    scenes.compose(pen, reading, chance)
    if reading.place not in ("room", "stairs") and reading.shot != "close":
        air.weather(pen, reading, chance)
    caption.draw_strip(paper.image, paper.strip, look, request.number, request.phrase)
    about = PngInfo()
    about.add_text("Software", SOFTWARE)
    out = io.BytesIO()
    paper.finished().save(out, "PNG", pnginfo=about, compress_level=4)
    return out.getvalue()


def size_for(aspect: str) -> tuple[int, int]:
    """Width and height for an aspect like ``16:9``, always about a megapixel; 16:9 for anything unreadable."""
    match = _ASPECT.match(aspect)
    across, down = (int(match[1]), int(match[2])) if match else (16, 9)
    ratio = min(4.0, max(0.25, across / down)) if across and down else 16 / 9
    width = round((_PIXELS * ratio) ** 0.5 / 4) * 4
    return width, round(width / ratio / 4) * 4


def _seed(request: ImageRequest) -> int:
    parts = (request.style, request.number, request.phrase, request.prompt, str(request.seed), request.aspect)
    digest = hashlib.blake2s(digest_size=8)
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        digest.update(len(data).to_bytes(8, "big") + data)
    return int.from_bytes(digest.digest(), "big")
