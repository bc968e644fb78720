"""JSON API of exports: start, status, cancel."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from webapp.core.v1_progress import iso_time
from webapp.disk.files.folder import Folder
from webapp.exports.formats import ExportJob, ExportRequest
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
    job = services().exporter.start(folder, ExportRequest.of(body, styles))
    return jsonify({"success": True, "message": "Export started", "export": _job_json(folder, job)}), 202


@routes.post("/export-status")
def export_status() -> Response:
    """Return the progress of the newest export, and the files that can be downloaded."""
    folder = folder_in(body_in())
    cabinet = services().exporter.cabinet
    job = cabinet.job(folder)
    results = [_job_json(folder, found) for found in cabinet.results(folder)]
    return jsonify({"success": True, "export": _job_json(folder, job) if job else None, "results": results})


@routes.post("/cancel-export")
def cancel_export() -> Response:
    """Cancel the running export."""
    services().exporter.cabinet.cancel(folder_in(body_in()))
    return jsonify({"success": True, "message": "Cancel signal sent"})


def _job_json(folder: Folder, job: ExportJob) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "id": job.id,
        "kind": job.wish.kind,
        "pictures": job.wish.pictures,
        "prompts": job.wish.prompts,
        "subtitles": job.wish.subtitles,
        "state": job.state,
        "percent": job.percent,
        "note": job.note,
        "startedAt": iso_time(job.started_at),
    }
    if job.file:
        payload |= {"file": job.file, "size": job.size, "download": result_address(folder, job.id)}
    return payload
