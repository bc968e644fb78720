"""Dialog of Step 8: the menu of a part of the matrix, the queue, the question before a command.

Without HTMX each of them is a page of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.state.frame_scope import FrameScope
from webapp.state.project_state import ProjectState
from webapp.web import urls
from webapp.web.images import offered_actions
from webapp.web.images.views import ActionMenu
from webapp.web.layout.htmx import html, is_htmx
from webapp.web.layout.page_frame import shell
from webapp.web.services import services
from webapp.web.session_state import connected

pages = Blueprint("dialogs", __name__)

MOST_LISTED = 50
"""Frames of the queue that the list shows."""


class Ask(Exception):
    """The command needs a confirmation first: it is missing, or the number of images has changed."""

    def __init__(self, sheet: ActionMenu) -> None:
        super().__init__(sheet.title)
        self.sheet = sheet


def show(folder: Folder, state: ProjectState, sheet: ActionMenu) -> Response:
    """Respond with a menu: in the dialog for HTMX, as a page of its own otherwise."""
    if is_htmx():
        return html(render_template("images/run/_live_parts.html", sheet=sheet))
    page = render_template(
        "images/frame/action_menu_page.html", sheet=sheet, shell=shell(folder, "images", connected(folder), state)
    )
    return html(page)


@pages.get("/p/<project:project>/images/sheet")
def sheet(project: str) -> Response:
    """Show the menu of a style, a shot or a beat."""
    folder = services().library.find(project)
    state = services().state.read(folder)
    return show(folder, state, offered_actions.scope_sheet(state, FrameScope.read(request.args.to_dict())))


@pages.get("/p/<project:project>/images/queue")
def queue(project: str) -> Response:
    """Show the queue, which can be reordered; ``part=line`` is the list alone."""
    folder = services().library.find(project)
    state = services().state.read(folder)
    if request.args.get("part") == "line":
        return html(render_template("images/frame/_queue_list.html", sheet=queue_sheet(state)))
    return show(folder, state, queue_sheet(state))


@pages.get("/p/<project:project>/images/ask")
def ask(project: str) -> Response:
    """Show the question before a bulk command."""
    folder = services().library.find(project)
    what = request.args.get("do", "")
    if what not in offered_actions.QUESTIONS:
        raise BadInput("There is no such question. Go back to Step 8.")
    state = services().state.read(folder)
    return show(folder, state, offered_actions.question(state, what, FrameScope.read(request.args.to_dict())))


@dataclass(frozen=True, slots=True)
class WaitingFrame:
    """One frame in the queue."""

    id: str
    place: int
    number: str  # the beat's number
    style: str
    phrase: str


@dataclass(frozen=True, slots=True)
class QueueSheet(ActionMenu):
    """The queue (`images/frame/_queue_list.html`). ``rest`` is the first frame that is not listed, "" when all are."""

    line: tuple[WaitingFrame, ...] = ()
    rest: str = ""
    more: int = 0  # how many wait behind those that are listed
    move: str = ""  # where a move is posted
    again: str = ""  # where the list alone is read anew


def queue_sheet(state: ProjectState) -> QueueSheet:
    """Build the queue's list, the next frame first."""
    name, line = state.project.name, state.queue
    shown, hidden = line[:MOST_LISTED], line[MOST_LISTED:]
    text = "Drag an image to another place, or use its buttons. The next call keeps to it." if line else ""
    return QueueSheet(
        "What comes next",
        text,
        (),
        urls.step(name, "images"),
        line=tuple(_waiting(state, place, frame) for place, frame in enumerate(shown, 1)),
        rest=hidden[0].id if hidden else "",
        more=len(hidden),
        move=urls.command(name, "move"),
        again=f"{urls.command(name, 'queue')}?part=line",
    )


def _waiting(state: ProjectState, place: int, frame: Frame) -> WaitingFrame:
    beat = state.project.beat(frame)
    return WaitingFrame(frame.id, place, frame.beat, frame.style, beat.phrase if beat else "")
