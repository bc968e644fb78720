"""JSON5: data files as people and JavaScript programs spell them, as plain values.

Nothing is ever executed. Besides JSON5 (comments, trailing commas, single quotes, unquoted keys, line continuations,
hexadecimal, ``Infinity`` …) a template literal without ``${…}`` and JavaScript's ``\\u{…}`` are read, because they are
data too. What is not data is refused with its line and the reason. Depth, number of values and length of a text or
number are bounded, so that no file can exhaust the process.
"""

from __future__ import annotations

import json
import math
import re
import sys
from typing import Any, NoReturn

from webapp.core.text import SURROGATE, line_ends, line_of, well_formed
from webapp.errors import BadFile

MAX_DEPTH = 32
MAX_VALUES = 200_000
MAX_PLAIN_VALUES = 1_000_000
"""The standard library's parser is fast enough to read more values, so that the caller can name a better limit."""

MAX_TEXT = 1_000_000  # characters as the file writes them, escapes not yet resolved
MAX_DIGITS = 1_000

SPACE = re.compile(r"(?>[\s\ufeff]+|//[^\n\r\u2028\u2029]*|/\*(?s:.*?)\*/)*+")
"""White space and comments, as JavaScript sees them; always matches, perhaps nothing."""

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
_WORD = re.compile(r"[\w$.+-]{1,40}")
_WORDS = {"true": True, "false": False, "null": None}
_SURROGATE_ESCAPE = re.compile(r"\\u\{?0*[dD][89a-fA-F]")


def read(text: str, file: str) -> Any:
    """The one value of a JSON5 text.

    Raises:
        BadFile: with line and reason.
    """
    value, end = read_literal(text, skip(text, 0, file), file)
    end = skip(text, end, file)
    if end < len(text):
        refuse(text, end, file, f"{_shown(text, end)} stands after the end of the data")
    return value


def write(value: Any) -> str:
    """The value as strict JSON for people and for every other program; ``Infinity`` and ``NaN`` become ``null``."""
    try:
        text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(value), ensure_ascii=False, indent=2)
    return well_formed(text) + "\n"


def read_literal(text: str, start: int, file: str) -> tuple[Any, int]:
    """The value that begins at ``start``, and the position behind it.

    Raises:
        BadFile: with line and reason.
    """
    plain = _read_plain(text, start)
    return plain if plain is not None else Reader(text, file).value(start)


def item_lines(text: str, start: int, file: str) -> list[int]:
    """The line on which each item of the array at ``start`` begins. For the wording of errors; slow."""
    reader = Reader(text, file)
    reader.value(start)
    lines, line, last = [], 1, 0
    for position in reader.items:
        line += line_ends(text, last, position)
        lines.append(line)
        last = position
    return lines


def field_start(text: str, start: int, name: str, file: str) -> int:
    """Where the value of the named field of the object at ``start`` begins. For the wording of errors; slow."""
    reader = Reader(text, file)
    reader.value(start)
    return reader.fields[name]


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


def _read_plain(text: str, start: int) -> tuple[Any, int] | None:
    """Read with the standard library's fast parser, when the literal is plain JSON and surely within our limits."""
    if not text.startswith(("[", "{"), start):
        return None  # of 0x10 it would read the 0
    if sum(map(text.count, ",[{")) >= MAX_PLAIN_VALUES or _SURROGATE_ESCAPE.search(text) or SURROGATE.search(text):
        return None
    try:
        value, end = json.JSONDecoder().raw_decode(text, start)
    except (ValueError, RecursionError):
        return None  # not plain JSON: our own reader knows better, or knows how to say why not
    return (value, end) if _is_shallow(value) else None


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, (list, tuple)) else value


def _is_shallow(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        level = [
            child
            for item in level
            if isinstance(item, (dict, list))
            for child in (item.values() if isinstance(item, dict) else item)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return True
    return False


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
        """The value at this position, and the position behind it."""
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
        """Step over the comma behind an item, to the next one or to the closing bracket."""
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
        return skip(self._text, position, self._file)

    def _shown(self, position: int) -> str:
        return _shown(self._text, position)

    def _refuse(self, position: int, reason: str) -> NoReturn:
        refuse(self._text, position, self._file, reason)


def _number(text: str) -> int | float:
    sign = -1 if text[0] == "-" else 1
    digits = text.lstrip("+-")
    if digits[:2] in ("0x", "0X"):
        return sign * int(digits, 16)
    if digits in ("Infinity", "NaN"):
        return sign * float(digits)
    return int(text) if digits.isdigit() else float(text)


def _shown(text: str, position: int) -> str:
    """What stands at a position, short enough for a sentence."""
    word = _WORD.match(text, position)
    found = word.group() if word else text[position : position + 1]
    return f'"{found}"' if found.strip() else "the end of the file" if position >= len(text) else "the end of the line"
