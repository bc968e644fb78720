"""The commands for frames as forms: the cells, the drawer, the sheets of a style, a shot or a beat.

`webapp.web.images.frame_forms` reads which frames one is for, `webapp.web.images.frame_responses` carries it out and
answers.

What the form of a command for frames says: which frames it is for, and from which place of the page it was sent.
"""

from __future__ import annotations

from flask import Blueprint, request
from werkzeug.wrappers import Response

from webapp.core.project import Frame
from webapp.core.prompts.edits import plain
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.operations.frames import Rejection
from webapp.operations.result import CommandResult
from webapp.state import frame_scope
from webapp.state.frame_scope import FrameScope
from webapp.state.project_state import ProjectState
from webapp.web.images import offered_actions
from webapp.web.images.dialogs import Ask
from webapp.web.images.frame_responses import answer
from webapp.web.services import operations

pages = Blueprint("frame_actions", __name__)


@pages.post("/p/<project:project>/images/generate")
def generate(project: str) -> Response:
    """Make missing images first of all: named ones, or those of a scope."""
    return answer(project, lambda folder, now: operations().frames.generate(folder, now, missing_in(now)), drawer_in())


@pages.post("/p/<project:project>/images/regenerate")
def regenerate(project: str) -> Response:
    """Make images anew: named ones at once, those of a scope after they were asked for by their number."""

    def command(folder: Folder, now: ProjectState) -> CommandResult:
        frames, form = frames_in(now, "regenerate"), request.form
        return operations().frames.regenerate(
            folder, now, frames, fresh_seed=form.get("seed") != "same", model=form.get("model", "")
        )

    return answer(project, command, drawer_in())


@pages.post("/p/<project:project>/images/undo-regenerate")
def undo_regenerate(project: str) -> Response:
    """Take the images of before again."""

    def command(folder: Folder, now: ProjectState) -> CommandResult:
        return operations().frames.undo_regenerate(folder, now, frames_in(now, "regenerate"))

    return answer(project, command, drawer_in())


@pages.post("/p/<project:project>/images/retry-failed")
def retry_failed(project: str) -> Response:
    """Try what failed once more: all of it, what is named, or, after it was asked for, what a filter shows."""
    return answer(project, lambda folder, now: operations().frames.retry(folder, now, failed_in(now)), drawer_in())


@pages.post("/p/<project:project>/images/move")
def move(project: str) -> Response:
    """Move a waiting frame in the queue."""

    def command(folder: Folder, now: ProjectState) -> CommandResult:
        form = request.form
        frame = _one(now, form.get("frame", ""))
        return operations().queue.move(folder, now, frame, form.get("by", ""), form.get("before", ""))

    return answer(project, command)


@pages.post("/p/<project:project>/images/order")
def order(project: str) -> Response:
    """Set the order of the work."""
    return answer(project, lambda folder, now: operations().queue.order(folder, now, request.form.get("order", "")))


@pages.post("/p/<project:project>/images/hold")
def hold(project: str) -> Response:
    """Pause a style or a provider by itself."""
    return answer(project, lambda folder, now: _hold(folder, now, on=True))


@pages.post("/p/<project:project>/images/release")
def release(project: str) -> Response:
    """Let a style or a provider go on."""
    return answer(project, lambda folder, now: _hold(folder, now, on=False))


@pages.post("/p/<project:project>/images/delete")
def delete(project: str) -> Response:
    """Delete images of a scope, after they were asked for by their number, or one of a drawer."""

    def command(folder: Folder, now: ProjectState) -> CommandResult:
        return operations().images.delete(folder, now, list(frames_in(now, "delete")))

    return answer(project, command, drawer_in())


@pages.post("/p/<project:project>/images/restore")
def restore(project: str) -> Response:
    """Bring deleted images back."""
    trash = request.form.get("trash", "").split()
    return answer(project, lambda folder, now: operations().images.restore(folder, now, trash), drawer_in())


@pages.post("/p/<project:project>/frames/<frame>/mark")
def mark(project: str, frame: str) -> Response:
    """Change what the user says of a frame."""

    def command(folder: Folder, now: ProjectState) -> CommandResult:
        form = request.form
        changes: dict[str, bool | str] = {n: form[n] == "1" for n in ("locked", "star", "flag") if n in form}
        if "note" in form:
            changes["note"] = form["note"]
        return operations().images.mark(folder, now, _one(now, frame), **changes)

    return answer(project, command, frame)


@pages.post("/p/<project:project>/frames/<frame>/choose")
def choose(project: str, frame: str) -> Response:
    """Use another image of the frame's history."""

    def command(folder: Folder, now: ProjectState) -> CommandResult:
        number = request.form.get("number", "")
        if not (number.isascii() and number.isdecimal() and len(number) < 8):
            raise BadInput("Say which image of the history is to be used.")
        return operations().images.choose(folder, now, _one(now, frame), int(number))

    return answer(project, command, frame)


@pages.post("/p/<project:project>/frames/<frame>/reject")
def reject(project: str, frame: str) -> Response:
    """Send an image back: it is made anew, by another prompt if one was written."""

    def command(folder: Folder, now: ProjectState) -> CommandResult:
        known, form = _one(now, frame), request.form
        version = form.get("frame", "").partition("@")[2]
        prompt = plain(form["prompt"]) if "prompt" in form else None
        rejection = Rejection(version, prompt, plain(form.get("was", "")))
        return operations().frames.reject(folder, now, known, rejection)

    return answer(project, command, frame)


def _hold(folder: Folder, now: ProjectState, *, on: bool) -> CommandResult:
    form = request.form
    return operations().queue.hold(folder, now, style=form.get("style", ""), provider=form.get("provider", ""), on=on)


def _one(now: ProjectState, ident: str) -> Frame:
    return next(iter(frame_scope.named(now, [ident])))


def frames_in(now: ProjectState, what: str) -> dict[Frame, str]:
    """The frames a form names, each with the version it names, or those of its scope. A command ``what`` for a scope
    must name their number.

    Raises:
        Ask: it does not, or the number is another one now.
    """
    if names := names_in():
        return frame_scope.named(now, names)
    scope = scope_in()
    frames = offered_actions.asked(now, scope)
    if request.form.get("count") != str(len(frames)):
        raise Ask(offered_actions.question(now, what, scope))
    return dict.fromkeys(frames, "")


def missing_in(now: ProjectState) -> list[Frame]:
    """The frames a form names, or those of its scope that have no image: these are not asked about."""
    if names := names_in():
        return list(frame_scope.named(now, names))
    return frame_scope.missing(now, frame_scope.within(now, scope_in()))


def failed_in(now: ProjectState) -> list[Frame]:
    """The failed ones of the frames a form names, or of its scope. Those that a filter shows come in one field and must
    be named with their number.

    Raises:
        Ask: they are not, or the number is another one now.
    """
    names = names_in()
    if "frames" not in request.form:
        return frame_scope.failed(now, frame_scope.named(now, names) if names else frame_scope.within(now, scope_in()))
    failed = frame_scope.failed(now, frame_scope.named(now, names))  # of those a filter shows: the button told of all
    if failed and request.form.get("count") != str(len(failed)):
        raise Ask(offered_actions.shown_question(now, failed))
    return failed


def names_in() -> list[str]:
    """The names of frames in the form."""
    return [*request.form.getlist("frame"), *request.form.get("frames", "").split()]


def scope_in() -> FrameScope:
    """The part of the matrix that the form is for."""
    return FrameScope.read(request.form.to_dict())


def drawer_in() -> str:
    """The frame whose drawer the form was in, "" when it was elsewhere."""
    return request.form.get("drawer", "")
