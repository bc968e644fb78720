"""Which images a run makes: the commands that let some be made, at all or anew, for the pages and for programs alike.

Each says what it did and how to undo it. Every one may be sent twice: the second time nothing more happens. Whoever
drives the project keeps to a change from the next call on; other viewers hear of it by the live stream.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from webapp.core.frames import Status
from webapp.core.project import Frame
from webapp.core.run.states import RunState
from webapp.disk.files.folder import Folder
from webapp.disk.images.history import ImageHistory
from webapp.errors import BadInput
from webapp.state.project_state import HAS_IMAGE, ProjectState
from webapp.web import urls
from webapp.web.images.views import CommandResult
from webapp.web.services import services
from webapp.web.telling import done, names, tell_images, verb

STOPPING = "The run is stopping. Wait until the current images are finished, then try again."
BUSY = "The image is being made right now. Wait until it is there, then try again."
LONGEST_MODEL = 200


def generate(folder: Folder, standing: ProjectState, frames: Sequence[Frame]) -> CommandResult:
    """Let frames without an image be made first of all, or by a run of their own where there is none.

    Raises:
        Step8Error: it cannot start, or all of them are locked.
    """
    check_open(standing)
    wanted = [frame for frame in frames if standing.status[frame] in (Status.PENDING, Status.ERROR)]
    if not wanted:
        return done(f"{names(frames)}: nothing to generate, the images are there.")
    services().control.make(folder, [frame.id for frame in wanted])
    text = (
        f"{names(wanted)} {verb(wanted, 'comes', 'come')} next."
        if standing.takes_wishes
        else f"Generating {names(wanted)}."
    )
    waiting = [each.id for each in standing.line]
    if len(wanted) > 1 or wanted[0].id not in waiting:
        return done(text)
    follower = waiting_at(waiting, waiting.index(wanted[0].id) + 1)
    return done(text, urls.command(folder.name, "move"), (("frame", wanted[0].id), ("before", follower)))


def regenerate(
    folder: Folder, standing: ProjectState, frames: Mapping[Frame, str], *, fresh_seed: bool = True, model: str = ""
) -> CommandResult:
    """Let images be made anew; the ones they have are kept in their history. A version is the one the user saw, "" for
    the one that is there.

    Raises:
        Step8Error: it cannot start, or all of them are locked.
    """
    check_open(standing)
    model = model.strip()
    if len(model) > LONGEST_MODEL or not model.isprintable():
        raise BadInput("The name of the model is too long, or not one line of text. Correct it.")
    if model:
        services().equipper.check_model(folder, [frame.style for frame in frames], model)
    there = {frame: version or standing.versions.get(frame, "") for frame, version in frames.items()}
    wanted = {frame: version for frame, version in there.items() if standing.status[frame] in HAS_IMAGE and version}
    current = {frame: version for frame, version in wanted.items() if version == standing.versions.get(frame)}
    if not current:
        if any(standing.status[frame] is Status.GENERATING for frame in frames):
            raise BadInput(BUSY)
        return done(f"{names(list(frames))}: another image has come meanwhile. Look at it first.")
    services().control.remake(
        folder, {frame.id: version for frame, version in current.items()}, fresh_seed=fresh_seed, model=model
    )
    undo = (("frames", " ".join(f"{frame.id}@{version}" for frame, version in current.items())),)
    before = verb(list(current), "image of before is", "images of before are")
    text = f"{names(list(current))} will be made anew. The {before} kept."
    return done(text, urls.command(folder.name, "undo-regenerate"), undo)


def keep_former(folder: Folder, standing: ProjectState, frames: Mapping[Frame, str]) -> CommandResult:
    """Undo `regenerate`: what was not begun is not made; where another image came the former one is chosen again."""
    run = standing.run
    services().control.arrange(folder, lambda plan: plan.without_redo(run.id, [frame.id for frame in frames]))
    busy = [frame for frame in frames if standing.status[frame] is Status.GENERATING]
    for frame, version in frames.items():
        if frame in busy or standing.versions.get(frame, version) == version:
            continue
        kept = ImageHistory().kept(folder, frame)
        former = next((each for each in kept if each.image.version == version), None)
        if former is not None:
            ImageHistory().choose(folder, frame, former.number)
    tell_images(folder, standing, frames, f"{names(list(frames))}: {_former(frames)} in use again.")
    if busy:
        fields = (("frames", " ".join(f"{frame.id}@{frames[frame]}" for frame in busy)),)
        text = f"{names(busy)} {verb(busy, 'is', 'are')} being made already. Undo again when the image is there."
        return done(text, urls.command(folder.name, "undo-regenerate"), fields)
    return done(f"{names(list(frames))}: {_former(frames)} in use.")


def retry(folder: Folder, standing: ProjectState, frames: Sequence[Frame]) -> CommandResult:
    """Try what failed once more, missing images and ones to be made anew alike, and nothing else.

    Raises:
        Step8Error: it cannot start, or all of them are locked.
    """
    check_open(standing)
    if not frames:
        return done("None of these images has failed.")
    missing = [frame for frame in frames if standing.status[frame] is Status.ERROR]
    anew = {frame: standing.versions[frame] for frame in frames if frame in standing.versions}
    if missing:
        services().control.make(folder, [frame.id for frame in missing])
    if anew:  # after the first command there is a run, which takes them too
        services().control.remake(folder, {frame.id: version for frame, version in anew.items()})
    return done(f"Trying {names(frames)} again.")


def check_open(standing: ProjectState) -> None:
    """Refuse what a run that is stopping cannot take any more."""
    if standing.run.state is RunState.STOPPING:
        raise BadInput(STOPPING)


def check_idle(standing: ProjectState, frames: Iterable[Frame]) -> None:
    if any(standing.status[frame] is Status.GENERATING for frame in frames):
        raise BadInput(BUSY)


def _former(frames: Mapping[Frame, str]) -> str:
    return f"the {verb(list(frames), 'image of before is', 'images of before are')}"


def waiting_at(waiting: Sequence[str], place: int) -> str:
    """Who is at this place, "" behind the last one."""
    return waiting[place] if place < len(waiting) else ""
