"""Commands for frames as forms: from the cells, the details, the menus of a style, a shot or a beat.

This module reads what a form asks for; `frame_responses` carries it out and responds.
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

pages = Blueprint("frame_forms", __name__)


@pages.post("/p/<project:project>/images/generate")
def generate(project: str) -> Response:
    """Generate missing images first: the named ones, or those of a scope."""
    return answer(
        project, lambda folder, state: operations().frames.generate(folder, state, missing_in(state)), details_in()
    )


@pages.post("/p/<project:project>/images/regenerate")
def regenerate(project: str) -> Response:
    """Make images again: named ones at once, those of a scope after their number was confirmed."""

    def command(folder: Folder, state: ProjectState) -> CommandResult:
        frames, form = frames_in(state, "regenerate"), request.form
        return operations().frames.regenerate(
            folder, state, frames, fresh_seed=form.get("seed") != "same", model=form.get("model", "")
        )

    return answer(project, command, details_in())


@pages.post("/p/<project:project>/images/undo-regenerate")
def undo_regenerate(project: str) -> Response:
    """Restore the former images."""

    def command(folder: Folder, state: ProjectState) -> CommandResult:
        return operations().frames.undo_regenerate(folder, state, frames_in(state, "regenerate"))

    return answer(project, command, details_in())


@pages.post("/p/<project:project>/images/retry-failed")
def retry_failed(project: str) -> Response:
    """Retry failed images: all, the named ones, or, after a confirmation, those that a filter shows."""
    return answer(
        project, lambda folder, state: operations().frames.retry(folder, state, failed_in(state)), details_in()
    )


@pages.post("/p/<project:project>/images/move")
def move(project: str) -> Response:
    """Move a waiting frame in the queue."""

    def command(folder: Folder, state: ProjectState) -> CommandResult:
        form = request.form
        frame = _one(state, form.get("frame", ""))
        return operations().queue.move(folder, state, frame, form.get("by", ""), form.get("before", ""))

    return answer(project, command)


@pages.post("/p/<project:project>/images/order")
def order(project: str) -> Response:
    """Set the order of the queue."""
    return answer(project, lambda folder, state: operations().queue.order(folder, state, request.form.get("order", "")))


@pages.post("/p/<project:project>/images/hold")
def hold(project: str) -> Response:
    """Hold a style or a provider."""
    return answer(project, lambda folder, state: _hold(folder, state, on=True))


@pages.post("/p/<project:project>/images/release")
def release(project: str) -> Response:
    """Release a style or a provider."""
    return answer(project, lambda folder, state: _hold(folder, state, on=False))


@pages.post("/p/<project:project>/images/delete")
def delete(project: str) -> Response:
    """Delete the images of a scope, after their number was confirmed, or one from its details."""

    def command(folder: Folder, state: ProjectState) -> CommandResult:
        return operations().images.delete(folder, state, list(frames_in(state, "delete")))

    return answer(project, command, details_in())


@pages.post("/p/<project:project>/images/restore")
def restore(project: str) -> Response:
    """Restore deleted images."""
    trash = request.form.get("trash", "").split()
    return answer(project, lambda folder, state: operations().images.restore(folder, state, trash), details_in())


@pages.post("/p/<project:project>/frames/<frame>/mark")
def mark(project: str, frame: str) -> Response:
    """Change the marks and the note of a frame."""

    def command(folder: Folder, state: ProjectState) -> CommandResult:
        form = request.form
        changes: dict[str, bool | str] = {n: form[n] == "1" for n in ("locked", "star", "flag") if n in form}
        if "note" in form:
            changes["note"] = form["note"]
        return operations().images.mark(folder, state, _one(state, frame), **changes)

    return answer(project, command, frame)


@pages.post("/p/<project:project>/frames/<frame>/choose")
def choose(project: str, frame: str) -> Response:
    """Use another image of the frame's history."""

    def command(folder: Folder, state: ProjectState) -> CommandResult:
        number = request.form.get("number", "")
        if not (number.isascii() and number.isdecimal() and len(number) < 8):
            raise BadInput("Say which image of the history is to be used.")
        return operations().images.choose(folder, state, _one(state, frame), int(number))

    return answer(project, command, frame)


@pages.post("/p/<project:project>/frames/<frame>/reject")
def reject(project: str, frame: str) -> Response:
    """Reject an image and make it again, with another prompt if one was written."""

    def command(folder: Folder, state: ProjectState) -> CommandResult:
        known, form = _one(state, frame), request.form
        version = form.get("frame", "").partition("@")[2]
        prompt = plain(form["prompt"]) if "prompt" in form else None
        rejection = Rejection(version, prompt, plain(form.get("was", "")))
        return operations().frames.reject(folder, state, known, rejection)

    return answer(project, command, frame)


def _hold(folder: Folder, state: ProjectState, *, on: bool) -> CommandResult:
    form = request.form
    return operations().queue.hold(folder, state, style=form.get("style", ""), provider=form.get("provider", ""), on=on)


def _one(state: ProjectState, ident: str) -> Frame:
    return next(iter(frame_scope.named(state, [ident])))


def frames_in(state: ProjectState, what: str) -> dict[Frame, str]:
    """Read the frames of a form, each with the version it names, or those of its scope.

    Raises Ask: the form names a scope for the command ``what`` without the number of its frames, or the number has
    changed.
    """
    if names := names_in():
        return frame_scope.named(state, names)
    scope = scope_in()
    frames = offered_actions.asked(state, scope)
    if request.form.get("count") != str(len(frames)):
        raise Ask(offered_actions.question(state, what, scope))
    return dict.fromkeys(frames, "")


def missing_in(state: ProjectState) -> list[Frame]:
    """Read the frames of a form, or those of its scope that have no image; they need no confirmation."""
    if names := names_in():
        return list(frame_scope.named(state, names))
    return frame_scope.missing(state, frame_scope.within(state, scope_in()))


def failed_in(state: ProjectState) -> list[Frame]:
    """Read the failed ones of a form's frames, or of its scope.

    Raises Ask: they are those that a filter shows (the field ``frames``) and their number is missing or has changed.
    """
    names = names_in()
    if "frames" not in request.form:
        return frame_scope.failed(
            state, frame_scope.named(state, names) if names else frame_scope.within(state, scope_in())
        )
    failed = frame_scope.failed(
        state, frame_scope.named(state, names)
    )  # of those a filter shows: the button told of all
    if failed and request.form.get("count") != str(len(failed)):
        raise Ask(offered_actions.shown_question(state, failed))
    return failed


def names_in() -> list[str]:
    """The names of frames in the form."""
    return [*request.form.getlist("frame"), *request.form.get("frames", "").split()]


def scope_in() -> FrameScope:
    """The part of the matrix that the form is for."""
    return FrameScope.read(request.form.to_dict())


def details_in() -> str:
    """The frame whose details held the form, "" for none."""
    return request.form.get("drawer", "")
