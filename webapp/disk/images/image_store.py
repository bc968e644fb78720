"""Store of images: the way of an image to its place, in an order that loses nothing that was paid for.

Bytes to the spool, synced → validated and re-encoded beside the final name, synced → linked to the final name, never
overwriting → folder synced → spool removed. At whatever step the process dies, `ImageStore.recover` goes on there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

import PIL.Image

from webapp.core.project import Frame, Project
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native, run_pixels
from webapp.disk.images import publishing, recovery, thumbnails
from webapp.disk.images.completeness import Image

log = logging.getLogger("step8.pictures")


class ImageStore:
    """Spools, publishes and recovers images, without state: the project's folder is all there is.

    Make it in the main thread: it loads every format that Pillow would load at the first image. Two native threads that
    import one module at the same time wait for each other's import lock, which gevent has replaced and does not
    reliably hand from thread to thread; one of the first images of a process could hang for ever.
    """

    def __init__(self) -> None:
        PIL.Image.init()

    def spool(self, folder: Folder, attempt: str, body: bytes) -> Path:
        """Write the bytes of an attempt, synced. From here no crash can lose them.

        Raises:
            DiskTrouble: they could not be kept.
        """
        return run_native(publishing.spool, folder, attempt, body)

    def publish(
        self,
        folder: Folder,
        frame: Frame,
        attempt: str,
        metadata: Mapping[str, str],
        replaces: str = "",
        body: bytes | None = None,
    ) -> Image:
        """Make the attempt's spooled bytes the frame's image: validated, a real PNG with this metadata, whole or not.

        ``body``, if given, saves reading them. The thumbnail is made of the same decoding. A complete image that is
        there already wins, unless it is the version that this one ``replaces``; the other one is kept in the frame's
        history. Anything else of that name is moved to ``.step8/quarantine``. Idempotent.

         Raises:
            NoImage: the bytes are no usable image; they are kept in ``.step8/quarantine`` for a while.
            LeaseLost: another worker's recovery took the project over; the bytes are still spooled, or published.
            DiskTrouble: the disk refused; the bytes are still spooled.
        """
        return run_pixels(publishing.publish, folder, frame, attempt, metadata, replaces, body)

    def recover(self, folder: Folder, project: Project) -> list[tuple[Frame, Image]]:
        """Finish what a crash interrupted: spooled bytes become images, leftovers of unfinished writes are deleted.

        The frame of an attempt is in its journal record. Bytes of an attempt the journal does not know are moved to the
        quarantine for good. Returns the restored images. Idempotent; only for the worker that drives the project.

        Raises:
            DiskTrouble: the disk refused; nothing is lost.
        """
        restored = run_native(recovery.recover, folder)
        strays = [frame.id for frame, _ in restored if project.beat(frame) is None]
        if strays:
            log.info("project=%s frames=%s restored, but no prompts file has them now", folder.name, strays)
        return restored

    def thumbnail(self, folder: Folder, frame: Frame) -> Path | None:
        """Return the path of a small WebP of the frame's image, made once for each version of it.

        None when there is no complete image, or when the thumbnail cannot be made or kept.
        """
        return run_pixels(thumbnails.thumbnail, folder, frame)

    def small(self, folder: Folder, image: Image) -> bytes | None:
        """Return a small WebP of any image of the project, made anew each time; None when it cannot be made."""
        return run_pixels(thumbnails.small, folder, image)
