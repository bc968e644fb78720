"""The runs of a project for programs: start and follow, stop, pause, go on. A part of the JSON API."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask import Response, current_app, jsonify, request
from werkzeug.exceptions import ServiceUnavailable

from webapp.coordination.live_state import LiveState, Message
from webapp.core.project import Frame, Project
from webapp.core.run.states import Run
from webapp.disk.files.folder import Folder
from webapp.disk.project_store import ProjectStore
from webapp.errors import AlreadyRunning, BadInput, IllegalMove
from webapp.generation.control import Control
from webapp.operations.limits import budget_in
from webapp.operations.runs import ANY_MODEL
from webapp.web.api.request import body_in, folder_in
from webapp.web.api.v1 import api
from webapp.web.live.connection import server_socket
from webapp.web.live.v1_stream import v1_events
from webapp.web.services import operations, services

__all__ = ["api"]  # with what is added to it here


@api.post("/generate-images")
def generate_images() -> Response:
    """Start a run and stream what happens in it. A client that leaves ends its stream, never the run."""
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


@api.post("/stop-generation")
def stop_generation() -> Response:
    """Stop the run. When the answer comes, no provider call begins any more."""
    folder = folder_in(body_in())
    try:
        operations().runs.stop(folder)
    except IllegalMove:
        return jsonify({"success": False, "error": "No active generation found"})
    return jsonify({"success": True, "message": "Stop signal sent"})


@api.post("/pause-generation")
def pause_generation() -> Response:
    """Pause the run. When the answer comes, no provider call begins before it is resumed."""
    body = body_in()
    try:
        operations().runs.pause(folder_in(body))
    except IllegalMove:
        return jsonify({"success": False, "error": "No active generation found"})
    return jsonify({"success": True, "message": "Generation paused"})


@api.post("/resume-generation")
def resume_generation() -> Response:
    """Go on with a paused run, with another budget if one is sent."""
    body = body_in()
    budget = body.get("budgetUsd")
    if budget is not None and (isinstance(budget, bool) or not isinstance(budget, (int, float, str))):
        raise BadInput("budgetUsd must be an amount of US dollars, such as 5 or 2.50.")
    try:
        operations().runs.resume(folder_in(body), budget=budget_in(None if budget is None else str(budget)))
    except IllegalMove:
        return jsonify({"success": False, "error": "No active generation found"})
    return jsonify({"success": True, "message": "Generation resumed"})


@api.get("/generation-status/<path:project_path>")
def generation_status(project_path: str) -> Response:
    """Whether a run is active."""
    run = services().control.run(services().library.find(project_path))
    return jsonify({"success": True, "isGenerating": run.active})


@api.get("/generation-status//<path:below_slash>")
def generation_status_absolute(below_slash: str) -> Response:
    """The same for an absolute path: it arrives decoded, so that two slashes stand in a row."""
    return generation_status(f"/{below_slash}")


@dataclass(frozen=True, slots=True)
class ApiRunSource:
    """Reads what is true of a run, for a v1.1 stream."""

    live: LiveState
    control: Control
    store: ProjectStore

    def live_state(self, folder: Folder) -> Message:
        """The whole live state of the project."""
        return self.live.read(folder.id)

    def run(self, folder: Folder) -> Run:
        """The run as it is now."""
        return self.control.run(folder)

    def images(self, folder: Folder, project: Project) -> Collection[Frame]:
        """The frames whose image is complete."""
        return self.store.images(folder, project)
