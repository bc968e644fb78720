"""JSON API of activity, runs and webhooks."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from webapp.core.activity_line import ActivityLine
from webapp.core.money.run_summary import RunSummary
from webapp.core.v1_progress import iso_time
from webapp.errors import BadInput
from webapp.web.activity.page import runs_of, wanted_in
from webapp.web.all_runs import page
from webapp.web.api.request import body_in, folder_in, folder_in_query, number_in_query, text_in
from webapp.web.services import services

routes = Blueprint("activity", __name__)

MOST = 1000
"""Lines one answer may hold."""


@routes.get("/activity")
def activity() -> Response:
    """List the activity that matches the query, newest first; at most `MOST` lines."""
    folder = folder_in_query()
    most = min(MOST, number_in_query("limit", 100))
    found = services().activity_log.newest(folder, wanted_in(), most + 1, request.args.get("before", ""))
    lines = [_line(line) for line in found[:most]]
    return jsonify({"success": True, "lines": lines, "more": len(found) > most})


@routes.get("/runs")
def runs() -> Response:
    """List the summaries of a project's runs, newest first."""
    return jsonify({"success": True, "runs": [_run(each) for each in runs_of(folder_in_query())]})


@routes.get("/open-runs")
def all_open_runs() -> Response:
    """List the open and the interrupted runs of all projects."""
    found = [row.to_json() for row in page.rows()]
    return jsonify({"success": True, "runs": found})


@routes.post("/pause-all")
def pause_all() -> Response:
    """Pause every run. When the response is sent, none of them begins another call."""
    return jsonify({"success": True, "paused": page.pause_all()})


@routes.post("/resume-all")
def resume_all() -> Response:
    """Resume every paused run, one a second, but those that reached their budget."""
    return jsonify({"success": True, "resuming": page.resume_all()})


@routes.post("/set-webhook")
def set_webhook() -> Response:
    """Set the project's webhook, or turn it off with an empty address. Returns a new secret once."""
    body = body_in()
    folder = folder_in(body)
    if "url" not in body:
        raise BadInput("url is missing. Send an address, or an empty text for none.")
    secret = services().webhooks.change(folder, text_in(body, "url"))
    return jsonify({"success": True, "message": "Webhook saved", "secret": secret or None})


@routes.post("/renew-webhook-secret")
def renew_webhook_secret() -> Response:
    """Replace the webhook's secret. Returns the new one once; the old one no longer works."""
    return jsonify({"success": True, "secret": services().webhooks.renew(folder_in(body_in()))})


@routes.post("/test-webhook")
def test_webhook() -> Response:
    """Send a test message to the webhook and return what came of it."""
    delivery = services().webhooks.test(folder_in(body_in()))
    return jsonify({"success": True, "arrived": delivery.ok, "outcome": delivery.outcome})


def _line(line: ActivityLine) -> dict[str, Any]:
    where = {"run": line.run, "style": line.style, "shot": line.shot, "beat": line.beat}
    return {"id": line.id, "at": _moment(line.at), "kind": line.kind, "text": line.text, **where}


def _run(found: RunSummary) -> dict[str, Any]:
    return {
        "run": found.run,
        "state": found.state,
        "reason": found.reason,
        "started": _moment(found.started),
        "ended": _moment(found.ended),
        "workedSeconds": found.worked,
        "made": found.made,
        "failed": found.failures,
        "failedBy": dict(found.failed),
        "refused": found.refused,
        "calls": found.calls,
        "retries": found.retries,
        "charged": found.charged,
        "possiblyCharged": found.possibly,
        "priceUnknown": found.unpriced,
    }


def _moment(at: float) -> str | None:
    return iso_time(at) if at > 0 else None
