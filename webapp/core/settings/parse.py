"""Words and numbers in settings, read strictly: each function gives the value, or raises ValueError with the reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import TypeVar

Read = TypeVar("Read")

MICROS = 1_000_000
"""Micro-dollars in a dollar."""

MOST_DOLLARS = 1_000_000
PRINTABLE = re.compile(r"[\x21-\x7e]+\Z")


def entries(text: str) -> list[str]:
    """The parts between commas, without blanks around them; empty parts are dropped."""
    return [part for part in (piece.strip() for piece in text.split(",")) if part]


def several(read: Callable[[str], Read], text: str) -> tuple[Read, ...]:
    """Every entry of a comma-separated list, read, each kept once."""
    return tuple(dict.fromkeys(read(entry) for entry in entries(text)))


def whole(text: str, least: int, most: int) -> int:
    """A whole number between ``least`` and ``most``."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise ValueError(f"{shown(text)} is not a whole number from {least} to {most}.")
    return int(text)


def amount(text: str, least: float, most: float) -> float:
    """A number between ``least`` and ``most``, with a point for the decimals."""
    if not re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?|\.[0-9]{1,9}", text) or not least <= float(text) <= most:
        raise ValueError(f"{shown(text)} is not a number from {least:g} to {most:g}.")
    return float(text)


def dollars(text: str) -> int:
    """US dollars as micro-dollars, rounded down."""
    reason = f"{shown(text)} is not an amount of US dollars such as 5 or 2.50."
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(reason) from None
    if not value.is_finite() or not 0 <= value <= MOST_DOLLARS:
        raise ValueError(reason)
    return int(value * MICROS)


def switch(text: str) -> bool:
    """On or off."""
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if text.lower() not in known:
        raise ValueError(f"{shown(text)} is neither 1 nor 0.")
    return known[text.lower()]


def choice(text: str, known: Sequence[str]) -> str:
    """One of the ``known`` words, in any case."""
    if text.lower() not in known:
        raise ValueError(f"{shown(text)} is not known; choose {' or '.join(known)}.")
    return text.lower()


def shown(text: str) -> str:
    """A value as an error message repeats it: quoted, on one line, not endless."""
    return repr(text if len(text) <= 40 else text[:37] + "...")
