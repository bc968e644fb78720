"""The one reader and writer: whole files or none, never through a link, never a folder that vanished."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.disk.files.os_calls import rename_exclusively
from webapp.disk.files.writer import FolderWriter
from webapp.errors import BadFile, DiskTrouble, LeaseLost


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "project"
    path.mkdir()
    return path


@pytest.fixture
def files(base: Path) -> FolderWriter:
    return FolderWriter(base)


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    path = tmp_path / "outside"
    path.mkdir()
    (path / "secret.txt").write_text("secret")
    return path


def names(base: Path) -> list[str]:
    return sorted(path.relative_to(base).as_posix() for path in base.rglob("*"))


def test_a_file_is_written_whole_with_its_folders_and_mode(files: FolderWriter, base: Path) -> None:
    files.write_whole("a/b/c.json", b"one", 0o600)
    files.write_whole("a/b/c.json", b"two", 0o600)
    assert names(base) == ["a", "a/b", "a/b/c.json"]
    assert (base / "a/b/c.json").read_bytes() == b"two"
    assert (base / "a/b/c.json").stat().st_mode & 0o777 == 0o600
    assert files.read("a/b/c.json", 10) == b"two"


def test_a_reader_never_sees_half_a_file(files: FolderWriter, base: Path) -> None:
    files.write_whole("a.txt", b"old" * 1000)
    with open(base / "a.txt", "rb") as reader:
        files.write_whole("a.txt", b"new" * 1000)
        assert reader.read() == b"old" * 1000
    assert files.read("a.txt", 10_000) == b"new" * 1000


def test_what_is_not_there_reads_as_nothing(files: FolderWriter) -> None:
    assert files.read("a.txt", 10) is None
    assert files.read("a/b.txt", 10) is None
    assert files.names("a") == []
    assert files.stats("a", ["b"]) == {}
    assert not files.exists("a/b")
    files.remove("a/b")


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "a//b", "", "a\0b"])
def test_a_path_that_leads_out_is_a_mistake_of_the_program(files: FolderWriter, path: str) -> None:
    with pytest.raises(ValueError):
        files.read(path, 10)
    with pytest.raises(ValueError):
        files.write_whole(path, b"")
    with pytest.raises(ValueError):
        files.remove(path)


def test_nothing_is_read_through_a_link(files: FolderWriter, base: Path, outside: Path) -> None:
    (base / "folder").symlink_to(outside)
    (base / "file.txt").symlink_to(outside / "secret.txt")
    for path in ("folder/secret.txt", "file.txt"):
        with pytest.raises(BadFile, match="links are not followed"):
            files.read(path, 100)
    with pytest.raises(BadFile):
        files.names("folder")
    assert files.stats("folder", ["secret.txt"]) == {}
    assert files.stats(".", ["file.txt"]) == {}


def test_nothing_is_written_through_a_link(files: FolderWriter, base: Path, outside: Path) -> None:
    (base / "folder").symlink_to(outside)
    (base / "file.txt").symlink_to(outside / "secret.txt")
    with pytest.raises(DiskTrouble, match="folder must be"):
        files.write_whole("folder/new.txt", b"x")
    with pytest.raises(DiskTrouble):
        files.append_synced("file.txt", b"x")
    files.write_whole("file.txt", b"mine")
    assert sorted(path.name for path in outside.iterdir()) == ["secret.txt"]
    assert (outside / "secret.txt").read_text() == "secret"
    assert not (base / "file.txt").is_symlink()


@pytest.mark.timeout(60)
def test_a_pipe_or_a_folder_is_refused_at_once(files: FolderWriter, base: Path) -> None:
    os.mkfifo(base / "pipe")
    (base / "folder").mkdir()
    for path in ("pipe", "folder"):
        with pytest.raises(BadFile, match="not a regular file"):
            files.read(path, 10)


def test_a_file_above_the_limit_is_not_read(files: FolderWriter) -> None:
    files.write_whole("a.txt", b"12345")
    assert files.read("a.txt", 5) == b"12345"
    with pytest.raises(BadFile, match="larger"):
        files.read("a.txt", 4)


def test_a_folder_that_vanished_is_never_made_again(files: FolderWriter, base: Path) -> None:
    shutil.rmtree(base)
    for act in (
        lambda: files.write_whole("a.txt", b"x"),
        lambda: files.make_folder("a/b"),
        lambda: files.append_synced("a", b"x"),
        lambda: files.read("a.txt", 10),
        files.free_space,
    ):
        with pytest.raises(DiskTrouble, match="folder is gone"):
            act()
    assert not base.exists()


def test_another_folder_in_its_place_is_not_mistaken_for_it(files: FolderWriter, base: Path) -> None:
    base.rename(base.parent / "moved")
    base.mkdir()
    with pytest.raises(DiskTrouble, match="folder is gone"):
        files.write_whole("a.txt", b"x")
    assert names(base) == []


def test_a_link_never_overwrites(files: FolderWriter, base: Path) -> None:
    files.write_new("a.tmp", b"new")
    files.write_whole("a.png", b"old")
    assert not files.link_new("a.tmp", "a.png")
    assert files.read("a.png", 10) == b"old"
    assert files.link_new("a.tmp", "b.png")
    assert files.read("b.png", 10) == b"new"
    assert names(base) == ["a.png", "b.png"]


def test_a_temporary_file_that_another_worker_swept_away_means_the_lease_is_lost(files: FolderWriter) -> None:
    files.make_folder("images")
    with pytest.raises(LeaseLost):
        files.link_new("images/a.tmp", "images/a.png")


def test_without_hard_links_a_file_is_published_as_safely(base: Path) -> None:
    handle = os.open(base, os.O_RDONLY)
    try:
        (base / "a.tmp").write_text("new")
        (base / "a.png").write_text("old")
        assert not rename_exclusively(handle, "a.tmp", "a.png")
        assert (base / "a.png").read_text() == "old"
        assert rename_exclusively(handle, "a.tmp", "b.png")
        assert names(base) == ["a.png", "b.png"]
        (base / "a.tmp").write_text("newer")
        (base / "c.png.claim.tmp").touch()
        with pytest.raises(FileExistsError):  # another worker is at it
            rename_exclusively(handle, "a.tmp", "c.png")
    finally:
        os.close(handle)


def test_a_torn_line_is_closed_before_the_next_one(files: FolderWriter, base: Path) -> None:
    (base / "j").write_bytes(b'{"a": 1}\n{"b"')
    files.append_synced("j", b'{"c": 3}')
    files.append_synced("j", b'{"d": 4}')
    assert (base / "j").read_bytes() == b'{"a": 1}\n{"b"\n{"c": 3}\n{"d": 4}\n'


FULL = """
import resource, sys
from pathlib import Path
from webapp.disk.files.writer import FolderWriter
from webapp.errors import DiskTrouble
files = FolderWriter(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
for act in (files.write_whole, files.write_new):
    try:
        act("a.png", b"x" * 100_000)
    except DiskTrouble as error:
        print(error)
"""


def test_a_disk_that_takes_no_more_leaves_the_old_file_and_no_leftover(files: FolderWriter, base: Path) -> None:
    files.write_whole("keep.txt", b"old")
    done = subprocess.run([sys.executable, "-c", FULL, str(base)], capture_output=True, text=True, check=True)
    said = done.stdout.splitlines()
    assert len(said) == 2
    assert all("The disk refuses a file of this size (a.png)." in line for line in said)
    assert names(base) == ["keep.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_told_in_plain_words(files: FolderWriter, base: Path) -> None:
    base.chmod(0o555)
    try:
        with pytest.raises(DiskTrouble, match="Give it the permission"):
            files.write_whole("a.txt", b"x")
    finally:
        base.chmod(0o755)


def test_only_one_at_a_time_holds_the_lock(files: FolderWriter, base: Path) -> None:
    script = """
import fcntl, os, sys
handle = os.open(sys.argv[1], os.O_RDONLY)
try:
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("free")
except BlockingIOError:
    print("held")
"""

    def seen() -> str:
        return subprocess.run([sys.executable, "-c", script, str(base)], capture_output=True, text=True).stdout.strip()

    with files.locked():
        assert seen() == "held"
    assert seen() == "free"
