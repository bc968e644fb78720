"""The images chosen in step 9: ``image_selections.json`` and the copies in ``selected_images``."""

from __future__ import annotations

from typing import Any

from webapp.core.progress import iso_time
from webapp.core.project import Beat, Frame, Problem, Project, beat_number
from webapp.disk.folder import Folder
from webapp.disk.images import Album
from webapp.disk.objects import keep_aside, parse_object, read_object, write_object
from webapp.errors import BadFile, BadInput, NotFound

FILE = "image_selections.json"
SELECTED = "selected_images"
MAX_IMAGE = 256 * 1024 * 1024


def read_selections(folder: Folder) -> dict[str, Any]:
    """What is chosen: beat number as the file writes it → ``{"style", "isFlagged", "selectedAt"}``."""
    return read_object(folder, FILE)


def selections_problem(folder: Folder) -> Problem | None:
    """Why the choices cannot be read, if they cannot."""
    try:
        parse_object(folder, FILE)
    except BadFile as error:
        return Problem(error.file, error.reason, error.line)
    return None


def select(
    folder: Folder, album: Album, project: Project, beat: str | float, style: str, flagged: bool, now: float
) -> None:
    """Choose the style's image for a beat: copy it, note it. The beat's earlier choice is replaced.

    Where several shots share the beat's number, the first of them that has an image counts.

    Raises:
        BadInput: this is no beat number.
        NotFound: the style has no such beat, or no image of it yet.
        DiskTrouble: a file could not be written.
    """
    chosen, frame = _frame(folder, album, project, beat, style)
    data = folder.files.read(frame.image_path, MAX_IMAGE)
    if data is None:
        raise NotFound(f"The image of beat {chosen.number} in style {style} is gone. Generate it again in Step 8.")
    name, other = f"Beat_{chosen.number}.png", f"Beat_{chosen.number}_flagged.png"
    if flagged:
        name, other = other, name
    with folder.files.locked():
        folder.files.write_whole(f"{SELECTED}/{name}", data)
        folder.files.remove(f"{SELECTED}/{other}")
        _note(folder, chosen, {"style": style, "isFlagged": flagged, "selectedAt": iso_time(now)}, now)


def _frame(folder: Folder, album: Album, project: Project, beat: str | float, style: str) -> tuple[Beat, Frame]:
    number = beat_number(beat)
    if number is None:
        raise BadInput("This is not a beat number. Send it as the prompts file writes it, for example 1.1.")
    known = project.style(style)
    beats = [entry for entry in known.beats if entry.number == number] if known else []
    if not beats:
        raise NotFound(f"There is no beat {number} in this style. Check the prompts in Step 7.")
    frames = {Frame(style, entry.shot, entry.number): entry for entry in beats}
    images = album.images(folder, frames)
    if not images:
        raise NotFound(f"Beat {number} has no image in style {style} yet. Generate it in Step 8.")
    frame = next(iter(images))
    return frames[frame], frame


def _note(folder: Folder, beat: Beat, choice: dict[str, Any], now: float) -> None:
    if selections_problem(folder):
        keep_aside(folder, FILE, now)
    others = {key: value for key, value in read_selections(folder).items() if beat_number(key) != beat.number}
    write_object(folder, FILE, {**others, str(beat.written): choice})
