"""Resume after a crash, the disk's side: spooled bytes. The journal: `generation.run.unfinished_attempts`.

Spooled bytes become images, leftovers of unfinished writes are deleted.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from typing import Any

from webapp.core.project import Frame
from webapp.disk.files.folder import IMAGES, STATE, Folder
from webapp.disk.images.completeness import Image, is_safe, look, stored_path
from webapp.disk.images.history import HISTORY
from webapp.disk.images.publishing import QUARANTINE, SPOOL, publish
from webapp.disk.images.thumbnails import THUMBS
from webapp.disk.logs.journal import Journal
from webapp.errors import BadFile, NoImage, UnusableImage

log = logging.getLogger("step8.pictures")

PROBING = 60.0
"""Seconds for which the files of a disk probe stay: another machine may be probing just now."""

_LEFTOVER = re.compile(
    r"(?:Beat_.+\.png\.[A-Za-z0-9_-]+|\..+\.[0-9a-f]{16}|[0-9a-f]{16})\.tmp\Z"
    r"|\.probe-[0-9a-f]{8}(?:-2)?(?:\.tmp)?\Z|.+\.part\Z"
)
_SWEPT = (".", "prompts", "selected_images", IMAGES, STATE, SPOOL, THUMBS)


def recover(folder: Folder) -> list[tuple[Frame, Image]]:
    """See `ImageStore.recover`."""
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
        known = look(folder, stored_path(folder, frame))[1]
        try:
            image = publish(folder, frame, attempt, _metadata_of(record), str(record.get("replaces") or ""))
        except (NoImage, UnusableImage) as error:
            log.warning("project=%s frame=%s attempt=%s %s", folder.name, frame.id, attempt, error)
            _append_outcome(folder, record, what="failed", kind=error.kind, error=str(error), charged=None)
            continue
        _append_outcome(folder, record, what="restored", version=image.version)
        if known is None or known.version != image.version:
            restored.append((frame, image))
    return restored


def _append_outcome(folder: Folder, intent: Mapping[str, Any], **outcome: Any) -> None:
    ours = {"attempt": intent.get("attempt"), "run": intent.get("run")}
    Journal(folder).append({**ours, **outcome})


def _sweep(folder: Folder) -> None:
    """Delete what unfinished writes left; nothing else ever has such a name."""
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
    except BadFile:  # a link or a file, so nothing of the app is in there
        return []


def _records_of(folder: Folder, attempts: set[str]) -> dict[str, dict[str, Any]]:
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
    """Return the metadata of an image whose attempt is known from the journal alone."""
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
