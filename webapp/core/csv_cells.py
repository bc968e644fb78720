"""Cells of CSV files that spreadsheets open."""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain_cell(text: str) -> str:
    """A text that a spreadsheet does not run as a formula: with an apostrophe before what would begin one."""
    return f"'{text}" if text.startswith(_FORMULA) else text
