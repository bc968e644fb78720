"""Publishing of an image, from the spool to its final name: validated, re-encoded beside its name, linked to it."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path

from webapp.core.project import Frame
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.os_calls import PRIVATE, TEMPORARY
from webapp.disk.images import codec, thumbnails
from webapp.disk.images.completeness import Image, is_safe, look, stored_path
from webapp.disk.images.history import enter, place, same
from webapp.errors import BadFile, DiskTrouble, NoImage

log = logging.getLogger("step8.pictures")

SPOOL = f"{STATE}/spool"
QUARANTINE = f"{STATE}/quarantine"
KEPT = 5
"""Unusable bodies that are kept for a look at them."""

ATTEMPT = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


def spool(folder: Folder, attempt: str, body: bytes) -> Path:
    """See `ImageStore.spool`."""
    part, whole = f"{SPOOL}/{_checked(attempt)}.part", f"{SPOOL}/{attempt}.body"
    folder.files.write_new(part, body, PRIVATE)
    folder.files.move(part, whole)
    return folder.path / whole


def publish(
    folder: Folder,
    frame: Frame,
    attempt: str,
    metadata: Mapping[str, str],
    replaces: str = "",
    body: bytes | None = None,
) -> Image:
    """See `ImageStore.publish`."""
    if not is_safe(frame):
        raise ValueError(f"{frame} cannot become a path.")
    final, spooled = stored_path(folder, frame), f"{SPOOL}/{_checked(attempt)}.body"
    image, small = look(folder, final)[1], b""
    if image is not None and folder.files.exists(spooled):
        made, small = _validated(folder, spooled, attempt, metadata, body)
        before, image = image, _replace(folder, frame, attempt, made, replaces)
        small = small if image is not None and image.version != before.version else b""
    if image is None:
        made, small = _validated(folder, spooled, attempt, metadata, body)
        temporary = f"{final}.{attempt}{TEMPORARY}"
        folder.files.write_new(temporary, made)
        while not folder.files.link_new(temporary, final):
            if look(folder, final)[1]:
                folder.files.remove(temporary)
                small = b""
                break
            _set_aside(folder, frame, attempt)
        image = look(folder, final)[1]
        if image is None:
            raise DiskTrouble("The disk did not keep the image. Check the disk, then go on.")
    folder.files.remove(spooled)
    if small:
        thumbnails.keep(folder, frame, image, small, replaces)
    return image


def _replace(folder: Folder, frame: Frame, attempt: str, body: bytes, replaces: str) -> Image | None:
    """Replace one version of the frame's image; both get a number in its history.

    Where another version is in use the new image, which was paid for, only gets a number. It may be the very image in
    use, when a crash kept its spooled bytes from being removed.
    """
    final, fresh = stored_path(folder, frame), f"{place(frame)}/{attempt}{TEMPORARY}"
    folder.files.write_new(fresh, body)
    with folder.files.locked():
        current, made = look(folder, final)[1], look(folder, fresh)[1]
        if current is not None and made is not None and not same(folder, current, made):
            enter(folder, frame, final)
            enter(folder, frame, fresh)
            if current.version == replaces:
                folder.files.second_name(fresh, final, codec.MAX_BODY)
        folder.files.remove(fresh)
        return look(folder, final)[1]


def _validated(
    folder: Folder, spooled: str, attempt: str, metadata: Mapping[str, str], body: bytes | None
) -> tuple[bytes, bytes]:
    """Return the image as it is kept, and its thumbnail."""
    try:
        try:
            body = folder.files.read(spooled, codec.MAX_BODY) if body is None else body
        except BadFile as error:
            raise NoImage("The picture that came is too large, or its file cannot be read.", str(error)) from error
        if body is None:
            raise DiskTrouble("The bytes of the picture are gone from .step8/spool. Go on to make it again.")
        return codec.both(body, metadata)
    except NoImage:
        folder.files.move(spooled, f"{QUARANTINE}/{attempt}.body")
        _prune(folder)
        raise


def _prune(folder: Folder) -> None:
    bodies = [name for name in folder.files.names(QUARANTINE) if name.endswith(".body")]
    status = folder.files.stats(QUARANTINE, bodies)
    for name in sorted(status, key=lambda name: status[name].st_mtime_ns)[:-KEPT]:
        folder.files.remove(f"{QUARANTINE}/{name}")


def _set_aside(folder: Folder, frame: Frame, attempt: str) -> None:
    # no complete image, so it is the user's: never overwritten or deleted
    log.warning("project=%s frame=%s a broken file was in its place, see %s", folder.name, frame.id, QUARANTINE)
    folder.files.move(frame.image_path, f"{QUARANTINE}/{frame.id}.{attempt}.png")


def _checked(attempt: str) -> str:
    if not ATTEMPT.match(attempt):
        raise ValueError(f"{attempt!r} cannot be the id of an attempt.")
    return attempt
