"""Views of a project's images and recordings: the files of its folder that a browser may fetch.

An image is found through the project's own list of frames, any other file by a strict pattern of known names, so an
address is never turned into a path. The content type is the one by which the bytes begin.
"""

from __future__ import annotations

import hashlib
import os
from typing import BinaryIO

from flask import Blueprint, Response, current_app, request, url_for
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from webapp.core.media_types import HEAD, media_type
from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.images.completeness import look
from webapp.disk.images.history import ImageHistory
from webapp.disk.images.v1_names import is_image_name
from webapp.errors import NotFound
from webapp.web.layout import project_files
from webapp.web.layout.step_catalog import RECORDING, SELECTED
from webapp.web.middleware.security_headers import FILE_POLICY
from webapp.web.services import services

pages = Blueprint("media_files", __name__)

FOR_EVER = "private, max-age=31536000, immutable"
ASK_FIRST = "private, no-cache"
GONE = "This picture is not there (any more). Reload the page."
KNOWN = {"voiceover": RECORDING, "selected_images": SELECTED}


@pages.get("/p/<project:project>/image/<frame>")
def image(project: str, frame: str) -> Response:
    """The image of a frame. With the right ``?v=`` it may be cached for ever, since that changes with the file."""
    folder = services().library.find(project)
    known = find_frame(folder, frame)
    found = services().store.images.image(folder, known)
    if found is None:
        raise NotFound(GONE)
    return send(_open(folder, found.path), version=found.version)


@pages.get("/p/<project:project>/thumb/<frame>")
def thumb(project: str, frame: str) -> Response:
    """The thumbnail of a frame, made on first request."""
    folder = services().library.find(project)
    known = find_frame(folder, frame)
    found = services().store.images.image(folder, known)
    path = services().images.thumbnail(folder, known) if found else None
    if found is None or path is None:
        raise NotFound(GONE)
    return send(_open(folder, path.relative_to(folder.path).as_posix()), version=found.version)


@pages.get("/p/<project:project>/frames/<frame>/history/<int:number>")
def history_image(project: str, frame: str, number: int) -> Response:
    """One image of a frame's history, with ``small=1`` its thumbnail."""
    folder = services().library.find(project)
    found = ImageHistory().image(folder, find_frame(folder, frame), number)
    if found is None:
        raise NotFound(GONE)
    if "small" not in request.args:
        return send(_open(folder, found.path), version=found.version)
    body = services().images.small(folder, found)
    if body is None:
        raise NotFound(GONE)
    response = current_app.response_class(body, mimetype="image/webp")
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Cache-Control"] = FOR_EVER if request.args.get("v") == found.version else ASK_FIRST
    return response


@pages.get("/p/<project:project>/files/<path:path>")
def file(project: str, path: str) -> Response:
    """A recording of the voiceover or a selected image."""
    return serve(services().library.find(project), path)


def serve(folder: Folder, file: str) -> Response:
    """Send a file of a project by its path below the project.

    Raises:
        NotFound: the file is of no known kind, or a generated image that is not complete.
    """
    inside, _, name = file.partition("/")
    if inside == "generated_images":
        if not is_image_name(file):
            raise NotFound(GONE)
        frames = services().store.project(folder).frames()
        known = next((frame for frame in frames if frame.image_path == file), None)
        found = services().store.images.image(folder, known) if known else run_native(look, folder, file)[1]
        if found is None:
            raise NotFound(GONE)
        return send(_open(folder, found.path), version=found.version)
    pattern = KNOWN.get(inside)
    if pattern is None or not pattern.fullmatch(name):
        raise NotFound("There is no such file to show.")
    return send(_open(folder, file))


def file_address(folder: Folder, path: str) -> str:
    """The address of a recording or selected image of a project."""
    return url_for("media_files.file", project=folder.name, path=path)


def find_frame(folder: Folder, ident: str) -> Frame:
    """The frame of that id in the project's prompt files.

    Raises:
        NotFound: they have no such frame.
    """
    found = services().store.project(folder).by_id.get(ident)
    if found is None:
        raise NotFound("This project has no such frame. Reload the page.")
    return found


def send(handle: BinaryIO, version: str = "") -> Response:
    """Send an opened file: typed by its first bytes, cacheable, in ranges for players.

    ``version`` is the one that pages put into ``?v=``; only an address that names it is cached without checking again.

    Raises:
        NotFound: it is no image and no recording.
    """
    status = os.fstat(handle.fileno())
    # a read would move the position from which gunicorn sends the file
    kind = media_type(os.pread(handle.fileno(), HEAD, 0))
    if not kind:
        handle.close()
        raise NotFound("This file is not a picture or a recording.")
    response = current_app.response_class(wrap_file(request.environ, handle), mimetype=kind, direct_passthrough=True)
    response.content_length = status.st_size
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["Cache-Control"] = FOR_EVER if version and request.args.get("v") == version else ASK_FIRST
    tag = f"{status.st_mtime_ns}:{status.st_size}:{status.st_ino}"
    response.set_etag(hashlib.blake2s(tag.encode(), digest_size=8).hexdigest())
    try:
        response.make_conditional(request.environ, accept_ranges=True, complete_length=status.st_size)
    except RequestedRangeNotSatisfiable:
        handle.close()
        raise
    return response


def _open(folder: Folder, path: str) -> BinaryIO:
    handle = project_files.open_file(folder, path)
    if handle is None:
        raise NotFound(GONE)
    return handle
