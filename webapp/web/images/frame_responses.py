"""Responses to commands for frames: for HTMX the parts that changed, else a redirect to the page, which shows the
result.
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
from webapp.web.images import dialogs
from webapp.web.images.banner import error_banner
from webapp.web.images.page import frame_view
from webapp.web.images.views import ActionMenu, FrameDetails, MenuItem
from webapp.web.layout.command_result import result_view
from webapp.web.layout.htmx import html, is_htmx
from webapp.web.services import operations, services
from webapp.web.session_state import connected

LONGEST_MODEL = 300

Command = Callable[[Folder, ProjectState], CommandResult]


def answer(project: str, command: Command, ident: str = "") -> Response:
    """Carry out a command and respond with what changed, the details of frame ``ident`` too.

    Raises Step8Error: it was refused, and the request is not by HTMX.
    """
    folder = services().library.find(project)
    before = services().state.read(folder)
    if accepted := request.form.get("accept"):
        operations().runs.accept(folder, accepted[:LONGEST_MODEL])
    try:
        done = result_view(folder.name, command(folder, before))
    except dialogs.Ask as question:
        return dialogs.show(folder, before, question.sheet)
    except PriceUnknown as error:
        return dialogs.show(folder, before, _without_price(folder, error))
    except Step8Error as error:
        if not is_htmx():
            raise
        return _refused(folder, before, error, ident)
    if is_htmx():
        details = frame_view(folder, ident, done) if _in_details(ident) else None
        return _parts(folder, before, done.text, details, done=done)
    session_state.keep(done)
    return redirect(_back(folder, before, ident), 303)


def _parts(folder: Folder, before: ProjectState, text: str, details: FrameDetails | None, **views: object) -> Response:
    dialog: dict[str, object] = {"said": text} if in_queue() else {"sheet": None}
    shown = services().live.parts.done(folder, connected(folder), before, frame=details, **views, **dialog)
    return html(shown)


def _refused(folder: Folder, before: ProjectState, error: Step8Error, ident: str) -> Response:
    details = None
    if _in_details(ident):
        details = frame_view(folder, ident, problem=str(error))
        actions = replace(details.actions, typed=request.form.get("prompt")) if details.actions else None
        details = replace(details, actions=actions)
    return _parts(folder, before, str(error), details, banner=error_banner(str(error)))


def _back(folder: Folder, before: ProjectState, ident: str) -> str:
    if in_queue():
        return urls.command(folder.name, "queue")
    frame = before.by_id.get(ident)
    return urls.details(folder.name, frame) if frame else urls.step(folder.name, "images")


def _without_price(folder: Folder, error: PriceUnknown) -> ActionMenu:
    sent = tuple((name, value) for name, value in request.form.items(multi=True) if name not in ("csrf", "accept"))
    offer = MenuItem(
        "Go on without a known price", "", request.path, kind="primary", fields=(*sent, ("accept", error.model))
    )
    return ActionMenu("The price is not known", str(error), (offer,), urls.step(folder.name, "images"), asks=True)


def _in_details(ident: str) -> bool:
    return bool(ident) and "drawer" in request.form


def in_queue() -> bool:
    """True when the form was in the queue's list, which stays open then."""
    return "queue" in request.form
