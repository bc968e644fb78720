"""The images chosen in step 9, in story order."""

from __future__ import annotations

from typing import Any

from webapp.core.project import Project, beat_number
from webapp.disk.folder import Folder
from webapp.web import shelf
from webapp.web.pictures import file_address
from webapp.web.services import services
from webapp.web.shell import SELECTED
from webapp.web.views import Picture


def chosen_pictures(folder: Folder, project: Project) -> tuple[Picture, ...]:
    """One picture for each beat, chosen or not; empty while nothing is chosen at all.

    A choice for a beat that no prompts file has any more is shown behind the others.
    """
    files = set(shelf.listed(folder, "selected_images", SELECTED))
    choices = {_plain(written): choice for written, choice in services().store.selections(folder).items()}
    if not files and not choices:
        return ()
    numbers = list(dict.fromkeys(number for _, number in project.rows()))
    numbers += [number for number in choices if number not in numbers]
    numbers += [number for number in dict.fromkeys(_number_in(file) for file in sorted(files)) if number not in numbers]
    return tuple(_picture(folder, number, choices.get(number), files) for number in numbers)


def _picture(folder: Folder, number: str, choice: Any, files: set[str]) -> Picture:
    style = choice.get("style") if isinstance(choice, dict) else None
    flagged = isinstance(choice, dict) and choice.get("isFlagged") is True
    names = (f"Beat_{number}_flagged.png", f"Beat_{number}.png")
    file = next((name for name in (names if flagged else names[::-1]) if name in files), "")
    src = file_address(folder, f"selected_images/{file}") if file else ""
    note = style if isinstance(style, str) else "" if file else "no choice yet"
    return Picture(f"Beat {number}", src, href=src, note=note, flagged=flagged or file.endswith("_flagged.png"))


def _plain(written: str) -> str:
    return beat_number(written) or written


def _number_in(file: str) -> str:
    return file.removeprefix("Beat_").removesuffix(".png").removesuffix("_flagged")
