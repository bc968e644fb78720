"""What its user decides of an image that is there: marks, the one in use, the trash. Each command may be sent twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from webapp.core.datafiles.source_text import well_formed
from webapp.core.marks import LONGEST_NOTE, FrameMarks
from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.disk.images.history import ImageHistory
from webapp.disk.images.trash import ImageTrash
from webapp.errors import BadInput, NotFound
from webapp.state.project_state import ProjectState
from webapp.web import urls
from webapp.web.direction import check_idle
from webapp.web.images.views import CommandResult
from webapp.web.services import services
from webapp.web.telling import done, names, nudge, say, tell_images, verb


def mark(folder: Folder, standing: ProjectState, frame: Frame, **changes: bool | str) -> CommandResult:
    """Change what the user says of a frame: ``locked``, ``star``, ``flag``, ``note``.

    Raises:
        BadInput: the note is too long.
    """
    note = changes.get("note")
    if isinstance(note, str):
        changes["note"] = well_formed(note).replace("\r\n", "\n").strip()
        if len(str(changes["note"])) > LONGEST_NOTE:
            raise BadInput(f"The note is longer than {LONGEST_NOTE} characters. Shorten it.")

    def change(marks: dict[str, FrameMarks]) -> dict[str, FrameMarks]:
        return {**marks, frame.id: replace(marks.get(frame.id, FrameMarks()), **changes)}  # type: ignore[arg-type]

    before = standing.truths.mark(frame)
    after = services().store.change_marks(folder, change)[frame.id]
    nudge(folder)  # a lock holds from the next call on
    text = f"{names([frame])}: {_said(changes)}."
    say(folder, text)
    if after == before:
        return done(text)
    fields = tuple((name, _form_value(getattr(before, name))) for name in changes)
    return done(text, urls.frame_command(folder.name, frame, "mark"), fields)


def choose(folder: Folder, standing: ProjectState, frame: Frame, number: int) -> CommandResult:
    """Let another image of its history be the frame's image.

    Raises:
        BadInput: the frame is being made.
        NotFound: there is no such image.
    """
    check_idle(standing, [frame])
    kept = ImageHistory().kept(folder, frame)
    used = next((each.number for each in kept if each.used), 0)
    ImageHistory().choose(folder, frame, number)
    text = f"{names([frame])}: image {number} is in use."
    tell_images(folder, standing, [frame], text)
    undo = urls.frame_command(folder.name, frame, "choose"), (("number", str(used)),)
    return done(text, *(undo if used and used != number else ()))


def delete(folder: Folder, standing: ProjectState, frames: Sequence[Frame]) -> CommandResult:
    """Move the images of frames to the trash, where they are kept for 30 days. Locked ones stay.

    Raises:
        BadInput: one of them is being made, or the only one is locked.
    """
    locked = standing.truths.locked
    free = [frame for frame in frames if frame.id not in locked]
    if frames and not free:
        raise BadInput("This image is approved and locked. Unlock it first, then delete it.")
    check_idle(standing, free)
    gone = ImageTrash().delete(folder, free, services().clock())
    if not gone:
        return done("There is no image to delete.")
    frames = [standing.by_id[each.frame] for each in gone]
    tell_images(
        folder,
        standing,
        frames,
        f"{names(frames)} deleted. The trash keeps {verb(frames, 'it', 'them')} for 30 days.",
    )
    fields = (("trash", " ".join(each.id for each in gone)),)
    return done(f"{names(frames)} deleted.", urls.command(folder.name, "restore"), fields)


def restore(folder: Folder, standing: ProjectState, trash: Sequence[str]) -> CommandResult:
    """Bring deleted images back.

    Raises:
        NotFound: one of them is not in the trash any more.
    """
    wanted = {ident: standing.by_id.get(ident.partition(".")[0]) for ident in trash}
    frames = [frame for frame in wanted.values() if frame is not None]
    check_idle(standing, frames)
    for ident, frame in wanted.items():
        if frame is not None:
            ImageTrash().restore(folder, frame, ident)
    if not frames:
        raise NotFound("There is nothing to bring back. Reload the page.")
    tell_images(folder, standing, frames, f"{names(frames)} brought back from the trash.")
    return done(f"{names(frames)} {verb(frames, 'is', 'are')} back.")


def _said(changes: Mapping[str, bool | str]) -> str:
    words = {
        ("locked", True): "approved and locked",
        ("locked", False): "unlocked",
        ("star", True): "starred",
        ("star", False): "star removed",
        ("flag", True): "flagged",
        ("flag", False): "flag removed",
    }
    return ", ".join(words.get((name, value), "note saved") for name, value in changes.items())  # type: ignore[arg-type]


def _form_value(value: bool | str) -> str:
    return value if isinstance(value, str) else "1" if value else "0"
