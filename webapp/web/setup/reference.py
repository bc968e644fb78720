"""Addresses of the style reference in Project Setup: show, upload, remove; and for which styles it is always sent."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from webapp.core.media_types import image_type
from webapp.core.project import Project
from webapp.disk.files.folder import Folder
from webapp.disk.images.completeness import measure
from webapp.disk.style_reference import MAX_REFERENCE
from webapp.errors import BadInput, NotFound
from webapp.web import urls
from webapp.web.images import run_panel
from webapp.web.media_files import ASK_FIRST
from webapp.web.middleware.security_headers import FILE_POLICY
from webapp.web.services import services
from webapp.web.setup.providers import place_of
from webapp.web.setup.views import EverySend, ReferencePanel

pages = Blueprint("setup_reference", __name__)

SETTING = "STYLE_REFERENCE"
MEGABYTE = 1_000_000


@pages.get("/p/<project:project>/reference")
def image(project: str) -> Response:
    """Send the reference that is in use."""
    body = services().makers.overviews.reference(services().library.find(project)).body
    kind = image_type(body) if body else ""
    if body is None or not kind:
        raise NotFound("There is no style reference that can be shown.")
    response = current_app.response_class(body, mimetype=kind)
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Cache-Control"] = ASK_FIRST
    return response


@pages.post("/p/<project:project>/setup/reference")
def put(project: str) -> AnyResponse:
    """Make the file that was sent the project's reference, in the place of the one that was there."""
    folder = services().library.find(project)
    sent = request.files.get("reference")
    if sent is None or not sent.filename:
        raise BadInput("No picture was chosen. Choose a PNG, JPEG or WebP file.")
    body = sent.stream.read(MAX_REFERENCE + 1)
    if len(body) > MAX_REFERENCE:
        raise BadInput(f"The picture is larger than {MAX_REFERENCE // MEGABYTE} MB. Make it smaller.")
    services().store.reference.write(folder, body)
    return _back(folder)


@pages.post("/p/<project:project>/setup/reference/remove")
def remove(project: str) -> AnyResponse:
    """Delete the project's reference."""
    folder = services().library.find(project)
    services().store.reference.remove(folder)
    return _back(folder)


def reference_panel(folder: Folder, project: Project) -> ReferencePanel:
    """The reference as it is now, and who goes without it."""
    state = services().makers.overviews.reference(folder)
    setup = urls.step(folder.name, "setup")
    size, version, width, height = "", "", 0, 0
    if state.body is not None:
        body = state.body
        shape = measure(lambda count, place: body[place : place + count], len(body))
        width, height = (shape.width, shape.height) if shape else (0, 0)
        size = f"{width} × {height}, {max(0.1, len(body) / MEGABYTE):.1f} MB"
        version = hashlib.blake2s(body, digest_size=6).hexdigest()
    elsewhere = services().config.style_reference
    outlook, settings = services().makers.overviews.of(folder), services().makers.choices.settings(folder)
    return ReferencePanel(
        action=f"{setup}/reference",
        remove=f"{setup}/reference/remove",
        src=f"{urls.project(folder.name)}/reference?v={version}" if version else "",
        width=width,
        height=height,
        size=size,
        problem=state.problem,
        removable=services().store.reference.exists(folder),
        setting=f"{SETTING} in {place_of(SETTING)}" if elsewhere else "",
        notes=run_panel.reference_notes(project, settings.references, state, outlook.sources)
        if not state.problem
        else (),
    )


def everywhere(project: Project, chosen: Iterable[str]) -> tuple[EverySend, ...]:
    """Every style, with how many of its images are hard cuts."""
    always = frozenset(chosen)
    found = []
    for style in project.styles:
        cuts, number = sum(beat.hard_cut for beat in style.beats), len(style.beats)
        note = f"{cuts} hard cut{'s' * (cuts != 1)} among {number} image{'s' * (number != 1)}"
        found.append(EverySend(style.name, style.name in always, note))
    return tuple(found)


def _back(folder: Folder) -> AnyResponse:
    return redirect(f"{urls.step(folder.name, 'setup')}#reference", 303)
