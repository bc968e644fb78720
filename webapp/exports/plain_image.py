"""Image files without the words in them: copies in which no prompt, seed or model name goes along.

Pixels, colours and size stay as they are, byte by byte; nothing is decoded. Only the PNG's text and the JPEG's EXIF,
IPTC and comments are left out. Anything else is copied as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from webapp.core.media_types import JPEG_SIGNATURE, PNG_SIGNATURE

PIECE = 256 * 1024
_TEXT_CHUNKS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
_TEXT_SEGMENTS = frozenset({0xE1, 0xED, 0xFE})


def without_words(file: BinaryIO) -> Iterator[bytes]:
    """The file's bytes from its beginning, in pieces, without its texts."""
    file.seek(0)
    head = file.read(len(PNG_SIGNATURE))
    if head == PNG_SIGNATURE:
        yield head
        yield from _png(file)
    elif head.startswith(JPEG_SIGNATURE):
        file.seek(2)
        yield head[:2]
        yield from _jpeg(file)
    else:
        yield head
        yield from in_pieces(file)


def in_pieces(file: BinaryIO) -> Iterator[bytes]:
    """The rest of the file."""
    while piece := file.read(PIECE):
        yield piece


def _png(file: BinaryIO) -> Iterator[bytes]:
    while len(chunk := file.read(8)) == 8:
        length = int.from_bytes(chunk[:4], "big") + 4  # and its checksum
        if chunk[4:] in _TEXT_CHUNKS:
            file.seek(length, 1)
            continue
        yield chunk
        yield from _copied(file, length)
        if chunk[4:] == b"IEND":
            return


def _jpeg(file: BinaryIO) -> Iterator[bytes]:
    while len(segment := file.read(4)) == 4 and segment[0] == 0xFF and segment[1] not in (0xDA, 0xFF):
        length = int.from_bytes(segment[2:], "big") - 2
        if segment[1] in _TEXT_SEGMENTS:
            file.seek(length, 1)
            continue
        yield segment
        yield from _copied(file, length)
    yield segment
    yield from in_pieces(file)


def _copied(file: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0 and (piece := file.read(min(left, PIECE))):
        left -= len(piece)
        yield piece
