"""The images a frame has had: numbered, kept, chosen, and never paid for twice after a crash."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import pytest
from PIL import Image as Pillow

from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.disk.images import history
from webapp.disk.images.completeness import Image
from webapp.disk.images.history import ImageHistory
from webapp.disk.images.image_store import ImageStore
from webapp.disk.logs.journal import Journal
from webapp.disk.project_store import ProjectStore
from webapp.errors import NotFound

FRAME = Frame("consistent", "2", "2.10")


class Crash(Exception):
    """The process ends here."""


def body(colour: str) -> bytes:
    out = io.BytesIO()
    Pillow.new("RGB", (32, 18), colour).save(out, "PNG")
    return out.getvalue()


def make(folder: Folder, attempt: str, colour: str, replaces: str = "") -> Image:
    """What one attempt does: intent, spool, publish."""
    record = {"what": "intent", "attempt": attempt, "style": FRAME.style, "shot": FRAME.shot, "beat": FRAME.beat}
    Journal(folder).append({**record, "replaces": replaces})
    ImageStore().spool(folder, attempt, body(colour))
    return ImageStore().publish(folder, FRAME, attempt, {"Attempt": attempt}, replaces)


def colours(folder: Folder) -> list[tuple[int, tuple[int, ...], bool]]:
    """Number, colour and use of every image of the frame."""
    found = []
    for kept in ImageHistory().kept(folder, FRAME):
        with Pillow.open(folder.path / kept.image.path) as picture:
            found.append((kept.number, picture.getpixel((0, 0)), kept.used))
    return found  # type: ignore[return-value]


RED, GREEN, BLUE = (255, 0, 0), (0, 128, 0), (0, 0, 255)


def test_a_frame_with_one_image_has_no_folder_of_history(folder: Folder) -> None:
    make(folder, "a1", "red")
    assert colours(folder) == [(1, RED, True)]
    assert not (folder.path / history.place(FRAME)).exists()


def test_an_image_made_anew_takes_the_place_and_the_one_before_is_kept_under_its_number(folder: Folder) -> None:
    first = make(folder, "a1", "red")
    second = make(folder, "a2", "green", replaces=first.version)
    assert second.version != first.version and second.texts["Attempt"] == "a2"
    assert colours(folder) == [(1, RED, False), (2, GREEN, True)]
    make(folder, "a3", "blue", replaces=second.version)
    assert colours(folder) == [(1, RED, False), (2, GREEN, False), (3, BLUE, True)]


def test_one_that_was_meant_to_replace_another_version_is_kept_and_not_used(folder: Folder) -> None:
    first = make(folder, "a1", "red")
    make(folder, "a2", "green", replaces=first.version)
    make(folder, "a3", "blue", replaces=first.version)
    assert colours(folder) == [(1, RED, False), (2, GREEN, True), (3, BLUE, False)]


def test_a_picture_that_finds_another_one_in_its_place_is_kept_since_it_was_paid_for(folder: Folder) -> None:
    make(folder, "a1", "red")
    make(folder, "a2", "green")
    assert colours(folder) == [(1, RED, True), (2, GREEN, False)]


def test_choosing_moves_nothing_but_the_name_and_can_be_taken_back(folder: Folder) -> None:
    first = make(folder, "a1", "red")
    second = make(folder, "a2", "green", replaces=first.version)
    assert ImageHistory().choose(folder, FRAME, 1).version == first.version
    assert colours(folder) == [(1, RED, True), (2, GREEN, False)]
    assert ImageHistory().choose(folder, FRAME, 1).version == first.version  # pressed twice
    assert ImageHistory().choose(folder, FRAME, 2).version == second.version
    assert colours(folder) == [(1, RED, False), (2, GREEN, True)]


def test_an_image_of_v1_is_kept_too_when_another_is_chosen_or_made(folder: Folder) -> None:
    path = folder.path / FRAME.image_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body("red"))
    first = ProjectStore().images.image(folder, FRAME)
    assert first is not None
    make(folder, "a1", "green", replaces=first.version)
    assert colours(folder) == [(1, RED, False), (2, GREEN, True)]


def test_a_number_that_is_not_there_is_refused_and_changes_nothing(folder: Folder) -> None:
    make(folder, "a1", "red")
    with pytest.raises(NotFound):
        ImageHistory().choose(folder, FRAME, 7)
    assert colours(folder) == [(1, RED, True)]


def test_a_crash_at_any_moment_of_replacing_loses_no_image_and_doubles_none(folder: Folder) -> None:
    def broken_at(number: int) -> Any:
        """A folder whose process dies at its ``number``-th change of a name."""
        left = [number]
        files = folder.files
        broken = Folder(folder.name, folder.path)
        for verb in ("second_name", "remove"):
            real = getattr(files, verb)

            def change(*args: Any, real: Any = real) -> Any:
                left[0] -= 1
                if left[0] == 0:
                    raise Crash
                return real(*args)

            object.__setattr__(broken.files, verb, change)
        return broken, left

    version = make(folder, "a0", "red").version
    expected = [RED]
    for number in range(1, 12):
        attempt, colour = f"a{number}", ("green", "blue")[number % 2]
        broken, left = broken_at(number)
        with contextlib.suppress(Crash):
            make(broken, attempt, colour, replaces=version)
        ImageStore().recover(folder, ProjectStore().project(folder))
        assert ImageStore().recover(folder, ProjectStore().project(folder)) == []
        expected.append((GREEN, BLUE)[number % 2])
        kept = colours(folder)
        assert [colour for _, colour, _ in kept] == expected
        assert [used for _, _, used in kept] == [False] * number + [True]
        current = ProjectStore().images.image(folder, FRAME)
        assert current is not None
        version = current.version
        if left[0] > 0:
            return
    raise AssertionError("it never went through")
