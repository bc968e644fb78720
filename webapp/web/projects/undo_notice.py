"""Notice on the start page of what was just done with a project, and its undo.

It is in the URL, so it needs no memory and works without a script. What is no longer true is not shown.
"""

from __future__ import annotations

from collections.abc import Mapping

from webapp.errors import Step8Error
from webapp.web import urls
from webapp.web.projects.views import UndoNotice
from webapp.web.services import services


def notice(args: Mapping[str, str]) -> UndoNotice | None:
    """Build the notice that a URL asks for, if it is true."""
    for word, build in (("deleted", _deleted), ("archived", _archived), ("back", _back), ("copy", _copied)):
        if args.get(word):
            try:
                return build(args[word])
            except Step8Error:  # gone meanwhile
                return None
    return None


def _deleted(entry: str) -> UndoNotice | None:
    found = next((item for item in services().trash.entries() if item.entry == entry), None)
    if found is None:
        return None
    return UndoNotice(f"“{found.title}” is in the trash. It can be restored for 30 days.", urls.restore(entry))


def _archived(name: str) -> UndoNotice | None:
    folder = services().library.find(name)
    if not services().store.records.archived(folder):
        return None
    title = services().store.records.title(folder)
    return UndoNotice(f"“{title}” is archived. Everything of it is kept.", f"{urls.project(folder.name)}/unarchive")


def _back(name: str) -> UndoNotice | None:
    folder = services().library.find(name)
    title = services().store.records.title(folder)
    return UndoNotice(f"“{title}” is in the list again.", link=("Open", urls.step(folder.name, "images")))


def _copied(name: str) -> UndoNotice | None:
    folder = services().library.find(name)
    title = services().store.records.title(folder)
    return UndoNotice(f"“{title}” was made.", link=("Open", urls.step(folder.name, "images")))
