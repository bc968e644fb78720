"""A disk that breaks its promises is refused before anything is paid for."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest

from webapp.disk.files.os_calls import PRIVATE
from webapp.disk.files.writer import FolderWriter
from webapp.disk.library import Library
from webapp.errors import DiskTrouble


class OverwritingFiles(FolderWriter):
    """A share whose links replace what has the name already."""

    def link_new(self, temporary: str | PurePosixPath, path: str | PurePosixPath) -> bool:
        os.replace(self.base / temporary, self.base / path)
        return True


class CopyingFiles(FolderWriter):
    """A share that renames by copying, and leaves the old name."""

    def move(self, path: str | PurePosixPath, new: str | PurePosixPath) -> None:
        super().write_whole(new, (self.base / path).read_bytes())


class ForgettingFiles(FolderWriter):
    """A share on which an append begins the file anew, as some do that cache on each machine."""

    def append_synced(self, path: str | PurePosixPath, line: bytes, mode: int = PRIVATE) -> None:
        (self.base / path).write_bytes(line + b"\n")


class UnsyncedFiles(FolderWriter):
    """A disk that cannot write through."""

    def append_synced(self, path: str | PurePosixPath, line: bytes, mode: int = PRIVATE) -> None:
        raise DiskTrouble("The disk reports an error. Check the disk, then go on.")


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (OverwritingFiles, "gives one name to two files"),
        (CopyingFiles, "does not replace a file as a whole"),
        (ForgettingFiles, "loses lines"),
        (UnsyncedFiles, "reports an error"),
    ],
)
def test_it_is_refused_with_a_reason_and_nothing_stays_behind(
    tmp_path: Path, kind: type[FolderWriter], told: str
) -> None:
    (tmp_path / "film").mkdir()
    folder = Library(tmp_path, kind).find("film")
    with pytest.raises(DiskTrouble, match=told):
        folder.check_writable()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_sound_one_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "film").mkdir()
    Library(tmp_path).find("film").check_writable()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
