"""The activity and the runs of a project for programs, and the runs of all projects. A part of the JSON API."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request

from webapp.core.activity_line import ActivityLine
from webapp.core.money.run_summary import RunSummary
from webapp.core.v1_progress import iso_time
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.web.activity.page import runs_of, wanted_in
from webapp.web.all_runs import page
from webapp.web.api.request import body_in, folder_in, text_in
from webapp.web.api.v1 import api
from webapp.web.services import services

__all__ = ["api"]  # with what is added to it here

MOST = 1000
"""Lines one answer may hold."""


@api.get("/activity")
def activity() -> Response:
    """The lines that were asked for, newest first."""
    folder = _folder()
    most = min(MOST, _number("limit", 100))
    found = services().activity_log.newest(folder, wanted_in(), most + 1, request.args.get("before", ""))
    lines = [_line(line) for line in found[:most]]
    return jsonify({"success": True, "lines": lines, "more": len(found) > most})


@api.get("/runs")
def runs() -> Response:
    """What the runs of a project came to, newest first."""
    return jsonify({"success": True, "runs": [_run(each) for each in runs_of(_folder())]})


@api.get("/open-runs")
def all_open_runs() -> Response:
    """The runs of all projects that go on, wait, or were interrupted."""
    found = [row.to_json() for row in page.rows()]
    return jsonify({"success": True, "runs": found})


@api.post("/pause-all")
def pause_all() -> Response:
    """Pause every run that goes on. When the answer comes, none of them begins a call any more."""
    return jsonify({"success": True, "paused": page.pause_all()})


@api.post("/resume-all")
def resume_all() -> Response:
    """Let every paused run go on, one a second. A run that reached its budget is left as it is."""
    return jsonify({"success": True, "resuming": page.resume_all()})


@api.post("/set-webhook")
def set_webhook() -> Response:
    """Send the project's news to an address, or with an empty one nowhere. A new secret is told this once."""
    body = body_in()
    folder = folder_in(body)
    if "url" not in body:
        raise BadInput("url is missing. Send an address, or an empty text for none.")
    secret = services().webhooks.change(folder, text_in(body, "url"))
    return jsonify({"success": True, "message": "Webhook saved", "secret": secret or None})


@api.post("/renew-webhook-secret")
def renew_webhook_secret() -> Response:
    """Make a new secret, which is told this once; the old one does not hold any more."""
    return jsonify({"success": True, "secret": services().webhooks.renew(folder_in(body_in()))})


@api.post("/test-webhook")
def test_webhook() -> Response:
    """Send a message that says it is a test, and tell what came of it."""
    delivery = services().webhooks.test(folder_in(body_in()))
    return jsonify({"success": True, "arrived": delivery.ok, "outcome": delivery.outcome})


def _folder() -> Folder:
    path = request.args.get("projectPath", "")
    if not path:
        raise BadInput("projectPath is missing. Send the path of a project folder.")
    return services().library.find(path)


def _number(name: str, usual: int) -> int:
    text = request.args.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput(f"{name} must be a whole number, 0 or more.")
    return int(text)


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
