"""The text of a data file and the places in it: what lies between two things, how one is refused by its line."""

from __future__ import annotations

import re
from typing import NoReturn

from webapp.core.text import line_of
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
