"""The contact sheet: phrase and pictures of every beat, with text that can be copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.export_film import (
    KEY,
    PHRASES,
    PROMPT,
    quiet,
)
from tests.harness.pdf import ReadPdf
from webapp.errors import Cancelled
from webapp.exports.contact_sheet import NO_FONT, write_sheet
from webapp.exports.drawn_text import drawn
from webapp.exports.requests import ExportRequest
from webapp.exports.story import Story
from webapp.fonts import Font, font_for

OUT = ".step8/out.pdf"


def nothing(text: str, size: int) -> tuple[Font, str] | None:
    """A machine without any font."""
    return None


def made(story: Story, pictures: str = "all") -> ReadPdf:
    """The sheet, read back."""
    write_sheet(story, ExportRequest("sheet", pictures), OUT, quiet, font_for)
    return ReadPdf((story.folder.path / OUT).read_bytes())


def test_every_beat_has_its_phrase_and_its_pictures(story: Story) -> None:
    read = made(story)
    for text in (*PHRASES, "Beat 1.1", "Beat 1.3", "The Lamp", "3 beats, 5 of 6 images", "ink · selected · flagged"):
        assert text in read.text.replace("\n", " ") or text in read.text
    assert read.images >= 5
    assert PROMPT not in read.text and KEY not in read.text


def test_one_style_or_the_selected_ones_are_one_column(story: Story) -> None:
    assert "ink" not in made(story, "clear").text
    (story.folder.path / OUT).unlink()
    assert made(story, "selected").text.count("ink · selected") == 1


def test_without_a_font_the_text_can_still_be_copied(story: Story) -> None:
    write_sheet(story, ExportRequest("sheet"), OUT, quiet, nothing)
    text = ReadPdf((story.folder.path / OUT).read_bytes()).text
    assert NO_FONT in text and all(phrase in text for phrase in PHRASES)


def test_many_beats_are_several_pages_and_cancelling_leaves_none(story: Story, tmp_path: Path) -> None:
    long = Story(story.folder, story.project, story.images, story.scenes * 10)
    read = made(long)
    assert read.pages >= 5 and f"{read.pages} / {read.pages}" in read.text
    (story.folder.path / OUT).unlink()

    def stop(done: int, total: int, note: str) -> None:
        if done > 3:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        write_sheet(long, ExportRequest("sheet"), OUT, stop, font_for)
    assert not (story.folder.path / OUT).exists()


def test_drawn_lines_fit_and_end_in_an_ellipsis() -> None:
    found = drawn("On a rock at the edge of the sea stood a lighthouse", 20, 150, 2, font_for)
    assert len(found) == 2 and found[1].text.endswith("…")
    assert all(line.ink.width <= 153 and line.ink.getextrema()[1] == 255 for line in found)
