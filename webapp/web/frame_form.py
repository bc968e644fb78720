"""What the form of a command for frames says: which frames it is for, and from which place of the page it was sent."""

from __future__ import annotations

from flask import request

from webapp.core.project import Frame
from webapp.state import frame_scope
from webapp.state.frame_scope import Scope
from webapp.state.project_state import Standing
from webapp.web import sheets
from webapp.web.dialog import Ask


def frames_in(now: Standing, what: str) -> dict[Frame, str]:
    """The frames a form names, each with the version it names, or those of its scope. A command ``what`` for a scope
    must name their number.

    Raises:
        Ask: it does not, or the number is another one now.
    """
    if names := names_in():
        return frame_scope.named(now, names)
    scope = scope_in()
    frames = sheets.asked(now, scope)
    if request.form.get("count") != str(len(frames)):
        raise Ask(sheets.question(now, what, scope))
    return dict.fromkeys(frames, "")


def missing_in(now: Standing) -> list[Frame]:
    """The frames a form names, or those of its scope that have no image: these are not asked about."""
    if names := names_in():
        return list(frame_scope.named(now, names))
    return frame_scope.missing(now, frame_scope.within(now, scope_in()))


def failed_in(now: Standing) -> list[Frame]:
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
        raise Ask(sheets.shown_question(now, failed))
    return failed


def names_in() -> list[str]:
    """The names of frames in the form."""
    return [*request.form.getlist("frame"), *request.form.get("frames", "").split()]


def scope_in() -> Scope:
    """The part of the matrix that the form is for."""
    return Scope.read(request.form.to_dict())


def drawer_in() -> str:
    """The frame whose drawer the form was in, "" when it was elsewhere."""
    return request.form.get("drawer", "")


def in_queue() -> bool:
    """Whether the form was in the list of what comes next, which stays open then."""
    return "queue" in request.form
