"""The JSON API: what v1.1 clients call, word for word.

``projectPath`` is absolute or relative to the projects folder. Every error is
``{"success": false, "error": "<sentence>"}`` with a fitting status. With APP_PASSWORD set, send
``Authorization: Bearer <password>``; the session cookie of the pages does as well. Other origins may call these
addresses when CORS_ORIGINS names them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import ServiceUnavailable

from webapp.coordination.board import Board, Message
from webapp.core.progress import completed_beats, iso_time
from webapp.core.project import STYLE_NAME, Frame, Project
from webapp.core.prompts import parse_entries
from webapp.core.run import Run
from webapp.core.text import well_formed
from webapp.disk.folder import Folder
from webapp.disk.pool import run_native
from webapp.disk.store import Store
from webapp.errors import AlreadyRunning, BadFile, BadInput, IllegalMove, NoSuchProject, NotFound
from webapp.generation.control import Control
from webapp.web import pictures, starting
from webapp.web.asked import body_in, folder_in, path_in, text_in
from webapp.web.limit_fields import budget_in
from webapp.web.services import services
from webapp.web.stream import v1_events

api = Blueprint("api", __name__, url_prefix="/api")

LONGEST_TITLE = 200
IMAGE_FOLDERS = frozenset({"generated_images", "selected_images"})


@api.get("/ping")
def ping() -> Response:
    """Whether the server is there."""
    return jsonify({"success": True, "message": "Server is running", "timestamp": iso_time(services().clock())})


@api.post("/generate-images")
def generate_images() -> Response:
    """Start a run and stream what happens in it. A client that leaves ends its stream, never the run."""
    parts = services()
    body = body_in()
    folder = folder_in(body)
    if parts.hub.packed:
        raise ServiceUnavailable("Too many live views are open on this server. Try again in a moment.", retry_after=10)
    run, fresh = starting.start(folder, starting.ALL if body.get("acceptUnknownPrice") is True else ())
    if not fresh:
        raise AlreadyRunning("Image generation already in progress")
    events = v1_events(
        parts.hub,
        folder,
        parts.store.project(folder),
        run,
        Truth(parts.board, parts.control, parts.store),
        visitor=request.remote_addr or "",
        sock=request.environ.get("gunicorn.socket"),
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
        services().control.stop(folder)
    except IllegalMove:
        return jsonify({"success": False, "error": "No active generation found"})
    return jsonify({"success": True, "message": "Stop signal sent"})


@api.post("/pause-generation")
def pause_generation() -> Response:
    """Pause the run. When the answer comes, no provider call begins before it is resumed."""
    body = body_in()
    try:
        services().control.pause(folder_in(body))
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
        services().control.resume(folder_in(body), budget=budget_in(None if budget is None else str(budget)))
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


@api.post("/get-generation-progress")
def get_generation_progress() -> Response:
    """The finished beats of every style, by the images that are really there."""
    folder = folder_in(body_in())
    store = services().store
    project = store.project(folder)
    done = set(store.images(folder, project))
    progress = {
        style.name: {
            "completedBeats": list(completed_beats(style, done)),
            "lastUpdated": store.progress(folder, style.name).last_updated or None,
        }
        for style in project.styles
    }
    return jsonify({"success": True, "progress": progress})


@api.post("/get-generated-images")
def get_generated_images() -> Response:
    """Where every finished image lies in the project, under both spellings of its beat."""
    folder = folder_in(body_in())
    project = services().store.project(folder)
    there = services().store.images(folder, project)
    images: dict[str, dict[str, str]] = {style.name: {} for style in project.styles}
    for frame in project.frames():
        if frame in there:
            for spelling in (frame.beat, f"Beat {frame.beat}"):
                images[frame.style].setdefault(spelling, there[frame].path)
    return jsonify({"success": True, "images": images})


@api.post("/get-image-selections")
def get_image_selections() -> Response:
    """The choices of step 9."""
    return jsonify({"success": True, "selections": services().store.selections(folder_in(body_in()))})


@api.post("/save-image-selection")
def save_image_selection() -> Response:
    """Choose an image for a beat; it is copied to selected_images."""
    body = body_in()
    folder = folder_in(body)
    flagged = body.get("isFlagged", False)
    if not isinstance(flagged, bool):
        raise BadInput("isFlagged must be true or false.")
    services().store.select(folder, _number(body), _style(body), flagged, services().clock())
    return jsonify({"success": True, "message": "Image selection saved"})


@api.post("/clear-image-selection")
def clear_image_selection() -> Response:
    """Take back what is chosen for a beat, its copy in selected_images too. Harmless when nothing is chosen."""
    body = body_in()
    folder = folder_in(body)
    there = services().store.clear_selection(folder, _number(body), services().clock())
    return jsonify({"success": True, "message": "Image selection cleared" if there else "Nothing was selected"})


@api.post("/save-open-image-selections")
def save_open_image_selections() -> Response:
    """Choose one style for every beat that has no choice yet and has an image in it."""
    body = body_in()
    folder = folder_in(body)
    chosen = services().store.select_open(folder, _style(body), None, services().clock())
    return jsonify({"success": True, "message": f"{len(chosen)} selected", "beatNumbers": list(chosen)})


@api.post("/undo-image-selection")
def undo_image_selection() -> Response:
    """Take back the last change of the choices, once."""
    undone = services().store.undo_selection(folder_in(body_in()), None, services().clock())
    if undone is None:
        return jsonify({"success": False, "error": "There is nothing to undo"})
    return jsonify({"success": True, "message": "Undone", "beatNumbers": list(undone.beats)})


@api.get("/serve-image")
def serve_image() -> Response:
    """An image of a project by its path."""
    path = request.args.get("path", "")
    if not path:
        raise BadInput("path is missing. Send the path of an image inside a project.")
    parts = PurePosixPath(path).parts
    start = next((place for place, part in enumerate(parts) if part in IMAGE_FOLDERS), len(parts))
    if start == len(parts):
        with contextlib.suppress(NoSuchProject):  # a path that leads out of the projects folder is refused as one
            services().library.find(path)
        raise NotFound("This is not an image of a project. Send a path in generated_images or selected_images.")
    folder = services().library.find(str(PurePosixPath(*parts[:start])))
    return pictures.serve(folder, "/".join(parts[start:]))


@api.post("/save-prompts")
def save_prompts() -> Response:
    """Write the prompts of a style in all three spellings."""
    body = body_in()
    folder = folder_in(body)
    style = _style(body)
    prompts = body.get("prompts")
    if not isinstance(prompts, list):
        raise BadInput("prompts must be an array of entries.")
    try:
        parse_entries(prompts, "prompts")
    except BadFile as error:
        raise BadInput(str(error)) from error
    services().store.save_prompts(folder, style, prompts)
    count = "1 prompt" if len(prompts) == 1 else f"{len(prompts)} prompts"
    return jsonify({"success": True, "message": f"{count} saved"})


@api.post("/project")
def create_project() -> tuple[Response, int]:
    """Make a project folder with its book and its title."""
    body = body_in()
    path = path_in(body)
    book = text_in(body, "bookContent")
    title = " ".join(text_in(body, "videoTitle").split())
    if len(title) > LONGEST_TITLE:
        raise BadInput(f"videoTitle is longer than {LONGEST_TITLE} characters. Shorten it.")
    folder = services().library.create(path, title)
    if book:
        run_native(folder.files.write_whole, "book.txt", well_formed(book).encode())
    return jsonify({"success": True, "message": "Project created", "projectPath": path}), 201


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a v1.1 stream looks when it wants to know how things really stand."""

    live: Board
    control: Control
    store: Store

    def board(self, folder: Folder) -> Message:
        """Everything the board says."""
        return self.live.read(folder.id)

    def run(self, folder: Folder) -> Run:
        """The run as it is now."""
        return self.control.run(folder)

    def images(self, folder: Folder, project: Project) -> Collection[Frame]:
        """The frames whose image is complete."""
        return self.store.images(folder, project)


def _number(body: dict[str, Any]) -> str:
    number = body.get("beatNumber")
    if isinstance(number, bool) or not isinstance(number, (str, int, float)) or number == "":
        raise BadInput("beatNumber is missing. Send it as the prompts file writes it.")
    return str(number)


def _style(body: dict[str, Any]) -> str:
    style = body.get("style")
    if not isinstance(style, str) or not STYLE_NAME.match(style):
        raise BadInput("style must be the name of a style: letters, digits, hyphen, underscore.")
    return style
