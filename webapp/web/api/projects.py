"""JSON API of whole projects: rename, duplicate, archive, delete, restore, import."""

from __future__ import annotations

import shutil

from flask import Blueprint, Response, jsonify, request

from webapp.core.v1_progress import iso_time
from webapp.errors import NotFound
from webapp.web.api.request import body_in, folder_in, switch_in, text_in
from webapp.web.middleware import request_limits
from webapp.web.services import operations, services

routes = Blueprint("projects", __name__)

PIECE = 1024 * 1024


@routes.post("/rename-project")
def rename_project() -> Response:
    """Change a project's title."""
    body = body_in()
    title = operations().projects.rename(folder_in(body), text_in(body, "title"))
    return jsonify({"success": True, "message": "Project renamed", "title": title})


@routes.post("/duplicate-project")
def duplicate_project() -> tuple[Response, int]:
    """Copy a project without its run and its history."""
    body = body_in()
    copy = operations().projects.duplicate(folder_in(body), text_in(body, "title"))
    return jsonify({"success": True, "message": "Project duplicated", "projectPath": copy.name}), 201


@routes.post("/archive-project")
def archive_project() -> Response:
    """Archive a project, or put it back into the list."""
    body = body_in()
    folder, archived = folder_in(body), switch_in(body, "archived", True)
    operations().projects.archive(folder, archived)
    message = "Project archived" if archived else "Project is in the list again"
    return jsonify({"success": True, "message": message, "archived": archived})


@routes.post("/delete-project")
def delete_project() -> Response:
    """Move a project to the trash. ``confirmTitle`` must match, so that none is deleted by mistake."""
    body = body_in()
    trashed = operations().projects.delete(folder_in(body), text_in(body, "confirmTitle"))
    answer = {"success": True, "message": "Project moved to the trash", "trash": trashed.entry}
    return jsonify({**answer, "keptUntil": iso_time(trashed.until)})


@routes.get("/trash")
def trash() -> Response:
    """List the deleted projects, newest first."""
    items = [
        {
            "trash": item.entry,
            "projectPath": item.name,
            "title": item.title,
            "deletedAt": iso_time(item.deleted_at),
            "keptUntil": iso_time(item.until),
        }
        for item in services().trash.entries()
    ]
    return jsonify({"success": True, "projects": items})


@routes.post("/restore-project")
def restore_project() -> Response:
    """Restore a project from the trash."""
    entry = text_in(body_in(), "trash")
    if not entry:
        raise NotFound("trash is missing. Send the entry that delete-project or /api/trash named.")
    folder = operations().projects.restore(entry)
    return jsonify({"success": True, "message": "Project restored", "projectPath": folder.name})


@routes.post("/import-project")
def import_project() -> tuple[Response, int]:
    """Import a project from the ZIP in the request's body; ``?title=`` names it."""
    with request_limits.temporary_file() as file:
        try:
            shutil.copyfileobj(request.stream, file, PIECE)  # not in a native thread: the socket is gevent's
        except OSError as error:
            raise request_limits.not_stored(error) from error
        folder = operations().projects.import_zip(file, request.args.get("title", ""))
    return jsonify({"success": True, "message": "Project imported", "projectPath": folder.name}), 201
