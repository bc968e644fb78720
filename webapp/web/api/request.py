"""What a JSON request asks for: its body and the values in it, each refused with one sentence.

Which frames a JSON request is for: those it names, or those of its scope.
"""

from __future__ import annotations

from typing import Any

from flask import request

from webapp.core.project import STYLE_NAME, Frame
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.state import frame_scope
from webapp.state.frame_scope import FrameScope
from webapp.state.project_state import ProjectState
from webapp.web.services import services


def body_in() -> dict[str, Any]:
    """The JSON object that was sent."""
    try:
        body = request.get_json(silent=True)
    except RecursionError:  # nested a thousand deep
        body = None
    if not isinstance(body, dict):
        raise BadInput('Send a JSON object, for example {"projectPath": "my-project"}.')
    return body


def path_in(body: dict[str, Any]) -> str:
    """The path of the project it is about."""
    path = body.get("projectPath")
    if path is None or path == "":
        raise BadInput("projectPath is missing. Send the path of a project folder.")
    if not isinstance(path, str):
        raise BadInput("projectPath must be a text.")
    return path


def folder_in(body: dict[str, Any]) -> Folder:
    """The project it is about."""
    return services().library.find(path_in(body))


def text_in(body: dict[str, Any], name: str) -> str:
    """A text, "" when none was sent."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput(f"{name} must be a text.")
    return value


def texts_in(body: dict[str, Any], name: str) -> list[str]:
    """The texts of an array, which must have been sent."""
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadInput(f"{name} must be an array of texts.")
    return value


def style_in(body: dict[str, Any]) -> str:
    """The name of a style."""
    style = body.get("style")
    if not isinstance(style, str) or not STYLE_NAME.match(style):
        raise BadInput("style must be the name of a style: letters, digits, hyphen, underscore.")
    return style


def standing_in(body: dict[str, Any]) -> tuple[Folder, ProjectState]:
    """The project it is about, and how that stands now."""
    folder = folder_in(body)
    return folder, services().state.read(folder)


def frames_in(now: ProjectState, body: dict[str, Any], only: str = "") -> dict[Frame, str]:
    """The frames that a request names, each with the version it names, or those of its scope; ``only`` narrows the
    scope where it does not itself.
    """
    if "frames" in body:
        found = frame_scope.named(now, texts_in(body, "frames"))
        if not found:
            raise BadInput("frames is empty. Send the ids of frames.")
        return dict.fromkeys(frame_scope.failed(now, found), "") if only == "failed" else found
    scope = FrameScope.read(body)
    if only != "failed" and not scope.fields:
        raise BadInput("Say which frames: send frames, or style, shot, beat, only.")
    wanted = scope if scope.only or not only else FrameScope(scope.style, scope.shot, scope.beat, only)
    return dict.fromkeys(frame_scope.within(now, wanted), "")


def frame_in(now: ProjectState, body: dict[str, Any]) -> tuple[Frame, str]:
    """The one frame that a request names, with the version it names, "" for none."""
    ((frame, version),) = frame_scope.named(now, [text_in(body, "frame")]).items()
    return frame, version
