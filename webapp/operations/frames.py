"""Commands that let images of frames be made: first of all, anew, once more, or by another prompt.

Each may be sent twice: the second time nothing more happens. A run that is there keeps to a change from its next call
on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from webapp.core.frames import Status
from webapp.core.marks import FrameMarks
from webapp.core.project import Frame
from webapp.core.run.states import RunState
from webapp.disk.files.folder import Folder
from webapp.disk.images.history import ImageHistory
from webapp.disk.project_store import ProjectStore
from webapp.errors import BadInput
from webapp.generation.control import Control
from webapp.generation.makers.run_setup import RunSetupBuilder
from webapp.operations.prompts import PromptOperations
from webapp.operations.publisher import ChangePublisher
from webapp.operations.queue import frame_at
from webapp.operations.result import CommandResult, UndoCommand, UndoName, agreeing, frame_names
from webapp.state.project_state import HAS_IMAGE, ProjectState

STOPPING = "The run is stopping. Wait until the current images are finished, then try again."
BUSY = "The image is being made right now. Wait until it is there, then try again."
LOCKED = "This image is approved and locked. Unlock it first, then reject it."
NONE = "There is no image to reject. Generate it first."
LONGEST_MODEL = 200


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why an image is rejected: ``version`` is the one the user saw, "" for the one that is there; ``prompt`` the text
    to make another one by, ``None`` for the file's; ``based_on`` the text it was edited from, if that is checked."""

    version: str = ""
    prompt: str | None = None
    based_on: str | None = None


class FrameOperations:
    """Commands for frames of one project, given as it stands to the user."""

    def __init__(
        self,
        control: Control,
        store: ProjectStore,
        setups: RunSetupBuilder,
        prompts: PromptOperations,
        publisher: ChangePublisher,
    ) -> None:
        self._control = control
        self._store = store
        self._setups = setups
        self._prompts = prompts
        self._publisher = publisher

    def generate(self, folder: Folder, state: ProjectState, frames: Sequence[Frame]) -> CommandResult:
        """Make frames without an image first of all, or by a run of their own where there is none.

        Raises:
            Step8Error: it cannot start, or all of them are locked.
        """
        check_not_stopping(state)
        wanted = [frame for frame in frames if state.status[frame] in (Status.PENDING, Status.ERROR)]
        if not wanted:
            return CommandResult(f"{frame_names(frames)}: nothing to generate, the images are there.")
        self._control.make(folder, [frame.id for frame in wanted])
        text = (
            f"{frame_names(wanted)} {agreeing(wanted, 'comes', 'come')} next."
            if state.takes_wishes
            else f"Generating {frame_names(wanted)}."
        )
        waiting = [each.id for each in state.queue]
        if len(wanted) > 1 or wanted[0].id not in waiting:
            return CommandResult(text)
        follower = frame_at(waiting, waiting.index(wanted[0].id) + 1)
        return CommandResult(text, UndoCommand(UndoName.MOVE, (wanted[0].id,), (("before", follower),)))

    def regenerate(
        self,
        folder: Folder,
        state: ProjectState,
        frames: Mapping[Frame, str],
        *,
        fresh_seed: bool = True,
        model: str = "",
    ) -> CommandResult:
        """Make images anew; the ones they have are kept in their history. ``frames`` have the version the user saw,
        "" for the one that is there.

        Raises:
            Step8Error: it cannot start, or all of them are locked.
        """
        check_not_stopping(state)
        model = model.strip()
        if len(model) > LONGEST_MODEL or not model.isprintable():
            raise BadInput("The name of the model is too long, or not one line of text. Correct it.")
        if model:
            self._setups.check_model(folder, [frame.style for frame in frames], model)
        seen = {frame: version or state.versions.get(frame, "") for frame, version in frames.items()}
        there = {frame: version for frame, version in seen.items() if state.status[frame] in HAS_IMAGE and version}
        current = {frame: version for frame, version in there.items() if version == state.versions.get(frame)}
        if not current:
            check_none_generating(state, frames)
            return CommandResult(f"{frame_names(list(frames))}: another image has come meanwhile. Look at it first.")
        self._control.remake(
            folder, {frame.id: version for frame, version in current.items()}, fresh_seed=fresh_seed, model=model
        )
        before = agreeing(list(current), "image of before is", "images of before are")
        text = f"{frame_names(list(current))} will be made anew. The {before} kept."
        return CommandResult(text, UndoCommand(UndoName.UNDO_REGENERATE, _with_versions(current)))

    def undo_regenerate(self, folder: Folder, state: ProjectState, frames: Mapping[Frame, str]) -> CommandResult:
        """Undo `regenerate`: what was not begun is not made; where another image came the former one is used again."""
        run = state.run
        self._control.arrange(folder, lambda plan: plan.without_redo(run.id, [frame.id for frame in frames]))
        busy = [frame for frame in frames if state.status[frame] is Status.GENERATING]
        for frame, version in frames.items():
            if frame in busy or state.versions.get(frame, version) == version:
                continue
            kept = ImageHistory().kept(folder, frame)
            former = next((each for each in kept if each.image.version == version), None)
            if former is not None:
                ImageHistory().choose(folder, frame, former.number)
        names, images = frame_names(list(frames)), agreeing(list(frames), "image of before is", "images of before are")
        self._publisher.images_changed(folder, state, frames, f"{names}: the {images} in use again.")
        if busy:
            text = (
                f"{frame_names(busy)} {agreeing(busy, 'is', 'are')} being made already. "
                "Undo again when the image is there."
            )
            again = _with_versions({frame: frames[frame] for frame in busy})
            return CommandResult(text, UndoCommand(UndoName.UNDO_REGENERATE, again))
        return CommandResult(f"{names}: the {images} in use.")

    def retry(self, folder: Folder, state: ProjectState, frames: Sequence[Frame]) -> CommandResult:
        """Try once more what failed, missing images and ones to be made anew alike, and nothing else.

        Raises:
            Step8Error: it cannot start, or all of them are locked.
        """
        check_not_stopping(state)
        if not frames:
            return CommandResult("None of these images has failed.")
        missing = [frame for frame in frames if state.status[frame] is Status.ERROR]
        anew = {frame: state.versions[frame] for frame in frames if frame in state.versions}
        if missing:
            self._control.make(folder, [frame.id for frame in missing])
        if anew:  # after the first command there is a run, which takes them too
            self._control.remake(folder, {frame.id: version for frame, version in anew.items()})
        return CommandResult(f"Trying {frame_names(frames)} again.")

    def reject(self, folder: Folder, state: ProjectState, frame: Frame, rejection: Rejection) -> CommandResult:
        """Make a frame's image anew with another seed, by the rejection's prompt if that is another text than the
        file's. Its star and its flag are taken off.

        Raises:
            Step8Error: it has no image or is locked, the prompt cannot be saved, or as `regenerate`.
        """
        if state.facts.mark(frame).locked:
            raise BadInput(LOCKED)
        if frame not in state.versions:
            raise BadInput(NONE)
        version, prompt = rejection.version, rejection.prompt
        seen = version in ("", state.versions[frame])
        if seen and state.status[frame] in HAS_IMAGE and prompt is not None and prompt != rejection.based_on:
            check_not_stopping(state)
            self._prompts.save_prompt(folder, frame, prompt, rejection.based_on)
        result = self.regenerate(folder, state, {frame: version})
        if result.undo is None:
            return result
        self._store.records.change_marks(
            folder,
            lambda marks: {**marks, frame.id: replace(marks.get(frame.id, FrameMarks()), star=False, flag=False)},
        )
        text = f"{frame_names([frame])} is rejected and will be made anew. The image of before is kept."
        return replace(result, text=text)


def check_not_stopping(state: ProjectState) -> None:
    """Refuse what a run that is stopping cannot take any more."""
    if state.run.state is RunState.STOPPING:
        raise BadInput(STOPPING)


def check_none_generating(state: ProjectState, frames: Iterable[Frame]) -> None:
    """Refuse what cannot be done to a frame whose image is being made."""
    if any(state.status[frame] is Status.GENERATING for frame in frames):
        raise BadInput(BUSY)


def _with_versions(frames: Mapping[Frame, str]) -> tuple[str, ...]:
    return tuple(f"{frame.id}@{version}" for frame, version in frames.items())
