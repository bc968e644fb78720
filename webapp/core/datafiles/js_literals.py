"""Literals of a JavaScript file that holds nothing but data.

Such a file is one or more assignments and exports of literals. It is read, never executed: whatever is not in the list
below is code, and is refused with its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NoReturn

from webapp.core.datafiles import json5, source_text

MAX_STATEMENTS = 20

_NAME = r"(?>[A-Za-z_$][\w$]*)"
_GAP = source_text.SPACE.pattern
_BREAK = r"(?![\w$])" + _GAP
_TARGET = rf"(?>(?:const|let|var){_BREAK}{_NAME}|{_NAME}(?:\.{_NAME})*+){_GAP}=(?!=)"

_BETWEEN = re.compile(rf"(?>;{_GAP})*+")
_DIRECTIVE = re.compile(r"""(?:"use strict"|'use strict')""")
_BEFORE_VALUE = re.compile(rf"(?>export{_BREAK}default(?![\w$])|(?:export{_BREAK})?{_TARGET})")
_NAMES = re.compile(rf"\{{{_GAP}(?>{_NAME}{_GAP}(?:as{_BREAK}{_NAME}{_GAP})?(?:,{_GAP}|(?=\}})))*+\}}")
_EXPORT_LIST = re.compile(rf"export{_BREAK}(?=\{{)")
_ALIAS = re.compile(rf"(?!(?:true|false|null|NaN|Infinity|new|function|async|class|await)\b){_NAME}(?:\.{_NAME})*+")


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal of the file and the position where it begins."""

    value: Any
    start: int


def literals(text: str, file: str) -> list[Literal]:
    """Return every literal the file assigns, exports or just states, in order.

    Read are ``[…]``, ``name = […]``, ``const|let|var name = […]``, ``module.exports = […]``, ``export const name =
    […]`` and ``export default […]``, also in brackets ``(…)``. Ignored are ``"use strict"``, ``export default name``,
    ``module.exports = name``, ``module.exports = {name}`` and ``export {name}``.

    Raises:
        BadFile: anything else, with line and reason.
    """
    found: list[Literal] = []
    place = _next_statement(text, _behind_hashbang(text), file)
    for _ in range(MAX_STATEMENTS):
        if place == len(text):
            return found
        literal, end = _statement(text, place, file)
        if literal:
            found.append(literal)
        place = _next_statement(text, end, file)
    return _refuse(text, place, file)


def _next_statement(text: str, place: int, file: str) -> int:
    between = _BETWEEN.match(text, source_text.skip(text, place, file))
    return source_text.skip(text, between.end() if between else place, file)


def _statement(text: str, place: int, file: str) -> tuple[Literal | None, int]:
    if directive := _DIRECTIVE.match(text, place):
        return None, directive.end()
    if (exported := _EXPORT_LIST.match(text, place)) and (names := _NAMES.match(text, exported.end())):
        return None, names.end()
    if assigned := _BEFORE_VALUE.match(text, place):
        place = source_text.skip(text, assigned.end(), file)
        if alias := _NAMES.match(text, place) or _ALIAS.match(text, place):
            return None, _ended(text, alias.end(), file)
    elif text[place] not in "[{(":
        _refuse(text, place, file)
    return _literal(text, place, file)


def _literal(text: str, place: int, file: str) -> tuple[Literal, int]:
    depth = 0
    while text.startswith("(", place):
        depth += 1
        place = source_text.skip(text, place + 1, file)
    value, end = json5.read_literal(text, place, file)
    for _ in range(depth):
        end = source_text.skip(text, end, file)
        if not text.startswith(")", end):
            source_text.refuse(text, end, file, "a ) is missing here")
        end += 1
    return Literal(value, place), _ended(text, end, file)


def _ended(text: str, end: int, file: str) -> int:
    # an operator, a call or an index after the data would make it code
    following = source_text.skip(text, end, file)
    if text[following : following + 1] in tuple("([.,?:+-*/%&|<>=!`)]}"):
        _refuse(text, following, file)
    return end


def _behind_hashbang(text: str) -> int:
    if not text.startswith("#!"):
        return 0
    line_end = text.find("\n")
    return len(text) if line_end < 0 else line_end


def _refuse(text: str, place: int, file: str) -> NoReturn:
    source_text.refuse(
        text, place, file, "this is code; a prompts file may hold only one array of prompts and its export"
    )
