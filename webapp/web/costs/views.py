"""Layout of the costs page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from webapp.core.money.amounts import DOLLAR, cents, dollars, per_image
from webapp.core.money.attempts import Attempt
from webapp.core.money.budget import estimate
from webapp.core.money.ledger import Ledger
from webapp.core.money.sums import Sum, SumGroup, summed
from webapp.core.project import Project
from webapp.web import urls
from webapp.web.costs.attempts import AttemptLine, filters, fits, label, line
from webapp.web.layout.widgets import Shell
from webapp.web.layout.words import moment

ON_A_PAGE = 50
LONGEST_TABLE = 60
"""Rows a table of sums shows; the oldest are left out, and the table says so."""


@dataclass(frozen=True, slots=True)
class AttemptFilter:
    """Which attempts to list; "" is every one. ``page`` counts from 1."""

    outcome: str = ""
    style: str = ""
    beat: str = ""
    page: int = 1

    def query(self, page: int = 1) -> str:
        """As the query of a URL."""
        wanted = {
            "outcome": self.outcome,
            "style": self.style,
            "beat": self.beat,
            "page": str(page) if page > 1 else "",
        }
        found = urlencode({name: value for name, value in wanted.items() if value})
        return f"?{found}" if found else ""


@dataclass(frozen=True, slots=True)
class SumRow:
    """One line of a table of sums."""

    name: str
    made: str
    attempts: str
    charged: str
    possibly: str


@dataclass(frozen=True, slots=True)
class SumTable:
    """Sums by one key, named in ``head``. ``note`` is a sentence below, or ""."""

    title: str
    head: str
    rows: tuple[SumRow, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class CostsPage:
    """The costs page (`costs/page.html`). ``tried`` of 0: there is nothing to show yet.

    ``figures`` are title, value and sentence. ``outcomes`` and ``styles`` are the choices of the filter, ``chosen`` the
    current one; ``newer`` and ``older`` are the URLs of the other pages of the list, "" at its ends.
    """

    shell: Shell
    back: str
    action: str
    download: str
    tried: int
    figures: tuple[tuple[str, str, str], ...]
    tables: tuple[SumTable, ...]
    outcomes: tuple[str, ...]
    styles: tuple[str, ...]
    chosen: AttemptFilter
    lines: tuple[AttemptLine, ...]
    found: str  # "1 to 50 of 312"
    newer: str
    older: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemainingCost:
    """The cost of the rest of the project: pairs of a number of frames without image and the price of one (``None``:
    unknown), and the ``budget`` for all runs.
    """

    missing: tuple[tuple[int, int | None], ...]
    budget: int | None


def chosen_of(ledger: Ledger, chosen: AttemptFilter) -> list[Attempt]:
    """The attempts that match a filter, newest first."""
    return [
        attempt
        for attempt in reversed(ledger.attempts)
        if fits(attempt, chosen.outcome) and chosen.style in ("", attempt.style) and chosen.beat in ("", attempt.beat)
    ]


def costs_page(
    shell: Shell, project: Project, ledger: Ledger, ahead: RemainingCost, chosen: AttemptFilter
) -> CostsPage:
    """Build the page."""
    groups, total = ledger.groups(), ledger.total
    found = chosen_of(ledger, chosen)
    start = (min(chosen.page, max(1, -(-len(found) // ON_A_PAGE))) - 1) * ON_A_PAGE
    page = start // ON_A_PAGE + 1
    shown = found[start : start + ON_A_PAGE]
    here = urls.costs(project.name)
    return CostsPage(
        shell=shell,
        back=urls.step(project.name, "images"),
        action=here,
        download=f"{here}.csv{chosen.query()}",
        tried=total.attempts,
        figures=_figures(total, ahead),
        tables=_tables(ledger, groups),
        outcomes=tuple(filters([group.result for group in groups])),
        styles=tuple(dict.fromkeys(group.style for group in groups if group.style)),
        chosen=chosen,
        lines=tuple(_line(project, attempt) for attempt in shown),
        found=f"{start + 1} to {start + len(shown)} of {len(found)}" if shown else "",
        newer=f"{here}{chosen.query(page - 1)}#attempts" if page > 1 else "",
        older=f"{here}{chosen.query(page + 1)}#attempts" if start + ON_A_PAGE < len(found) else "",
        notes=_notes(ledger, total),
    )


def _line(project: Project, attempt: Attempt) -> AttemptLine:
    there = project.beat(attempt.frame) is not None
    href = urls.details(project.name, attempt.frame) if there else ""
    return line(attempt, f"Beat {attempt.beat}" if attempt.beat else "–", href=href)


def _figures(total: Sum, ahead: RemainingCost) -> tuple[tuple[str, str, str], ...]:
    images = f"for {total.made} image{'' if total.made == 1 else 's'}"
    unsure = "calls without a clear answer; the provider’s bill decides" if total.possibly else "no call is in doubt"
    found = [
        ("Charged", dollars(total.charged), images),
        ("Possibly charged", dollars(total.possibly), unsure),
        ("Attempts", f"{total.attempts:,}", f"{total.attempts - total.made:,} brought no image"),
        _still_to_come(ahead),
    ]
    if ahead.budget is not None:
        left = cents(ahead.budget) - cents(total.charged) - cents(total.possibly)  # so that what is shown adds up
        value = dollars(max(0, left) * DOLLAR // 100)
        found.append(("Budget left", value, f"of {dollars(ahead.budget)}; what is in doubt counts"))
    return tuple(found)


def _still_to_come(ahead: RemainingCost) -> tuple[str, str, str]:
    left: dict[int | None, int] = {}
    for number, price in ahead.missing:
        if number:
            left[price] = left.get(price, 0) + number
    missing = sum(left.values())
    if not missing:
        return "Still to come", dollars(0), "every image exists"
    frames = f"{missing} image{'' if missing == 1 else 's'} missing"
    costs = [estimate(number, price) for price, number in left.items()]
    if None in costs:
        return "Still to come", "–", f"{frames}; the price of {'this' if len(left) == 1 else 'a'} model is not known"
    whole = sum(cost or 0 for cost in costs)
    if not whole:
        return "Still to come", "Free", frames
    each = " + ".join(f"{number} × {per_image(price) if price else 'free'}" for price, number in left.items())
    return "Still to come", f"about {dollars(whole)}", f"{frames}: {each}"


def _tables(ledger: Ledger, groups: Mapping[SumGroup, Sum]) -> tuple[SumTable, ...]:
    began: dict[str, str] = {group.run: day_name(group.day) for group in reversed(list(groups))}
    for attempt in reversed(ledger.attempts):
        began[attempt.run] = moment(attempt.at) or began.get(attempt.run, "")

    def table(title: str, head: str, pick: Callable[[SumGroup], str], *, newest_first: bool = False) -> SumTable:
        named = [(name or "not known", part) for name, part in summed(groups, pick).items()]
        ordered = named[::-1] if newest_first else sorted(named, key=lambda item: -item[1].charged)
        left = len(ordered) - LONGEST_TABLE
        note = f"{left} more {'line is' if left == 1 else 'lines are'} not shown." if left > 0 else ""
        return SumTable(title, head, tuple(_row(*item) for item in ordered[:LONGEST_TABLE]), note)

    return (
        table("By day", "Day", lambda group: day_name(group.day), newest_first=True),
        table("By run", "Began", lambda group: began.get(group.run, ""), newest_first=True),
        table("By style", "Style", lambda group: group.style),
        table("By model", "Model", lambda group: _model(group)),
        table("By key", "Key", lambda group: group.key or "no key"),
        table("By outcome", "Outcome", lambda group: group.result.capitalize()),
    )


def _model(group: SumGroup) -> str:
    return " · ".join(part for part in (label(group.provider), group.model) if part)


def _row(name: str, part: Sum) -> SumRow:
    possibly = dollars(part.possibly) if part.possibly else "–"
    return SumRow(name, f"{part.made:,}", f"{part.attempts:,}", dollars(part.charged), possibly)


def _notes(ledger: Ledger, total: Sum) -> tuple[str, ...]:
    found = []
    if total.unpriced:
        calls = "1 attempt has" if total.unpriced == 1 else f"{total.unpriced:,} attempts have"
        found.append(f"{calls} a price that is not known, and {'is' if total.unpriced == 1 else 'are'} in no sum.")
    kept = len(ledger.attempts)
    if kept < total.attempts:
        gone = total.attempts - kept
        found.append(f"The oldest {gone:,} attempts without an image are kept as sums only and are not listed.")
    return tuple(found)


def day_name(day: str) -> str:
    """A day as "24 Nov 2026"; "" when it is not known."""
    try:
        then = date.fromisoformat(day)
    except ValueError:
        return ""
    return f"{then.day} {then:%b %Y}"


def whole_page(text: str) -> int:
    """Read a page number from a URL; 1 for anything else."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
