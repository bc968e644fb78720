"""Reads the PDFs of `webapp.exports.pdf` back, by their own table of objects: pages, pictures and the text."""

from __future__ import annotations

import re
import zlib


class ReadPdf:
    """A PDF that was read. Fails when the table points anywhere but at an object."""

    def __init__(self, data: bytes) -> None:
        start = int(data.rpartition(b"startxref\n")[2].split(b"\n")[0])
        assert data[start:].startswith(b"xref\n")
        size = int(data[start:].split(b"\n")[1].split()[1])
        rows = data[start:].split(b"\n")[3 : 2 + size]
        self.objects: dict[int, bytes] = {}
        for number, row in enumerate(rows, 1):
            at = int(row.split()[0])
            assert data[at:].startswith(f"{number} 0 obj\n".encode()), f"object {number} is not at {at}"
            self.objects[number] = self._body(data, at)
        self._maps: dict[int, dict[int, str]] = {}
        self._pages = [body for body in self.objects.values() if b"/Type /Page " in body]

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return len(self._pages)

    @property
    def text(self) -> str:
        """All text, a line for each piece that is set on its own."""
        return "\n".join(line for page in self._pages for line in self._lines(page))

    @property
    def pictures(self) -> int:
        """How many pictures lie on the pages."""
        return sum(len(re.findall(rb" Do Q", self._stream(_number(page, b"Contents")))) for page in self._pages)

    def _lines(self, page: bytes) -> list[str]:
        fonts = {name.decode(): int(number) for name, number in re.findall(rb"/([FU]\d+) (\d+) 0 R", page)}
        found = []
        for block in re.findall(rb"BT (.*?) ET", self._stream(_number(page, b"Contents")), re.DOTALL):
            runs = re.findall(rb"/([FU]\d+) [\d.]+ Tf(?: [-\d.]+ [-\d.]+ Td)? <([0-9a-f]*)> Tj", block)
            found.append("".join(self._word(fonts[name.decode()], name, codes) for name, codes in runs))
        return found

    def _word(self, font: int, name: bytes, codes: bytes) -> str:
        data = bytes.fromhex(codes.decode())
        if name.startswith(b"F"):
            return data.decode("cp1252")
        if font not in self._maps:
            table = self._stream(_number(self.objects[font], b"ToUnicode"))
            pairs = re.findall(rb"<([0-9a-f]{2})> <([0-9a-f]+)>\n", table)
            self._maps[font] = {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}
        return "".join(self._maps[font][code] for code in data)

    def _stream(self, number: int) -> bytes:
        head, _, rest = self.objects[number].partition(b"stream\n")
        body = rest[: int(re.search(rb"/Length (\d+)", head)[1])]  # type: ignore[index]
        return zlib.decompress(body) if b"/FlateDecode" in head else body

    @staticmethod
    def _body(data: bytes, at: int) -> bytes:
        head = data[at : data.index(b"\n", at + 1) + 1]
        length = re.match(rb"\d+ 0 obj\n<< [^\n]*/Length (\d+) >>\nstream\n", data[at:])
        end = data.index(b"endobj", at + (length.end() + int(length[1]) if length else len(head)))
        return data[at:end]


def _number(body: bytes, name: bytes) -> int:
    found = re.search(rb"/" + name + rb" (\d+) 0 R", body)
    assert found is not None
    return int(found[1])
