"""What the commands for frames do, for the pages and for programs alike. Each says what it did and how to undo it.

Every one may be sent twice: the second time nothing more happens. Whoever drives the project keeps to a change from the
next call on; other viewers hear of it by the live stream.
"""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from webapp.core.frames import FrameNews, Status
from webapp.core.marks import LONGEST_NOTE, Mark
from webapp.core.plan import Order, Plan
from webapp.core.project import Frame
from webapp.core.run import Cause, State
from webapp.core.text import well_formed
from webapp.disk.folder import Folder
from webapp.disk.history import History
from webapp.disk.image_trash import ImageTrash
from webapp.errors import BadInput, CoordinationDown, DiskTrouble, IllegalMove, NotFound
from webapp.web import addresses
from webapp.web.chair_views import Done
from webapp.web.services import services
from webapp.web.standing import HAS_IMAGE, Standing

STOPPING = "The run is stopping. Wait until the current images are finished, then try again."
BUSY = "The image is being made right now. Wait until it is there, then try again."
NO_STEP = "by must be earlier or later (one place), or first."
LONGEST_MODEL = 200

Fields = tuple[tuple[str, str], ...]

STEPS: Mapping[str, Callable[[int], int]] = {
    "first": lambda place: 0,
    "earlier": lambda place: place - 1,
    "later": lambda place: place + 2,
}
"""Before which place of the queue a frame comes that is moved from this one."""


def generate(folder: Folder, standing: Standing, frames: Sequence[Frame]) -> Done:
    """Let frames without an image be made first of all, or by a run of their own where there is none.

    Raises:
        Step8Error: it cannot start, or all of them are locked.
    """
    check_open(standing)
    wanted = [frame for frame in frames if standing.status[frame] in (Status.PENDING, Status.ERROR)]
    if not wanted:
        return _done(f"{names(frames)}: nothing to generate, the images are there.")
    services().control.make(folder, [frame.id for frame in wanted])
    text = (
        f"{names(wanted)} {_verb(wanted, 'comes', 'come')} next."
        if standing.takes_wishes
        else f"Generating {names(wanted)}."
    )
    waiting = [each.id for each in standing.line]
    if len(wanted) > 1 or wanted[0].id not in waiting:
        return _done(text)
    follower = _at(waiting, waiting.index(wanted[0].id) + 1)
    return _done(text, addresses.command(folder.name, "move"), (("frame", wanted[0].id), ("before", follower)))


def regenerate(
    folder: Folder, standing: Standing, frames: Mapping[Frame, str], *, fresh_seed: bool = True, model: str = ""
) -> Done:
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
        return _done(f"{names(list(frames))}: another image has come meanwhile. Look at it first.")
    services().control.remake(
        folder, {frame.id: version for frame, version in current.items()}, fresh_seed=fresh_seed, model=model
    )
    undo = (("frames", " ".join(f"{frame.id}@{version}" for frame, version in current.items())),)
    before = _verb(list(current), "image of before is", "images of before are")
    text = f"{names(list(current))} will be made anew. The {before} kept."
    return _done(text, addresses.command(folder.name, "undo-regenerate"), undo)


def keep_former(folder: Folder, standing: Standing, frames: Mapping[Frame, str]) -> Done:
    """Undo `regenerate`: what was not begun is not made; where another image came the former one is chosen again."""
    run = standing.run
    services().control.arrange(folder, lambda plan: plan.without_redo(run.id, [frame.id for frame in frames]))
    busy = [frame for frame in frames if standing.status[frame] is Status.GENERATING]
    for frame, version in frames.items():
        if frame in busy or standing.versions.get(frame, version) == version:
            continue
        kept = History().kept(folder, frame)
        former = next((each for each in kept if each.image.version == version), None)
        if former is not None:
            History().choose(folder, frame, former.number)
    _tell_images(folder, standing, frames, f"{names(list(frames))}: {_former(frames)} in use again.")
    if busy:
        fields = (("frames", " ".join(f"{frame.id}@{frames[frame]}" for frame in busy)),)
        text = f"{names(busy)} {_verb(busy, 'is', 'are')} being made already. Undo again when the image is there."
        return _done(text, addresses.command(folder.name, "undo-regenerate"), fields)
    return _done(f"{names(list(frames))}: {_former(frames)} in use.")


def retry(folder: Folder, standing: Standing, frames: Sequence[Frame]) -> Done:
    """Try what failed once more, missing images and ones to be made anew alike, and nothing else.

    Raises:
        Step8Error: it cannot start, or all of them are locked.
    """
    check_open(standing)
    if not frames:
        return _done("Nothing has failed.")
    missing = [frame for frame in frames if standing.status[frame] is Status.ERROR]
    anew = {frame: standing.versions[frame] for frame in frames if frame in standing.versions}
    if missing:
        services().control.make(folder, [frame.id for frame in missing])
    if anew:  # after the first command there is a run, which takes them too
        services().control.remake(folder, {frame.id: version for frame, version in anew.items()})
    return _done(f"Trying {names(frames)} again.")


def move(folder: Folder, standing: Standing, frame: Frame, by: str = "", before: str = "") -> Done:
    """Move a frame that waits: ``by`` is earlier or later (one place), first, or "" for right before the frame with the
    id ``before`` (behind all of them where that is "").

    Raises:
        BadInput: it does not wait, or ``by`` is none of these words.
    """
    waiting = [each.id for each in standing.line]
    if frame.id not in waiting:
        raise BadInput("Only an image that waits in a run can be moved. Start the run first.")
    if by not in ("", *STEPS):
        raise BadInput(NO_STEP)
    place = waiting.index(frame.id)
    goal = _at(waiting, max(0, STEPS[by](place))) if by else before
    plan = standing.truths.plan.placed(frame.id, goal, waiting)
    line = [each.id for each in plan.line_up(_story(standing), [style.name for style in standing.project.styles])]
    if line == waiting:
        return _done(f"{names([frame])} is there already.")
    services().control.arrange(folder, lambda plan: plan.placed(frame.id, goal, waiting))
    ahead = line.index(frame.id)
    text = f"{names([frame])} comes {f'after {names([standing.by_id[line[ahead - 1]]])}' if ahead else 'next'}."
    undo = (("frame", frame.id), ("before", _at(waiting, place + 1)))
    return _done(text, addresses.command(folder.name, "move"), undo)


def order(folder: Folder, standing: Standing, wanted: str) -> Done:
    """Make a beat in all its styles before the next one, or one style after the other.

    Raises:
        BadInput: this is no order.
    """
    if wanted not in list(Order):
        raise BadInput("order must be beats or styles.")
    before = standing.truths.plan.order
    services().control.arrange(folder, lambda plan: replace(plan, order=Order(wanted)))
    words = {Order.BEATS: "Beats come together in all styles.", Order.STYLES: "One style is made after the other."}
    undo = addresses.command(folder.name, "order"), (("order", before.value),)
    return _done(words[Order(wanted)], *(undo if before != wanted else ()))


def hold(folder: Folder, standing: Standing, *, style: str = "", provider: str = "", on: bool = True) -> Done:
    """Pause a style or a provider by itself, or let it go on. A run that paused because nothing else was left goes on.

    Raises:
        NotFound: the project has no such style, or nothing made by such a provider.
    """
    if style and standing.project.style(style) is None:
        raise NotFound(f"The project has no style {style}. Reload the page.")
    if provider and provider not in {maker.provider for maker in standing.truths.makers.values()}:
        raise NotFound("Nothing of this project is made by that provider. Reload the page.")
    if not style and not provider:
        raise BadInput("Say which style or which provider.")

    def change(plan: Plan) -> Plan:
        held, makers = set(plan.held), set(plan.held_providers)
        for wanted, kept in ((style, held), (provider, makers)):
            if wanted:
                kept.add(wanted) if on else kept.discard(wanted)
        return replace(plan, held=frozenset(held), held_providers=frozenset(makers))

    run = services().control.arrange(folder, change)
    if not on and run.pausing and run.cause == Cause.HELD:
        with contextlib.suppress(IllegalMove):
            services().control.resume(folder, run.id)
    what = f"Style {style}" if style else f"What {provider} makes"
    say(folder, f"{what} {'is paused by itself' if on else 'goes on'}.")
    fields = tuple((name, value) for name, value in (("style", style), ("provider", provider)) if value)
    verb = "release" if on else "hold"
    text = f"{what} is paused. The others go on." if on else f"{what} goes on."
    return _done(text, addresses.command(folder.name, verb), fields)


def mark(folder: Folder, standing: Standing, frame: Frame, **changes: bool | str) -> Done:
    """Change what the user says of a frame: ``locked``, ``star``, ``flag``, ``note``.

    Raises:
        BadInput: the note is too long.
    """
    note = changes.get("note")
    if isinstance(note, str):
        changes["note"] = well_formed(note).replace("\r\n", "\n").strip()
        if len(str(changes["note"])) > LONGEST_NOTE:
            raise BadInput(f"The note is longer than {LONGEST_NOTE} characters. Shorten it.")

    def change(marks: dict[str, Mark]) -> dict[str, Mark]:
        return {**marks, frame.id: replace(marks.get(frame.id, Mark()), **changes)}  # type: ignore[arg-type]

    before = standing.truths.mark(frame)
    after = services().store.change_marks(folder, change)[frame.id]
    _nudge(folder)  # a lock holds from the next call on
    text = f"{names([frame])}: {_said(changes)}."
    say(folder, text)
    if after == before:
        return _done(text)
    fields = tuple((name, _form_value(getattr(before, name))) for name in changes)
    return _done(text, addresses.frame_command(folder.name, frame, "mark"), fields)


def choose(folder: Folder, standing: Standing, frame: Frame, number: int) -> Done:
    """Let another image of its history be the frame's image.

    Raises:
        BadInput: the frame is being made.
        NotFound: there is no such image.
    """
    _check_idle(standing, [frame])
    kept = History().kept(folder, frame)
    used = next((each.number for each in kept if each.used), 0)
    History().choose(folder, frame, number)
    text = f"{names([frame])}: image {number} is in use."
    _tell_images(folder, standing, [frame], text)
    undo = addresses.frame_command(folder.name, frame, "choose"), (("number", str(used)),)
    return _done(text, *(undo if used and used != number else ()))


def delete(folder: Folder, standing: Standing, frames: Sequence[Frame]) -> Done:
    """Move the images of frames to the trash, where they are kept for 30 days. Locked ones stay.

    Raises:
        BadInput: one of them is being made, or the only one is locked.
    """
    locked = standing.truths.locked
    free = [frame for frame in frames if frame.id not in locked]
    if frames and not free:
        raise BadInput("This image is approved and locked. Unlock it first, then delete it.")
    _check_idle(standing, free)
    gone = ImageTrash().delete(folder, free, services().clock())
    if not gone:
        return _done("There is no image to delete.")
    frames = [standing.by_id[each.frame] for each in gone]
    _tell_images(
        folder,
        standing,
        frames,
        f"{names(frames)} deleted. The trash keeps {_verb(frames, 'it', 'them')} for 30 days.",
    )
    fields = (("trash", " ".join(each.id for each in gone)),)
    return _done(f"{names(frames)} deleted.", addresses.command(folder.name, "restore"), fields)


def restore(folder: Folder, standing: Standing, trash: Sequence[str]) -> Done:
    """Bring deleted images back.

    Raises:
        NotFound: one of them is not in the trash any more.
    """
    wanted = {ident: standing.by_id.get(ident.partition(".")[0]) for ident in trash}
    frames = [frame for frame in wanted.values() if frame is not None]
    _check_idle(standing, frames)
    for ident, frame in wanted.items():
        if frame is not None:
            ImageTrash().restore(folder, frame, ident)
    if not frames:
        raise NotFound("There is nothing to bring back. Reload the page.")
    _tell_images(folder, standing, frames, f"{names(frames)} brought back from the trash.")
    return _done(f"{names(frames)} {_verb(frames, 'is', 'are')} back.")


def _tell_images(folder: Folder, standing: Standing, frames: Iterable[Frame], text: str) -> None:
    """Put the progress files right and tell everybody which images are there now."""
    parts, frames = services(), list(frames)
    project = parts.store.project(folder)
    there = parts.store.images(folder, project)
    for style in dict.fromkeys(frame.style for frame in frames):
        parts.store.write_progress(folder, project, style, [frame for frame in there if frame.style == style])
    news = []
    for frame in frames:
        image = there.get(frame)
        status, version = (Status.EXISTS, image.version) if image else (Status.PENDING, "")
        news.append(FrameNews(frame.style, frame.shot, frame.beat, status, run=standing.run.id, image=version))
    _nudge(folder)
    say(folder, text, news)


def _nudge(folder: Folder) -> None:
    """Whoever drives the project looks at it again. Without Redis nobody does, and the folder tells the next one."""
    with contextlib.suppress(CoordinationDown):
        services().control.arrange(folder, lambda plan: plan)


def say(folder: Folder, text: str, news: Iterable[FrameNews] = ()) -> None:
    """Add a line of activity, by which every open page looks again. Without Redis pages are right when loaded anew."""
    line = {"at": services().clock(), "kind": "info", "text": text}
    with contextlib.suppress(DiskTrouble):  # the command itself told, if it could not be kept
        services().diaries.write(folder, [line])
    with contextlib.suppress(CoordinationDown):
        services().board.post(folder.id, frames=news, log=[line])


def check_open(standing: Standing) -> None:
    """Refuse what a run that is stopping cannot take any more."""
    if standing.run.state is State.STOPPING:
        raise BadInput(STOPPING)


def _check_idle(standing: Standing, frames: Iterable[Frame]) -> None:
    if any(standing.status[frame] is Status.GENERATING for frame in frames):
        raise BadInput(BUSY)


def names(frames: Sequence[Frame]) -> str:
    """Frames as a sentence names them: one by style and beat, more by their number."""
    if len(frames) == 1:
        return f"[{frames[0].style}] Beat {frames[0].beat}"
    return f"{len(frames)} images"


def _verb(frames: Sequence[Frame], one: str, several: str) -> str:
    """The word that fits `_names`."""
    return one if len(frames) == 1 else several


def _former(frames: Mapping[Frame, str]) -> str:
    return f"the {_verb(list(frames), 'image of before is', 'images of before are')}"


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


def _at(waiting: Sequence[str], place: int) -> str:
    """Who is at this place, "" behind the last one."""
    return waiting[place] if place < len(waiting) else ""


def _story(standing: Standing) -> list[Frame]:
    """The frames that wait, in story order."""
    waiting = set(standing.line)
    return [frame for frame in standing.status if frame in waiting]


def _form_value(value: bool | str) -> str:
    return value if isinstance(value, str) else "1" if value else "0"


def _done(text: str, action: str = "", fields: Fields = ()) -> Done:
    return Done(secrets.token_hex(4), text, action, fields)
