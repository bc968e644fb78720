"""Routes for one project as a whole: rename, duplicate, archive, delete, restore. Every command is a plain form.

The menu of a project's card loads one form by HTMX into a dialog; without a script its link leads to the page.
"""

from __future__ import annotations

from urllib.parse import quote

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.disk.files.folder import Folder
from webapp.disk.project_trash import DAYS
from webapp.errors import Step8Error
from webapp.web import urls
from webapp.web.layout.htmx import is_htmx
from webapp.web.projects.views import CarePage
from webapp.web.services import operations, services

pages = Blueprint("manage", __name__)

PARTS = ("rename", "delete")


@pages.get("/p/<project:project>/manage")
def show(project: str) -> str:
    """Show the page; for HTMX with ``?part=`` that form alone."""
    folder = services().library.find(project)
    part = request.args.get("part", "")
    if is_htmx() and part in PARTS:
        return render_template(f"projects/_{part}_project.html", page=_page(folder), dialog=True)
    return render_template("projects/manage_page.html", page=_page(folder, saved="saved" in request.args))


@pages.post("/p/<project:project>/rename")
def rename(project: str) -> Response | tuple[str, int]:
    """Change the project's title."""
    folder, title = services().library.find(project), request.form.get("title", "")
    try:
        operations().projects.rename(folder, title)
    except Step8Error as error:
        return _refused(folder, "rename", error, title)
    return redirect("/" if "list" in request.form else f"{urls.project(folder.name)}/manage?saved=1", 303)


@pages.post("/p/<project:project>/duplicate")
def duplicate(project: str) -> Response | tuple[str, int]:
    """Copy the project."""
    folder = services().library.find(project)
    try:
        copy = operations().projects.duplicate(folder, request.form.get("title", ""))
    except Step8Error as error:
        return _refused(folder, "duplicate", error)
    return redirect(f"/?copy={quote(copy.name)}", 303)


@pages.post("/p/<project:project>/archive")
def archive(project: str) -> Response | tuple[str, int]:
    """Archive the project."""
    folder = services().library.find(project)
    try:
        operations().projects.archive(folder, True)
    except Step8Error as error:
        return _refused(folder, "archive", error)
    return redirect(f"/?archived={quote(folder.name)}", 303)


@pages.post("/p/<project:project>/unarchive")
def unarchive(project: str) -> Response:
    """Put the project back into the list."""
    folder = services().library.find(project)
    operations().projects.archive(folder, False)
    return redirect(f"/?back={quote(folder.name)}", 303)


@pages.post("/p/<project:project>/delete")
def delete(project: str) -> Response | tuple[str, int]:
    """Move the project to the trash, when its title was typed."""
    folder, typed = services().library.find(project), request.form.get("confirm", "")
    try:
        trashed = operations().projects.delete(folder, typed)
    except Step8Error as error:
        return _refused(folder, "delete", error, typed)
    return redirect(f"/?deleted={quote(trashed.entry)}", 303)


@pages.post("/trash/<entry>/restore")
def restore(entry: str) -> Response:
    """Restore a project from the trash."""
    folder = operations().projects.restore(entry)
    return redirect(f"/?back={quote(folder.name)}", 303)


def _page(folder: Folder, *, part: str = "", problem: str = "", typed: str = "", saved: bool = False) -> CarePage:
    return CarePage(
        base=urls.project(folder.name),
        name=folder.name,
        title=services().store.records.title(folder),
        archived=services().store.records.archived(folder),
        busy=operations().projects.busy(folder),
        days=DAYS,
        part=part,
        problem=problem,
        typed=typed,
        saved=saved,
    )


def _refused(folder: Folder, part: str, error: Step8Error, typed: str = "") -> tuple[str, int]:
    page = _page(folder, part=part, problem=str(error), typed=typed)
    return render_template("projects/manage_page.html", page=page), error.status
