"""History of a frame's images: ``.step8/history/<frame>/<number>.png``, numbered as they were made.

A frame with one image has no history. When a second one comes, both are kept under a number; the one in use has the
contract's path as well (a second name of the same file where the disk knows links, else a copy). Nothing here
overwrites or deletes a number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from webapp.core.project import Frame
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.images.codec import MAX_BODY
from webapp.disk.images.completeness import Image, look, stored_path
from webapp.errors import BadFile, NotFound

HISTORY = f"{STATE}/history"
NUMBERED = re.compile(r"([0-9]{4,6})\.png\Z")


@dataclass(frozen=True, slots=True)
class HistoryImage:
    """One image of a frame, by its number. ``used``: it is the one at the contract's path."""

    number: int
    image: Image
    used: bool


class ImageHistory:
    """The histories of frames, without state."""

    def kept(self, folder: Folder, frame: Frame) -> list[HistoryImage]:
        """Return every image of the frame, oldest first; a single one has a number too, but no file of it."""
        return run_native(_kept, folder, frame)

    def choose(self, folder: Folder, frame: Frame, number: int) -> Image:
        """Make this one the frame's image. The one in use before is kept, whatever it is.

        Raises:
            NotFound: there is no such number.
            DiskTrouble: the disk refused; the image in use is the one of before.
        """
        return run_native(_choose, folder, frame, number)

    def image(self, folder: Folder, frame: Frame, number: int) -> Image | None:
        """Return one of them, or None."""
        return run_native(lambda: _numbered(folder, frame).get(number))


def place(frame: Frame) -> str:
    """Return the folder of a frame's history, relative to the project."""
    return f"{HISTORY}/{frame.id}"


def enter(folder: Folder, frame: Frame, path: str) -> int:
    """Give the file at ``path`` the frame's next number, unless it has one, and return its number.

    The caller holds the project's lock.
    """
    image = look(folder, path)[1]
    numbered = _numbered(folder, frame)
    if image is not None:
        for number, kept in numbered.items():
            if same(folder, kept, image):
                return number
    number = max(numbered, default=0) + 1
    folder.files.second_name(path, f"{place(frame)}/{number:04}.png", MAX_BODY)
    return number


def _kept(folder: Folder, frame: Frame) -> list[HistoryImage]:
    used = look(folder, stored_path(folder, frame))[1]
    numbered = _numbered(folder, frame)
    entries = [
        HistoryImage(number, image, used is not None and same(folder, image, used))
        for number, image in numbered.items()
    ]
    if used is not None and not any(entry.used for entry in entries):
        entries.append(HistoryImage(max(numbered, default=0) + 1, used, True))
    return entries


def _choose(folder: Folder, frame: Frame, number: int) -> Image:
    with folder.files.locked():
        chosen = _numbered(folder, frame).get(number)
        if chosen is None:
            raise NotFound("There is no such image in this frame’s history any more. Reload the page.")
        current = look(folder, stored_path(folder, frame))[1]
        if current is None or not same(folder, chosen, current):
            path = stored_path(folder, frame)
            if folder.files.exists(path):
                enter(folder, frame, path)
            folder.files.second_name(chosen.path, path, MAX_BODY)
        image = look(folder, stored_path(folder, frame))[1]
    if image is None:
        raise NotFound("That image is damaged. Choose another one.")
    return image


def _numbered(folder: Folder, frame: Frame) -> dict[int, Image]:
    try:
        names = folder.files.names(place(frame))
    except BadFile:
        return {}
    found = {}
    for name in names:
        match = NUMBERED.match(name)
        image = look(folder, f"{place(frame)}/{name}")[1] if match else None
        if match and image:
            found[int(match[1])] = image
    return dict(sorted(found.items()))


def same(folder: Folder, one: Image, other: Image) -> bool:
    """Return whether two files hold one image: they are one file, or of one attempt, or have the same bytes."""
    attempt = one.texts.get("Attempt", "")
    if one.version == other.version or (attempt and attempt == other.texts.get("Attempt")):
        return True
    if (one.bytes, one.width, one.height) != (other.bytes, other.width, other.height):
        return False
    return folder.files.read(one.path, MAX_BODY) == folder.files.read(other.path, MAX_BODY)
