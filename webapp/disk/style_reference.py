"""Style reference of a project: its own image, or the one that a setting names for all projects."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from webapp.core.image_inputs import SIZE
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.images import codec
from webapp.disk.images.completeness import measure
from webapp.errors import BadFile, BadInput, NoImage, UnusableImage

REFERENCE = "style_reference.png"
MAX_REFERENCE = 20_000_000
MAX_REFERENCES = 256
"""Files whose digests are remembered."""


class ReferenceStore:
    """Reads and changes style references. A file's digest is remembered until the file changes.

    ``elsewhere`` is the reference that a setting names for all projects; it goes before the project's own.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, ...], str]] = {}

    def read(self, folder: Folder, elsewhere: Path | None = None) -> bytes | None:
        """Return the image that is sent along with hard cuts, or None when there is none.

        Raises:
            BadFile: it is not a complete image, is too large, or (only ``elsewhere``) is missing.
        """
        return run_native(_read, folder, elsewhere)

    def digest(self, folder: Folder, elsewhere: Path | None = None) -> str:
        """Return the digest of the file that `read` would return; "" when there is none."""
        return run_native(self._digest, folder, elsewhere)

    def write(self, folder: Folder, body: bytes) -> None:
        """Make this image (PNG, JPEG, WebP) the project's own reference, as a real PNG.

        Raises:
            BadInput: it is no usable image, or too large as a PNG; the one that was there stays.
        """
        run_native(_write, folder, body)

    def remove(self, folder: Folder) -> None:
        """Delete the project's own reference, if there is one."""
        run_native(folder.files.remove, REFERENCE)

    def exists(self, folder: Folder) -> bool:
        """Return whether the project has a reference of its own, usable or not."""
        return run_native(folder.files.exists, REFERENCE)

    def _digest(self, folder: Folder, elsewhere: Path | None) -> str:
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
            if self._known.get(key, ((), ""))[0] != stamp:
                while len(self._known) >= MAX_REFERENCES:
                    self._known.pop(next(iter(self._known)), None)
                body = file.read(MAX_REFERENCE)
                self._known[key] = stamp, hashlib.blake2s(body, digest_size=SIZE).hexdigest()
            return self._known[key][1]


def _read(folder: Folder, elsewhere: Path | None) -> bytes | None:
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


def _write(folder: Folder, body: bytes) -> None:
    try:
        png = codec.to_png(body, {})
    except (NoImage, UnusableImage) as error:
        raise BadInput(f"The style reference was not changed. {error}") from error
    if len(png) > MAX_REFERENCE:
        raise BadInput(f"As a PNG the picture is larger than {MAX_REFERENCE // 1_000_000} MB. Make it smaller.")
    folder.files.write_whole(REFERENCE, png)
