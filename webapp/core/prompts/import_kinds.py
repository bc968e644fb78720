"""Kinds of text and file that are no storyboard, each with the sentence that says what it is and what to do."""

from __future__ import annotations

import re

_SHEET = "is a spreadsheet. Save it as CSV and import that."
_PAPER = "is a document. Copy its table into a spreadsheet, save that as CSV and import it."
_OF_SUFFIX = {
    **dict.fromkeys((".xlsx", ".xls", ".xlsm", ".xlsb"), "is an Excel file. Save it as CSV and import that."),
    **dict.fromkeys((".ods", ".numbers"), _SHEET),
    **dict.fromkeys((".yaml", ".yml"), "is YAML. Save it as JSON or CSV and import that."),
    **dict.fromkeys((".toml", ".xml", ".html", ".htm"), "is in a form that is not read. Save it as JSON or CSV."),
    **dict.fromkeys((".fountain", ".fdx"), "is a screenplay. Write a table with a beat and a prompt in each row."),
    **dict.fromkeys((".docx", ".doc", ".odt", ".rtf", ".pdf"), _PAPER),
    ".tsv": "is a table with tabs. Name it .csv and import it again.",
    ".jsonl": "has one entry a line. Name it .json and import it again.",
    ".ndjson": "has one entry a line. Name it .json and import it again.",
}
_TABLE = "Give it a table with the columns beat and prompt"
_OF_TEXT = (
    (re.compile(r"^Steps: \d+, Sampler", re.MULTILINE), f"this is the record of an image generator. {_TABLE}."),
    (
        re.compile(r"\A\s*---\s*$|^\s*-\s+\w+:\s|\A\s*\w+:\s*(?:\n|\Z)", re.MULTILINE),
        "this looks like YAML. Save it as JSON or CSV.",
    ),
    (re.compile(r"^(?:INT|EXT|INT\./EXT)[. ]", re.MULTILINE), f"this is a screenplay. {_TABLE}."),
    (
        re.compile(r"\A\s*(?:beat|shot|scene)[ _]*[\d.]+\w?\s*[:.–-]\s", re.IGNORECASE),
        f"these are lines with a number and a text. {_TABLE}, or write “Beat: 1.1” and “Prompt: …” "
        "on lines of their own.",
    ),
    (re.compile(r"\A\s*<"), "this is a page or XML. Save it as JSON or CSV."),
)


def file_kind(suffix: str) -> str:
    """Return what a file of this suffix is and what to do, to follow its name; "" for any other."""
    return _OF_SUFFIX.get(suffix.lower(), "")


def text_kind(text: str) -> str:
    """Return what a text is that is no storyboard, and what to do; "" where it shows no kind."""
    start = text[:20_000].lstrip("\ufeff")
    return next((sentence for pattern, sentence in _OF_TEXT if pattern.search(start)), "")


def bytes_kind(data: bytes) -> str:
    """Return what a file is by its first bytes, where it is no text; "" for any other."""
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return "this is an Excel file, or another packed one, and no text. Save it as CSV and import that."
    return "this is a PDF. Copy its table into a spreadsheet and save that as CSV." if data.startswith(b"%PDF") else ""
