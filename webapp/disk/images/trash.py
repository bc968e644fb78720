"""Trash of images: ``.step8/trash/<frame>.<milliseconds>.png``, kept for 30 days and restorable until then.

Only the image in use is deleted; earlier ones stay in the frame's history. The name has the frame and the time of the
deletion, so nothing else has to be kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.core.project import Frame
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.images.codec import MAX_BODY
from webapp.disk.images.completeness import look, stored_path
from webapp.disk.images.history import enter
from webapp.errors import BadFile, DiskTrouble, NotFound

TRASH = f"{STATE}/trash"
KEPT_SECONDS = 30 * 24 * 3600
NAME = re.compile(r"(?P<frame>[A-Za-z0-9_-]{1,120})\.(?P<at>[0-9]{12,15})\.png\Z")


@dataclass(frozen=True, slots=True)
class DeletedImage:
    """One image in the trash. ``id`` names it there; ``at`` is when it was deleted (epoch seconds)."""

    id: str
    frame: str
    at: float


class ImageTrash:
    """The trash of projects, without state."""

    def delete(self, folder: Folder, frames: Sequence[Frame], now: float) -> list[DeletedImage]:
        """Move the images in use of these frames to the trash; frames without one are skipped.

        Effect: what has been there for 30 days is deleted for good.

        Raises:
            DiskTrouble: the disk refused; what was not moved is where it was.
        """
        return run_native(_delete, folder, frames, now)

    def restore(self, folder: Folder, frame: Frame, ident: str) -> None:
        """Make a deleted image the frame's image again. A later one is kept in its history.

        Raises:
            NotFound: it is not in the trash any more, or not of this frame.
            DiskTrouble: the disk refused; it is still in the trash.
        """
        run_native(_restore, folder, frame, ident)

    def deleted(self, folder: Folder, frame: Frame) -> list[DeletedImage]:
        """Return the deleted images of a frame, the newest first."""
        return [each for each in run_native(_listed, folder) if each.frame == frame.id]


def _delete(folder: Folder, frames: Sequence[Frame], now: float) -> list[DeletedImage]:
    _purge(folder, now)
    gone = []
    with folder.files.locked():
        for frame in frames:
            path = stored_path(folder, frame)
            if look(folder, path)[1] is None:
                continue
            at = int(now * 1000)
            while folder.files.exists(f"{TRASH}/{frame.id}.{at}.png"):
                at += 1
            name = f"{frame.id}.{at}.png"
            folder.files.move(path, f"{TRASH}/{name}")
            gone.append(DeletedImage(name, frame.id, at / 1000))
    return gone


def _restore(folder: Folder, frame: Frame, ident: str) -> None:
    match = NAME.match(ident)
    with folder.files.locked():
        if match is None or match["frame"] != frame.id or look(folder, f"{TRASH}/{ident}")[1] is None:
            raise NotFound("This image is not in the trash any more. Deleted images are kept for 30 days.")
        path = stored_path(folder, frame)
        if folder.files.exists(path):
            enter(folder, frame, path)
            enter(folder, frame, f"{TRASH}/{ident}")
        folder.files.second_name(f"{TRASH}/{ident}", path, MAX_BODY)
        folder.files.remove(f"{TRASH}/{ident}")


def _purge(folder: Folder, now: float) -> None:
    for each in _listed(folder):
        if now - each.at > KEPT_SECONDS:
            folder.files.remove(f"{TRASH}/{each.id}")


def _listed(folder: Folder) -> list[DeletedImage]:
    try:
        names = folder.files.names(TRASH)
    except (BadFile, DiskTrouble):
        return []
    found = [
        DeletedImage(name, match["frame"], int(match["at"]) / 1000) for name in names if (match := NAME.match(name))
    ]
    return sorted(found, key=lambda each: each.at, reverse=True)
