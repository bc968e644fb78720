"""Check of a project's disk before every call: an image that is paid for must find a place."""

from __future__ import annotations

from webapp.disk.files.folder import Folder
from webapp.errors import DiskTrouble

IMAGES = 4
"""Images that must find room: the bytes that come, the finished file, and as much again for what else is written."""

BEFORE_THE_FIRST = 16_000_000
"""Bytes that must be free before the size of this project's images is known."""

LEAST = 1_000_000
"""Bytes that must be free however small the images are: the journal and the progress files grow too."""


class DiskSpace:
    """Knows how many bytes the next image needs, by the ``largest`` one so far (bytes; 0: there is none)."""

    def __init__(self, folder: Folder, largest: int = 0) -> None:
        self._folder = folder
        self._largest = largest
        self._refused: dict[str, str] = {}

    @property
    def needed(self) -> int:
        """Bytes that must be free for a call to begin."""
        return max(LEAST, IMAGES * self._largest) if self._largest else BEFORE_THE_FIRST

    def add(self, size: int) -> None:
        """Take an image of this many bytes into account."""
        self._largest = max(self._largest, size)

    def refuse(self, attempt: str, sentence: str) -> None:
        """Let no call begin while the disk does not take the bytes of this attempt, for the reason given."""
        self._refused[attempt] = sentence

    def end_refusal(self, attempt: str) -> None:
        """Let calls begin again as far as this attempt is concerned."""
        self._refused.pop(attempt, None)

    def check(self) -> None:
        """Refuse a call that has no room for its image.

        Raises:
            DiskTrouble: there is not enough room, the bytes of another call find none, or the folder is gone.
        """
        for sentence in self._refused.values():
            raise DiskTrouble(sentence)
        free = self._folder.free_space()
        if free < self.needed:
            raise DiskTrouble(
                f"The disk is full: {free / 1e6:.0f} MB are free, and the next image may need "
                f"{self.needed / 1e6:.0f} MB. Free some space, then go on."
            )
