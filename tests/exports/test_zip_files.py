"""ZIPs with what was asked for, and nothing that must not leave."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from tests.harness.export_film import KEY, PROMPT, quiet
from webapp.disk.files.folder import Folder
from webapp.disk.library import Library
from webapp.disk.new_projects import NewProjects
from webapp.disk.project_store import ProjectStore
from webapp.errors import BadInput, Cancelled
from webapp.exports.image_zip import write_images
from webapp.exports.project_zip import write_project
from webapp.exports.requests import ExportRequest
from webapp.exports.story import Story, read_story

OUT = ".step8/out.zip"


def packed(story: Story, images: str = "all", *, prompts: bool = False) -> zipfile.ZipFile:
    """The ZIP of the images."""
    write_images(story, ExportRequest("images", images, {"prompts": prompts}), "2026-01-01T00:00:00.000Z", OUT, quiet)
    return zipfile.ZipFile(story.folder.path / OUT)


def everything(file: zipfile.ZipFile) -> bytes:
    """All that is in a ZIP, unpacked."""
    return b"".join(file.read(name) for name in file.namelist())


def test_all_pictures_lie_in_a_folder_of_their_style(story: Story) -> None:
    with packed(story) as file:
        assert file.testzip() is None
        assert set(file.namelist()) == {
            "storyboard.csv",
            "storyboard.json",
            "subtitles.srt",
            *(f"clear/Beat_1.{n}.png" for n in (1, 2, 3)),
            *(f"ink/Beat_1.{n}.png" for n in (1, 2)),
        }
        with Image.open(io.BytesIO(file.read("clear/Beat_1.1.png"))) as picture:
            picture.load()


def test_the_selected_ones_or_one_style_alone(story: Story) -> None:
    with packed(story, images="selected") as file:
        assert [name for name in file.namelist() if "Beat" in name] == ["Beat_1.2_flagged.png"]
    (story.folder.path / OUT).unlink()
    with packed(story, images="ink") as file:
        assert [name for name in file.namelist() if "Beat" in name] == ["Beat_1.1.png", "Beat_1.2.png"]


def test_no_prompt_leaves_unless_it_was_asked_for(story: Story) -> None:
    with packed(story) as file:
        assert PROMPT.encode() not in everything(file)
        assert len(json.loads(file.read("storyboard.json"))["beats"]) == 3
    (story.folder.path / OUT).unlink()
    with packed(story, prompts=True) as file:
        assert PROMPT.encode() in file.read("storyboard.csv")
        assert PROMPT.encode() in file.read("clear/Beat_1.1.png")
        assert KEY.encode() not in everything(file)


def test_a_picture_is_called_what_it_is(story: Story, film: Folder) -> None:
    Image.new("RGB", (64, 36)).save(film.path / "generated_images/clear/Shot_1/Beat_1.1.png", "JPEG")
    with packed(read_story(ProjectStore(), film)) as file:
        assert "clear/Beat_1.1.jpg" in file.namelist()


def test_nothing_to_pack_is_told(story: Story) -> None:
    with pytest.raises(BadInput, match="None of these pictures exists"):
        write_images(story, ExportRequest("images", "none"), "", OUT, quiet)
    assert not (story.folder.path / OUT).exists()


def test_a_link_in_the_place_of_a_picture_is_not_followed(story: Story, film: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(KEY)
    place = film.path / "generated_images/clear/Shot_1/Beat_1.1.png"
    place.unlink()
    place.symlink_to(tmp_path / "secret")
    with packed(story) as file:
        assert KEY.encode() not in everything(file)


def test_cancelling_leaves_no_file(story: Story) -> None:
    def stop(done: int, total: int, note: str) -> None:
        if done:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        write_images(story, ExportRequest("images"), "", OUT, stop)
    with pytest.raises(Cancelled):
        write_project(story.folder, OUT, stop)
    assert not (story.folder.path / OUT).exists()


def test_a_whole_project_comes_back_by_import_without_secrets(film: Folder, tmp_path: Path) -> None:
    write_project(film, OUT, quiet)
    with zipfile.ZipFile(film.path / OUT) as file:
        assert KEY.encode() not in everything(file)
        assert {name.partition("/")[0] for name in file.namelist()} == {"the-lamp"}
    with (film.path / OUT).open("rb") as body:
        back = NewProjects(Library(tmp_path / "elsewhere")).take_in(body)
    store = ProjectStore()
    assert (back.name, store.records.title(back)) == ("the-lamp", "The Lamp")
    assert len(store.images.of_project(back, store.project(back))) == 5
    assert store.selections.read(back) == store.selections.read(film)
