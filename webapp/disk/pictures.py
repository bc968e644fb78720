"""The way of a picture to its place, in an order that loses nothing that was paid for.

Bytes to the spool, synced → validated and re-encoded beside the final name, synced → linked to the final name, never
overwriting → folder synced → spool removed. Whatever moment the process dies in, `Pictures.recover` carries on there.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import PIL.Image

from webapp.core.project import Frame, Project
from webapp.disk import encoding
from webapp.disk.durable import PRIVATE, TEMPORARY
from webapp.disk.folder import IMAGES, STATE, Folder
from webapp.disk.history import HISTORY, enter, place, same
from webapp.disk.images import Image, is_safe, look
from webapp.disk.journal import Journal
from webapp.disk.pool import run_native, run_pixels
from webapp.errors import BadFile, DiskTrouble, NoPicture

log = logging.getLogger("step8.pictures")

SPOOL = f"{STATE}/spool"
THUMBS = f"{STATE}/thumbs"
QUARANTINE = f"{STATE}/quarantine"
KEPT = 5
"""Unusable bodies that are kept for a look at them."""

PROBING = 60.0
"""Seconds for which a probe's files are left alone: another machine may be trying the disk out just now."""

ATTEMPT = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_LEFTOVER = re.compile(
    r"(?:Beat_.+\.png\.[A-Za-z0-9_-]+|\..+\.[0-9a-f]{16}|[0-9a-f]{16})\.tmp\Z"
    r"|\.probe-[0-9a-f]{8}(?:-2)?(?:\.tmp)?\Z|.+\.part\Z"
)
_SWEPT = (".", "prompts", "selected_images", IMAGES, STATE, SPOOL, THUMBS)


class Pictures:
    """Keeps, publishes and restores pictures. Holds no state: the project's folder is all there is.

    Make it in the main thread: it loads every format that Pillow would load at the first picture. Two native threads
    that import one module at the same time wait for each other's import lock, which gevent has replaced and does not
    reliably hand from thread to thread; one of the first pictures of a process could hang for ever.
    """

    def __init__(self) -> None:
        PIL.Image.init()

    def spool(self, folder: Folder, attempt: str, body: bytes) -> Path:
        """Keep the bytes an attempt brought, synced. From here no crash can lose them.

        Raises:
            DiskTrouble: they could not be kept.
        """
        return run_native(_spool, folder, attempt, body)

    def publish(
        self, folder: Folder, frame: Frame, attempt: str, metadata: Mapping[str, str], replaces: str = ""
    ) -> Image:
        """Make the attempt's spooled bytes the frame's image: validated, a real PNG with this metadata, whole or not.

        A complete image that is there already wins, unless it is the version that this one ``replaces``; the other one
        is kept in the frame's history. Anything else of that name is kept in ``.step8/quarantine``. Publishing again
        what was published is harmless.

        Raises:
            NoPicture: the bytes are not a usable picture; they are kept in ``.step8/quarantine`` for a while.
            LeaseLost: another worker's recovery took the project over; the bytes are still spooled, or published.
            DiskTrouble: the disk refused; the bytes are still spooled.
        """
        return run_pixels(_publish, folder, frame, attempt, metadata, replaces)

    def recover(self, folder: Folder, project: Project) -> list[tuple[Frame, Image]]:
        """Carry on what a crash interrupted: spooled bytes become images, leftovers of unfinished writes are deleted.

        Which frame an attempt was for is in its journal record. Bytes of an attempt the journal does not know are moved
        to the quarantine for good. Answers the images that were restored. Repeatable; only for who drives the project.

        Raises:
            DiskTrouble: the disk refused; nothing is lost.
        """
        restored = run_native(_recover, folder)
        strays = [frame.id for frame, _ in restored if project.beat(frame) is None]
        if strays:
            log.info("project=%s frames=%s restored, but no prompts file has them now", folder.name, strays)
        return restored

    def thumbnail(self, folder: Folder, frame: Frame) -> Path | None:
        """A small WebP of the frame's image, made once for each version of it.

        ``None`` when there is no complete image, or when the thumbnail cannot be made or kept.
        """
        return run_pixels(_thumbnail, folder, frame)

    def small(self, folder: Folder, image: Image) -> bytes | None:
        """A small WebP of any image of the project, made anew each time; ``None`` when it cannot be made."""
        return run_pixels(_small, folder, image)


def _spool(folder: Folder, attempt: str, body: bytes) -> Path:
    part, whole = f"{SPOOL}/{_checked(attempt)}.part", f"{SPOOL}/{attempt}.body"
    folder.files.write_new(part, body, PRIVATE)
    folder.files.move(part, whole)
    return folder.path / whole


def _publish(folder: Folder, frame: Frame, attempt: str, metadata: Mapping[str, str], replaces: str = "") -> Image:
    if not is_safe(frame):
        raise ValueError(f"{frame} cannot become a path.")
    final, spooled = frame.image_path, f"{SPOOL}/{_checked(attempt)}.body"
    image = look(folder, final)[1]
    if image is not None and folder.files.exists(spooled):
        image = _replace(folder, frame, attempt, metadata, replaces)
    if image is None:
        temporary = f"{final}.{attempt}{TEMPORARY}"
        folder.files.write_new(temporary, _validated(folder, spooled, attempt, metadata))
        while not folder.files.link_new(temporary, final):
            if look(folder, final)[1]:
                folder.files.remove(temporary)
                break
            _set_aside(folder, frame, attempt)
        image = look(folder, final)[1]
        if image is None:
            raise DiskTrouble("The disk did not keep the image. Check the disk, then go on.")
    folder.files.remove(spooled)
    return image


def _replace(folder: Folder, frame: Frame, attempt: str, metadata: Mapping[str, str], replaces: str) -> Image | None:
    """Put a picture in the place of one version of the frame's image, both numbered in its history.

    Where another version stands the picture is numbered only, and nothing that is in use changes: it was paid for. It
    may be the very picture that stands there, when a crash kept its spooled bytes from being removed.
    """
    final, fresh = frame.image_path, f"{place(frame)}/{attempt}{TEMPORARY}"
    folder.files.write_new(fresh, _validated(folder, f"{SPOOL}/{attempt}.body", attempt, metadata))
    with folder.files.locked():
        current, made = look(folder, final)[1], look(folder, fresh)[1]
        if current is not None and made is not None and not same(folder, current, made):
            enter(folder, frame, final)
            enter(folder, frame, fresh)
            if current.version == replaces:
                folder.files.second_name(fresh, final, encoding.MAX_BODY)
        folder.files.remove(fresh)
        return look(folder, final)[1]


def _validated(folder: Folder, spooled: str, attempt: str, metadata: Mapping[str, str]) -> bytes:
    try:
        try:
            body = folder.files.read(spooled, encoding.MAX_BODY)
        except BadFile as error:
            raise NoPicture("The picture that came is too large, or its file cannot be read.", str(error)) from error
        if body is None:
            raise DiskTrouble("The bytes of the picture are gone from .step8/spool. Go on to make it again.")
        return encoding.to_png(body, metadata)
    except NoPicture:
        folder.files.move(spooled, f"{QUARANTINE}/{attempt}.body")
        _prune(folder)
        raise


def _prune(folder: Folder) -> None:
    bodies = [name for name in folder.files.names(QUARANTINE) if name.endswith(".body")]
    status = folder.files.stats(QUARANTINE, bodies)
    for name in sorted(status, key=lambda name: status[name].st_mtime_ns)[:-KEPT]:
        folder.files.remove(f"{QUARANTINE}/{name}")


def _set_aside(folder: Folder, frame: Frame, attempt: str) -> None:
    """What has an image's name but is no complete image is the user's: moved, never overwritten or deleted."""
    log.warning("project=%s frame=%s a broken file was in its place, see %s", folder.name, frame.id, QUARANTINE)
    folder.files.move(frame.image_path, f"{QUARANTINE}/{frame.id}.{attempt}.png")


def _recover(folder: Folder) -> list[tuple[Frame, Image]]:
    restored: list[tuple[Frame, Image]] = []
    _sweep(folder)
    waiting = [name.removesuffix(".body") for name in folder.files.names(SPOOL) if name.endswith(".body")]
    records = _records_of(folder, set(waiting)) if waiting else {}
    for attempt in waiting:
        record = records.get(attempt)
        frame = _frame_of(record) if record else None
        if record is None or frame is None:
            folder.files.move(f"{SPOOL}/{attempt}.body", f"{QUARANTINE}/{attempt}.orphan")
            log.warning("project=%s attempt=%s is not in the journal, see %s", folder.name, attempt, QUARANTINE)
            continue
        known = look(folder, frame.image_path)[1]
        try:
            image = _publish(folder, frame, attempt, _metadata_of(record), str(record.get("replaces") or ""))
        except NoPicture as error:
            log.warning("project=%s frame=%s attempt=%s %s", folder.name, frame.id, attempt, error)
            _write_down(folder, record, what="failed", kind="NoPicture", error=str(error), charged=None)
            continue
        _write_down(folder, record, what="restored", version=image.version)
        if known is None or known.version != image.version:
            restored.append((frame, image))
    return restored


def _write_down(folder: Folder, intent: Mapping[str, Any], **outcome: Any) -> None:
    """What came of an attempt whose worker did not live to tell. An attempt that told already stays as it is."""
    ours = {"attempt": intent.get("attempt"), "run": intent.get("run")}
    Journal(folder).append({**ours, **outcome})


def _sweep(folder: Folder) -> None:
    """Delete what unfinished writes left: nothing else ever has such a name."""
    places = [*_SWEPT, *(f"{HISTORY}/{name}" for name in _names(folder, HISTORY))]
    for style in _names(folder, IMAGES):
        places += [f"{IMAGES}/{style}/{shot}" for shot in _names(folder, f"{IMAGES}/{style}")]
    for inside in places:
        leftovers = [name for name in _names(folder, inside) if _LEFTOVER.match(name)]
        for name, status in folder.files.stats(inside, leftovers).items():
            if ".probe-" not in name or time.time() - status.st_mtime > PROBING:
                folder.files.remove(f"{inside}/{name}")


def _names(folder: Folder, place: str) -> list[str]:
    try:
        return folder.files.names(place)
    except BadFile:  # a link, or a file: nothing of ours is in there
        return []


def _records_of(folder: Folder, attempts: set[str]) -> dict[str, dict[str, Any]]:
    """The first record of each of these attempts that names a frame: its intent."""
    found: dict[str, dict[str, Any]] = {}
    for record in Journal(folder).records():
        attempt = record.get("attempt")
        if isinstance(attempt, str) and attempt in attempts and _frame_of(record):
            found.setdefault(attempt, record)
    return found


def _frame_of(record: Mapping[str, Any]) -> Frame | None:
    style, shot, beat = (record.get(name) for name in ("style", "shot", "beat"))
    if not (isinstance(style, str) and isinstance(shot, str) and isinstance(beat, str)):
        return None
    frame = Frame(style, shot, beat)
    return frame if is_safe(frame) else None


def _metadata_of(record: Mapping[str, Any]) -> dict[str, str]:
    """What the image says of itself when only the journal remembers its attempt."""
    facts = {
        "Software": record.get("software", "Step 8"),
        "Provider": record.get("provider"),
        "Model": record.get("model"),
        "Seed": record.get("seed"),
        "Prompt digest": record.get("prompt"),
        "Inputs": record.get("inputs"),
        "Attempt": record.get("attempt"),
    }
    return {name: str(fact) for name, fact in facts.items() if isinstance(fact, (str, int)) and fact != ""}


def _thumbnail(folder: Folder, frame: Frame) -> Path | None:
    image = look(folder, frame.image_path)[1] if is_safe(frame) else None
    if image is None:
        return None
    name = f"{frame.id}.{image.version}.webp"
    path = f"{THUMBS}/{name}"
    try:
        if not folder.files.stats(THUMBS, [name]):
            small = _small(folder, image)
            if small is None:
                return None
            folder.files.write_whole(path, small, PRIVATE)
            for other in folder.files.names(THUMBS):
                if other.startswith(f"{frame.id}.") and other != name:
                    folder.files.remove(f"{THUMBS}/{other}")
    except (DiskTrouble, BadFile) as error:
        log.warning("project=%s frame=%s no thumbnail: %s", folder.name, frame.id, error)
        return None
    return folder.path / path


def _small(folder: Folder, image: Image) -> bytes | None:
    handle = folder.files.open(image.path)
    if handle is None:
        return None
    with open(handle, "rb") as file:
        return encoding.thumbnail(file)


def _checked(attempt: str) -> str:
    if not ATTEMPT.match(attempt):
        raise ValueError(f"{attempt!r} cannot be the id of an attempt.")
    return attempt
