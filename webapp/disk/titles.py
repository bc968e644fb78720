"""A project's title and whether it is archived, in ``.step8/project.json``."""

from __future__ import annotations

from webapp.disk.folder import STATE, Folder
from webapp.disk.objects import read_object, write_object

FILE = f"{STATE}/project.json"
MAX_TITLE = 200


def read_title(folder: Folder) -> str:
    """The title; the folder's name for a project that never got one."""
    title = read_object(folder, FILE).get("title")
    return title if isinstance(title, str) and title.strip() else folder.name.rpartition("/")[2]


def write_title(folder: Folder, title: str) -> None:
    """Give the project a title: one line, cut where it is endless."""
    write_object(folder, FILE, {**read_object(folder, FILE), "title": one_line(title)})


def one_line(title: str) -> str:
    """A title as it is kept."""
    return " ".join("".join(char if char.isprintable() else " " for char in title).split())[:MAX_TITLE]


def is_archived(folder: Folder) -> bool:
    """Whether the project is out of the way: everything is there, only the list of projects leaves it out."""
    return bool(read_object(folder, FILE).get("archivedAt"))


def set_archived(folder: Folder, since: str | None) -> None:
    """Put the project out of the way since that time (ISO 8601), or back into the list."""
    facts = {name: value for name, value in read_object(folder, FILE).items() if name != "archivedAt"}
    write_object(folder, FILE, {**facts, "archivedAt": since} if since else facts)
