"""The shim itself: a program that knows nothing of it meets its faults."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.disk_fault_shim import (
    Rule,
    delay,
    environment,
    fail,
    kill,
)

PROGRAM = """
import os, sys
folder = os.open(sys.argv[1], os.O_RDONLY)
for number in range(3):
    try:
        handle = os.open(f"{number}.tmp", os.O_CREAT | os.O_WRONLY, dir_fd=folder)
        os.write(handle, b"0123456789")
        os.fsync(handle)
        os.close(handle)
        os.rename(f"{number}.tmp", f"{number}.txt", src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        print(error.strerror)
"""


def run(folder: Path, *rules: Rule) -> subprocess.CompletedProcess[str]:
    fired = folder.parent / "fired"
    armed = [Rule(**{**vars(rule), "fired": str(fired)}) for rule in rules]
    command = [sys.executable, "-c", PROGRAM, str(folder)]
    return subprocess.run(
        command, env={**os.environ, **environment(armed)}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def names(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_size for file in sorted(folder.iterdir())}


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        (kill("fsync", r"1\.tmp"), {"0.txt": 10, "1.tmp": 10}),
        (kill("write", r"folder/1", "half"), {"0.txt": 10, "1.tmp": 5}),
        (kill("rename", r"\.txt", nth=2), {"0.txt": 10, "1.tmp": 10}),
        (kill("rename", r"\.txt", "after", nth=2), {"0.txt": 10, "1.txt": 10}),
        (kill("open", r"0\.tmp"), {}),
    ],
)
def test_it_kills_at_the_call_before_after_or_in_the_middle(folder: Path, rule: Rule, left: dict[str, int]) -> None:
    assert run(folder, rule).returncode == -9
    assert names(folder) == left


def test_a_kill_happens_once(folder: Path) -> None:
    rule = kill("fsync", r"1\.tmp")
    assert run(folder, rule).returncode == -9
    assert run(folder, rule).returncode == 0
    assert names(folder) == {"0.txt": 10, "1.txt": 10, "2.txt": 10}


def test_a_refusal_lasts_as_long_as_its_file(folder: Path) -> None:
    full = folder.parent / "full"
    full.touch()
    assert run(folder, fail("write", r"\.tmp", "ENOSPC", full, nth=2)).stdout.count("No space left") == 2
    full.unlink()
    assert run(folder, fail("write", r"\.tmp", "ENOSPC", full)).stdout == ""


def test_a_delay_changes_nothing_else(folder: Path) -> None:
    assert run(folder, delay("fsync", "tmp", 0.01)).returncode == 0
    assert list(names(folder)) == ["0.txt", "1.txt", "2.txt"]
