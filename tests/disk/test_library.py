"""From a requested path to a project, and never out of the projects root."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from webapp.disk.library import Library
from webapp.errors import BadInput, NoSuchProject, OutsideRoot, Step8Error


def test_the_projects_are_the_folders_of_the_root(library: Library, tmp_path: Path) -> None:
    (library.root / ".hidden").mkdir()
    (library.root / "a file").touch()
    (library.root / "link").symlink_to(tmp_path)
    assert library.names() == ["lighthouse", "malformed"]
    assert Library(tmp_path / "none").names() == []


def test_a_project_is_found_by_relative_and_absolute_path_and_through_links(library: Library) -> None:
    (library.root / "link").symlink_to(library.root / "lighthouse")
    found = [
        library.find(path)
        for path in ("lighthouse", "./lighthouse/", str(library.root / "lighthouse"), "link", "x/../link")
    ]
    assert {folder.name for folder in found} == {"lighthouse"}
    assert len({folder.id for folder in found}) == 1
    assert found[0] == found[1]


def test_a_project_may_lie_deeper(library: Library) -> None:
    (library.root / "client" / "film").mkdir(parents=True)
    folder = library.find("client/film")
    assert folder.name == "client/film"
    assert folder.id != library.find("client").id
    assert len(folder.id) == 16


def test_the_root_itself_may_be_a_link(library: Library, tmp_path: Path) -> None:
    (tmp_path / "other").symlink_to(library.root)
    other = Library(tmp_path / "other")
    assert other.find("lighthouse").id == library.find("lighthouse").id
    assert other.find(str(tmp_path / "other" / "lighthouse")).path == library.root.resolve() / "lighthouse"


@pytest.mark.parametrize("path", ["..", "../x", "/", "/etc", "lighthouse/../../x", "out", "out/deeper", "/tmp/../etc"])
def test_a_path_out_of_the_root_is_refused(library: Library, tmp_path: Path, path: str) -> None:
    (library.root / "out").symlink_to(tmp_path)
    with pytest.raises(OutsideRoot):
        library.find(path)


@pytest.mark.parametrize(
    "path",
    [
        ".",
        "none",
        "lighthouse/book.txt",
        "lighthouse/none",
        "lighthouse/.step8",
        "..\\..\\etc",
        "a" * 300,
        "x/" * 400,
        "circle",
    ],
)
def test_what_is_no_project_is_not_found(library: Library, path: str) -> None:
    (library.root / "circle").symlink_to(library.root / "circle")
    (library.root / "lighthouse" / ".step8").mkdir()
    with pytest.raises(NoSuchProject):
        library.find(path)


@pytest.mark.parametrize("path", ["", " ", "a\0b", "a\nb", "\ud800", "a" * 2000, 5, None, ["a"]])
def test_what_is_no_path_is_a_bad_request(library: Library, path: str) -> None:
    with pytest.raises(BadInput) as caught:
        library.find(path)
    assert caught.value.status in (400, 404)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.text(max_size=30) | st.lists(st.sampled_from(["..", ".", "lighthouse", "", "~", "\\"])).map("/".join))
def test_any_path_is_found_inside_or_refused(library: Library, path: str) -> None:
    try:
        folder = library.find(path)
    except Step8Error as error:
        assert len(str(error).splitlines()) == 1
    else:
        assert library.root.resolve() in folder.path.parents


def test_a_new_project_has_its_folder_and_title(library: Library) -> None:
    folder = library.create("Größe 1_a-b.c", "My  film\n")
    assert folder.name in library.names()
    assert sorted(path.name for path in folder.path.iterdir()) == [".step8", "prompts"]
    assert (folder.state / "project.json").read_text("utf-8") == '{\n  "title": "My film"\n}\n'
    assert (folder.state / "project.json").stat().st_mode & 0o777 == 0o600


def test_a_new_project_may_be_asked_for_by_its_absolute_path_and_deeper(library: Library) -> None:
    assert library.create(str(library.root / "new"), "").name == "new"
    assert library.create("client/film", "").name == "client/film"
    with pytest.raises(OutsideRoot):
        library.create("../new", "")


def test_the_root_is_made_for_the_first_project(tmp_path: Path) -> None:
    assert Library(tmp_path / "deep" / "projects").create("one", "One").path.is_dir()


@pytest.mark.parametrize("name", ["lighthouse", "LIGHTHOUSE", "malformed/"])
def test_a_name_that_is_taken_is_refused(library: Library, name: str) -> None:
    with pytest.raises(BadInput, match="already"):
        library.create(name, "")


@pytest.mark.parametrize(
    "name",
    ["", ".", ".hidden", "con", "NUL.txt", "com1", "a:b", "a\\b", "a?", "a.", " a", "a\0", "🎬", "\u202ea", "x" * 81],
)
def test_a_name_that_is_unsafe_somewhere_is_refused(library: Library, name: str) -> None:
    with pytest.raises(BadInput):
        library.create(name, "")
    assert library.names() == ["lighthouse", "malformed"]


def test_a_name_is_composed_as_most_disks_do(library: Library) -> None:
    assert library.create("Cafe\u0301", "").name == "Caf\u00e9"


def test_a_folder_where_a_run_can_write_passes_the_check_and_stays_as_it_was(library: Library) -> None:
    folder = library.find("lighthouse")
    folder.check_writable()
    assert not [path for path in folder.path.rglob("*") if "probe" in path.name]
    assert folder.free_space() > 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("place", [".", "generated_images", "generated_images/clear/Shot_1"])
def test_a_folder_where_a_run_cannot_write_is_refused(library: Library, place: str) -> None:
    folder = library.find("lighthouse")
    (folder.path / place).chmod(0o555)
    try:
        with pytest.raises(Step8Error, match="Give it the permission"):
            folder.check_writable()
    finally:
        (folder.path / place).chmod(0o755)
