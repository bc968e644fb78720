"""Cells of CSV files that spreadsheets open."""

from __future__ import annotations

import re

_FORMULA = re.compile(r"'*[=+\-@\t\r]")


def plain_cell(text: str) -> str:
    """Return a text that a spreadsheet does not run as a formula: with an apostrophe before what would begin one."""
    return f"'{text}" if _FORMULA.match(text) else text


def cell_text(cell: str) -> str:
    """Return the text of a cell that `plain_cell` made; any other cell as it is."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
