"""PDFs: every object where the table says, and text that can be copied in any script."""

from __future__ import annotations

import re

import pytest

from tests.harness.pdf import ReadPdf
from webapp.exports.pdf import (
    A4,
    Page,
    Writer,
    in_visual_order,
    is_western,
    lines,
    width,
)


def written(*texts: str, unseen: str = "", title: str = "Title") -> bytes:
    """A PDF with these lines."""
    out = bytearray()
    writer = Writer(out.extend, title)
    for number, text in enumerate(texts or ("",)):
        page = Page(A4)
        page.text(50, 50, text, 12, bold=number == 1)
        page.frame((10, 10, 20, 20))
        if unseen:
            page.unseen(writer.letters(unseen), 50, 80, 200, 12)
        picture = writer.ink(bytes(6), (3, 2))
        page.image(f"P{number}", picture, (0, 0, 30, 20))
        writer.add(page)
    writer.end()
    return bytes(out)


def test_every_object_is_where_the_table_says() -> None:
    data = written("One", "Two", unseen="灯台")
    read = ReadPdf(data)
    assert data.startswith(b"%PDF-") and data.endswith(b"%%EOF\n")
    assert read.pages == 2


def test_western_text_is_text() -> None:
    assert "C'était l’été – “naïve” (1)" in ReadPdf(written("C'était l’été – “naïve” (1)")).text


@pytest.mark.parametrize(
    "text",
    [
        "Маяк у моря",
        "灯台の少女",
        "منارة",
        "المنارة على الصخرة",
        "מגדלור על סלע",
        "😀 emoji",
        "नमस्ते",
        "a" * 3,
    ],
)
def test_unseen_text_can_be_copied_in_any_script(text: str) -> None:
    assert text in ReadPdf(written("x", unseen=text)).text


def test_runs_from_right_to_left_are_turned_and_numbers_in_them_are_not() -> None:
    assert in_visual_order("abc אבג 12 דה, x") == "abc הד 12 גבא, x"
    assert in_visual_order("Hello, 12") == "Hello, 12"


def test_more_letters_than_a_font_has_are_more_fonts() -> None:
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 600)))
    assert text in ReadPdf(written("x", unseen=text)).text


def test_a_title_is_kept_in_any_script() -> None:
    title = re.search(rb"/Title <([0-9a-f]+)>", written(title="灯 (x)\\"))
    assert title is not None
    assert bytes.fromhex(title[1].decode()).decode("utf-16") == "灯 (x)\\"


def test_lines_fit_and_the_last_one_says_that_more_follows() -> None:
    found = lines("On a rock at the edge of the sea stood a lighthouse", 10, 100, 2)
    assert len(found) == 2 and found[1].endswith("…")
    assert all(width(line, 10) <= 100 for line in found)
    assert lines("Supercalifragilistic" * 5, 10, 60, 99) and lines("", 10, 60, 9) == []
    assert "".join(lines("Supercalifragilistic" * 5, 10, 60, 99)) == "Supercalifragilistic" * 5
    assert is_western("œuvre…") and not is_western("Маяк")
