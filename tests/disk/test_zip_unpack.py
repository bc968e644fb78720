"""A ZIP becomes a project whole, or nothing is written at all."""

from __future__ import annotations

import io
import json
import stat
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness import zip_samples
from tests.harness.zip_samples import PROMPTS, packed, project
from webapp.core import zip_rules as archive
from webapp.disk.files.writer import FolderWriter
from webapp.disk.library import Library
from webapp.disk.new_projects import NewProjects
from webapp.disk.project_store import ProjectStore
from webapp.errors import BadInput, DiskTrouble, Step8Error


class Full(FolderWriter):
    """A disk with a thousand bytes left."""

    def free_space(self) -> int:
        return 1000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty projects root."""
    root = tmp_path / "projects"
    root.mkdir()
    return root


@pytest.fixture
def arrivals(root: Path) -> NewProjects:
    return NewProjects(Library(root))


def tree(folder: Path) -> set[str]:
    """Every file below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}


def refused(arrivals: NewProjects, root: Path, file: io.BytesIO) -> str:
    """Why a ZIP is refused; nothing of it may be left anywhere."""
    with pytest.raises(BadInput) as caught:
        arrivals.take_in(file)
    assert list(root.iterdir()) == []
    assert {path.name for path in root.parent.iterdir()} == {"projects"}
    return str(caught.value)


def test_a_zip_of_a_projects_folder_becomes_a_project(arrivals: NewProjects, root: Path) -> None:
    folder = arrivals.take_in(packed({f"My Film/{name}": body for name, body in project().items()}))
    assert folder.name == "my-film"
    assert tree(root / "my-film") == {"prompts/prompts-clear.json", "book.txt", ".step8/project.json"}
    assert ProjectStore().project(folder).title == "My Film"
    assert ProjectStore().project(folder).total == 1


def test_a_zip_of_a_folders_content_is_named_by_its_file(arrivals: NewProjects) -> None:
    folder = arrivals.take_in(packed(project()), file_name="C:\\Users\\me\\Walden.zip")
    assert (folder.name, ProjectStore().records.title(folder)) == ("walden", "Walden")
    again = arrivals.take_in(packed(project()), file_name="Walden.zip")
    assert again.name == "walden-2"


def test_a_zip_of_the_prompts_alone_is_a_project(arrivals: NewProjects) -> None:
    folder = arrivals.take_in(packed({"prompts/prompts-clear.json": PROMPTS}), title="Only prompts")
    assert ProjectStore().project(folder).total == 1


def test_of_the_apps_own_state_only_the_title_is_taken(arrivals: NewProjects, root: Path) -> None:
    state = {
        ".step8__project.json": json.dumps({"title": "Walden", "archivedAt": "x", "other": 1}).encode(),
        ".step8__run.json": b'{"id": "r", "state": "generating", "seq": 9}',
        ".step8__journal.jsonl": b"{}",
        ".hidden": b"",
    }
    folder = arrivals.take_in(packed(project(**state)))
    assert tree(root / folder.name) == {"prompts/prompts-clear.json", "book.txt", ".step8/project.json"}
    assert json.loads((root / folder.name / ".step8/project.json").read_text()) == {"title": "Walden"}
    assert not ProjectStore().records.run(folder).active


def test_what_systems_leave_in_a_zip_is_passed_over(arrivals: NewProjects, root: Path) -> None:
    files = {f"film/{name}": body for name, body in project().items()}
    folder = arrivals.take_in(packed({**files, "__MACOSX/film/._book.txt": b"x", "film/.DS_Store": b"x"}))
    assert folder.name == "film"
    assert tree(root / "film") == {"prompts/prompts-clear.json", "book.txt", ".step8/project.json"}


def test_names_written_in_utf8_without_saying_so_are_read(arrivals: NewProjects, root: Path) -> None:
    data = packed({"prompts/a.json": PROMPTS, "voiceover/Größe.mp3": b"x"}).getvalue()
    plain = bytearray(data)
    for mark, place in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = data.rindex(mark)
        plain[at + place + 1] &= ~0x08
    folder = arrivals.take_in(io.BytesIO(bytes(plain)), title="Film")
    assert "voiceover/Größe.mp3" in tree(root / folder.name)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.txt",
        "prompts/../../evil.txt",
        "/etc/evil.txt",
        "//host/evil.txt",
        "prompts\\..\\..\\evil.txt",
        "C:/evil.txt",
        "C:evil.txt",
        "prompts//evil.txt",
        "./evil.txt",
        "prompts/./evil.txt",
        "evil\0.txt",
        "evil\n.txt",
        "evil.txt ",
        "evil.",
        "con",
        "prompts/NUL.json",
        "e" * 300,
        "a/" * 20 + "evil.txt",
        "..",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(arrivals: NewProjects, root: Path, name: str) -> None:
    out = packed(project())
    with zipfile.ZipFile(out, "a") as archive:
        info = zipfile.ZipInfo("x")
        info.filename = info.orig_filename = name
        archive.writestr(info, b"evil")
    told = refused(arrivals, root, io.BytesIO(out.getvalue()))
    assert "leads out" in told or "cannot be used on every system" in told or "folders deep" in told


def test_links_and_devices_are_refused(arrivals: NewProjects, root: Path) -> None:
    link = zip_samples.with_mode("voiceover/a.mp3", b"/etc/passwd", stat.S_IFLNK | 0o777)
    assert "is a link" in refused(arrivals, root, link)
    assert "no regular file" in refused(arrivals, root, zip_samples.with_mode("pipe", b"", stat.S_IFIFO | 0o644))


def test_an_encrypted_zip_is_refused(arrivals: NewProjects, root: Path) -> None:
    assert "encrypted" in refused(arrivals, root, zip_samples.encrypted())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_unusual_packing_is_refused(arrivals: NewProjects, root: Path, method: int) -> None:
    assert "packed in a way" in refused(arrivals, root, packed(project(), method))


def test_an_archive_inside_is_refused(arrivals: NewProjects, root: Path) -> None:
    inner = packed(project()).getvalue()
    assert "archive inside" in refused(arrivals, root, packed(project(more__inner__zip=b"", **{"more.zip": inner})))


@pytest.mark.parametrize("names", [("book.txt", "Book.TXT"), ("a/é.txt", "a/e\u0301.txt"), ("x", "x/y")])
def test_a_name_that_comes_twice_is_refused(arrivals: NewProjects, root: Path, names: tuple[str, str]) -> None:
    files = {"prompts/prompts-clear.json": PROMPTS, **dict.fromkeys(names, b"x")}
    assert "twice" in (told := refused(arrivals, root, packed(files))) or "a file and a folder" in told


def test_a_bomb_is_refused_before_anything_is_written(arrivals: NewProjects, root: Path) -> None:
    assert "hundred times" in refused(arrivals, root, packed(project(zeros=bytes(archive.FREE_RATIO + 1))))


def test_files_that_lie_over_each_other_are_refused(arrivals: NewProjects, root: Path) -> None:
    assert "over each other" in refused(arrivals, root, zip_samples.overlapping())


@pytest.mark.parametrize("size", [999_999, 1_000_001, 0, 100])
def test_a_table_of_contents_that_lies_leaves_nothing(arrivals: NewProjects, root: Path, size: int) -> None:
    assert "damaged" in refused(arrivals, root, zip_samples.lying(size))


def test_a_million_entries_are_refused_without_reading_them(arrivals: NewProjects, root: Path) -> None:
    file = zip_samples.crowded(1_000_000)
    tracemalloc.start()
    told = refused(arrivals, root, file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "more than 20,000 files" in told
    assert peak < 20_000_000


def test_a_zip_of_the_large_kind_is_refused(arrivals: NewProjects, root: Path) -> None:
    data = packed(project()).getvalue()
    end = data.rindex(b"PK\5\6")
    locator = b"PK\6\7" + bytes(16)
    assert "too large" in refused(arrivals, root, io.BytesIO(data[:end] + locator + data[end:]))


def test_limits_of_size_and_count_are_kept(root: Path) -> None:
    entry = archive.ZipEntry("prompts/prompts-clear.json", 10, 10, 0, 60)
    huge = archive.ZipEntry("huge.wav", archive.MAX_FILE + 1, archive.MAX_FILE, 60, 90)
    with pytest.raises(BadInput, match=r"huge\.wav.* is larger than 512 MB"):
        archive.plan([entry, huge])
    many = [archive.ZipEntry(f"w/{n}.wav", archive.MAX_FILE, archive.MAX_FILE, n, n + 1) for n in range(20)]
    with pytest.raises(BadInput, match="larger than 8 GB"):
        archive.plan([entry, *many])
    with pytest.raises(BadInput, match="more than 20,000"):
        archive.plan([entry] * (archive.MAX_ENTRIES + 1))


@pytest.mark.parametrize(
    "body",
    [b"", b"PK", b"not a zip", b"PK\5\6" + bytes(18), b"PK\3\4" + bytes(100), packed(project()).getvalue()[:-5]],
)
def test_what_is_no_zip_is_refused(arrivals: NewProjects, root: Path, body: bytes) -> None:
    assert refused(arrivals, root, io.BytesIO(body))


def test_a_zip_without_a_project_is_refused(arrivals: NewProjects, root: Path) -> None:
    assert "no project" in refused(arrivals, root, packed({"holiday/1.jpg": b"x", "holiday/2.jpg": b"y"}))


def test_damaged_content_leaves_nothing(arrivals: NewProjects, root: Path) -> None:
    data = bytearray(packed(project(), zipfile.ZIP_STORED).getvalue())
    data[data.index(b"Once")] ^= 0xFF
    assert "damaged" in refused(arrivals, root, io.BytesIO(bytes(data)))


def test_a_full_disk_is_told_before_anything_is_written(root: Path) -> None:
    arrivals = NewProjects(Library(root, Full))
    with pytest.raises(DiskTrouble, match="too little room"):
        arrivals.take_in(packed(project()))
    assert list(root.iterdir()) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    names=st.lists(
        st.lists(
            st.sampled_from(["prompts", "a", "..", ".", "", "book.txt", "é", "A", "\\", "x\0", ".step8"])
            | st.text("ab./\\:", max_size=4),
            min_size=1,
            max_size=4,
        ).map("/".join),
        max_size=6,
    ),
    flips=st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 255)), max_size=4),
)
def test_whatever_a_zip_holds_nothing_is_written_outside(
    tmp_path: Path, names: list[str], flips: list[tuple[int, int]]
) -> None:
    root = tmp_path / "projects"
    root.mkdir(exist_ok=True)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in ["prompts/prompts-clear.json", *names]:
            info = zipfile.ZipInfo("x")
            info.filename = info.orig_filename = name
            file.writestr(info, PROMPTS)
    data = bytearray(out.getvalue())
    for place, bits in flips:
        data[place % len(data)] ^= bits
    before = {path.name for path in root.iterdir()}
    try:
        folder = NewProjects(Library(root)).take_in(io.BytesIO(bytes(data)))
    except Step8Error:
        assert {path.name for path in root.iterdir()} == before
    else:
        assert {path.name for path in root.iterdir()} == {*before, folder.name}
    assert [path.name for path in tmp_path.iterdir()] == ["projects"]
