"""Names of image files: those of the contract, and those that v1 made of spellings it did not strip.

v1 wrote ``Beat_Beat8.1.png`` for "Beat8.1" and ``Shot_Shot 2`` for "Shot 2"; a later run finds them there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from webapp.core.project import STYLE_NAME, Frame, beat_number, shot_number
from webapp.disk.files.folder import IMAGES, Folder
from webapp.errors import BadFile

SHOT, BEAT, SUFFIX = "Shot_", "Beat_", ".png"


@dataclass(frozen=True, slots=True)
class NamedImage:
    """A file that is named like an image: ``beat`` and ``shot`` without prefix where they are numbers."""

    style: str
    shot: str
    beat: str
    path: str


def is_image_name(path: str) -> bool:
    """Return whether a path, relative to the project, is named like a generated image."""
    parts = path.split("/")
    if len(parts) != 4 or parts[0] != IMAGES:
        return False
    _, style, shot, beat = parts
    return bool(STYLE_NAME.match(style)) and shot.startswith(SHOT) and beat.startswith(BEAT) and beat.endswith(SUFFIX)


def named_images(folder: Folder, style: str, shots: Collection[str] | None = None) -> Iterator[NamedImage]:
    """Yield the files of a style that are named like images, those at the contract's path first.

    ``shots`` are those whose folders are looked into; None: all.
    """
    if not STYLE_NAME.match(style):
        return
    odd: list[NamedImage] = []
    for inside in _names(folder, f"{IMAGES}/{style}"):
        if not inside.startswith(SHOT):
            continue
        written = inside.removeprefix(SHOT)
        shot = shot_number(written) or written
        if shots is not None and shot not in shots:
            continue
        for name in _names(folder, f"{IMAGES}/{style}/{inside}"):
            if name.startswith(BEAT) and name.endswith(SUFFIX):
                spelled = name.removeprefix(BEAT).removesuffix(SUFFIX)
                image = NamedImage(style, shot, beat_number(spelled) or spelled, f"{IMAGES}/{style}/{inside}/{name}")
                if image.path == Frame(style, image.shot, image.beat).image_path:
                    yield image
                else:
                    odd.append(image)
    yield from odd


def all_named_images(folder: Folder) -> Iterator[NamedImage]:
    """Yield the files of every style that are named like images."""
    for style in _names(folder, IMAGES):
        yield from named_images(folder, style)


def _names(folder: Folder, inside: str) -> list[str]:
    try:
        return folder.files.names(inside)
    except BadFile:  # a link or a file, so nothing of v1 is in there
        return []
