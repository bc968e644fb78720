"""The answer to a command for frames: HTMX gets the parts that look another way now; everyone else is sent back to the
page, which then tells what was done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from flask import redirect, request
from werkzeug.wrappers import Response

from webapp.disk.files.folder import Folder
from webapp.errors import PriceUnknown, Step8Error
from webapp.operations.result import CommandResult
from webapp.state.project_state import ProjectState
from webapp.web import session_state, urls
from webapp.web.images import dialogs as dialog
from webapp.web.images.frame_details import FrameInDetails
from webapp.web.images.page import frame_view
from webapp.web.images.views import ActionMenu, MenuItem
from webapp.web.layout.command_result import result_view
from webapp.web.layout.widgets import Banner
from webapp.web.services import operations, services
from webapp.web.session_state import connected

LONGEST_MODEL = 300

Command = Callable[[Folder, ProjectState], CommandResult]


def answer(project: str, command: Command, ident: str = "") -> Response:
    """Carry out a command and answer with what looks another way now, the drawer of frame ``ident`` too.

    Raises:
        Step8Error: it was refused, and nobody asked for parts that could say so.
    """
    folder = services().library.find(project)
    before = services().state.read(folder)
    if accepted := request.form.get("accept"):
        operations().runs.accept(folder, accepted[:LONGEST_MODEL])
    try:
        done = result_view(folder.name, command(folder, before))
    except dialog.Ask as question:
        return dialog.show(folder, before, question.sheet)
    except PriceUnknown as error:
        return dialog.show(folder, before, _without_price(folder, error))
    except Step8Error as error:
        if "HX-Request" not in request.headers:
            raise
        return _refused(folder, before, error, ident)
    if "HX-Request" in request.headers:
        drawer = frame_view(folder, ident, done) if _in_drawer(ident) else None
        return _parts(folder, before, done.text, drawer, done=done)
    session_state.keep(done)
    return redirect(_back(folder, before, ident), 303)


def _parts(folder: Folder, before: ProjectState, text: str, drawer: FrameInDetails | None, **told: object) -> Response:
    """What looks another way than ``before``. ``text`` says in the list of what comes next what was ``told``; any other
    dialog is closed."""
    dialogs: dict[str, object] = {"said": text} if in_queue() else {"sheet": None}
    shown = services().live.parts.done(folder, connected(folder), before, frame=drawer, **told, **dialogs)
    return Response(shown, content_type=dialog.HTML)


def _refused(folder: Folder, before: ProjectState, error: Step8Error, ident: str) -> Response:
    """The sentence as the page's banner, and in the drawer beside what was typed there."""
    drawer = None
    if _in_drawer(ident):
        drawer = frame_view(folder, ident, problem=str(error))
        seat = replace(drawer.chair, typed=request.form.get("prompt")) if drawer.chair else None
        drawer = replace(drawer, chair=seat)
    return _parts(folder, before, str(error), drawer, banner=Banner("error", f"✗ Error: {error}"))


def _back(folder: Folder, before: ProjectState, ident: str) -> str:
    """Where whoever has no HTMX came from: the list of what comes next, a frame, or all of Step 8."""
    if in_queue():
        return urls.command(folder.name, "queue")
    frame = before.by_id.get(ident)
    return urls.details(folder.name, frame) if frame else urls.step(folder.name, "images")


def _without_price(folder: Folder, error: PriceUnknown) -> ActionMenu:
    """The question whether a model without a known price may be used; yes is the same command once more."""
    sent = tuple((name, value) for name, value in request.form.items(multi=True) if name not in ("csrf", "accept"))
    offer = MenuItem(
        "Go on without a known price", "", request.path, kind="primary", fields=(*sent, ("accept", error.model))
    )
    return ActionMenu("The price is not known", str(error), (offer,), urls.step(folder.name, "images"), asks=True)


def _in_drawer(ident: str) -> bool:
    return bool(ident) and "drawer" in request.form


def in_queue() -> bool:
    """Whether the form was in the list of what comes next, which stays open then."""
    return "queue" in request.form
