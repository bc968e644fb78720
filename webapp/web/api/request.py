"""Reading of JSON requests: the body, the query and the values in them, each refused with one sentence.

Every function raises BadInput for a value that is missing or cannot be used, and NotFound for what does not exist.
"""

from __future__ import annotations

from typing import Any

from flask import request

from webapp.core.project import STYLE_NAME, Frame
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.operations.limits import budget_in
from webapp.state import frame_scope
from webapp.state.frame_scope import FrameScope
from webapp.state.project_state import ProjectState
from webapp.web.services import services

NO_PATH = "projectPath is missing. Send the path of a project folder."


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
    """The path of the project."""
    path = body.get("projectPath")
    if path is None or path == "":
        raise BadInput(NO_PATH)
    if not isinstance(path, str):
        raise BadInput("projectPath must be a text.")
    return path


def folder_in(body: dict[str, Any]) -> Folder:
    """The project's folder."""
    return services().library.find(path_in(body))


def folder_in_query() -> Folder:
    """The folder of the project that the query names."""
    return folder_in(request.args.to_dict())


def number_in_query(name: str, default: int) -> int:
    """A whole number, 0 or more, of the query."""
    text = request.args.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise BadInput(f"{name} must be a whole number, 0 or more.")
    return int(text)


def text_in(body: dict[str, Any], name: str) -> str:
    """A text, "" when none was sent."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput(f"{name} must be a text.")
    return value


def texts_in(body: dict[str, Any], name: str) -> list[str]:
    """The texts of an array that must be there."""
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise BadInput(f"{name} must be an array of texts.")
    return value


def switch_in(body: dict[str, Any], name: str, default: bool = False) -> bool:
    """True or false."""
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise BadInput(f"{name} must be true or false.")
    return value


def loose_switch_in(body: dict[str, Any], name: str) -> bool:
    """True or false as clients of v1.1 send it: also null, 0 and 1, "true" and "false"."""
    value = body.get(name)
    value = value.strip().lower() if isinstance(value, str) else value
    if value in (None, 0, "", "false", "0"):
        return False
    if value in (1, "true", "1"):
        return True
    raise BadInput(f"{name} must be true or false.")


def dollars_in(sent: Any) -> int | None:
    """A budget in micro-dollars; ``None`` for none."""
    if sent is None:
        return None
    if isinstance(sent, bool) or not isinstance(sent, (int, float, str)):
        raise BadInput("budgetUsd must be an amount of US dollars, such as 5 or 2.50.")
    return budget_in(str(sent))


def style_in(body: dict[str, Any]) -> str:
    """The name of a style."""
    style = body.get("style")
    if not isinstance(style, str) or not STYLE_NAME.match(style):
        raise BadInput("style must be the name of a style: letters, digits, hyphen, underscore.")
    return style


def beat_in(body: dict[str, Any]) -> str:
    """The number of a beat, in any spelling."""
    number = body.get("beatNumber")
    if isinstance(number, bool) or not isinstance(number, (str, int, float)) or number == "":
        raise BadInput("beatNumber is missing. Send it as the prompts file writes it.")
    return str(number)


def state_in(body: dict[str, Any]) -> tuple[Folder, ProjectState]:
    """The project's folder and its state now."""
    folder = folder_in(body)
    return folder, services().state.read(folder)


def frames_in(state: ProjectState, body: dict[str, Any], only: str = "") -> dict[Frame, str]:
    """The frames that a request names, each with the version it names ("" for none), or those of its scope.

    ``only`` narrows a scope that does not narrow itself.
    """
    if "frames" in body:
        found = frame_scope.named(state, texts_in(body, "frames"))
        if not found:
            raise BadInput("frames is empty. Send the ids of frames.")
        return dict.fromkeys(frame_scope.failed(state, found), "") if only == "failed" else found
    scope = FrameScope.read(body)
    if only != "failed" and not scope.fields:
        raise BadInput("Say which frames: send frames, or style, shot, beat, only.")
    wanted = scope if scope.only or not only else FrameScope(scope.style, scope.shot, scope.beat, only)
    return dict.fromkeys(frame_scope.within(state, wanted), "")


def frame_in(state: ProjectState, body: dict[str, Any]) -> tuple[Frame, str]:
    """The one frame that a request names, with the version it names, "" for none."""
    ((frame, version),) = frame_scope.named(state, [text_in(body, "frame")]).items()
    return frame, version
