"""Which files count as images: complete ones, whatever their name, and nothing that was cut or leads elsewhere."""

import os
import struct
import zlib
from pathlib import Path

import pytest

from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.disk.images.completeness import ImageShape, measure
from webapp.disk.project_store import ProjectStore

FRAME = Frame("illustration", "1", "1.1")
FORMATS = ["PNG", "JPEG", "WEBP"]


def measured(body: bytes) -> ImageShape | None:
    return measure(lambda count, place: body[place : place + count], len(body))


def put(folder: Folder, frame: Frame, body: bytes) -> Path:
    path = folder.path / frame.image_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(body)
    return path


def test_the_images_of_a_half_finished_project_are_the_complete_ones(folder: Folder, store: ProjectStore) -> None:
    images = store.images.of_project(folder, store.project(folder))
    assert {frame.id: image.format for frame, image in images.items()} == {
        "illustration-1-1_1": "png",
        "illustration-1-1_2": "jpeg",
        "clear-1-1_1": "png",
    }
    image = images[Frame("illustration", "1", "1.2")]
    assert (image.path, image.width, image.height) == ("generated_images/illustration/Shot_1/Beat_1.2.png", 64, 36)
    assert image.bytes == (folder.path / image.path).stat().st_size
    assert len(image.version) == 12


@pytest.mark.parametrize("format", FORMATS)
def test_a_whole_image_of_each_format_is_measured(picture: dict[str, bytes], format: str) -> None:
    assert measured(picture[format]) == ImageShape(format.lower(), 96, 54)


@pytest.mark.parametrize("format", FORMATS)
def test_an_image_that_is_cut_anywhere_does_not_count(picture: dict[str, bytes], format: str) -> None:
    body = picture[format]
    assert [length for length in range(len(body)) if measured(body[:length])] == []


# a WEBP's header alone knows its length; nothing marks its end
@pytest.mark.parametrize("format", [format for format in FORMATS if format != "WEBP"])
def test_an_image_whose_end_was_never_written_does_not_count(picture: dict[str, bytes], format: str) -> None:
    body = picture[format]
    lost = body[: len(body) // 2] + bytes(len(body) - len(body) // 2)
    assert measured(lost) is None


def test_a_jpeg_may_be_padded_behind_its_end(picture: dict[str, bytes]) -> None:
    assert measured(picture["JPEG"] + b"\0\0\r\n")


@pytest.mark.parametrize(
    "body",
    [b"", b"\x89PNG\r\n\x1a\n", b"<html>", b'{"error": 1}', b"RIFF\0\0\0\0WEBP", b"\xff\xd8\xff\xd9", bytes(5000)],
)
def test_what_is_no_image_does_not_count(body: bytes) -> None:
    assert measured(body) is None


def test_an_image_of_a_size_that_cannot_be_does_not_count() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    for width in (0, 70_000):
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 10, 8, 2, 0, 0, 0))
        assert measured(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")) is None


def test_a_chunk_that_claims_more_than_there_is_ends_the_walk(picture: dict[str, bytes]) -> None:
    body = bytearray(picture["PNG"])
    body[33:37] = b"\xff\xff\xff\xff"
    assert measured(bytes(body)) is None


def test_a_link_does_not_count(folder: Folder, store: ProjectStore, tmp_path: Path, picture: dict[str, bytes]) -> None:
    path = put(folder, FRAME, b"")
    (tmp_path / "elsewhere.png").write_bytes(picture["PNG"])
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere.png")
    assert store.images.image(folder, FRAME) is None


@pytest.mark.timeout(60)
def test_a_folder_or_a_pipe_does_not_count(folder: Folder, store: ProjectStore) -> None:
    path = put(folder, FRAME, b"")
    path.unlink()
    path.mkdir()
    assert store.images.image(folder, FRAME) is None
    path.rmdir()
    os.mkfifo(path)
    assert store.images.image(folder, FRAME) is None


def test_images_behind_a_linked_folder_do_not_count(folder: Folder, store: ProjectStore, tmp_path: Path) -> None:
    (folder.path / "generated_images" / "clear").rename(tmp_path / "clear")
    (folder.path / "generated_images" / "clear").symlink_to(tmp_path / "clear")
    assert store.images.image(folder, Frame("clear", "1", "1.1")) is None


@pytest.mark.parametrize(
    "frame", [Frame("..", "1", "1"), Frame("clear", "../1", "1"), Frame("clear", "1", "/etc/passwd")]
)
def test_a_frame_that_is_no_frame_has_no_image(folder: Folder, store: ProjectStore, frame: Frame) -> None:
    assert store.images.image(folder, frame) is None


def test_a_changed_file_is_looked_at_again(folder: Folder, store: ProjectStore, picture: dict[str, bytes]) -> None:
    first = store.images.image(folder, FRAME)
    put(folder, FRAME, picture["PNG"])
    second = store.images.image(folder, FRAME)
    put(folder, FRAME, picture["PNG"][:-5])
    third = store.images.image(folder, FRAME)
    assert first and second
    assert first.version != second.version
    assert third is None
