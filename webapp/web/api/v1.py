"""JSON API of v1.1, kept word for word: progress, images, prompts, projects. Its runs are in `runs`, its choices of
images in `selections`.
"""

from __future__ import annotations

import contextlib
import re
from pathlib import PurePosixPath

from flask import Blueprint, Response, jsonify, request

from webapp.core.datafiles.source_text import well_formed
from webapp.core.project import USUAL_STYLES, order_styles
from webapp.core.prompts.prompt_files import parse_entries
from webapp.core.selections import spellings
from webapp.core.v1_progress import completed_beats, iso_time
from webapp.disk.files.native_threads import run_native
from webapp.errors import BadFile, BadInput, NoSuchProject, NotFound
from webapp.web import media_files
from webapp.web.api.request import (
    body_in,
    folder_in,
    path_in,
    style_in,
    text_in,
)
from webapp.web.services import services

routes = Blueprint("v1", __name__)

LONGEST_TITLE = 200
_NO_FILE_NAME = re.compile(r'[<>:"/\\|?*]')
IMAGE_FOLDERS = frozenset({"generated_images", "selected_images"})


@routes.get("/ping")
def ping() -> Response:
    """Tell that the server answers."""
    return jsonify({"success": True, "message": "Server is running", "timestamp": iso_time(services().clock())})


@routes.post("/get-generation-progress")
def get_generation_progress() -> Response:
    """List the finished beats of every style, the usual three among them, by the images that exist."""
    folder = folder_in(body_in())
    store = services().store
    project = store.project(folder)
    done = set(store.images.of_project(folder, project))
    progress = {}
    for name in order_styles({*USUAL_STYLES, *(style.name for style in project.styles)}):
        style, kept = project.style(name), store.progress(folder, name)
        progress[name] = {
            "completedBeats": list(completed_beats(style, done)) if style else [],
            "lastUpdated": kept.last_updated or None,
        }
    return jsonify({"success": True, "progress": progress})


@routes.post("/get-generated-images")
def get_generated_images() -> Response:
    """Map each finished beat, in both spellings, to the path of its image in the project, also without its prompt."""
    folder = folder_in(body_in())
    project = services().store.project(folder)
    there = services().store.images.of_project(folder, project)
    images: dict[str, dict[str, str]] = {style.name: {} for style in project.styles}
    for frame, found in (*there.items(), *services().store.images.unprompted(folder, project).items()):
        for spelling in spellings(frame.beat):
            images.setdefault(frame.style, {}).setdefault(spelling, found.path)
    return jsonify({"success": True, "images": images})


@routes.get("/serve-image")
def serve_image() -> Response:
    """Send an image of a project by its path."""
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
    return media_files.serve(folder, "/".join(parts[start:]))


@routes.post("/save-prompts")
def save_prompts() -> Response:
    """Save the prompts of a style in all three forms."""
    body = body_in()
    folder = folder_in(body)
    style = style_in(body)
    prompts = body.get("prompts")
    if not isinstance(prompts, list):
        raise BadInput("prompts must be an array of entries.")
    try:
        parse_entries(prompts, "prompts")
    except BadFile as error:
        raise BadInput(str(error)) from error
    services().store.prompts.save(folder, style, prompts)
    count = "1 prompt" if len(prompts) == 1 else f"{len(prompts)} prompts"
    return jsonify({"success": True, "message": f"{count} saved"})


@routes.post("/project")
def create_project() -> tuple[Response, int]:
    """Create a project with its book and its title: at the path, or in it where that is a folder of projects."""
    body = body_in()
    path = path_in(body)
    book = text_in(body, "bookContent")
    title = " ".join(text_in(body, "videoTitle").split())
    if services().library.is_parent(path):
        if not title:
            raise BadInput("videoTitle is missing. Send the title of the project that is to be made in this folder.")
        path = str(PurePosixPath(path) / _NO_FILE_NAME.sub("-", title))
    if len(title) > LONGEST_TITLE:
        raise BadInput(f"videoTitle is longer than {LONGEST_TITLE} characters. Shorten it.")
    folder = services().library.create(path, title)
    if book:
        run_native(folder.files.write_whole, "book.txt", well_formed(book).encode())
    return jsonify({"success": True, "message": "Project created", "projectPath": path}), 201
