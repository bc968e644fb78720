"""JSON API of runs: start and stream, stop, pause, resume, status."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import ServiceUnavailable

from webapp.coordination.live_state import LiveState, Message
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run
from webapp.disk.files.folder import Folder
from webapp.disk.project_store import ProjectStore
from webapp.errors import AlreadyRunning, IllegalMove
from webapp.generation.control import Control
from webapp.operations.runs import ANY_MODEL
from webapp.web.api.request import body_in, dollars_in, folder_in
from webapp.web.live.connection import server_socket
from webapp.web.live.v1_stream import v1_events
from webapp.web.services import operations, services

routes = Blueprint("runs", __name__)


@routes.post("/generate-images")
def generate_images() -> Response:
    """Start a run and stream its events. A client that leaves ends its stream, never the run."""
    parts = services()
    body = body_in()
    folder = folder_in(body)
    if parts.live.hub.full_for_v1:
        raise ServiceUnavailable("Too many live views are open on this server. Try again in a moment.", retry_after=10)
    run, fresh = parts.operations.runs.start(folder, ANY_MODEL if body.get("acceptUnknownPrice") is True else ())
    if not fresh:
        raise AlreadyRunning("Image generation already in progress")
    events = v1_events(
        parts.live.hub,
        folder,
        parts.store.project(folder),
        run,
        ApiRunSource(parts.live.state, parts.control, parts.store),
        visitor=request.remote_addr or "",
        sock=server_socket(request.environ),
    )
    answer = current_app.response_class(events, mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-cache, no-transform"
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


@routes.post("/stop-generation")
def stop_generation() -> Response:
    """Stop the run. When the response is sent, no provider call begins any more."""
    folder = folder_in(body_in())
    try:
        operations().runs.stop(folder)
    except IllegalMove:
        return jsonify({"success": False, "error": "No active generation found"})
    return jsonify({"success": True, "message": "Stop signal sent"})


@routes.post("/pause-generation")
def pause_generation() -> Response:
    """Pause the run. When the response is sent, no provider call begins before it is resumed."""
    body = body_in()
    try:
        operations().runs.pause(folder_in(body))
    except IllegalMove:
        return jsonify({"success": False, "error": "No active generation found"})
    return jsonify({"success": True, "message": "Generation paused"})


@routes.post("/resume-generation")
def resume_generation() -> Response:
    """Resume the paused run, with another budget if one is sent."""
    body = body_in()
    budget = dollars_in(body.get("budgetUsd"))
    try:
        operations().runs.resume(folder_in(body), budget=budget)
    except IllegalMove:
        return jsonify({"success": False, "error": "No active generation found"})
    return jsonify({"success": True, "message": "Generation resumed"})


@routes.get("/generation-status/<path:project_path>")
def generation_status(project_path: str) -> Response:
    """Tell whether a run is active."""
    run = services().control.run(services().library.find(project_path))
    return jsonify({"success": True, "isGenerating": run.active})


@routes.get("/generation-status//<path:below_slash>")
def generation_status_absolute(below_slash: str) -> Response:
    """The same for an absolute path: it is decoded on arrival, so two slashes are in a row."""
    return generation_status(f"/{below_slash}")


@dataclass(frozen=True, slots=True)
class ApiRunSource:
    """Source of truth of a v1.1 stream: live state, run and images of a project."""

    live: LiveState
    control: Control
    store: ProjectStore

    def live_state(self, folder: Folder) -> Message:
        """The live state."""
        return self.live.read(folder.id)

    def run(self, folder: Folder) -> Run:
        """The current run."""
        return self.control.run(folder)

    def images(self, folder: Folder, project: Project) -> Collection[Frame]:
        """The frames whose image is complete."""
        return self.store.images.of_project(folder, project)
