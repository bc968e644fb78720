"""Beat numbers as spreadsheets and other programs spell or spoil them."""

from __future__ import annotations

import re
from itertools import pairwise

_PAD = re.compile(r"(?<![0-9])0+(?=[0-9])")
_MONTH = r"(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)"
_DATE = re.compile(
    rf"\d{{1,2}}[-. /]{_MONTH}|{_MONTH}[-. /]\d"
    r"|\d{1,4}[-/]\d{1,2}[-/]\d{1,4}|\d{1,2}\.\d{1,2}\.(?:19|20)\d\d",
    re.IGNORECASE,
)
TAKEN = "Taken are 1, 12, 1.1, 1.10, 12A and “Beat 1.1”."


def unpadded(number: str) -> str:
    """Return a number without leading zeros and in small letters: "1.1a" for ``01.01A``."""
    return _PAD.sub("", number).lower()


def not_a_number(written: str) -> str:
    """Return the sentence for a text that is no beat number."""
    shown = f"“{written[:40]}” is not a beat number like 1.1 or 12."
    if _DATE.match(written.strip()):
        return f"{shown} A spreadsheet has made a date of it: format the column as text and write the number again."
    if re.match(r"\d+,\d+\Z", written.strip()):
        return f"{shown} Write it with a point: {written.strip().replace(',', '.')}."
    return f"{shown} {TAKEN}"


def cut_tens(numbers: list[tuple[int, str]]) -> list[int]:
    """Return the lines on which x.1 stands behind x.9: where a spreadsheet has cut x.10."""
    return [
        line for (_, before), (line, now) in pairwise(numbers) if before.endswith(".9") and now == f"{before[:-1]}1"
    ]
