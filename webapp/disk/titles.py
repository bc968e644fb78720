"""A project's title, in ``.step8/project.json``."""

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
    line = " ".join("".join(char if char.isprintable() else " " for char in title).split())[:MAX_TITLE]
    write_object(folder, FILE, {**read_object(folder, FILE), "title": line})
