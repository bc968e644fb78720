"""Reader of JSON5 for what is not plain JSON: it knows every spelling, and says why something is none."""

from __future__ import annotations

import re
import sys
from typing import Any, NoReturn

from webapp.core.datafiles import source_text
from webapp.core.datafiles.source_text import line_of, well_formed

MAX_DEPTH = 32
MAX_VALUES = 200_000
MAX_TEXT = 1_000_000  # characters as the file writes them, escapes not yet resolved
MAX_DIGITS = 1_000

NAME = re.compile(r"(?![0-9])(?>[\w$\u200c\u200d]|\\u[0-9a-fA-F]{4})+")
"""An identifier, with letters of any script."""

_NUMBER = re.compile(
    r"[+-]?(?>0[xX][0-9a-fA-F]+|Infinity|NaN|(?>(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
)
_GOES_ON = re.compile(r"[\w$\\]")
_TEXT = {
    '"': re.compile(r'(?>[^"\\\n\r]+|\\(?:\r\n|(?s:.)))*'),
    "'": re.compile(r"(?>[^'\\\n\r]+|\\(?:\r\n|(?s:.)))*"),
    "`": re.compile(r"(?>[^`\\$]+|\$(?!\{)|\\(?s:.))*"),
}
_CLOSING = {"[": "]", "{": "}"}
_ESCAPE = re.compile(
    r"""
      \\ (?: (?P<gone> \r\n | [\n\r\u2028\u2029] )
           | x (?P<two> [0-9a-fA-F]{2} ) | u (?P<four> [0-9a-fA-F]{4} ) | u \{ (?P<braces> [0-9a-fA-F]{1,6} ) \}
           | (?P<nul> 0 (?![0-9]) ) | (?P<other> [^xu0-9] ) | (?P<bad> . ) )
    | \r\n?  # in a template literal, where JavaScript reads every line end as \n
    """,
    re.VERBOSE,
)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_WORDS = {"true": True, "false": False, "null": None}


class Reader:
    """Reads one literal of a text, and knows then where its items (of an array) or fields (of an object) begin."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._values = 0
        self._depth = 0
        self.items: list[int] = []
        self.fields: dict[str, int] = {}

    def value(self, at: int) -> tuple[Any, int]:
        """Return the value at this position, and the position after it."""
        self._values += 1
        if self._values > MAX_VALUES:
            self._refuse(at, f"the file holds more than {MAX_VALUES:,} values")
        first = self._text[at : at + 1]
        if first in ("{", "["):
            self._depth += 1
            if self._depth > MAX_DEPTH:
                self._refuse(at, f"brackets are nested more than {MAX_DEPTH} deep")
            result = self._object(at) if first == "{" else self._array(at)
            self._depth -= 1
            return result
        return self._string(at) if first in _TEXT else self._scalar(at)

    def _array(self, at: int) -> tuple[list[Any], int]:
        found: list[Any] = []
        place = self._skip(at + 1)
        while not self._text.startswith("]", place):
            if self._depth == 1:
                self.items.append(place)
            if self._text.startswith(",", place):
                self._refuse(place, "a value is missing before this comma")
            item, end = self.value(place)
            found.append(item)
            place = self._next(at, end)
        return found, place + 1

    def _object(self, at: int) -> tuple[dict[str, Any], int]:
        found: dict[str, Any] = {}
        place = self._skip(at + 1)
        while not self._text.startswith("}", place):
            key, end = self._key(place)
            colon = self._skip(end)
            if not self._text.startswith(":", colon):
                self._refuse(colon, f'a colon is missing after "{key[:40]}", before {self._shown(colon)}')
            start = self._skip(colon + 1)
            if self._depth == 1:
                self.fields[key] = start
            found[key], end = self.value(start)
            place = self._next(at, end)
        return found, place + 1

    def _next(self, opened: int, end: int) -> int:
        """Return the position after the comma: of the next item, or of the closing bracket."""
        closing = _CLOSING[self._text[opened]]
        place = self._skip(end)
        if self._text.startswith(",", place):
            return self._skip(place + 1)
        if not self._text.startswith(closing, place):
            opening = f"the {self._text[opened]} is on line {line_of(self._text, opened)}"
            self._refuse(place, f"a comma or {closing} is missing before {self._shown(place)}; {opening}")
        return place

    def _key(self, at: int) -> tuple[str, int]:
        if self._text[at : at + 1] in ('"', "'"):
            return self._string(at)
        match = NAME.match(self._text, at)
        if not match:
            self._refuse(at, f"the name of a field is missing before {self._shown(at)}")
        return _ESCAPE.sub(lambda escape: self._unescaped(escape, at), match.group()), match.end()

    def _string(self, at: int) -> tuple[str, int]:
        quote = self._text[at]
        match = _TEXT[quote].match(self._text, at + 1, at + MAX_TEXT)
        end = match.end() if match else at + 1
        if end > at + MAX_TEXT - 3:  # an escape or a line end may be what did not fit
            self._refuse(at, f"the text that begins here is longer than {MAX_TEXT:,} characters")
        if not self._text.startswith(quote, end):
            self._refuse_string(at, end)
        raw = self._text[at + 1 : end]
        if "\\" in raw or "\r" in raw:
            raw = _ESCAPE.sub(lambda escape: self._unescaped(escape, at + 1), raw)
        return well_formed(raw), end + 1

    def _refuse_string(self, at: int, end: int) -> NoReturn:
        if self._text.startswith("$", end):
            self._refuse(end, "${…} in a text is code; write the text itself")
        where = " on that line" if end < len(self._text) else ""
        self._refuse(at, f"a text begins here and its closing quote is missing{where}")

    def _unescaped(self, escape: re.Match[str], start: int) -> str:
        kind = escape.lastgroup
        if kind == "other":
            return _ESCAPED.get(escape["other"], escape["other"])
        if kind in ("two", "four", "braces"):
            code = int(escape[kind], 16)
            return chr(code) if code <= sys.maxunicode else "\ufffd"
        if kind == "bad":
            self._refuse(start + escape.start(), f'"{escape.group()}" is not an escape that JavaScript knows here')
        return {"gone": "", "nul": "\0"}.get(kind or "", "\n")

    def _scalar(self, at: int) -> tuple[Any, int]:
        match = _NUMBER.match(self._text, at)
        if match and not _GOES_ON.match(self._text, match.end()):
            if match.end() - at > MAX_DIGITS:
                self._refuse(at, "this number is too long")
            return _number(match.group()), match.end()
        word = NAME.match(self._text, at)
        if word and word.group() in _WORDS:
            return _WORDS[word.group()], word.end()
        if word:
            self._refuse(at, f"{self._shown(at)} is a name, not data; write the value itself")
        if match:
            self._refuse(at, f"{self._shown(at)} is not a number")
        self._refuse(at, f"a value is missing before {self._shown(at)}")

    def _skip(self, position: int) -> int:
        return source_text.skip(self._text, position, self._file)

    def _shown(self, position: int) -> str:
        return source_text.shown(self._text, position)

    def _refuse(self, position: int, reason: str) -> NoReturn:
        source_text.refuse(self._text, position, self._file, reason)


def _number(text: str) -> int | float:
    sign = -1 if text[0] == "-" else 1
    digits = text.lstrip("+-")
    if digits[:2] in ("0x", "0X"):
        return sign * int(digits, 16)
    if digits in ("Infinity", "NaN"):
        return sign * float(digits)
    return int(text) if digits.isdigit() else float(text)
