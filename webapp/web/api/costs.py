"""JSON API of costs: sums and attempts, in whole micro-dollars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from webapp.core.money.attempts import Attempt
from webapp.core.money.ledger import Ledger
from webapp.core.money.sums import Sum, SumGroup, summed
from webapp.core.v1_progress import iso_time
from webapp.disk.files.folder import Folder
from webapp.web.api.request import folder_in_query, number_in_query
from webapp.web.costs.views import AttemptFilter, chosen_of
from webapp.web.services import services

routes = Blueprint("costs", __name__)

MOST = 1000
"""Attempts one answer may hold."""


@routes.get("/costs")
def costs() -> Response:
    """Sum the project's costs: in all, and by day, style, run, model, key and outcome."""
    ledger = _ledger(folder_in_query())
    groups = ledger.groups()
    sums = {
        "days": _by(groups, lambda group: {"day": group.day}),
        "styles": _by(groups, lambda group: {"style": group.style}),
        "runs": _by(groups, lambda group: {"run": group.run}),
        "models": _by(groups, lambda group: {"provider": group.provider, "model": group.model}),
        "keys": _by(groups, lambda group: {"key": group.key}),
        "outcomes": _by(groups, lambda group: {"outcome": group.result}),
    }
    return jsonify({"success": True, "total": _sum(ledger.total), **sums})


@routes.get("/attempts")
def attempts() -> Response:
    """List the attempts that match the query, newest first; at most `MOST`."""
    wanted = request.args
    chosen = AttemptFilter(wanted.get("outcome", ""), wanted.get("style", ""), wanted.get("beat", ""))
    found = chosen_of(_ledger(folder_in_query()), chosen)
    start, most = number_in_query("offset", 0), min(MOST, number_in_query("limit", 100))
    shown = [attempt_json(attempt) for attempt in found[start : start + most]]
    return jsonify({"success": True, "found": len(found), "attempts": shown})


def _ledger(folder: Folder) -> Ledger:
    return services().store.ledger(folder)


def _by(groups: Mapping[SumGroup, Sum], pick: Callable[[SumGroup], dict[str, str]]) -> list[dict[str, Any]]:
    parts = summed(groups, lambda group: tuple(pick(group).items()))
    return [{**dict(names), **_sum(part)} for names, part in parts.items()]


def _sum(part: Sum) -> dict[str, int]:
    return {
        "attempts": part.attempts,
        "images": part.made,
        "charged": part.charged,
        "possiblyCharged": part.possibly,
        "priceUnknown": part.unpriced,
    }


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    """One attempt as JSON."""
    kept = asdict(attempt)
    part = Sum.of(attempt)
    same = ("id", "run", "style", "shot", "beat", "provider", "model", "key", "seed", "seconds", "error", "detail")
    return {
        **{name: kept[name] for name in same},
        "began": iso_time(attempt.at) if attempt.at > 0 else None,
        "outcome": attempt.result.value,
        "charge": attempt.charge.value.lower(),
        "charged": part.charged,
        "possiblyCharged": part.possibly,
    }
