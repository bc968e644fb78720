"""Prompt form in a frame's details: saves to all three prompts files and shows the details again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.project import Frame, beat_number, shot_number
from webapp.core.prompts.edits import plain
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, NotFound, Step8Error
from webapp.web import urls
from webapp.web.images.page import frame_view
from webapp.web.layout.htmx import is_htmx
from webapp.web.layout.page_frame import shell
from webapp.web.services import operations, services

pages = Blueprint("frame_prompt", __name__)


@pages.post("/p/<project:project>/frames/<frame>/prompt")
def save(project: str, frame: str) -> Response | str | tuple[str, int]:
    """Save this beat's prompt in this style. A refused text stays in the form, beside the file's current one."""
    folder = services().library.find(project)
    text, was = plain(request.form.get("prompt", "")), request.form.get("was")
    known = frame_of(folder, frame)
    problem, status = "", 200
    try:
        operations().prompts.save_prompt(folder, known, text, None if was is None else plain(was))
    except Step8Error as error:
        problem, status = str(error), error.status
    if not problem and not is_htmx():
        return redirect(f"{urls.details(folder.name, known)}?prompt=saved#prompt", 303)
    edit = {"saved": not problem, "problem": problem, "typed": text if problem else None}
    view = frame_view(folder, frame)
    if is_htmx():
        return render_template("images/frame/_frame_details.html", frame=view, prompt_edit=edit)
    return render_template(
        "images/frame/page.html", frame=view, shell=shell(folder, "images"), prompt_edit=edit
    ), status


def frame_of(folder: Folder, ident: str) -> Frame:
    """Find a frame by its id.

    Raises NotFound: the prompts have no such frame.
    """
    found = next((each for each in services().store.project(folder).frames() if each.id == ident), None)
    if found is None:
        raise NotFound("This beat is not in the project’s prompts any more. Go back to Step 8.")
    return found


def frame_named(folder: Folder, style: str, number: Any, shot: Any = None) -> Frame:
    """Find a frame of a style by its numbers in any spelling; the shot is only needed where several have the beat.

    Raises BadInput: these are no numbers, or several shots have the beat. NotFound: no such style or beat.
    """
    beat = beat_number(number) if isinstance(number, (str, int, float)) else None
    if beat is None:
        raise BadInput("beatNumber is missing. Send it as the prompts file writes it.")
    wanted = shot_number(shot) if isinstance(shot, (str, int, float)) else None
    if shot is not None and wanted is None:
        raise BadInput("shotNumber is not a number. Send it as the prompts file writes it, or leave it out.")
    known = services().store.project(folder).style(style)
    frames = known.frames() if known else ()
    found = [frame for frame in frames if frame.beat == beat and wanted in (None, frame.shot)]
    if not found:
        raise NotFound(f"There is no beat {beat} in style {style}. Check the prompts in Step 7.")
    if len(found) > 1:
        raise BadInput(f"Several shots have a beat {beat}. Send shotNumber too.")
    return found[0]
