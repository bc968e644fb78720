"""Sending a frame's image back, by another prompt if one was written: for the pages and for programs alike."""

from __future__ import annotations

from dataclasses import replace

from webapp.core.marks import FrameMarks
from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.state.project_state import HAS_IMAGE, ProjectState
from webapp.web import direction, telling
from webapp.web.images.views import CommandResult
from webapp.web.prompts.frame_prompt import save_prompt
from webapp.web.services import services

LOCKED = "This image is approved and locked. Unlock it first, then reject it."
NONE = "There is no image to reject. Generate it first."


def reject(
    folder: Folder,
    standing: ProjectState,
    frame: Frame,
    version: str,
    prompt: str | None = None,
    was: str | None = None,
) -> CommandResult:
    """Send an image back: its star and its flag are taken off, and it is made anew with another seed, by ``prompt`` if
    that is another text than the file's. ``was`` is the text it is based on, if that is to be checked.

    Raises:
        Step8Error: it has no image or is locked, the prompt cannot be saved, or as `direction.regenerate`.
    """
    if standing.truths.mark(frame).locked:
        raise BadInput(LOCKED)
    seen = version in ("", standing.versions.get(frame))
    if frame not in standing.versions:
        raise BadInput(NONE)
    if seen and standing.status[frame] in HAS_IMAGE and prompt is not None and prompt != was:
        direction.check_open(standing)
        save_prompt(folder, frame, prompt, was)
    done = direction.regenerate(folder, standing, {frame: version})
    if not done.action:
        return done
    services().store.change_marks(
        folder, lambda marks: {**marks, frame.id: replace(marks.get(frame.id, FrameMarks()), star=False, flag=False)}
    )
    text = f"{telling.names([frame])} is rejected and will be made anew. The image of before is kept."
    return replace(done, text=text)
