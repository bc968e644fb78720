"""Codec of images: from the bytes a provider sent to the PNG that is kept and its thumbnail. Alone decodes images."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import BinaryIO

from PIL import Image as Pillow
from PIL import ImageOps
from PIL.PngImagePlugin import PngInfo

from webapp.core.media_types import JPEG, JPEG_SIGNATURE, PNG_SIGNATURE, image_type
from webapp.disk.images.completeness import measure
from webapp.errors import NoImage

MAX_BODY = 64 * 1024 * 1024
MAX_PIXELS = 50_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
THUMB_WIDTH = 320

PNG_LEVEL = 1
PNG_STRATEGY = 3
"""Z_RLE: only repeats of the byte before are searched, since PNG's filters leave hardly any other. Of 1376x768 pixels
coarse grain took 89 ms and 2606 KB (zlib's own strategy at level 1: 144 ms and 2557 KB, at level 6: 159 and 2606), a
scene with fine grain 81 ms and 1555 KB (93 and 1833, 288 and 1563), a flat drawing 12 ms and 43 KB (12 and 71, 21
and 39)."""

THUMB_EFFORT = 2
"""Of WebP's 0 to 6. A thumbnail took 1.3 ms and 1402 bytes; 0 took 0.8 ms and 1894 bytes, 4 took 4.2 ms and 1458."""

_BEGINNINGS = (PNG_SIGNATURE, JPEG_SIGNATURE, b"RIFF")
_DAMAGED = "The picture that came is cut off or damaged."


def to_png(body: bytes, metadata: Mapping[str, str]) -> bytes:
    """Return the image as a PNG with this metadata and no other, whatever format it came in.

    Raises:
       NoImage: the bytes are no whole PNG, JPEG or WebP of a size that is accepted.
    """
    return both(body, metadata, small=False)[0]


def both(body: bytes, metadata: Mapping[str, str], *, small: bool = True) -> tuple[bytes, bytes]:
    """Return the image as by `to_png`, and its thumbnail, of one decoding.

    Raises:
       NoImage: as `to_png`.
    """
    _check_bytes(body)
    try:
        with _opened(io.BytesIO(body)) as first:
            first.verify()  # sees what decoding forgives: a PNG without its end
        with _opened(io.BytesIO(body)) as image:
            image.load()  # sees what verifying does not look at: the pixels
            plain = _plain(image)
            return _encoded(plain, metadata), _small(plain) if small else b""
    except NoImage:
        raise
    except Exception as error:  # Pillow raises nearly anything for damaged files
        raise NoImage(_DAMAGED, f"{type(error).__name__}: {error}"[:500]) from error


def thumbnail(file: BinaryIO) -> bytes | None:
    """Return a small WebP of an image file, or None when it cannot be decoded."""
    try:
        with _opened(file) as image:
            image.draft("RGB", (THUMB_WIDTH * 2, THUMB_WIDTH * 2))
            return _small(_plain(image))
    except Exception:  # as above; without a thumbnail the image itself is shown
        return None


def fitted(file: BinaryIO, width: int, height: int) -> Pillow.Image | None:
    """Return an image file as RGB within this box, transparent parts white; None when it cannot be decoded."""
    try:
        with _opened(file) as image:
            image.draft("RGB", (width * 2, height * 2))
            small = _plain(image)
            small.thumbnail((width, height))
            if small.mode == "RGBA":
                paper = Pillow.new("RGB", small.size, "white")
                paper.paste(small, mask=small.getchannel("A"))
                return paper
            return small
    except Exception:  # as above
        return None


def jpeg(image: Pillow.Image, quality: int = 82) -> bytes:
    """Return an RGB image as JPEG."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _check_bytes(body: bytes) -> None:
    if not body:
        raise NoImage("The answer holds no picture: it is empty.")
    if len(body) > MAX_BODY:
        raise NoImage(f"The picture that came is larger than {MAX_BODY // 1024 // 1024} MB.")
    if not body.startswith(_BEGINNINGS):
        start = body[:64].lstrip().lower()
        kind = {b"<": "a web page", b"{": "text", b"[": "text"}.get(start[:1], "something else")
        raise NoImage(f"The answer holds {kind}, not a PNG, JPEG or WebP picture.")
    is_jpeg = image_type(body) == JPEG  # its end is found by decoding alone: anything may hang behind it
    if not is_jpeg and measure(lambda count, place: body[place : place + count], len(body)) is None:
        raise NoImage(_DAMAGED)


def _opened(file: BinaryIO) -> Pillow.Image:
    image = Pillow.open(file, formats=FORMATS)
    if image.width * image.height > MAX_PIXELS:  # stricter than Pillow's own warning about such files
        size = f"{image.width} x {image.height} pixels"
        raise NoImage(f"The picture that came has {size}; at most {MAX_PIXELS // 1_000_000} million are taken.")
    return image


def _plain(image: Pillow.Image) -> Pillow.Image:
    """Return the image upright, 8 bits a channel, RGB (RGBA only where it is transparent), without metadata.

    Effect: ``image`` itself is changed.
    """
    ImageOps.exif_transpose(image, in_place=True)
    upright = image
    if upright.mode.startswith("I"):  # 16 bits of gray, which a plain conversion would clip to white
        upright = upright.convert("I").point(lambda value: value / 256).convert("L")
    if upright.has_transparency_data:
        upright = upright.convert("RGBA")
        if upright.getchannel("A").getextrema() == (255, 255):
            upright = upright.convert("RGB")
    elif upright.mode != "RGB":
        upright = upright.convert("RGB")
    upright.info = {}
    return upright


def _small(image: Pillow.Image) -> bytes:
    # scales in place: the caller needs it no more
    image.thumbnail((THUMB_WIDTH, THUMB_WIDTH * 4), reducing_gap=2.0)
    out = io.BytesIO()
    image.save(out, "WEBP", quality=80, method=THUMB_EFFORT)
    return out.getvalue()


def _encoded(image: Pillow.Image, metadata: Mapping[str, str]) -> bytes:
    info = PngInfo()
    for name, text in metadata.items():
        info.add_text(name, text.replace("\0", ""))
    out = io.BytesIO()
    image.save(out, "PNG", compress_level=PNG_LEVEL, compress_type=PNG_STRATEGY, pnginfo=info)
    return out.getvalue()
