"""Which frames a JSON request is for: those it names, or those of its scope."""

from __future__ import annotations

from typing import Any

from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.state import frame_scope
from webapp.state.frame_scope import Scope
from webapp.state.project_state import Standing
from webapp.web.asked import folder_in, text_in, texts_in
from webapp.web.services import services


def standing_in(body: dict[str, Any]) -> tuple[Folder, Standing]:
    """The project it is about, and how that stands now."""
    folder = folder_in(body)
    return folder, services().snapshots.standing(folder)


def frames_in(now: Standing, body: dict[str, Any], only: str = "") -> dict[Frame, str]:
    """The frames that a request names, each with the version it names, or those of its scope; ``only`` narrows the
    scope where it does not itself.
    """
    if "frames" in body:
        found = frame_scope.named(now, texts_in(body, "frames"))
        if not found:
            raise BadInput("frames is empty. Send the ids of frames.")
        return dict.fromkeys(frame_scope.failed(now, found), "") if only == "failed" else found
    scope = Scope.read(body)
    if only != "failed" and not scope.fields:
        raise BadInput("Say which frames: send frames, or style, shot, beat, only.")
    wanted = scope if scope.only or not only else Scope(scope.style, scope.shot, scope.beat, only)
    return dict.fromkeys(frame_scope.within(now, wanted), "")


def frame_in(now: Standing, body: dict[str, Any]) -> tuple[Frame, str]:
    """The one frame that a request names, with the version it names, "" for none."""
    ((frame, version),) = frame_scope.named(now, [text_in(body, "frame")]).items()
    return frame, version
