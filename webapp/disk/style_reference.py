"""The style reference of a project: its own picture, or the one that a setting names for all projects."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from webapp.core.image_inputs import SIZE
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.images import codec
from webapp.disk.images.completeness import measure
from webapp.errors import BadFile, BadInput, NoImage

REFERENCE = "style_reference.png"
MAX_REFERENCE = 20_000_000
MAX_REFERENCES = 256
"""Digests of references that are remembered."""


class ReferenceStore:
    """Reads and changes references. What a file was found to be is remembered until the file changes."""

    def __init__(self) -> None:
        self._references: dict[str, tuple[tuple[int, ...], str]] = {}

    def reference(self, folder: Folder, elsewhere: Path | None = None) -> bytes | None:
        """The picture sent along with hard cuts: the file ``elsewhere`` if one is set, else the project's own, if any.

        Raises:
            BadFile: it is not a complete image, is too large, or (only ``elsewhere``) is missing.
        """
        return run_native(_reference, folder, elsewhere)

    def reference_digest(self, folder: Folder, elsewhere: Path | None = None) -> str:
        """A digest of the file that `reference` would answer, remembered until it changes; "" when there is none."""
        return run_native(self._reference_digest, folder, elsewhere)

    def _reference_digest(self, folder: Folder, elsewhere: Path | None) -> str:
        try:
            handle = os.open(elsewhere, os.O_RDONLY | os.O_CLOEXEC) if elsewhere else folder.files.open(REFERENCE)
        except (OSError, BadFile):
            return ""
        if handle is None:
            return ""
        with open(handle, "rb") as file:
            status = os.fstat(handle)
            stamp = status.st_mtime_ns, status.st_size, status.st_ino
            key = str(elsewhere or folder.path)
            if self._references.get(key, ((), ""))[0] != stamp:
                while len(self._references) >= MAX_REFERENCES:
                    self._references.pop(next(iter(self._references)), None)
                body = file.read(MAX_REFERENCE)
                self._references[key] = stamp, hashlib.blake2s(body, digest_size=SIZE).hexdigest()
            return self._references[key][1]

    def set_reference(self, folder: Folder, body: bytes) -> None:
        """Make this picture (PNG, JPEG, WebP) the project's own reference, as a real PNG.

        Raises:
            BadInput: it is no picture that can be used, or too large as a PNG; the one that was there stays.
        """
        run_native(_set_reference, folder, body)

    def remove_reference(self, folder: Folder) -> None:
        """Delete the project's own reference. It is no error when there is none."""
        run_native(folder.files.remove, REFERENCE)

    def has_reference(self, folder: Folder) -> bool:
        """Whether the project has a reference of its own, usable or not."""
        return run_native(folder.files.exists, REFERENCE)


def _reference(folder: Folder, elsewhere: Path | None) -> bytes | None:
    name = elsewhere.name if elsewhere else REFERENCE
    try:
        handle = os.open(elsewhere, os.O_RDONLY | os.O_CLOEXEC) if elsewhere else folder.files.open(REFERENCE)
    except OSError as error:
        raise BadFile(name, f"STYLE_REFERENCE cannot be read ({error.strerror}). Correct the setting.") from error
    if handle is None:
        return None
    with open(handle, "rb") as file:
        body = file.read(MAX_REFERENCE + 1)
    if len(body) > MAX_REFERENCE:
        raise BadFile(name, f"the reference is larger than {MAX_REFERENCE // 1_000_000} MB. Make it smaller.")
    if measure(lambda count, place: body[place : place + count], len(body)) is None:
        raise BadFile(name, "the reference is not a complete PNG, JPEG or WebP image. Replace it.")
    return body


def _set_reference(folder: Folder, body: bytes) -> None:
    try:
        png = codec.to_png(body, {})
    except NoImage as error:
        raise BadInput(f"The style reference was not changed. {error}") from error
    if len(png) > MAX_REFERENCE:
        raise BadInput(f"As a PNG the picture is larger than {MAX_REFERENCE // 1_000_000} MB. Make it smaller.")
    folder.files.write_whole(REFERENCE, png)
