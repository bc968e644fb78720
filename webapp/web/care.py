"""What can be done with whole projects, the same for forms and for the API: rename, copy, archive, delete, take in."""

from __future__ import annotations

import contextlib
import unicodedata
from typing import BinaryIO

from webapp.disk.files.folder import Folder
from webapp.disk.project_trash import DeletedProject
from webapp.errors import AlreadyRunning, BadInput, CoordinationDown
from webapp.web.services import services

LONGEST_TITLE = 120


def title_in(text: str) -> str:
    """A title as somebody typed it, blanks put right.

    Raises:
        BadInput: it is empty or too long.
    """
    title = " ".join(text.split())
    if not title:
        raise BadInput("Give the project a title.")
    if len(title) > LONGEST_TITLE:
        raise BadInput(f"The title is longer than {LONGEST_TITLE} characters. Shorten it.")
    return title


def rename(folder: Folder, title: str) -> str:
    """Give the project another title; its folder keeps its name. Answers the title.

    Raises:
        BadInput: the title cannot be used.
    """
    services().store.set_title(folder, title_in(title))
    return services().store.title(folder)


def duplicate(folder: Folder, title: str = "") -> Folder:
    """A copy without run and history.

    Raises:
        BadInput: the title cannot be used.
        DiskTrouble: the disk has too little room, or refuses; nothing was made.
    """
    return _new(services().arrivals.duplicate(folder, title_in(title) if title.strip() else ""))


def take_in(file: BinaryIO, title: str = "", file_name: str = "") -> Folder:
    """A project from a ZIP.

    Raises:
        BadInput: the ZIP or the title cannot be used; nothing was written.
        DiskTrouble: the disk has too little room, or refuses; nothing was made.
    """
    return _new(services().arrivals.take_in(file, title_in(title) if title.strip() else "", file_name))


def archive(folder: Folder, archived: bool) -> None:
    """Put the project out of the way, or back. Doing it twice changes nothing.

    Raises:
        AlreadyRunning: a run is there: what costs money stays in sight.
    """
    if archived:
        _check_idle(folder, "archive")
    if services().store.archived(folder) != archived:
        services().store.set_archived(folder, archived)


def delete(folder: Folder, typed: str) -> DeletedProject:
    """Move the project to the trash, once its title was typed.

    Raises:
        BadInput: something else was typed.
        AlreadyRunning: a run is there.
        DiskTrouble: the disk refuses; the project is where it was.
    """
    title = services().store.title(folder)
    if _plain(typed) != _plain(title):
        raise BadInput(f"Nothing was deleted. Type the title as it stands here: {title}")
    _check_idle(folder, "delete")
    trashed = services().trash.put(folder, still=lambda: _runs(folder))
    _forget(folder)
    return trashed


def restore(entry: str) -> Folder:
    """Bring a project back from the trash.

    Raises:
        NotFound: it is not there.
    """
    return _new(services().trash.restore(entry))


def busy(folder: Folder) -> bool:
    """Whether a run of the project is there, also a paused one."""
    return services().control.run(folder).open


def _check_idle(folder: Folder, verb: str) -> None:
    if busy(folder):
        raise AlreadyRunning(
            f"A run of this project is active or paused. Stop it in Step 8 first, then {verb} the project."
        )


def _runs(folder: Folder) -> bool:
    """By Redis alone: the folder is on its way."""
    with contextlib.suppress(CoordinationDown):
        run = services().board.run(folder.id)
        return run is not None and run.open
    return False


def _new(folder: Folder) -> Folder:
    """What Redis still knows of an earlier project of this name is not this project's."""
    _forget(folder)
    return folder


def _forget(folder: Folder) -> None:
    with contextlib.suppress(CoordinationDown):  # the folder is the truth; a higher number there wins later
        services().board.forget(folder.id, folder.name)


def _plain(title: str) -> str:
    return unicodedata.normalize("NFC", " ".join(title.split()))
