"""The dialog of Step 8: what may be done with a part of the matrix, what comes next, the question before a command.

Without HTMX each of them is a page of its own.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.state.frame_scope import Scope
from webapp.state.project_state import Standing
from webapp.web import sheets
from webapp.web.chair_views import Sheet
from webapp.web.queue_page import queue_sheet
from webapp.web.services import services
from webapp.web.shell import shell
from webapp.web.viewing import connected

HTML = "text/html; charset=utf-8"

pages = Blueprint("dialog", __name__)


class Ask(Exception):
    """A command has to be asked for first, or the number it was asked for is another one now."""

    def __init__(self, sheet: Sheet) -> None:
        super().__init__(sheet.title)
        self.sheet = sheet


def show(folder: Folder, now: Standing, sheet: Sheet) -> Response:
    """A sheet in the dialog of the page, or as a page of its own."""
    if "HX-Request" in request.headers:
        return Response(render_template("partials/_live.html", sheet=sheet), content_type=HTML)
    page = render_template("sheet.html", sheet=sheet, shell=shell(folder, "images", connected(folder), now))
    return Response(page, content_type=HTML)


@pages.get("/p/<project:project>/images/sheet")
def sheet(project: str) -> Response:
    """What may be done with a style, a shot or a beat."""
    folder = services().library.find(project)
    now = services().snapshots.standing(folder)
    return show(folder, now, sheets.scope_sheet(now, Scope.read(request.args.to_dict())))


@pages.get("/p/<project:project>/images/queue")
def queue(project: str) -> Response:
    """What comes next, to be put into another order; ``part=line`` is the list alone."""
    folder = services().library.find(project)
    now = services().snapshots.standing(folder)
    if request.args.get("part") == "line":
        return Response(render_template("partials/_line.html", sheet=queue_sheet(now)), content_type=HTML)
    return show(folder, now, queue_sheet(now))


@pages.get("/p/<project:project>/images/ask")
def ask(project: str) -> Response:
    """The question before a bulk command."""
    folder = services().library.find(project)
    what = request.args.get("do", "")
    if what not in sheets.QUESTIONS:
        raise BadInput("There is no such question. Go back to Step 8.")
    now = services().snapshots.standing(folder)
    return show(folder, now, sheets.question(now, what, Scope.read(request.args.to_dict())))
