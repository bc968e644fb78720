"""Deleted images: gone from the project, restorable for 30 days, never over an image that came meanwhile."""

from __future__ import annotations

import pytest

from tests.disk.images.test_history import (
    BLUE,
    FRAME,
    GREEN,
    RED,
    colours,
    make,
)
from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.disk.images.trash import KEPT_SECONDS, TRASH, ImageTrash
from webapp.errors import NotFound

NOW = 1_800_000_000.0


def test_a_deleted_image_is_gone_and_can_be_brought_back(folder: Folder) -> None:
    make(folder, "a1", "red")
    (gone,) = ImageTrash().delete(folder, [FRAME], NOW)
    assert colours(folder) == []
    assert ImageTrash().deleted(folder, FRAME) == [gone]
    ImageTrash().restore(folder, FRAME, gone.id)
    assert colours(folder) == [(1, RED, True)]
    assert ImageTrash().deleted(folder, FRAME) == []


def test_an_image_brought_back_keeps_the_one_that_came_meanwhile_in_the_history(folder: Folder) -> None:
    make(folder, "a1", "red")
    (gone,) = ImageTrash().delete(folder, [FRAME], NOW)
    make(folder, "a2", "green")
    ImageTrash().restore(folder, FRAME, gone.id)
    assert colours(folder) == [(1, GREEN, False), (2, RED, True)]


def test_earlier_images_stay_in_the_history_of_a_deleted_one(folder: Folder) -> None:
    version = make(folder, "a1", "red").version
    make(folder, "a2", "blue", version)
    ImageTrash().delete(folder, [FRAME], NOW)
    assert colours(folder) == [(1, RED, False), (2, BLUE, False)]


def test_two_deleted_in_the_same_moment_are_both_kept(folder: Folder) -> None:
    for number in range(2):
        make(folder, f"a{number}", "red")
        ImageTrash().delete(folder, [FRAME], NOW)
    assert len(ImageTrash().deleted(folder, FRAME)) == 2


def test_the_trash_is_emptied_of_what_is_older_than_30_days(folder: Folder) -> None:
    make(folder, "a1", "red")
    ImageTrash().delete(folder, [FRAME], NOW)
    ImageTrash().delete(folder, [], NOW + KEPT_SECONDS)
    assert len(ImageTrash().deleted(folder, FRAME)) == 1
    ImageTrash().delete(folder, [], NOW + KEPT_SECONDS + 1)
    assert ImageTrash().deleted(folder, FRAME) == []


@pytest.mark.parametrize("ident", ["", "../a.png", "consistent-2-2_10.1.png", "clear-1-1_1.1800000000000.png"])
def test_what_is_not_in_the_trash_of_this_frame_is_not_brought_back(folder: Folder, ident: str) -> None:
    make(folder, "a1", "red")
    ImageTrash().delete(folder, [FRAME, Frame("clear", "9", "9.9")], NOW)
    with pytest.raises(NotFound, match="not in the trash any more"):
        ImageTrash().restore(folder, FRAME, ident)
    assert len(list((folder.path / TRASH).iterdir())) == 1
