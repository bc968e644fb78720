"""Progress files of v1, ``image_progress_<style>.json``: read leniently, corrected from the images that exist."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from webapp.core.datafiles.source_text import decode
from webapp.core.project import Frame, Style, beat_number, shot_number
from webapp.core.v1_progress import (
    MAX_FILE,
    Progress,
    Written,
    completed_beats,
    dump_progress,
    each_once,
    iso_time,
    parse_progress,
)
from webapp.disk.files.folder import IMAGES, Folder
from webapp.disk.files.json_files import keep_aside
from webapp.disk.images.completeness import CompleteImages
from webapp.errors import BadFile


def progress_file(style: str) -> str:
    """Return the path of a style's progress file."""
    return f"image_progress_{style}.json"


def read_progress(folder: Folder, style: str) -> Progress:
    """Return the content of the file. An unreadable one lists nothing and is not ``sound``."""
    file = progress_file(style)
    try:
        data = folder.files.read(file, MAX_FILE)
        if data is None:
            return Progress()
        text = decode(data, file)
        read = parse_progress(text, file)
    except BadFile:
        return Progress(sound=False)
    return read if text.encode() == data else replace(read, sound=False)  # v1 stumbles over a byte order mark


def write_progress(
    folder: Folder, images: CompleteImages, style: Style, done: Collection[Frame], now: float, seen: bool = False
) -> None:
    """Correct the file: the beats that are ``done`` or that it listed before, as far as their images are complete.

    ``seen``: the images of those that are done were read just now, and are not read again. Unknown fields are kept. A
    file that v1 could not read is kept aside. Nothing is written when nothing changed.
    """
    with folder.files.locked():
        before = read_progress(folder, style.name)
        listed = {beat_number(entry) for entry in before.completed}
        known = frozenset(done)
        there = known if seen else frozenset()
        wanted = [frame for frame in style.frames() if frame in known or frame.beat in listed]
        found = images.images(folder, [frame for frame in wanted if frame not in there])
        completed = completed_beats(style, there | found.keys())
        numbers = {beat.number for beat in style.beats}
        gone = [entry for entry in before.completed if beat_number(entry) not in numbers]
        completed = tuple(each_once((*completed, *_with_image(folder, images, style.name, gone))))
        if before.sound and completed == before.completed:
            return
        file = progress_file(style.name)
        if not before.sound:
            keep_aside(folder, file, now)
        after = replace(before, completed=completed, last_updated=iso_time(now))
        folder.files.write_whole(file, dump_progress(after).encode())


def _with_image(folder: Folder, images: CompleteImages, style: str, entries: list[Written]) -> list[Written]:
    if not entries:
        return []
    names = folder.files.names(f"{IMAGES}/{style}")
    shots = [shot for name in names if name.startswith("Shot_") and (shot := shot_number(name))]
    frames = [Frame(style, shot, beat_number(entry) or "") for entry in entries for shot in shots]
    there = {frame.beat for frame in images.images(folder, frames)}
    return [entry for entry in entries if beat_number(entry) in there]
