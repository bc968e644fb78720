"""Complete images: which images on disk are whole, without decoding them.

Completeness is structural: a PNG is walked chunk by chunk to its end without reading the pixels, a JPEG must have its
size and its end mark, a WebP all the bytes of its header. Nothing that was cut off passes. v1.0 wrote whatever the
provider sent under the name ``.png``, so a JPEG or WebP counts too and is reported as what it is.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import struct
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from webapp.core.media_types import JPEG, PNG, WEBP, image_type
from webapp.core.project import NUMBER, STYLE_NAME, Frame, Project
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.images.v1_names import all_named_images, named_images
from webapp.errors import BadFile

MAX_SIDE = 65_535
MAX_PARTS = 100_000
MAX_TEXTS = 16
MAX_TEXT = 300
"""Texts of an image that are read, and bytes of each."""

CACHED = 100_000

_PNG_END = b"\0\0\0\0IEND\xaeB`\x82"
_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TAIL = 4096
_BEGINNING = 2048

Read = Callable[[int, int], bytes]
"""Returns so many bytes from that place on, fewer at the end."""


@dataclass(frozen=True, slots=True)
class Image:
    """A complete image. ``path`` is relative to the project, ``version`` changes whenever the file does.

    ``format`` is what the bytes are (png, jpeg, webp), whatever the name says.
    """

    path: str
    format: str
    bytes: int
    version: str
    width: int
    height: int
    texts: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def inputs(self) -> str:
        """Return the code of what it was made from (`webapp.core.image_inputs`); "" when it carries none."""
        return self.texts.get("Inputs", "")


@dataclass(frozen=True, slots=True)
class ImageShape:
    """Format and size of a complete image; ``texts`` are the short ones that a PNG carries."""

    format: str
    width: int
    height: int
    texts: Mapping[str, str] = field(default_factory=dict, compare=False)


class CompleteImages:
    """The complete images of projects. What was read of a file is remembered until the file changes."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int, int], Image | None]] = {}

    def image(self, folder: Folder, frame: Frame) -> Image | None:
        """Return the frame's image, or None when it is missing, cut off, a link, or no image."""
        return self.images(folder, [frame]).get(frame)

    def images(self, folder: Folder, frames: Iterable[Frame]) -> dict[Frame, Image]:
        """Return the complete images of these frames."""
        return run_native(self._images, folder, list(frames))

    def of_project(self, folder: Folder, project: Project) -> dict[Frame, Image]:
        """Return every complete image of the project, in story order."""
        return self.images(folder, project.frames())

    def unprompted(self, folder: Folder, project: Project) -> dict[Frame, Image]:
        """Return the complete images of which the project's prompts have no beat.

        Their beats need not be numbers: v1 named images by other texts, too.
        """
        return run_native(self._unprompted, folder, frozenset(project.frames()))

    def _images(self, folder: Folder, frames: list[Frame]) -> dict[Frame, Image]:
        shots: dict[tuple[str, str], dict[str, Frame]] = defaultdict(dict)
        for frame in frames:
            shots[frame.style, frame.shot][frame.beat] = frame
        found: dict[Frame, Image] = {}
        for beats in shots.values():
            files = {frame.image_path.rpartition("/")[2]: frame for frame in beats.values() if is_safe(frame)}
            if not files:
                continue
            shot = next(iter(files.values())).image_path.rpartition("/")[0]
            for name, status, open_it in folder.files.each(shot, files):
                image = self._known_or_read(folder, f"{shot}/{name}", status, open_it)
                if image:
                    found[files[name]] = image
        missing = {frame for frame in frames if frame not in found and is_safe(frame)}
        found.update(self._under_other_names(folder, missing))
        return {frame: found[frame] for frame in frames if frame in found}

    def _under_other_names(self, folder: Folder, missing: set[Frame]) -> dict[Frame, Image]:
        """The complete images that v1 wrote under other names."""
        found: dict[Frame, Image] = {}
        shots: dict[str, set[str]] = defaultdict(set)
        for frame in missing:
            shots[frame.style].add(frame.shot)
        for style, wanted in shots.items():
            for named in named_images(folder, style, wanted):
                frame = Frame(style, named.shot, named.beat)
                if frame in missing and frame not in found and named.path != frame.image_path:
                    image = self._at(folder, named.path)
                    if image:
                        found[frame] = image
        return found

    def _unprompted(self, folder: Folder, known: Collection[Frame]) -> dict[Frame, Image]:
        found: dict[Frame, Image] = {}
        for named in all_named_images(folder):
            frame = Frame(named.style, named.shot, named.beat)
            image = None if frame in known or frame in found else self._at(folder, named.path)
            if image:
                found[frame] = image
        return found

    def _at(self, folder: Folder, path: str) -> Image | None:
        inside, _, name = path.rpartition("/")
        for _, status, open_it in folder.files.each(inside, [name]):
            return self._known_or_read(folder, path, status, open_it)
        return None

    def _known_or_read(
        self, folder: Folder, path: str, status: os.stat_result, open_it: Callable[[], int | None]
    ) -> Image | None:
        key = f"{folder.path}/{path}"
        known = self._known.get(key)
        if known and known[0] == _stamp(status):
            return known[1]
        handle = open_it()
        stamp, image = ((0, 0, 0), None) if handle is None else _measured(path, handle)
        while len(self._known) >= CACHED:
            with contextlib.suppress(KeyError, StopIteration, RuntimeError):  # another thread was quicker
                del self._known[next(iter(self._known))]
        self._known[key] = stamp, image
        return image


def is_safe(frame: Frame) -> bool:
    """Return whether the frame's parts may become a path."""
    return bool(STYLE_NAME.match(frame.style) and NUMBER.match(frame.shot) and NUMBER.match(frame.beat))


def stored_path(folder: Folder, frame: Frame) -> str:
    """Return where the frame's image lies: at the contract's path, unless only v1's other spelling has a complete one.

    A new image goes there too, so that v1 and this app find the same.
    """
    if look(folder, frame.image_path)[1] is None:
        for named in named_images(folder, frame.style, {frame.shot}):
            if named.beat == frame.beat and look(folder, named.path)[1]:
                return named.path
    return frame.image_path


def look(folder: Folder, path: str) -> tuple[tuple[int, int, int], Image | None]:
    """Return a file's stamp and its image, freshly read; None when it is not a complete image."""
    try:
        handle = folder.files.open(path)
    except BadFile:
        handle = None
    return ((0, 0, 0), None) if handle is None else _measured(path, handle)


def _measured(path: str, handle: int) -> tuple[tuple[int, int, int], Image | None]:
    """Return a file's stamp and its image, and close the handle."""
    try:
        status = os.fstat(handle)
        stamp = _stamp(status)
        shape = measure(_beginning_at_once(functools.partial(os.pread, handle)), status.st_size)
    except OSError:
        return (0, 0, 0), None
    finally:
        os.close(handle)
    if shape is None:
        return stamp, None
    version = hashlib.blake2s("-".join(map(str, stamp)).encode(), digest_size=6).hexdigest()
    return stamp, Image(path, shape.format, status.st_size, version, shape.width, shape.height, shape.texts)


def _beginning_at_once(read: Callable[[int, int], bytes]) -> Read:
    beginning = read(_BEGINNING, 0)

    def from_there(count: int, place: int) -> bytes:
        if place + count <= len(beginning):
            return beginning[place : place + count]
        return read(count, place)

    return from_there


def measure(read: Read, size: int) -> ImageShape | None:
    """Return the format and size of these bytes, or None unless they are a complete PNG, JPEG or WebP."""
    head = read(32, 0)
    kind = image_type(head)
    shape = None
    if kind == PNG:
        shape = _measure_png(read, size, head)
    elif kind == JPEG:
        shape = _measure_jpeg(read, size)
    elif kind == WEBP:
        shape = _measure_webp(size, head)
    return shape if shape and 0 < shape.width <= MAX_SIDE and 0 < shape.height <= MAX_SIDE else None


def _measure_png(read: Read, size: int, head: bytes) -> ImageShape | None:
    if head[8:16] != b"\0\0\0\rIHDR" or len(head) < 24:
        return None
    place, pixels = 8, False
    texts: dict[str, str] = {}
    for _ in range(MAX_PARTS):
        chunk = read(12, place)
        if chunk == _PNG_END:
            width, height = struct.unpack(">II", head[16:24])
            return ImageShape("png", width, height, texts) if pixels else None
        if len(chunk) < 12 or not chunk[4:8].isalpha():
            return None
        pixels = pixels or chunk[4:8] == b"IDAT"
        if chunk[4:8] == b"tEXt" and not pixels and len(texts) < MAX_TEXTS:
            name, _, text = read(min(MAX_TEXT, int.from_bytes(chunk[:4], "big")), place + 8).partition(b"\0")
            texts[name.decode("latin-1")] = text.decode("latin-1")
        place += 12 + int.from_bytes(chunk[:4], "big")
        if place >= size:
            return None
    return None


def _measure_jpeg(read: Read, size: int) -> ImageShape | None:
    tail = read(_TAIL, max(0, size - _TAIL))
    if not tail.rstrip(b"\0\t\n\r ").endswith(b"\xff\xd9"):  # some writers pad
        return None
    place = 2
    for _ in range(MAX_PARTS):
        segment = read(9, place)
        if len(segment) < 9 or segment[0] != 0xFF:
            return None
        if segment[1] in _SIZES:
            height, width = struct.unpack(">HH", segment[5:9])
            return ImageShape("jpeg", width, height)
        if segment[1] == 0xFF:  # a fill byte
            place += 1
        else:
            place += 2 + int.from_bytes(segment[2:4], "big")
    return None


def _measure_webp(size: int, head: bytes) -> ImageShape | None:
    if len(head) < 30 or int.from_bytes(head[4:8], "little") + 8 > size:
        return None
    kind = head[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", head[26:30])
        return ImageShape("webp", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return ImageShape("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        return ImageShape("webp", int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1)
    return None


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_mtime_ns, status.st_size, status.st_ino
