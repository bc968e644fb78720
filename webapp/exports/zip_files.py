"""ZIPs: the pictures named by beat with the storyboard beside them, and the whole project.

An image file without the words in it: a copy in which no prompt, seed or model name goes along.

Pixels, colours and size stay as they are, byte by byte; nothing is decoded. Only the PNG's text and the JPEG's EXIF,
IPTC and comments are left out. Anything else is copied as it is.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import BinaryIO

from webapp.disk.files.folder import STATE, Folder
from webapp.disk.project_tree import check_space, project_files
from webapp.disk.records import FILE, read_title
from webapp.errors import BadInput
from webapp.exports.formats import (
    PROJECT,
    ExportRequest,
    file_name,
    picture_names,
)
from webapp.exports.scenes import as_csv, as_json, as_srt
from webapp.exports.story import ExportProgress, Story

_PACKED = frozenset({"png", "jpg", "jpeg", "webp", "mp3", "mp4", "m4a", "ogg", "zip", "gz"})
_SUFFIXES = {"png": "png", "jpeg": "jpg", "webp": "webp"}


def pictures(story: Story, wish: ExportRequest, made_at: str, path: str, tick: ExportProgress) -> None:
    """Write the ZIP of pictures to this path of the project, one after the other.

    Without ``wish.prompts`` neither the storyboard nor any image holds a prompt.

    Raises:
        BadInput: there is no such picture.
        Cancelled: as the tick says.
        DiskTrouble: the disk has too little room, or refuses.
    """
    chosen = [(frame, name) for frame, name in picture_names(story.scenes, wish.pictures) if frame in story.images]
    if not chosen:
        raise BadInput("None of these pictures exists yet. Make them in Step 8, or choose them in Step 9.")
    files = story.folder.files
    check_space(files, sum(story.images[frame].bytes for frame, _ in chosen))
    with files.writing(path) as file, zipfile.ZipFile(file, "w") as archive:
        _text(archive, "storyboard.csv", as_csv(story.project, story.scenes, prompts=wish.prompts))
        _text(archive, "storyboard.json", as_json(story.project, story.scenes, made_at, prompts=wish.prompts))
        _text(archive, "subtitles.srt", as_srt(story.scenes))
        for place, (frame, name) in enumerate(chosen):
            tick(place, len(chosen), f"{name} is packed")
            image = story.open(frame)
            if image is None:
                continue
            with image:
                whole = iter(lambda: image.read(PIECE), b"")  # noqa: B023 (used up at once)
                suffix = _SUFFIXES[story.images[frame].format]
                pieces = whole if wish.prompts else without_words(image)
                _pour(archive, f"{name}.{suffix}", pieces, zipfile.ZIP_STORED, os.fstat(image.fileno()).st_mtime)
        tick(len(chosen), len(chosen), "The ZIP is closed")


def whole(folder: Folder, path: str, tick: ExportProgress) -> None:
    """Write the ZIP of the whole project, which `NewProjects.take_in` reads again: without run, journal, costs,
    settings.

    Raises:
        Cancelled: as the tick says.
        DiskTrouble: the disk has too little room, or refuses.
    """
    found = [(name, status) for name, status in project_files(folder.files) if name == FILE or not _hidden(name)]
    check_space(folder.files, sum(status.st_size for _, status in found))
    top = file_name(read_title(folder), PROJECT).removesuffix("-project.zip")
    with folder.files.writing(path) as file, zipfile.ZipFile(file, "w") as archive:
        for place, (name, status) in enumerate(found):
            tick(place, len(found), f"{name} is packed")
            handle = folder.files.open(name)
            if handle is None:
                continue
            with open(handle, "rb", closefd=True) as old:
                packed = name.rpartition(".")[2].lower() in _PACKED
                pieces = iter(lambda: old.read(PIECE), b"")
                method = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
                _pour(archive, f"{top}/{name}", pieces, method, status.st_mtime)
        tick(len(found), len(found), "The ZIP is closed")


def _hidden(name: str) -> bool:
    return name.startswith(f"{STATE}/") or any(part.startswith(".") for part in name.split("/"))


def _text(archive: zipfile.ZipFile, name: str, text: str) -> None:
    _pour(archive, name, (text.encode("utf-8", "replace"),), zipfile.ZIP_DEFLATED)


def _pour(
    archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes], method: int, changed: float = 315_532_800.0
) -> None:
    moment = datetime.fromtimestamp(min(max(changed, 315_532_800.0), 4_354_819_198.0), UTC)  # what a ZIP can say
    info = zipfile.ZipInfo(name, moment.timetuple()[:6])
    info.compress_type = method
    info.external_attr = 0o644 << 16
    with archive.open(info, "w") as entry:
        for piece in pieces:
            entry.write(piece)


PIECE = 256 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_WORDS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
_SEGMENTS = frozenset({0xE1, 0xED, 0xFE})


def without_words(file: BinaryIO) -> Iterator[bytes]:
    """The file's bytes from its beginning, in pieces, without what is said in it."""
    file.seek(0)
    head = file.read(len(_PNG))
    if head == _PNG:
        yield head
        yield from _png(file)
    elif head.startswith(b"\xff\xd8\xff"):
        file.seek(2)
        yield head[:2]
        yield from _jpeg(file)
    else:
        yield head
        yield from _rest(file)


def _png(file: BinaryIO) -> Iterator[bytes]:
    while len(chunk := file.read(8)) == 8:
        length = int.from_bytes(chunk[:4], "big") + 4  # and its checksum
        if chunk[4:] in _WORDS:
            file.seek(length, 1)
            continue
        yield chunk
        yield from _copied(file, length)
        if chunk[4:] == b"IEND":
            return


def _jpeg(file: BinaryIO) -> Iterator[bytes]:
    while len(segment := file.read(4)) == 4 and segment[0] == 0xFF and segment[1] not in (0xDA, 0xFF):
        length = int.from_bytes(segment[2:], "big") - 2
        if segment[1] in _SEGMENTS:
            file.seek(length, 1)
            continue
        yield segment
        yield from _copied(file, length)
    yield segment
    yield from _rest(file)


def _copied(file: BinaryIO, left: int) -> Iterator[bytes]:
    while left > 0 and (piece := file.read(min(left, PIECE))):
        left -= len(piece)
        yield piece


def _rest(file: BinaryIO) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
