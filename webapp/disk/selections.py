"""Selections of step 9 on disk: ``image_selections.json`` and the copies in ``selected_images``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from webapp.core.project import Beat, Frame, Problem, Project, beat_number
from webapp.core.selections import Selection, read_choices
from webapp.core.v1_progress import iso_time
from webapp.disk import selection_undo
from webapp.disk.files.folder import Folder
from webapp.disk.files.json_files import (
    keep_aside,
    parse_object,
    read_object,
    write_object,
)
from webapp.disk.files.native_threads import run_native
from webapp.disk.images.completeness import CompleteImages, stored_path
from webapp.disk.selection_undo import (
    MAX_IMAGE,
    SELECTED,
    BeatBefore,
    Entry,
    SelectionChange,
    copies,
    copy_names,
)
from webapp.errors import BadFile, BadInput, DiskTrouble, NotFound

FILE = "image_selections.json"


class SelectionStore:
    """The selections of projects. Every change can be undone until the next one; one that changes nothing is none.

    ``read_project`` and ``images`` are those of the `ProjectStore`.
    """

    def __init__(self, read_project: Callable[[Folder], Project], images: CompleteImages) -> None:
        self._read_project = read_project
        self._images = images

    def read(self, folder: Folder) -> dict[str, Any]:
        """Return beat number as the file writes it → ``{"style", "isFlagged", "selectedAt"}``.

        Empty when the file cannot be read; see `problem`.
        """
        return _read(folder)

    def problem(self, folder: Folder) -> Problem | None:
        """Return why the file cannot be read, if it cannot."""
        return _problem(folder)

    def is_current(self, folder: Folder, project: Project, beat_number: str, style: str) -> bool:
        """Return whether the copy in ``selected_images`` is the style's image as it is now."""
        return run_native(_is_current, folder, self._images, project, beat_number, style)

    def select(self, folder: Folder, beat_number: str | float, style: str, flagged: bool, now: float) -> None:
        """Choose the style's image for a beat, in any spelling of its number, and copy it to ``selected_images``.

        Where several shots share the number, the first of them that has an image counts.

        Raises:
            BadInput: this is no beat number.
            NotFound: the style has no such beat, or no image of it yet.
        """
        run_native(_select, folder, self._images, self._read_project(folder), beat_number, style, flagged, now)

    def flag(self, folder: Folder, beat_number: str | float, flagged: bool, now: float) -> None:
        """Flag the choice of a beat, or remove the flag. The copy only changes its name.

        Raises:
            BadInput: this is no beat number.
            NotFound: nothing is chosen for the beat.
        """
        run_native(_flag, folder, beat_number, flagged, now)

    def clear(self, folder: Folder, beat_number: str | float, now: float) -> bool:
        """Remove the choice of a beat and its copy. Returns whether there was one.

        Raises:
            BadInput: this is no beat number.
        """
        return run_native(_clear, folder, beat_number, now)

    def select_open(self, folder: Folder, style: str, expected: int | None, now: float) -> tuple[str, ...]:
        """Choose one style for every beat without a choice that has an image in it. Returns those beats.

        When the disk fails, the beats chosen until then are noted.

        Raises:
            NotFound: the project has no such style.
            BadInput: the beats are not as many as ``expected`` (None: any number); nothing was changed.
        """
        return run_native(_select_open, folder, self._images, self._read_project(folder), style, expected, now)

    def undo(self, folder: Folder, change: str | None, now: float) -> SelectionChange | None:
        """Undo the last change if it has that id (None: any), and return it if so.

        Beats that were changed since by another program stay as they are.
        """
        return run_native(_undo, folder, change, now)

    def last_change(self, folder: Folder) -> SelectionChange | None:
        """Return the last change, if it can be undone."""
        return run_native(selection_undo.last_change, folder)


def _read(folder: Folder) -> dict[str, Any]:
    return read_object(folder, FILE)


def _problem(folder: Folder) -> Problem | None:
    try:
        parse_object(folder, FILE)
    except BadFile as error:
        return Problem(error.file, error.reason, error.line)
    return None


def _is_current(folder: Folder, complete: CompleteImages, project: Project, number: str, style: str) -> bool:
    try:
        frame = _frame(folder, complete, project, number, style)[1]
    except BadInput:
        return False
    data = folder.files.read(stored_path(folder, frame), MAX_IMAGE)
    return any(data == folder.files.read(f"{SELECTED}/{name}", MAX_IMAGE) for name in copies(folder, number))


def _select(
    folder: Folder, complete: CompleteImages, project: Project, beat: str | float, style: str, flagged: bool, now: float
) -> None:
    chosen, frame = _frame(folder, complete, project, beat, style)
    data = _image(folder, frame)
    with folder.files.locked():
        before = read_choices(_read(folder)).get(chosen.number)
        there = copies(folder, chosen.number)
        target = copy_names(chosen.number)[flagged]
        same = before and (before.style, before.flagged) == (style, flagged)
        if same and there == (target,) and folder.files.read(f"{SELECTED}/{target}", MAX_IMAGE) == data:
            return
        entry = {"style": style, "isFlagged": flagged, "selectedAt": iso_time(now)}
        written = str(chosen.written)
        past = (
            BeatBefore(before.written, dict(before.entry), entry, there)
            if before
            else BeatBefore(written, None, entry, there)
        )
        selection_undo.remember(folder, "chosen", style, {chosen.number: past})
        _copy(folder, chosen.number, flagged, data)
        _note(folder, {chosen.number: (written, entry)}, now)


def _flag(folder: Folder, beat: str | float, flagged: bool, now: float) -> None:
    number = _number(beat)
    with folder.files.locked():
        before = read_choices(_read(folder)).get(number)
        if before is None:
            raise NotFound(f"Nothing is chosen for beat {number} yet. Choose an image first, then flag it.")
        if before.flagged == flagged:
            return
        there, entry = copies(folder, number), {**before.entry, "isFlagged": flagged}
        past = BeatBefore(before.written, dict(before.entry), entry, there)
        selection_undo.remember(folder, "flagged" if flagged else "unflagged", before.style, {number: past})
        plain, marked = copy_names(number)
        source, target = (plain, marked) if flagged else (marked, plain)
        if source in there:
            folder.files.move(f"{SELECTED}/{source}", f"{SELECTED}/{target}")
        _note(folder, {number: (before.written, entry)}, now)


def _clear(folder: Folder, beat: str | float, now: float) -> bool:
    number = _number(beat)
    with folder.files.locked():
        before, there = read_choices(_read(folder)).get(number), copies(folder, number)
        if before is None and not there:
            return False
        written = before.written if before else number
        past = BeatBefore(written, dict(before.entry) if before else None, None, there)
        selection_undo.remember(folder, "cleared", before.style if before else "", {number: past})
        for name in there:
            folder.files.remove(f"{SELECTED}/{name}")
        _note(folder, {number: (written, None)}, now)
    return True


def _select_open(
    folder: Folder, complete: CompleteImages, project: Project, style: str, expected: int | None, now: float
) -> tuple[str, ...]:
    known = project.style(style)
    if known is None:
        raise NotFound("The project has no such style. Check its prompts in Step 7.")
    with folder.files.locked():
        images = complete.images(folder, known.frames())
        by_number = {frame.beat: frame for frame in reversed(images)}  # of several shots the first one counts
        is_open = Selection.of(project, _read(folder)).shown("open")
        frames = {number: by_number[number] for number in is_open if number in by_number}
        if expected is not None and expected != len(frames):
            raise BadInput(f"{_beats(len(frames))} open with an image in {style} now. Look again, then choose.")
        if not frames:
            return ()
        entry = {"style": style, "isFlagged": False, "selectedAt": iso_time(now)}
        spelled = {beat.number: str(beat.written) for beat in reversed(known.beats)}
        past = {number: BeatBefore(spelled[number], None, entry, copies(folder, number)) for number in frames}
        selection_undo.remember(folder, "many", style, past)
        _select_all(folder, frames, {number: (spelled[number], entry) for number in frames}, now)
    return tuple(frames)


def _undo(folder: Folder, change: str | None, now: float) -> SelectionChange | None:
    with folder.files.locked():
        last = selection_undo.last_change(folder)
        if last is None or change not in (None, last.id):
            return None
        current = read_choices(_read(folder))
        back: dict[str, tuple[str, Entry | None]] = {}
        for number, past in last.beats.items():
            choice = current.get(number)
            if (dict(choice.entry) if choice else None) == past.after:
                selection_undo.restore_copies(folder, number, past)
                back[number] = past.written, past.before
        _note(folder, back, now)
        selection_undo.forget(folder)
    return last


def _number(beat: str | float) -> str:
    number = beat_number(beat)
    if number is None:
        raise BadInput("This is not a beat number. Send it as the prompts file writes it, for example 1.1.")
    return number


def _frame(
    folder: Folder, complete: CompleteImages, project: Project, beat: str | float, style: str
) -> tuple[Beat, Frame]:
    number = _number(beat)
    known = project.style(style)
    beats = [entry for entry in known.beats if entry.number == number] if known else []
    if not beats:
        gone = [each for each in complete.unprompted(folder, project) if (each.style, each.beat) == (style, number)]
        if gone:  # v1 made it for a beat that was removed since
            return Beat(gone[0].shot, number, number, "", "", ""), gone[0]
        raise NotFound(f"There is no beat {number} in this style. Check the prompts in Step 7.")
    frames = {Frame(style, entry.shot, entry.number): entry for entry in beats}
    images = complete.images(folder, frames)
    if not images:
        raise NotFound(f"Beat {number} has no image in style {style} yet. Generate it in Step 8.")
    frame = next(iter(images))
    return frames[frame], frame


def _image(folder: Folder, frame: Frame) -> bytes:
    data = folder.files.read(stored_path(folder, frame), MAX_IMAGE)
    if data is None:
        raise NotFound(f"The image of beat {frame.beat} in style {frame.style} is gone. Generate it again in Step 8.")
    return data


def _copy(folder: Folder, number: str, flagged: bool, data: bytes) -> None:
    names = copy_names(number)
    folder.files.write_whole(f"{SELECTED}/{names[flagged]}", data)
    folder.files.remove(f"{SELECTED}/{names[not flagged]}")


def _select_all(
    folder: Folder, frames: Mapping[str, Frame], notes: Mapping[str, tuple[str, Entry | None]], now: float
) -> None:
    done: dict[str, tuple[str, Entry | None]] = {}
    try:
        for number, frame in frames.items():
            _copy(folder, number, False, _image(folder, frame))
            done[number] = notes[number]
    except (DiskTrouble, NotFound):
        _note(folder, done, now)
        raise
    _note(folder, done, now)


def _note(folder: Folder, changes: Mapping[str, tuple[str, Entry | None]], now: float) -> None:
    entries = {written: entry for written, entry in changes.values() if entry is not None}
    before = _read(folder)
    others = {key: value for key, value in before.items() if beat_number(key) not in changes}
    if not entries and len(others) == len(before):
        return
    if _problem(folder):
        keep_aside(folder, FILE, now)
    write_object(folder, FILE, {**others, **entries})


def _beats(count: int) -> str:
    return "1 beat is" if count == 1 else f"{count} beats are"
