"""Export format: the contact sheet, a PDF with a row for each beat: its phrase, and its images beside it."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.core.project import Frame
from webapp.disk.files.native_threads import run_native
from webapp.disk.images import codec
from webapp.exports.contract import ExportProgress, ExportTask, Format
from webapp.exports.drawn_text import drawn, is_backwards
from webapp.exports.pdf import (
    A4,
    Page,
    Writer,
    is_western,
    lines,
)
from webapp.exports.requests import ExportRequest
from webapp.exports.scenes import ALL, Scene
from webapp.exports.story import Story
from webapp.fonts import FontFor

MARGIN = 36.0
GAP = 10.0
WORDS = 190.0
HEAD = 44.0
FOOT = 24.0
CAPTION = 13.0
WIDEST = 230.0
SHARPNESS = 2.4
"""Pixels for each point of an image: 173 to the inch."""

INK = 5
"""Pixels for each point of drawn text: 360 to the inch."""

NO_FONT = "(no font of this machine has these letters)"


@dataclass(frozen=True, slots=True)
class Grid:
    """Where things are on every page. ``styles`` are the columns; one without a name takes whatever is meant."""

    styles: tuple[str, ...]
    wide: float
    high: float
    left: float

    @classmethod
    def of(cls, styles: tuple[str, ...], ratio: float) -> Grid:
        """A grid for so many columns of images that are ``ratio`` times as high as wide."""
        left = MARGIN + WORDS + GAP
        wide = min(WIDEST, (A4[0] - MARGIN - left + GAP) / len(styles) - GAP)
        high = min(wide * ratio, 190.0)
        return cls(styles, min(wide, high / ratio), high, left)

    @property
    def row(self) -> float:
        """How high a row is."""
        return max(self.high + CAPTION, 46.0) + GAP

    @property
    def rows(self) -> int:
        """How many rows a page has."""
        return max(1, int((A4[1] - 2 * MARGIN - HEAD - FOOT + GAP) // self.row))


def write_sheet(story: Story, request: ExportRequest, path: str, progress: ExportProgress, font_for: FontFor) -> None:
    """Write the contact sheet to this path of the project. A beat without an image has an empty box.

    Raises:
        Cancelled: by ``progress``.
        DiskTrouble: the disk refuses.
    """
    styles = tuple(style.name for style in story.project.styles) if request.images == ALL else ("",)
    grid = Grid.of(styles, _ratio(story))
    pages = [story.scenes[at : at + grid.rows] for at in range(0, len(story.scenes), grid.rows)]
    done = 0
    with story.folder.files.writing(path) as file:
        writer = Writer(file.write, story.project.title)
        pen = SheetPen(writer, font_for)
        for number, scenes in enumerate(pages, 1):
            page = Page(A4)
            _head(page, pen, story, f"{number} / {len(pages)}")
            for row, scene in enumerate(scenes):
                progress(done, len(story.scenes), f"Beat {scene.beat} is laid out")
                _row(page, pen, story, request, grid, scene, MARGIN + HEAD + row * grid.row)
                done += 1
            writer.add(page)
        writer.end()
    progress(done, done, "The PDF is closed")


class SheetPen:
    """Writes text and images on pages. Every image and every drawn line is one object of the file."""

    def __init__(self, writer: Writer, font_for: FontFor) -> None:
        self._writer = writer
        self._font_for = font_for
        self._count = 0

    def text(self, page: Page, at: tuple[float, float], text: str, size: float, room: float, most: int) -> None:
        """A text in lines below each other, from this left upper corner; in any script, to be found and copied."""
        x, y = at
        if is_western(text):
            for row, words in enumerate(lines(text, size, room, most)):
                page.text(x, y + size + row * size * 1.3, words, size)
            return
        found = drawn(text, round(size * INK), room * INK, most, self._font_for)
        if not found:
            page.text(x, y + size, NO_FONT, size * 0.8, gray=0.4)
            page.unseen(self._writer.letters(text), x, y + size, room, size)
        for row, line in enumerate(found):
            wide, high = line.ink.width / INK, line.ink.height / INK
            left = x + room - wide if is_backwards(line.text) else x
            base = y + size + row * size * 1.3
            number = self._writer.ink(line.ink.tobytes(), line.ink.size)
            page.image(self._name(), number, (left, base - line.base / INK, wide, high))
            page.unseen(self._writer.letters(line.text), left, base, wide, size)

    def image(self, page: Page, story: Story, frame: Frame, box: tuple[float, float, float, float]) -> bool:
        """A frame's image in the middle of the box, as large as it fits; whether there is one that can be shown."""
        left, top, wide, high = box
        image = story.open(frame)
        if image is None:
            return False
        with image:
            small = codec.fitted(image, round(wide * SHARPNESS), round(high * SHARPNESS))
        if small is None:
            return False
        number = self._writer.jpeg(codec.jpeg(small), small.size)
        scale = min(wide / small.width, high / small.height)
        w, h = small.width * scale, small.height * scale
        page.image(self._name(), number, (left + (wide - w) / 2, top + (high - h) / 2, w, h))
        return True

    def _name(self) -> str:
        self._count += 1
        return f"P{self._count}"


def _ratio(story: Story) -> float:
    first = next(iter(story.images.values()), None)
    return min(16 / 9, max(9 / 21, first.height / first.width)) if first else 9 / 16


def _head(page: Page, pen: SheetPen, story: Story, number: str) -> None:
    pen.text(page, (MARGIN, MARGIN - 8), story.project.title, 15, A4[0] - 2 * MARGIN, 1)
    made, beats = len(story.images), len(story.scenes)
    counts = f"{beats} beat{'s' * (beats != 1)}, {made} of {story.project.total} images"
    page.text(MARGIN, MARGIN + 26, counts, 8, gray=0.4)
    page.text(A4[0] - MARGIN - 40, A4[1] - MARGIN + 10, number, 8, gray=0.4)


def _row(page: Page, pen: SheetPen, story: Story, request: ExportRequest, grid: Grid, scene: Scene, top: float) -> None:
    page.text(MARGIN, top + 10, f"Beat {scene.beat}", 10, bold=True)
    page.text(MARGIN, top + 21, f"Shot {scene.shot}  ·  {scene.span.seconds:.1f} s", 7.5, gray=0.4)
    room = int((grid.row - GAP - 26) // (9 * 1.3))
    if scene.phrase and room:
        pen.text(page, (MARGIN, top + 26), scene.phrase, 9, WORDS, room)
    for column, style in enumerate(grid.styles):
        frame = _frame(scene, style, request)
        box = (grid.left + column * (grid.wide + GAP), top, grid.wide, grid.high)
        if frame is None or not pen.image(page, story, frame, box):
            page.frame(box)
        name = frame.style if frame else style
        mark = " · selected" if frame is not None and frame == scene.chosen else ""
        flag = " · flagged" if mark and scene.flagged else ""
        page.text(box[0], top + grid.high + 9, f"{name}{mark}{flag}", 7, gray=0.35)


def _frame(scene: Scene, style: str, request: ExportRequest) -> Frame | None:
    if style:
        return next((frame for frame in scene.frames if frame.style == style), None)
    return next(iter(scene.images(request.images)), None)


def _make(task: ExportTask) -> None:
    run_native(write_sheet, task.story(), task.request, task.path, task.progress, task.tools.font_for)


FORMAT = Format(
    label="Contact sheet",
    noun="contact sheet",
    note="A PDF with phrase and pictures of each beat.",
    suffix="pdf",
    mime="application/pdf",
    make=_make,
    printable=True,
)
