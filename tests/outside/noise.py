"""What may differ between two records of the same product: the tables, and the texts with it taken out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from tests.outside.order import calm_values

STATIC = (
    (r"\.css\Z", "<css>"),
    (r"\.m?js\Z", "<js>"),
    (r"\.(?:svg|png|ico|webp)\Z", "<icon>"),
    (r"", "<static file>"),
)
"""Static files by the end of their address. They may move and be cut in other ways, so only their kind is recorded."""

STATIC_ADDRESS = re.compile(r"(?:https?://[^\s\"'/]+)?/static/[^\s\"'<>)?#]+(?:\?[^\s\"'<>)]*)?")

MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
PATTERNS = (
    ("proof of a form", r"(?<![\w-])[\w-]{16}\.[0-9a-f]{32}(?![\w-])", "<csrf>"),
    ("moment", r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?", "<time>"),
    ("moment in a name", r"\d{8}T\d{6}Z?", "<time>"),
    ("HTTP date", r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "<time>"),
    ("day", r"(?<!\d)20\d\d-\d\d-\d\d(?!\d)", "<day>"),
    ("day in words", rf"\b\d{{1,2}} (?:{MONTHS})\b(?: \d{{4}})?", "<day>"),
    ("clock", r"(?<![\d:.])1[123]:\d\d(?::\d\d)?(?![\d:,])", "<clock>"),
    ("ago", r"\bjust now\b|\b\d+ (?:min|h) ago\b|\byesterday\b", "<ago>"),
    ("seed", r"((?:[Ss]eed|SEED)\D{1,4})\d{3,10}\b", r"\1<seed>"),
    ("seed alone", r"(?m)^( *)\d{6,10}$", r"\1<seed>"),
    ("seed and seconds in a table", r",\d{3,10},\d+(?:\.\d+)?,(?=[a-z ]+,)", ",<seed>,<s>,"),
    ("epoch in milliseconds", r"(?<!\w)(?:1[7-9]|2[01])\d{11}(?!\w)", "<time>"),
    ("epoch", r"(?<![\w.])(?:1[7-9]|2[01])\d{8}(?:\.\d+)?(?!\w)", "<time>"),
    ("place in the news", r"(?<![\w-])[0-9a-f]{8}-\d{1,15}(?:(?:@|%40)[0-9a-z]{1,40})?(?![\w-])", "<place>"),
    ("name of a cookie", r"step8_[0-9a-f]{8}_", "step8_<id>_"),
    ("error id", r"Error id [0-9a-f]{8}", "Error id <id>"),
    ("seconds of a call", r"(?<![\w.])\d{1,2}\.\d s\b", "<s>"),
    ("seconds of a run", r"\b((?:about|in|took|made|failed|refused\)),? )\d{1,3} (?:s|min)\b", r"\1<s>"),
    ("time left", r"(?m)^( *)\d+ (?:s|min)$", r"\1<time left>"),
    ("time left in words", r"about \d+ (?:seconds?|minutes?) left", "about <time> left"),
    ("rate", r"(?<![\w.])\d+(?:[.,]\d+)?/min\b", "<rate>/min"),
    ("process", r"\[pid \d+\]|\bpid[ =]\d+", "<pid>"),
)
"""Patterns in every text, in this order. Where the app runs it is always noon, so a clock is told by its hour."""

IDENT = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32}|[0-9a-f]{24}|[0-9a-f]{20}|[0-9a-f]{16}|[0-9a-f]{12})"
    r"(?![0-9A-Za-z])"
)
"""Random ids and digests. In each text they are numbered as they come, so that two that are equal stay equal."""

VAGUE_NUMBERS = frozenset(
    {"seconds", "workedSeconds", "secondsLeft", "perMinute", "seed", "wait", "at", "pid", "size", "worked", "took"}
)
"""Names in JSON whose numbers depend on the moment."""


class Noise:
    """Takes out of a text what may differ. ``names`` are further texts, such as folders, each with its word."""

    def __init__(self, names: Iterable[tuple[str, str]] = ()) -> None:
        self._names = sorted(names, key=lambda pair: -len(pair[0]))
        self._patterns = [(re.compile(pattern), word) for _, pattern, word in PATTERNS]

    def add(self, text: str, word: str) -> None:
        """Take this text out too."""
        self._names = sorted([*self._names, (text, word)], key=lambda pair: -len(pair[0]))

    def out_of(self, text: str, numbers: dict[str, str] | None = None) -> str:
        """The text without noise. ``numbers`` are the ids that were numbered before."""
        for name, word in self._names:
            text = text.replace(name, word)
        text = STATIC_ADDRESS.sub(lambda match: kind_of(match[0]), text)
        for pattern, word in self._patterns:
            text = pattern.sub(word, text)
        known = {} if numbers is None else numbers
        return IDENT.sub(lambda match: known.setdefault(match[0], f"<id {len(known) + 1}>"), text)

    def out_of_json(self, value: Any, numbers: dict[str, str] | None = None) -> str:
        """The value as text, names sorted, without noise."""
        return self.out_of(json.dumps(_vague(value), indent=1, sort_keys=True, ensure_ascii=False), numbers)


def kind_of(address: str) -> str:
    """The word for a static file."""
    path = address.partition("?")[0]
    return next(word for pattern, word in STATIC if re.search(pattern, path))


def _vague(value: Any) -> Any:
    """The same with the numbers of `VAGUE_NUMBERS` replaced."""
    if isinstance(value, dict):
        return {name: _known(name, each) for name, each in value.items()}
    return calm_values([_vague(each) for each in value]) if isinstance(value, list) else value


def _known(name: str, value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return "<number>" if name in VAGUE_NUMBERS and is_number else _vague(value)
