"""Undo of the last change of the selections: what was there before, copies of images included.

Kept in ``.step8``: without that folder only the undo is lost. It is checked like any file of a user.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from webapp.core.datafiles import json5
from webapp.core.project import beat_number
from webapp.disk.files.folder import STATE, Folder
from webapp.disk.files.json_files import read_object, write_object
from webapp.disk.files.os_calls import PRIVATE
from webapp.errors import BadFile

SELECTED = "selected_images"
RECORD = f"{STATE}/last_choice.json"
ASIDE = f"{STATE}/last_choice"
MAX_IMAGE = 256 * 1024 * 1024

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BeatBefore:
    """One beat in a change: its spelling, its entry (None: no choice) and copies before, and its new entry."""

    written: str
    before: Entry | None
    after: Entry | None
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SelectionChange:
    """One change: ``what`` is chosen, flagged, unflagged, cleared or many. ``id`` is unique to the change."""

    id: str
    what: str
    style: str
    beats: Mapping[str, BeatBefore]


def copy_names(number: str) -> tuple[str, str]:
    """Return the names of the copy of a beat's image: plain, flagged."""
    return f"Beat_{number}.png", f"Beat_{number}_flagged.png"


def copies(folder: Folder, number: str) -> tuple[str, ...]:
    """Return which copies of a beat's image lie in ``selected_images``."""
    return tuple(folder.files.stats(SELECTED, copy_names(number)))


def remember(folder: Folder, what: str, style: str, beats: Mapping[str, BeatBefore]) -> None:
    """Keep what is needed to undo a change that is about to be made, in place of the one before."""
    _forget_copies(folder)
    for past in beats.values():
        for name in past.files:
            data = folder.files.read(f"{SELECTED}/{name}", MAX_IMAGE)
            if data is not None:
                folder.files.write_whole(f"{ASIDE}/{name}", data, PRIVATE)
    listed = {
        number: {"written": past.written, "before": past.before, "after": past.after, "files": list(past.files)}
        for number, past in beats.items()
    }
    write_object(folder, RECORD, {"what": what, "style": style, "beats": listed})


def last_change(folder: Folder) -> SelectionChange | None:
    """Return the change that can be undone, if there is one."""
    data = read_object(folder, RECORD)
    listed = data.get("beats")
    if not isinstance(listed, dict):
        return None
    beats = {number: past for number, entry in listed.items() if (past := _past(number, entry))}
    mark = hashlib.blake2s(json5.write(data).encode("utf-8", "replace"), digest_size=6).hexdigest()
    return SelectionChange(mark, str(data.get("what")), str(data.get("style")), beats) if beats else None


def restore_copies(folder: Folder, number: str, past: BeatBefore) -> None:
    """Restore a beat's copies as they were before the change."""
    for name in copy_names(number):
        data = folder.files.read(f"{ASIDE}/{name}", MAX_IMAGE) if name in past.files else None
        if data is not None:
            folder.files.write_whole(f"{SELECTED}/{name}", data)
        else:
            folder.files.remove(f"{SELECTED}/{name}")


def forget(folder: Folder) -> None:
    """Remove what was kept of the last change."""
    folder.files.remove(RECORD)
    _forget_copies(folder)


def _forget_copies(folder: Folder) -> None:
    try:
        names = folder.files.names(ASIDE)
    except BadFile:  # not a folder, so nothing of the app is in there
        return
    for name in names:
        folder.files.remove(f"{ASIDE}/{name}")


def _past(number: str, entry: Any) -> BeatBefore | None:
    if beat_number(number) != number or not isinstance(entry, dict):
        return None
    written, before, after, files = (entry.get(name) for name in ("written", "before", "after", "files"))
    if beat_number(written or "") != number or not isinstance(files, list):
        return None
    kept = tuple(name for name in copy_names(number) if name in files)
    return BeatBefore(str(written), _entry(before), _entry(after), kept)


def _entry(value: Any) -> Entry | None:
    return value if isinstance(value, dict) else None
