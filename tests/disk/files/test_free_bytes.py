"""Room of a disk: bytes, and names for more files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from webapp.disk.files.os_calls import FEWEST_INODES, free_bytes


@pytest.mark.parametrize(
    ("files", "names", "expected"),
    [(1000, FEWEST_INODES, 4096 * 10), (1000, FEWEST_INODES - 1, 0), (1000, 0, 0), (0, 0, 4096 * 10)],
)
def test_a_disk_without_inodes_is_full_and_one_that_counts_none_is_not(files: int, names: int, expected: int) -> None:
    status = os.statvfs_result((4096, 4096, 100, 20, 10, files, names, names, 0, 255))
    assert free_bytes(status) == expected


def test_this_disk_has_room(tmp_path: Path) -> None:
    assert free_bytes(os.statvfs(tmp_path)) > 0
