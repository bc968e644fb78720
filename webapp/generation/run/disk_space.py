"""Whether a project's disk has room for another picture. Asked before every call: a paid picture must find a place."""

from __future__ import annotations

from typing import Protocol

from webapp.errors import DiskTrouble

PICTURES = 4
"""Pictures that must find room: the bytes that come, the finished file, and as much again for what else is written."""

FIRST = 16_000_000
"""Bytes that must be free before anything is known of the size of this project's pictures."""

LEAST = 1_000_000
"""Bytes that must be free however small the pictures are: the journal and the progress files grow too."""


class Disk(Protocol):
    """The project's folder, as far as its disk is concerned."""

    def free_space(self) -> int: ...


class DiskSpace:
    """The room that the next picture needs, by the ``largest`` so far (bytes; 0 when there is none)."""

    def __init__(self, disk: Disk, largest: int = 0) -> None:
        self._disk = disk
        self._largest = largest

    @property
    def needed(self) -> int:
        """Bytes that must be free for a call to begin."""
        return max(LEAST, PICTURES * self._largest) if self._largest else FIRST

    def saw(self, size: int) -> None:
        """A picture of this many bytes came."""
        self._largest = max(self._largest, size)

    def check(self) -> None:
        """Say nothing when there is room.

        Raises:
            DiskTrouble: there is not enough, or the folder is gone.
        """
        free = self._disk.free_space()
        if free < self.needed:
            raise DiskTrouble(
                f"The disk is full: {free / 1e6:.0f} MB are free, and the next image may need "
                f"{self.needed / 1e6:.0f} MB. Free some space, then go on."
            )
