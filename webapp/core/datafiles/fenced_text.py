"""Text between fences, as chats and Markdown files show code: taken out with its lines kept."""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCE = re.compile(r"^[ \t]*(```+|~~~+)[ \t]*([\w+-]*)[^\n`]*\n(.*?)(?:^[ \t]*\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)


class Fenced(NamedTuple):
    """A fenced text, with blank lines for all that stood before it, and the language that its fence names."""

    text: str
    language: str


def fenced_texts(text: str) -> list[Fenced]:
    """Return the fenced texts of a text, in order; none where nothing is fenced."""
    if "```" not in text and "~~~" not in text:
        return []
    whole = text.replace("\r\n", "\n")
    return [
        Fenced("\n" * whole.count("\n", 0, match.start(3)) + match[3], match[2].lower())
        for match in _FENCE.finditer(whole)
    ]
