"""Thumbnails: a small WebP of each frame's image, made once for each version of it."""

from __future__ import annotations

import logging
from pathlib import Path

from webapp.core.project import Frame
from webapp.disk import encoding
from webapp.disk.durable import PRIVATE
from webapp.disk.folder import STATE, Folder
from webapp.disk.images import Image, is_safe, look
from webapp.errors import BadFile, DiskTrouble

log = logging.getLogger("step8.pictures")

THUMBS = f"{STATE}/thumbs"


def thumbnail(folder: Folder, frame: Frame) -> Path | None:
    """See `Pictures.thumbnail`."""
    image = look(folder, frame.image_path)[1] if is_safe(frame) else None
    if image is None:
        return None
    name = f"{frame.id}.{image.version}.webp"
    path = f"{THUMBS}/{name}"
    try:
        if not folder.files.stats(THUMBS, [name]):
            body = small(folder, image)
            if body is None:
                return None
            folder.files.write_whole(path, body, PRIVATE)
            for other in folder.files.names(THUMBS):
                if other.startswith(f"{frame.id}.") and other != name:
                    folder.files.remove(f"{THUMBS}/{other}")
    except (DiskTrouble, BadFile) as error:
        log.warning("project=%s frame=%s no thumbnail: %s", folder.name, frame.id, error)
        return None
    return folder.path / path


def small(folder: Folder, image: Image) -> bytes | None:
    """See `Pictures.small`."""
    handle = folder.files.open(image.path)
    if handle is None:
        return None
    with open(handle, "rb") as file:
        return encoding.thumbnail(file)
