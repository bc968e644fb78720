"""Routes of the costs page and its CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime

from flask import Blueprint, Response, render_template, request

from webapp.core.csv_cells import plain_cell
from webapp.core.datafiles.source_text import well_formed
from webapp.core.money.attempts import Attempt, Charge
from webapp.core.money.ledger import Ledger
from webapp.core.money.sums import Sum, SumGroup
from webapp.disk.files.folder import Folder
from webapp.web.costs.views import (
    AttemptFilter,
    RemainingCost,
    chosen_of,
    costs_page,
    whole_page,
)
from webapp.web.layout.page_frame import shell
from webapp.web.services import services

pages = Blueprint("costs", __name__)

COLUMNS = (
    "began", "style", "shot", "beat", "provider", "model", "key", "seed", "seconds", "outcome", "charge",
    "charged_usd", "possibly_charged_usd", "attempts", "error", "provider_said", "run", "attempt",
)  # fmt: skip


@pages.get("/p/<project:project>/costs")
def page(project: str) -> str:
    """Show the sums, and the attempts that match the query."""
    folder = services().library.find(project)
    view = costs_page(
        shell(folder, "images"),
        services().store.project(folder),
        services().store.ledger(folder),
        _ahead(folder),
        _chosen(),
    )
    return render_template("costs/page.html", page=view)


@pages.get("/p/<project:project>/costs.csv")
def download(project: str) -> Response:
    """Send the attempts that match the query as CSV, newest first, then the sums of those kept as sums only."""
    folder = services().library.find(project)
    answer = Response(_table(services().store.ledger(folder), _chosen()), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="costs.csv"'
    return answer


def _chosen() -> AttemptFilter:
    wanted = request.args
    return AttemptFilter(
        wanted.get("outcome", ""), wanted.get("style", ""), wanted.get("beat", ""), whole_page(wanted.get("page", ""))
    )


def _ahead(folder: Folder) -> RemainingCost:
    state = services().state.read(folder)
    counts = {style.name: state.counts(style.name) for style in state.project.styles}
    missing = tuple((each.total - each.done, state.facts.price(style)) for style, each in counts.items())
    return RemainingCost(missing, state.facts.budget)


def _table(ledger: Ledger, chosen: AttemptFilter) -> Iterator[str]:
    yield _written(COLUMNS)
    for attempt in chosen_of(ledger, chosen):
        yield _written(_attempt(attempt))
    for group, part in ledger.group_sums.items():
        if not chosen.beat and chosen.style in ("", group.style) and chosen.outcome in ("", group.result):
            yield _written(_sum(group, part))


def _attempt(attempt: Attempt) -> tuple[object, ...]:
    part = Sum.of(attempt)
    began = datetime.fromtimestamp(attempt.at).astimezone().isoformat(timespec="seconds") if attempt.at > 0 else ""
    return (
        began, attempt.style, attempt.shot, attempt.beat, attempt.provider, attempt.model, attempt.key,
        "" if attempt.seed is None else attempt.seed, attempt.seconds or "", attempt.result.value, attempt.charge.value,
        usd(part.charged), usd(part.possibly), 1, attempt.error, attempt.detail, attempt.run, attempt.id,
    )  # fmt: skip


def _sum(group: SumGroup, part: Sum) -> tuple[object, ...]:
    charge = Charge.POSSIBLY.value if part.possibly else Charge.CHARGED.value if part.charged else Charge.NOT.value
    return (
        group.day, group.style, "", "", group.provider, group.model, group.key, "", "", group.result, charge,
        usd(part.charged), usd(part.possibly), part.attempts, "", "", group.run, "",
    )  # fmt: skip


def usd(micro: int) -> str:
    """An amount in dollars to the last micro-dollar: "0.039000"."""
    return f"{micro // 1_000_000}.{micro % 1_000_000:06d}"


def _written(values: tuple[object, ...]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([plain_cell(well_formed(value)) if isinstance(value, str) else value for value in values])
    return out.getvalue()
