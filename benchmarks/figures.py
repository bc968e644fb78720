"""Figures: what a row measured, what was hoped for, and what became of it since the baseline. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any

WORSE = 0.15
"""The part by which a ratio may get worse than the baseline before it is reported: less is noise."""

BEGIN, END = "<!-- figures: make bench -->", "<!-- end of the figures -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a row.

    ``case`` and ``name`` tell it from the row's others. ``rises``: more is better. ``goal`` is the worst value that
    meets the goal, ``None`` when there is none. ``ratio``: it is measured beside an ideal or a peer in the same run, so
    that it may be compared with another machine's. ``detail`` says what it was made from.
    """

    case: str
    name: str
    value: float
    unit: str = ""
    rises: bool = False
    goal: float | None = None
    ratio: bool = False
    detail: str = ""
    row: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; ``None`` without one."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.rises else self.value <= self.goal

    @property
    def id(self) -> str:
        """What it is called in another run's results too."""
        return f"{self.row} / {self.case} / {self.name}"


def spelled(value: float, unit: str) -> str:
    """A number as people read it: three digits that say something."""
    if unit == "%":
        return f"{value * 100:.1f} %"
    text = f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"
    return f"{text} {unit}".strip()


def goal_of(figure: Figure) -> str:
    """The goal as the table shows it, with whether it is met."""
    if figure.goal is None:
        return ""
    sign = "≥" if figure.rises else "≤"
    return f"{'✓' if figure.met else '✗'} {sign} {spelled(figure.goal, figure.unit)}"


def table(figures: Sequence[Figure]) -> str:
    """All figures as a table of Markdown, which reads well in a terminal too."""
    lines = [("row", "case", "what", "figure", "goal", "made from")]
    before = ("", "")
    for figure in figures:
        row, case = figure.row, figure.case
        shown = ("" if row == before[0] else row, "" if (row, case) == before else case)
        lines.append((*shown, figure.name, spelled(figure.value, figure.unit), goal_of(figure), figure.detail))
        before = (row, case)
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    texts = ["| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
    rule = "| " + " | ".join("-" * max(3, width) for width in widths)
    return "\n".join(f"{text.rstrip()} |" for text in (texts[0], rule, *texts[1:]))


def worse(figures: Iterable[Figure], baseline: Mapping[str, Any]) -> list[str]:
    """A line for each ratio that got worse by more than 15 % than in the baseline's results."""
    before = {figure.id: figure for figure in read(baseline)}
    found = []
    for figure in figures:
        old = before.get(figure.id)
        if not figure.ratio or old is None or old.value <= 0 or figure.value <= 0:
            continue
        change = old.value / figure.value if figure.rises else figure.value / old.value
        if change > 1 + WORSE:
            was, now = spelled(old.value, old.unit), spelled(figure.value, figure.unit)
            found.append(f"{figure.id}: {now}, was {was} ({(change - 1) * 100:.0f} % worse)")
    return found


def written(figures: Iterable[Figure], machine: str) -> dict[str, Any]:
    """Results as JSON holds them, for `read`."""
    return {"machine": machine, "figures": [asdict(figure) for figure in figures]}


def read(results: Mapping[str, Any]) -> list[Figure]:
    """Back from what `written` made."""
    return [Figure(**each) for each in results.get("figures", ())]


def merged(old: Iterable[Figure], new: Sequence[Figure], order: Sequence[str]) -> list[Figure]:
    """The new figures, and of rows that were not measured now the old ones; in the order of the rows."""
    measured = {figure.row for figure in new}
    kept = [figure for figure in old if figure.row not in measured and figure.row in order]
    return sorted([*kept, *new], key=lambda figure: order.index(figure.row))


def in_document(text: str, figures: Sequence[Figure], machine: str) -> str:
    """The document with its table filled anew, between the markers."""
    filled = f"{BEGIN}\n\n{machine}\n\n{table(figures)}\n\n{END}"
    return re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}", lambda _: filled, text, count=1, flags=re.DOTALL)


def percentile(values: Sequence[float], part: float) -> float:
    """The value that this part of all values does not exceed, e.g. 0.99."""
    if len(values) < 2:
        return values[0]
    return quantiles(values, n=1000, method="inclusive")[round(part * 1000) - 1]
