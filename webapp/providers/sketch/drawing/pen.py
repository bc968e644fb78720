"""Paper and pen: filled shapes in roles, drawn at twice the size and reduced, so that edges are smooth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from webapp.providers.sketch.drawing.outlines import Outline, Point, outlines
from webapp.providers.sketch.drawing.palette import Colour, Look, mix

OVERSIZE = 2
"""Every edge is drawn at this multiple and averaged down: 3 looks hardly better and costs twice the time."""

_UNITS = 160 * 90
"""An image holds this many square units whatever its shape: 160 × 90 at 16:9, 120 × 120 when square."""

Paint = str | Colour


class Paper:
    """The image being drawn: `width` × `height` pixels in the end, the lowest `strip` of them for the caption.

    `image` and `strip` are at the larger size; scenes see only what lies above the strip.
    """

    def __init__(self, width: int, height: int, strip: int, look: Look) -> None:
        self.look = look
        self.strip = strip * OVERSIZE
        self.scale = math.sqrt(width * (height - strip) / _UNITS) * OVERSIZE
        self.image = Image.new("RGB", (width * OVERSIZE, height * OVERSIZE), look["b"])
        self.solid = ImageDraw.Draw(self.image)
        self.glaze = ImageDraw.Draw(self.image, "RGBA")

    def pen(self) -> Pen:
        """A pen whose units span the whole paper."""
        w, h = self.image.size
        return Pen(self, w / self.scale, (h - self.strip) / self.scale, 0.0, 0.0, self.scale, self.scale)

    def finished(self) -> Image.Image:
        """The image at its real size."""
        return self.image.reduce(OVERSIZE)


@dataclass(frozen=True, slots=True)
class Pen:
    """Draws on the paper in its own units. `w` and `h` are the whole paper's size in units of the first pen."""

    paper: Paper
    w: float
    h: float
    left: float
    top: float
    across: float
    down: float

    @property
    def look(self) -> Look:
        """The colours in use."""
        return self.paper.look

    def at(self, x: float, y: float, size: float = 1.0, *, flip: bool = False) -> Pen:
        """A pen with its origin at (x, y), ``size`` times as large, mirrored when ``flip``."""
        left, top = self._px((x, y))
        across = -self.across if flip else self.across
        return replace(self, left=left, top=top, across=across * size, down=self.down * size)

    def path(self, text: str, paint: Paint, alpha: float = 1.0, *, edge: bool = True) -> None:
        """Fill an SVG path. ``edge`` False leaves out the ink, as for light and shade."""
        for outline in outlines(text):
            self._fill(outline, paint, alpha, edge)

    def area(self, points: Sequence[Point], paint: Paint, alpha: float = 1.0, *, edge: bool = True) -> None:
        """Fill a polygon given by points."""
        self._fill(Outline(tuple(points), tuple(points) if len(points) < 9 else (), True), paint, alpha, edge)

    def box(
        self, x: float, y: float, w: float, h: float, paint: Paint, alpha: float = 1.0, *, edge: bool = True
    ) -> None:
        """Fill a rectangle."""
        self.area([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], paint, alpha, edge=edge)

    def disc(self, x: float, y: float, r: float, paint: Paint, alpha: float = 1.0, *, edge: bool = True) -> None:
        """Fill a circle."""
        self.oval(x, y, r, r, paint, alpha, edge=edge)

    def oval(
        self, x: float, y: float, rx: float, ry: float, paint: Paint, alpha: float = 1.0, *, edge: bool = True
    ) -> None:
        """Fill an ellipse."""
        bounds = self._bounds(x - rx, y - ry, x + rx, y + ry)
        if alpha < 1.0:
            self.paper.glaze.ellipse(bounds, fill=self._glaze(paint, alpha))
        else:
            self.paper.solid.ellipse(bounds, fill=self._colour(paint))
        if edge and self.look.line and alpha > 0.6:
            self.paper.solid.ellipse(bounds, outline=self.look.line, width=self._ink())

    def dash(self, x: float, y: float, long: float, thick: float, paint: Paint, alpha: float = 1.0) -> None:
        """A level stroke with round ends, centred on (x, y), without ink."""
        bounds = self._bounds(x - long / 2, y - thick / 2, x + long / 2, y + thick / 2)
        radius = abs(thick * self.down) / 2
        self.paper.glaze.rounded_rectangle(bounds, radius, fill=self._glaze(paint, alpha))

    def line(self, points: Sequence[Point], paint: Paint, thick: float) -> None:
        """A stroke through the points with round ends and joins, without ink."""
        self._stroke([self._px(point) for point in points], self._colour(paint), max(1, round(thick * abs(self.down))))

    def stroke(self, text: str, paint: Paint, thick: float) -> None:
        """The same along an SVG path."""
        for outline in outlines(text):
            points = [*outline.points, outline.points[0]] if outline.closed else outline.points
            self.line(points, paint, thick)

    def limbs(self, lines: Sequence[Sequence[Point]], paint: Paint, thick: float, body: str = "") -> None:
        """Thick round strokes, and an SVG path, that are one body: inked around, not between."""
        if self.look.line:
            wide = round(thick * abs(self.down)) + 2 * self._ink()
            for points in lines:
                self._stroke([self._px(point) for point in points], self.look.line, wide)
            self.stroke(body, self.look.line, 2 * self._ink() / abs(self.down))
        self.path(body, paint, edge=False)
        for points in lines:
            self.line(points, paint, thick)

    def glow(self, x: float, y: float, r: float, strength: float = 0.22, paint: Paint = "s") -> None:
        """Light around something: flat rings, weaker outwards."""
        for part, share in ((1.0, 0.5), (0.68, 0.7), (0.42, 1.0)):
            self.disc(x, y, r * part, paint, strength * share, edge=False)

    def fade(self, y0: float, y1: float, top: Paint, bottom: Paint) -> None:
        """Fill the whole width between two heights with one colour turning into the other."""
        width = self.paper.image.width
        first, last = round(self.top + y0 * self.down), round(self.top + y1 * self.down)
        start, end = self._colour(top), self._colour(bottom)
        ramp = Image.new("RGB", (1, max(1, last - first)))
        ramp.putdata([mix(start, end, i / max(1, last - first - 1)) for i in range(max(1, last - first))])
        self.paper.image.paste(ramp.resize((width, ramp.height), Image.Resampling.NEAREST), (0, first))

    def tone(self, one: str, other: str, share: float) -> Colour:
        """A colour between two roles."""
        return mix(self.look[one], self.look[other], share)

    def _fill(self, outline: Outline, paint: Paint, alpha: float, edge: bool) -> None:
        points = [self._px(point) for point in outline.points]
        if alpha < 1.0:
            self.paper.glaze.polygon(points, fill=self._glaze(paint, alpha))
        else:
            self.paper.solid.polygon(points, fill=self._colour(paint))
        if edge and self.look.line and alpha > 0.6:
            closed = [*points, points[0]] if outline.closed else points
            self._stroke(closed, self.look.line, self._ink(), [self._px(point) for point in outline.corners])

    def _stroke(self, points: list[Point], colour: Colour, width: int, joins: Sequence[Point] | None = None) -> None:
        solid, radius = self.paper.solid, width / 2
        solid.line(points, fill=colour, width=width)
        if width < 3:
            return
        for x, y in points if joins is None else joins:
            solid.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)

    def _px(self, point: Point) -> Point:
        return self.left + point[0] * self.across, self.top + point[1] * self.down

    def _bounds(self, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float, float, float]:
        (ax, ay), (bx, by) = self._px((x0, y0)), self._px((x1, y1))
        return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)

    def _ink(self) -> int:
        # Distant things are drawn with a finer pen, though never so fine that a thumbnail loses it.
        fine = min(1.0, max(0.6, abs(self.down) / self.paper.scale))
        return max(2, round(0.52 * self.paper.scale * fine))

    def _colour(self, paint: Paint) -> Colour:
        return self.look[paint] if isinstance(paint, str) else paint

    def _glaze(self, paint: Paint, alpha: float) -> tuple[int, int, int, int]:
        return (*self._colour(paint), round(255 * alpha))
