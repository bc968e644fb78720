"""Commands for images that are there: mark, use another one of the history, delete, restore. Each may be sent twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from webapp.core.datafiles.source_text import well_formed
from webapp.core.marks import LONGEST_NOTE, FrameMarks
from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.disk.images.history import ImageHistory
from webapp.disk.images.trash import ImageTrash
from webapp.disk.project_store import ProjectStore
from webapp.errors import BadInput, NotFound
from webapp.operations.frames import check_none_generating
from webapp.operations.publisher import ChangePublisher
from webapp.operations.result import CommandResult, UndoCommand, UndoName, agreeing, frame_names
from webapp.state.project_state import ProjectState

MARK_WORDS = {
    ("locked", True): "approved and locked",
    ("locked", False): "unlocked",
    ("star", True): "starred",
    ("star", False): "star removed",
    ("flag", True): "flagged",
    ("flag", False): "flag removed",
}


class ImageOperations:
    """Commands for the images of one project, given as it stands to the user. ``clock`` gives epoch seconds."""

    def __init__(self, store: ProjectStore, publisher: ChangePublisher, clock: Callable[[], float]) -> None:
        self._store = store
        self._publisher = publisher
        self._clock = clock

    def mark(self, folder: Folder, state: ProjectState, frame: Frame, **changes: bool | str) -> CommandResult:
        """Change the marks of a frame: ``locked``, ``star``, ``flag``, ``note``.

        Raises:
            BadInput: the note is too long.
        """
        note = changes.get("note")
        if isinstance(note, str):
            note = changes["note"] = well_formed(note).replace("\r\n", "\n").strip()
            if len(note) > LONGEST_NOTE:
                raise BadInput(f"The note is longer than {LONGEST_NOTE} characters. Shorten it.")

        def change(marks: dict[str, FrameMarks]) -> dict[str, FrameMarks]:
            return {**marks, frame.id: replace(marks.get(frame.id, FrameMarks()), **changes)}  # type: ignore[arg-type]

        before = state.facts.mark(frame)
        after = self._store.records.change_marks(folder, change)[frame.id]
        self._publisher.wake_driver(folder)  # a lock holds from the next call on
        text = f"{frame_names([frame])}: {_change_words(changes)}."
        self._publisher.log(folder, text)
        if after == before:
            return CommandResult(text)
        fields = tuple((name, getattr(before, name)) for name in changes)
        return CommandResult(text, UndoCommand(UndoName.MARK, (frame.id,), fields))

    def mark_each(
        self, folder: Folder, state: ProjectState, frames: Sequence[Frame], **changes: bool | str
    ) -> CommandResult:
        """The same for several frames; undone at once where all of them were marked alike before.

        Raises:
            BadInput: the note is too long.
        """
        results = [self.mark(folder, state, frame, **changes) for frame in frames]
        if len(results) == 1:
            return results[0]
        text = f"{len(results)} images: {_change_words(changes)}."
        undos = [result.undo for result in results if result.undo]
        if not undos or len({undo.fields for undo in undos}) > 1:
            return CommandResult(text)
        return CommandResult(text, replace(undos[0], frames=tuple(ident for undo in undos for ident in undo.frames)))

    def choose(self, folder: Folder, state: ProjectState, frame: Frame, number: int) -> CommandResult:
        """Use another image of a frame's history.

        Raises:
            BadInput: the frame is being made.
            NotFound: there is no such image.
        """
        check_none_generating(state, [frame])
        kept = ImageHistory().kept(folder, frame)
        used = next((each.number for each in kept if each.used), 0)
        ImageHistory().choose(folder, frame, number)
        text = f"{frame_names([frame])}: image {number} is in use."
        self._publisher.images_changed(folder, state, [frame], text)
        undo = UndoCommand(UndoName.CHOOSE, (frame.id,), (("number", used),))
        return CommandResult(text, undo if used and used != number else None)

    def delete(self, folder: Folder, state: ProjectState, frames: Sequence[Frame]) -> CommandResult:
        """Move the images of frames to the trash, which keeps them for 30 days. Locked ones stay.

        Raises:
            BadInput: one of them is being made, or the only one is locked.
        """
        locked = state.facts.locked
        free = [frame for frame in frames if frame.id not in locked]
        if frames and not free:
            raise BadInput("This image is approved and locked. Unlock it first, then delete it.")
        check_none_generating(state, free)
        trashed = ImageTrash().delete(folder, free, self._clock())
        if not trashed:
            return CommandResult("There is no image to delete.")
        deleted = [state.by_id[each.frame] for each in trashed]
        names, them = frame_names(deleted), agreeing(deleted, "it", "them")
        text = f"{names} deleted. The trash keeps {them} for 30 days."
        self._publisher.images_changed(folder, state, deleted, text)
        undo = UndoCommand(UndoName.RESTORE, fields=(("trash", tuple(each.id for each in trashed)),))
        return CommandResult(f"{names} deleted.", undo)

    def restore(self, folder: Folder, state: ProjectState, trash: Sequence[str]) -> CommandResult:
        """Bring deleted images back by their ids in the trash.

        Raises:
            BadInput: one of their frames is being made.
            NotFound: one of them is not in the trash any more.
        """
        frames = {ident: state.by_id.get(ident.partition(".")[0]) for ident in trash}
        wanted = {ident: frame for ident, frame in frames.items() if frame is not None}
        check_none_generating(state, wanted.values())
        for ident, frame in wanted.items():
            ImageTrash().restore(folder, frame, ident)
        if not wanted:
            raise NotFound("There is nothing to bring back. Reload the page.")
        restored = list(wanted.values())
        names = frame_names(restored)
        self._publisher.images_changed(folder, state, restored, f"{names} brought back from the trash.")
        return CommandResult(f"{names} {agreeing(restored, 'is', 'are')} back.")


def _change_words(changes: Mapping[str, bool | str]) -> str:
    return ", ".join(MARK_WORDS.get((name, value is True), "note saved") for name, value in changes.items())
