"""Thumbnails: a small WebP of each frame's image, made once for each version of it."""

from __future__ import annotations

import logging
from pathlib import Path

from webapp.core.project import Frame
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.os_calls import PRIVATE
from webapp.disk.images import codec
from webapp.disk.images.completeness import Image, is_safe, look, stored_path
from webapp.errors import BadFile, DiskTrouble

log = logging.getLogger("step8.pictures")

THUMBS = f"{STATE}/thumbs"


def thumbnail(folder: Folder, frame: Frame) -> Path | None:
    """See `ImageStore.thumbnail`."""
    image = look(folder, stored_path(folder, frame))[1] if is_safe(frame) else None
    if image is None:
        return None
    path = _place(frame, image.version)
    name = path.rpartition("/")[2]
    try:
        if look(folder, path)[1] is None:
            body = small(folder, image)
            if body is None:
                return None
            folder.files.write_whole(path, body, PRIVATE, synced=False)
            for other in folder.files.names(THUMBS):
                if other.startswith(f"{frame.id}.") and other != name:
                    folder.files.remove(f"{THUMBS}/{other}")
    except (DiskTrouble, BadFile) as error:
        log.warning("project=%s frame=%s no thumbnail: %s", folder.name, frame.id, error)
        return None
    return folder.path / path


def keep(folder: Folder, frame: Frame, image: Image, body: bytes, before: str) -> None:
    """Write the thumbnail of an image that was just made, in place of that of the version ``before`` ("": none).

    Not: an error of the disk, which is only logged; the thumbnail is made when it is requested.
    """
    try:
        folder.files.write_whole(_place(frame, image.version), body, PRIVATE, synced=False)
        if before and before != image.version:
            folder.files.remove(_place(frame, before))
    except DiskTrouble as error:
        log.warning("project=%s frame=%s no thumbnail yet: %s", folder.name, frame.id, error)


def _place(frame: Frame, version: str) -> str:
    return f"{THUMBS}/{frame.id}.{version}.webp"


def small(folder: Folder, image: Image) -> bytes | None:
    """See `ImageStore.small`."""
    handle = folder.files.open(image.path)
    if handle is None:
        return None
    with open(handle, "rb") as file:
        return codec.thumbnail(file)
