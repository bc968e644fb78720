"""JSON API of exports: start, status, cancel."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from webapp.core.v1_progress import iso_time
from webapp.disk.files.folder import Folder
from webapp.exports.formats import OPTIONS, read_request
from webapp.exports.requests import ExportJob
from webapp.web.api.request import body_in, folder_in
from webapp.web.exports.page import result_address
from webapp.web.services import services

routes = Blueprint("exports", __name__)


@routes.post("/start-export")
def start_export() -> tuple[Response, int]:
    """Start an export in the background."""
    body = body_in()
    folder = folder_in(body)
    styles = [style.name for style in services().store.project(folder).styles]
    job = services().exporter.start(folder, read_request(body, styles))
    return jsonify({"success": True, "message": "Export started", "export": _payload(folder, job)}), 202


@routes.post("/export-status")
def export_status() -> Response:
    """Return the progress of the newest export, and the files that can be downloaded."""
    folder = folder_in(body_in())
    jobs = services().exporter.jobs
    job = jobs.job(folder)
    results = [_payload(folder, found) for found in jobs.results(folder)]
    return jsonify({"success": True, "export": _payload(folder, job) if job else None, "results": results})


@routes.post("/cancel-export")
def cancel_export() -> Response:
    """Stop the export that is being made."""
    services().exporter.jobs.cancel(folder_in(body_in()))
    return jsonify({"success": True, "message": "Cancel signal sent"})


def _payload(folder: Folder, job: ExportJob) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "id": job.id,
        "kind": job.request.kind,
        "pictures": job.request.images,
        **{option.name: job.request.chosen(option) for option in OPTIONS.values()},
        "state": job.state,
        "percent": job.percent,
        "note": job.note,
        "startedAt": iso_time(job.started_at),
    }
    if job.file:
        payload |= {"file": job.file, "size": job.size, "download": result_address(folder, job.id)}
    return payload
