"""Copies of images without the words in them."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from webapp.exports.plain_image import without_words

SECRET = "a prompt that must not leave"


def picture(kind: str) -> bytes:
    """A picture that carries words in every place its format has."""
    out = io.BytesIO()
    image = Image.effect_noise((40, 30), 50).convert("RGB")
    exif = Image.Exif()
    exif[0x9286] = exif[0x010E] = SECRET
    if kind == "PNG":
        info = PngInfo()
        info.add_text("Prompt", SECRET)
        info.add_text("Zipped", SECRET, zip=True)
        info.add_itxt("International", SECRET)
        image.save(out, kind, pnginfo=info, exif=exif)
    else:
        image.save(out, kind, exif=exif, comment=SECRET)
    return out.getvalue()


def plain(data: bytes) -> bytes:
    """The copy."""
    return b"".join(without_words(io.BytesIO(data)))


def test_the_words_of_a_png_and_a_jpeg_stay_behind_and_the_pixels_go_along() -> None:
    for kind in ("PNG", "JPEG"):
        data = picture(kind)
        with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(plain(data))) as after:
            assert SECRET in str(before.info) + str(dict(before.getexif()))
            assert SECRET not in str(after.info) + str(dict(after.getexif()))
            assert before.tobytes() == after.tobytes()
        assert SECRET.encode() not in plain(data)


def test_what_hangs_behind_a_png_stays_behind() -> None:
    assert SECRET.encode() not in plain(picture("PNG") + SECRET.encode())


def test_anything_else_is_copied_as_it_is() -> None:
    assert plain(b"RIFF....WEBP....") == b"RIFF....WEBP...."
    assert plain(b"") == b""


@given(st.sampled_from(["PNG", "JPEG"]), st.integers(0, 4000), st.integers(0, 255))
def test_a_damaged_image_is_no_crash(kind: str, place: int, value: int) -> None:
    data = bytearray(picture(kind))
    data[place % len(data)] = value
    damaged = bytes(data[: place + 1])
    copy, rest = plain(damaged), iter(damaged)
    assert copy[:2] == damaged[:2]
    assert all(byte in rest for byte in copy), "something is in the copy that was not in the file, or not in that order"
