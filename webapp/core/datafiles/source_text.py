"""Text of a data file: its encoding, its lines, its white space, and errors that name a line."""

from __future__ import annotations

import re
from typing import NoReturn

from webapp.errors import BadFile

SPACE = re.compile(r"(?>[\s\ufeff]+|//[^\n\r\u2028\u2029]*|/\*(?s:.*?)\*/)*+")
"""White space and comments, as JavaScript sees them; always matches, perhaps nothing."""

_WORD = re.compile(r"[\w$.+-]{1,40}")
SURROGATE = re.compile(r"[\ud800-\udfff]")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", ""), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def decode(data: bytes, file: str) -> str:
    """Return the text of a file: UTF-8 with or without a byte order mark, or UTF-16 with one, without the mark.

    Raises:
        BadFile: any other encoding, with the line of the first byte that does not fit.
    """
    mark, encoding = next((known for known in _MARKS if data.startswith(known[0])), (b"", "utf-8"))
    if not encoding or (not mark and b"\0" in data[:4]):
        raise BadFile(file, "this is not UTF-8 text. Save the file as UTF-8.", 1)
    try:
        text = data[len(mark) :].decode(encoding)
    except UnicodeDecodeError as error:
        before = data[len(mark) : len(mark) + error.start].decode(encoding, "replace")
        reason = f"this is not {'UTF-8' if encoding == 'utf-8' else 'UTF-16'} text. Save the file as UTF-8."
        raise BadFile(file, reason, line_of(before, len(before))) from None
    if "\0" in text:
        raise BadFile(file, "the file is damaged: a NUL byte stands in it.", line_of(text, text.index("\0")))
    return text


def skip(text: str, position: int, file: str) -> int:
    """Return the position of the next thing that is neither white space nor a comment."""
    match = SPACE.match(text, position)
    position = match.end() if match else position
    if text.startswith("/*", position):
        refuse(text, position, file, "a comment begins here and never ends")
    return position


def refuse(text: str, position: int, file: str, reason: str) -> NoReturn:
    """Raise `BadFile` for what stands at ``position``, with its line and column."""
    line_start = max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1
    raise BadFile(file, f"{reason} (column {position - line_start + 1}).", line_of(text, position))


def shown(text: str, position: int) -> str:
    """Return what stands at a position, short enough for a sentence."""
    word = _WORD.match(text, position)
    found = word.group() if word else text[position : position + 1]
    return f'"{found}"' if found.strip() else "the end of the file" if position >= len(text) else "the end of the line"


def well_formed(text: str) -> str:
    """Return the text with surrogate pairs joined and lone surrogates replaced, as JavaScript writes it to a file."""
    if not SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def line_of(text: str, position: int) -> int:
    """Return the line of a position, counted from 1."""
    return 1 + line_ends(text, 0, position)


def line_ends(text: str, start: int, end: int) -> int:
    """Return how many lines end between two positions, whatever their line ends."""
    ends = text.count("\n", start, end)
    if returns := text.count("\r", start, end):
        ends += returns - text.count("\r\n", start, end)
    return ends
