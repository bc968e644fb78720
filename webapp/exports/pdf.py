"""Writer of PDF files, piece by piece: pages with images and with text that can be found and copied in any script.

Western text is set in Helvetica, which every reader has. Any other text is an image of itself, with the same text laid
over it unseen: its glyphs draw nothing but know which letters they are. Only the places of the objects are kept in
memory; fpdf2, as measured, keeps the whole file there.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from webapp.core.line_breaks import wrapped

A4 = (842.0, 595.0)
"""Landscape, in points."""

_HELVETICA = (
    "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 "  # blank to slash
    "556 556 556 556 556 556 556 556 556 556 278 278 584 584 584 556 "  # 0 to ?
    "1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 "  # @ to O
    "667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 "  # P to _
    "333 556 556 500 556 556 278 556 556 222 222 500 222 833 556 556 "  # ` to o
    "556 556 333 500 278 556 500 722 500 500 500 334 260 334 584"
)
_WIDTHS = dict(zip(map(chr, range(32, 127)), map(int, _HELVETICA.split()), strict=True))
_WIDTHS |= {"’": 222, "‘": 222, "“": 333, "”": 333, "…": 1000, "–": 556, "—": 1000, "•": 350}
_UNSEEN = 255
"""Letters of one font whose glyphs draw nothing."""


def is_western(text: str) -> bool:
    """Whether Helvetica has every letter of it."""
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def width(text: str, size: float) -> float:
    """How wide a western text is at this size."""
    return sum(_letter_width(letter) for letter in text) * size / 1000


def lines(text: str, size: float, most_wide: float, most: int) -> list[str]:
    """A western text in at most so many lines no wider than that, in points."""
    return list(wrapped(" ".join(text.split()), lambda part: width(part, size), most_wide, most))


def _letter_width(letter: str) -> int:
    return _WIDTHS.get(letter) or _WIDTHS.get(unicodedata.normalize("NFD", letter)[0], 556)


@dataclass(slots=True)
class Page:
    """A page that is being laid out. Places are points from its upper left corner."""

    size: tuple[float, float]
    _ops: list[str] = field(default_factory=list)
    _images: dict[str, int] = field(default_factory=dict)
    _fonts: dict[str, int] = field(default_factory=dict)

    def text(self, x: float, y: float, text: str, size: float, *, bold: bool = False, gray: float = 0.0) -> None:
        """A line of western text; ``y`` is its base line. Letters that Helvetica lacks become question marks."""
        shown = _string(text.encode("cp1252", "replace"))
        font = "F2" if bold else "F1"
        self._ops.append(f"BT {gray:.2f} g /{font} {size:.1f} Tf {x:.2f} {self.size[1] - y:.2f} Td {shown} Tj ET")

    def image(self, name: str, number: int, box: tuple[float, float, float, float]) -> None:
        """An image that was added to the file before, filling the box (left, top, width, height)."""
        left, top, wide, high = box
        self._images[name] = number
        bottom = self.size[1] - top - high
        self._ops.append(f"q {wide:.2f} 0 0 {high:.2f} {left:.2f} {bottom:.2f} cm /{name} Do Q")

    def frame(self, box: tuple[float, float, float, float], gray: float = 0.8) -> None:
        """An empty box."""
        left, top, wide, high = box
        self._ops.append(
            f"q {gray:.2f} G 0.7 w {left:.2f} {self.size[1] - top - high:.2f} {wide:.2f} {high:.2f} re S Q"
        )

    def unseen(self, runs: Sequence[tuple[str, int, bytes]], x: float, y: float, room: float, size: float) -> None:
        """Text that is found and copied but not seen, as wide as the room. ``runs`` come from `Writer.letters`."""
        count = sum(len(codes) for _, _, codes in runs)
        if not count:
            return
        scale = 100 * room / (count * 0.5 * size)
        shown = "".join(f"/{name} {size:.1f} Tf {_string(codes)} Tj " for name, _, codes in runs)
        self._fonts.update({name: number for name, number, _ in runs})
        self._ops.append(f"BT {scale:.2f} Tz {x:.2f} {self.size[1] - y:.2f} Td {shown}100 Tz ET")


_BETWEEN = {"WS", "CS", "ES", "ET", "ON", "NSM", "EN", "AN"}
"""Bidirectional classes of what may stand between two letters that are written from right to left."""


def in_visual_order(text: str) -> str:
    """Return the letters of a line as they stand from left to right: those written from right to left are turned.

    A reader that copies text goes by the places of letters and turns such runs back. Numbers in them keep their order.
    Source: the rules L2 and W of Unicode UAX 9, for one level.
    """
    kinds = [unicodedata.bidirectional(letter) for letter in text]
    shown, at = "", 0
    while at < len(text):
        if kinds[at] not in ("R", "AL"):
            shown, at = shown + text[at], at + 1
            continue
        end = last = at + 1
        while end < len(text) and (kinds[end] in ("R", "AL") or kinds[end] in _BETWEEN):
            end += 1
            last = end if kinds[end - 1] in ("R", "AL", "NSM") else last
        turned = text[at:last][::-1]
        shown, at = shown + re.sub(r"\d+", lambda digits: digits[0][::-1], turned), last
    return shown


class Writer:
    """Writes a PDF through ``write``, object by object; `end` completes it."""

    def __init__(self, write: Callable[[bytes], object], title: str) -> None:
        self._write = write
        self._title = title
        self._at = 0
        self._places: dict[int, int] = {}
        self._pages: list[int] = []
        self._letters: dict[str, tuple[int, int]] = {}
        self._unseen: list[int] = []
        self._count = 2  # 1 and 2 are the catalog and the tree of pages
        self._put(b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n")
        self._fonts = [self._font("Helvetica"), self._font("Helvetica-Bold")]

    def jpeg(self, data: bytes, size: tuple[int, int], gray: bool = False) -> int:
        """Add a JPEG; returns its number for `Page.image`."""
        space = "DeviceGray" if gray else "DeviceRGB"
        return self._image(data, size, f"/ColorSpace /{space} /BitsPerComponent 8 /Filter /DCTDecode")

    def ink(self, alpha: bytes, size: tuple[int, int]) -> int:
        """Add a drawing in black: one byte of darkness for each pixel."""
        packed = zlib.compress(bytes(255 - value for value in alpha))
        return self._image(packed, size, "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode")

    def letters(self, text: str) -> list[tuple[str, int, bytes]]:
        """A text in glyphs that draw nothing: runs of font name, its number, and the codes in it."""
        runs: list[tuple[str, int, bytearray]] = []
        for letter in in_visual_order(text):
            font, code = self._code(letter)
            name = f"U{font}"
            if not runs or runs[-1][0] != name:
                runs.append((name, self._unseen[font], bytearray()))
            runs[-1][2].append(code)
        return [(name, number, bytes(codes)) for name, number, codes in runs]

    def add(self, page: Page) -> None:
        """Write a finished page behind the others."""
        content = self._stream("\n".join(page._ops).encode("ascii"))
        images = " ".join(f"/{name} {number} 0 R" for name, number in page._images.items())
        fonts = {"F1": self._fonts[0], "F2": self._fonts[1], **page._fonts}
        named = " ".join(f"/{name} {number} 0 R" for name, number in fonts.items())
        wide, high = page.size
        number = self._new()
        self._object(
            number,
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {wide:g} {high:g}] /Contents {content} 0 R "
            f"/Resources << /Font << {named} >> /XObject << {images} >> >> >>",
        )
        self._pages.append(number)

    def end(self) -> None:
        """Write what belongs behind the last page."""
        for font, number in enumerate(self._unseen):
            self._unseen_font(number, [letter for letter, (known, _) in self._letters.items() if known == font])
        kids = " ".join(f"{number} 0 R" for number in self._pages)
        self._object(1, "<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /DisplayDocTitle true >> >>")
        self._object(2, f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] >>")
        title = ("\ufeff" + self._title).encode("utf-16-be", "replace").hex()
        info = self._new()
        self._object(info, f"<< /Title <{title}> /Producer (Step 8) >>")
        start, size = self._at, self._count + 1
        rows = "".join(f"{self._places[number]:010d} 00000 n \n" for number in range(1, size))
        self._put(f"xref\n0 {size}\n0000000000 65535 f \n{rows}".encode("ascii"))
        self._put(f"trailer\n<< /Size {size} /Root 1 0 R /Info {info} 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())

    def _code(self, letter: str) -> tuple[int, int]:
        if letter not in self._letters:
            font, code = divmod(len(self._letters), _UNSEEN)
            if font == len(self._unseen):
                self._unseen.append(self._new())
            self._letters[letter] = font, code + 1
        return self._letters[letter]

    def _unseen_font(self, number: int, letters: Sequence[str]) -> None:
        """A font of empty glyphs, half as wide as high, with the letters they stand for."""
        glyph = self._stream(b"500 0 d0")
        table = "\n".join(
            f"<{n:02x}> <{letter.encode('utf-16-be', 'replace').hex()}>" for n, letter in _numbered(letters)
        )
        blocks = "\n".join(
            f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in _parts(table.splitlines(), 100)
        )
        unicode = self._stream(
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Letters def /CMapType 2 def\n"
            f"1 begincodespacerange <00> <ff> endcodespacerange\n{blocks}\n"
            "endcmap CMapName currentdict /CMap defineresource pop end end".encode("ascii")
        )
        names = " ".join(f"/u{n}" for n, _ in _numbered(letters))
        drawn = " ".join(f"/u{n} {glyph} 0 R" for n, _ in _numbered(letters))
        widths = " ".join("500" for _ in letters)
        self._object(
            number,
            "<< /Type /Font /Subtype /Type3 /FontBBox [0 -250 500 750] /FontMatrix [0.001 0 0 0.001 0 0] "
            f"/FirstChar 1 /LastChar {len(letters)} /Widths [{widths}] /Encoding << /Type /Encoding "
            f"/Differences [1 {names}] >> /CharProcs << {drawn} >> /Resources << >> /ToUnicode {unicode} 0 R >>",
        )

    def _font(self, name: str) -> int:
        number = self._new()
        kind = f"/Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding"
        self._object(number, f"<< {kind} >>")
        return number

    def _image(self, data: bytes, size: tuple[int, int], how: str) -> int:
        head = f"/Type /XObject /Subtype /Image /Width {size[0]} /Height {size[1]} {how}"
        return self._stream(data, head)

    def _stream(self, data: bytes, head: str = "") -> int:
        number = self._new()
        self._places[number] = self._at
        self._put(f"{number} 0 obj\n<< {head} /Length {len(data)} >>\nstream\n".encode("ascii"))
        self._put(data)
        self._put(b"\nendstream\nendobj\n")
        return number

    def _object(self, number: int, body: str) -> None:
        self._places[number] = self._at
        self._put(f"{number} 0 obj\n{body}\nendobj\n".encode("ascii"))

    def _new(self) -> int:
        self._count += 1
        return self._count

    def _put(self, data: bytes) -> None:
        self._write(data)
        self._at += len(data)


def _string(data: bytes) -> str:
    return f"<{data.hex()}>"


def _numbered(letters: Sequence[str]) -> Iterator[tuple[int, str]]:
    return enumerate(letters, 1)


def _parts(rows: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (rows[at : at + size] for at in range(0, len(rows), size))
