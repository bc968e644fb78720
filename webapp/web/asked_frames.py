"""Which frames a JSON request is for: those it names, or those of its scope."""

from __future__ import annotations

from typing import Any

from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.web import chosen
from webapp.web.asked import folder_in, text_in, texts_in
from webapp.web.chosen import Scope
from webapp.web.services import services
from webapp.web.standing import Standing


def standing_in(body: dict[str, Any]) -> tuple[Folder, Standing]:
    """The project it is about, and how that stands now."""
    folder = folder_in(body)
    return folder, services().snapshots.standing(folder)


def frames_in(now: Standing, body: dict[str, Any], only: str = "") -> dict[Frame, str]:
    """The frames that a request names, each with the version it names, or those of its scope; ``only`` narrows the
    scope where it does not itself.
    """
    if "frames" in body:
        found = chosen.named(now, texts_in(body, "frames"))
        if not found:
            raise BadInput("frames is empty. Send the ids of frames.")
        return dict.fromkeys(chosen.failed(now, found), "") if only == "failed" else found
    scope = Scope.read(body)
    if only != "failed" and not scope.fields:
        raise BadInput("Say which frames: send frames, or style, shot, beat, only.")
    wanted = scope if scope.only or not only else Scope(scope.style, scope.shot, scope.beat, only)
    return dict.fromkeys(chosen.within(now, wanted), "")


def frame_in(now: Standing, body: dict[str, Any]) -> tuple[Frame, str]:
    """The one frame that a request names, with the version it names, "" for none."""
    ((frame, version),) = chosen.named(now, [text_in(body, "frame")]).items()
    return frame, version
