"""The text of a data file and the places in it: what lies between two things, how one is refused by its line.

The text of a file: its encoding, its lines.
"""

from __future__ import annotations

import re
from typing import NoReturn

from webapp.errors import BadFile

SPACE = re.compile(r"(?>[\s\ufeff]+|//[^\n\r\u2028\u2029]*|/\*(?s:.*?)\*/)*+")
"""White space and comments, as JavaScript sees them; always matches, perhaps nothing."""

_WORD = re.compile(r"[\w$.+-]{1,40}")


def skip(text: str, position: int, file: str) -> int:
    """The position of the next thing that is neither white space nor a comment."""
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
    """What stands at a position, short enough for a sentence."""
    word = _WORD.match(text, position)
    found = word.group() if word else text[position : position + 1]
    return f'"{found}"' if found.strip() else "the end of the file" if position >= len(text) else "the end of the line"


SURROGATE = re.compile(r"[\ud800-\udfff]")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\x00\x00", ""), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def decode(data: bytes, file: str) -> str:
    """The text of a file: UTF-8 with or without a byte order mark, or UTF-16 with one. The mark itself is dropped.

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


def well_formed(text: str) -> str:
    """The text with surrogate pairs joined and lone surrogates replaced, as JavaScript writes it to a file."""
    if not SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def line_of(text: str, position: int) -> int:
    """The line a position is in, counted from 1."""
    return 1 + line_ends(text, 0, position)


def line_ends(text: str, start: int, end: int) -> int:
    """How many lines end between two positions, whatever way they end."""
    ends = text.count("\n", start, end)
    if returns := text.count("\r", start, end):
        ends += returns - text.count("\r\n", start, end)
    return ends
