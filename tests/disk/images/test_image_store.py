"""From a provider's bytes to an image on disk: validated, whole, never lost, never overwriting."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Pillow
from PIL.PngImagePlugin import PngInfo

from webapp.core.money.attempts import AttemptResult
from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.disk.files.writer import FolderWriter, Inside
from webapp.disk.images.codec import MAX_PIXELS, to_png
from webapp.disk.images.image_store import ImageStore
from webapp.disk.library import Library
from webapp.disk.logs.journal import Journal
from webapp.disk.project_store import ProjectStore
from webapp.errors import DiskTrouble, NoImage

FRAME = Frame("consistent", "2", "2.10")
INTENT = {"what": "intent", "attempt": "a1", "style": "consistent", "shot": "2", "beat": "2.10", "provider": "sketch"}
METADATA = {"Software": "Step 8 offline sketch", "Prompt": "Größe – 🎬"}
FORMATS = ["PNG", "JPEG", "WEBP"]


@pytest.fixture
def pictures() -> ImageStore:
    return ImageStore()


def opened(body: bytes) -> Pillow.Image:
    image = Pillow.open(io.BytesIO(body))
    image.load()
    return image


def encoded(image: Pillow.Image, format: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def leftovers(folder: Folder) -> list[str]:
    names = [path.name for path in folder.path.rglob("*")]
    return [name for name in names if name.endswith((".tmp", ".part", ".body"))]


# validation


@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_of_any_format_becomes_a_png_with_our_metadata_only(picture: dict[str, bytes], format: str) -> None:
    image = opened(to_png(picture[format], METADATA))
    assert (image.format, image.size, image.mode) == ("PNG", (96, 54), "RGB")
    assert image.info == METADATA


@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_cut_anywhere_is_refused(picture: dict[str, bytes], format: str) -> None:
    body = picture[format]
    for length in {0, 1, 8, 30, len(body) // 2, len(body) - 20, len(body) - 12, len(body) - 2, len(body) - 1}:
        with pytest.raises(NoImage):
            to_png(body[:length], {})


def test_a_flipped_bit_in_a_png_is_found(picture: dict[str, bytes]) -> None:
    body = bytearray(picture["PNG"])
    body[len(body) // 2] ^= 1
    with pytest.raises(NoImage, match="cut off or damaged"):
        to_png(bytes(body), {})


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "it is empty"),
        (b"<!DOCTYPE html><html>", "holds a web page"),
        (b'{"error": {"code": 400}}', "holds text"),
        (b"GIF89a" + bytes(50), "something else, not a PNG, JPEG or WebP"),
        (b"\x00\x00\x00\x20ftypavif" + bytes(50), "something else"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(50), "cut off or damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), "cut off or damaged"),
    ],
)
def test_what_is_no_picture_is_said_in_plain_words(body: bytes, said: str) -> None:
    with pytest.raises(NoImage) as caught:
        to_png(body, {})
    assert said in str(caught.value)


def test_what_hangs_behind_a_picture_is_dropped(picture: dict[str, bytes]) -> None:
    assert b"<script>" not in to_png(picture["PNG"] + b"<script>alert(1)</script>", {})


def test_metadata_of_the_sender_is_dropped() -> None:
    info = PngInfo()
    info.add_text("parameters", "secret prompt")
    exif = Pillow.Exif()
    exif[0x010E] = "secret place"
    image = Pillow.new("RGB", (8, 8), "red")
    for body in (encoded(image, "PNG", pnginfo=info, exif=exif), encoded(image, "JPEG", exif=exif, comment=b"secret")):
        assert b"secret" not in to_png(body, {})


def test_a_picture_that_lies_on_its_side_is_turned_upright() -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6
    assert opened(to_png(encoded(Pillow.new("RGB", (40, 20)), "JPEG", exif=exif), {})).size == (20, 40)


@pytest.mark.parametrize(
    ("image", "format", "mode", "pixel"),
    [
        (Pillow.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", "RGB", (254, 0, 0)),
        (Pillow.new("L", (8, 8), 128), "PNG", "RGB", (128, 128, 128)),
        (Pillow.new("1", (8, 8), 1), "PNG", "RGB", (255, 255, 255)),
        (Pillow.new("I;16", (8, 8), 0x8000), "PNG", "RGB", (128, 128, 128)),
        (Pillow.new("LA", (8, 8), (9, 255)), "PNG", "RGB", (9, 9, 9)),
        (Pillow.new("RGBA", (8, 8), (1, 2, 3, 255)), "PNG", "RGB", (1, 2, 3)),
        (Pillow.new("RGBA", (8, 8), (1, 2, 3, 7)), "PNG", "RGBA", (1, 2, 3, 7)),
        (Pillow.new("RGB", (8, 8), "red").quantize(), "PNG", "RGB", (255, 0, 0)),
    ],
)
def test_colours_come_out_as_they_were_meant(
    image: Pillow.Image, format: str, mode: str, pixel: tuple[int, ...]
) -> None:
    out = opened(to_png(encoded(image, format), {}))
    found = out.getpixel((4, 4))
    assert out.mode == mode
    assert isinstance(found, tuple)
    assert all(abs(one - other) <= 1 for one, other in zip(found, pixel, strict=True))


def test_a_transparent_palette_colour_stays_transparent() -> None:
    palette = Pillow.new("P", (8, 8), 0)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    assert opened(to_png(encoded(palette, transparency=0), {})).getpixel((1, 1)) == (10, 20, 30, 0)


@pytest.mark.parametrize("size", [(10_000, 5_001), (11_000, 11_000), (30_000, 30_000)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    body = bytearray(encoded(Pillow.new("1", (8, 8))))
    body[16:24] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
    assert size[0] * size[1] > MAX_PIXELS
    with pytest.raises(NoImage):
        to_png(_with_checksum(bytes(body)), {})


def _with_checksum(body: bytes) -> bytes:
    return body[:29] + zlib.crc32(body[12:29]).to_bytes(4, "big") + body[33:]


# publishing


def test_a_picture_is_published_where_v1_looks_for_it(
    folder: Folder, store: ProjectStore, pictures: ImageStore, picture: dict[str, bytes]
) -> None:
    spooled = pictures.spool(folder, "a1", picture["JPEG"])
    assert spooled.read_bytes() == picture["JPEG"]
    image = pictures.publish(folder, FRAME, "a1", METADATA)
    path = folder.path / "generated_images/consistent/Shot_2/Beat_2.10.png"
    assert opened(path.read_bytes()).info == METADATA
    assert (image.format, image.width, image.height, image.bytes) == ("png", 96, 54, path.stat().st_size)
    assert store.images.image(folder, FRAME) == image
    assert path.stat().st_mode & 0o777 == 0o644
    assert leftovers(folder) == []
    assert pictures.publish(folder, FRAME, "a1", METADATA) == image


def test_a_complete_image_that_is_there_wins(folder: Folder, pictures: ImageStore, picture: dict[str, bytes]) -> None:
    there = Frame("illustration", "1", "1.1")
    before = (folder.path / there.image_path).read_bytes()
    pictures.spool(folder, "a1", picture["PNG"])
    assert pictures.publish(folder, there, "a1", {}).bytes == len(before)
    assert (folder.path / there.image_path).read_bytes() == before
    assert leftovers(folder) == []


@pytest.mark.parametrize("kind", ["cut", "link", "folder"])
def test_what_is_broken_in_its_place_is_kept_never_overwritten(
    folder: Folder, pictures: ImageStore, picture: dict[str, bytes], tmp_path: Path, kind: str
) -> None:
    path = folder.path / FRAME.image_path
    path.parent.mkdir(parents=True)
    if kind == "cut":
        path.write_bytes(picture["PNG"][:100])
    elif kind == "link":
        (tmp_path / "theirs.png").write_bytes(picture["PNG"])
        path.symlink_to(tmp_path / "theirs.png")
    else:
        path.mkdir()
        (path / "note.txt").write_text("mine")
    pictures.spool(folder, "a1", picture["PNG"])
    pictures.publish(folder, FRAME, "a1", {})
    assert opened(path.read_bytes())
    assert not path.is_symlink()
    (kept,) = (folder.state / "quarantine").iterdir()
    assert kept.name == "consistent-2-2_10.a1.png"
    assert (kind, kept.is_symlink(), kept.is_dir()) in {
        ("cut", False, False),
        ("link", True, False),
        ("folder", False, True),
    }


def test_unusable_bytes_are_kept_in_quarantine_the_last_five(folder: Folder, pictures: ImageStore) -> None:
    for number in range(7):
        pictures.spool(folder, f"a{number}", b"<html>")
        with pytest.raises(NoImage):
            pictures.publish(folder, FRAME, f"a{number}", {})
    assert sorted(path.name for path in (folder.state / "quarantine").iterdir()) == [f"a{n}.body" for n in range(2, 7)]
    assert not (folder.path / "generated_images/consistent").exists()
    assert list((folder.state / "spool").iterdir()) == []


def test_a_project_deleted_meanwhile_is_not_made_again(
    folder: Folder, pictures: ImageStore, picture: dict[str, bytes]
) -> None:
    pictures.spool(folder, "a1", picture["PNG"])
    shutil.rmtree(folder.path)
    with pytest.raises(DiskTrouble, match="folder is gone"):
        pictures.publish(folder, FRAME, "a1", {})
    with pytest.raises(DiskTrouble, match="folder is gone"):
        pictures.spool(folder, "a2", picture["PNG"])
    assert not folder.path.exists()


def test_a_full_disk_loses_nothing(folder: Folder, pictures: ImageStore) -> None:
    noise = Pillow.effect_noise((300, 300), 90).convert("RGB")
    body = encoded(noise, "JPEG", quality=70)  # small to spool, large as PNG
    script = """
import resource, sys
from pathlib import Path
from webapp.core.project import Frame
from webapp.disk.library import Library
from webapp.disk.images.image_store import ImageStore
from webapp.errors import DiskTrouble
folder = Library(Path(sys.argv[1])).find("lighthouse")
ImageStore().spool(folder, "a1", sys.stdin.buffer.read())
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
try:
    ImageStore().publish(folder, Frame("consistent", "2", "2.10"), "a1", {})
except DiskTrouble as error:
    print(error)
"""
    assert len(body) < 65_536
    command = [sys.executable, "-c", script, str(folder.path.parent)]
    done = subprocess.run(command, input=body, capture_output=True, check=True)
    assert b"The disk refuses a file of this size" in done.stdout
    assert leftovers(folder) == ["a1.body"]
    assert pictures.publish(folder, FRAME, "a1", {}).width == 300


@pytest.mark.parametrize("attempt", ["", "../x", "a/b", "a" * 65, "a.b"])
def test_an_attempt_that_could_hurt_a_path_is_a_mistake_of_the_program(
    folder: Folder, pictures: ImageStore, attempt: str
) -> None:
    with pytest.raises(ValueError):
        pictures.spool(folder, attempt, b"x")


# crashes


class Crash(BaseException):
    """The process is killed here."""


class CrashingFiles(FolderWriter):
    """Kills the process before its n-th change of the disk, or in the middle of it where a file is written."""

    left = 10**9
    halfway = False

    def _step(self) -> bool:
        CrashingFiles.left -= 1
        if CrashingFiles.left < 0:
            raise Crash
        return CrashingFiles.left == 0 and CrashingFiles.halfway

    def write_new(self, path: Inside, data: bytes, mode: int = 0o644) -> None:
        if self._step():
            super().write_new(path, data[: len(data) // 2], mode)
            raise Crash
        super().write_new(path, data, mode)

    def link_new(self, temporary: Inside, path: Inside) -> bool:
        if self._step():
            with contextlib.suppress(FileExistsError):
                (self.base / str(path)).hardlink_to(self.base / str(temporary))
            raise Crash  # linked, but the temporary name is still there
        return super().link_new(temporary, path)

    def move(self, path: Inside, new: Inside) -> None:
        if self._step():
            super().move(path, new)
            raise Crash
        super().move(path, new)

    def remove(self, path: Inside) -> None:
        if self._step():
            super().remove(path)
            raise Crash
        super().remove(path)


@pytest.fixture
def crash_at(library: Library) -> Callable[[int, bool], Folder]:
    def arm(step: int, halfway: bool) -> Folder:
        CrashingFiles.left, CrashingFiles.halfway = step, halfway
        return Library(library.root, CrashingFiles).find("lighthouse")

    return arm


def attempt_it(folder: Folder, pictures: ImageStore, body: bytes) -> bool:
    """Spool and publish; whether it was killed on the way."""
    try:
        pictures.spool(folder, "a1", body)
        pictures.publish(folder, FRAME, "a1", METADATA)
    except Crash:
        return True
    return False


@pytest.mark.parametrize("halfway", [False, True])
@pytest.mark.parametrize("broken_there", [False, True])
def test_killed_at_any_step_an_image_whose_bytes_were_spooled_is_restored(
    folder: Folder,
    store: ProjectStore,
    pictures: ImageStore,
    picture: dict[str, bytes],
    crash_at: Callable[[int, bool], Folder],
    halfway: bool,
    broken_there: bool,
) -> None:
    Journal(folder).append(INTENT)
    path = folder.path / FRAME.image_path
    path.parent.mkdir(parents=True)
    step, killed = 0, True
    while killed:
        step += 1
        path.unlink(missing_ok=True)
        if broken_there:
            path.write_bytes(b"broken")
        killed = attempt_it(crash_at(step, halfway), pictures, picture["WEBP"])
        was_spooled = (folder.state / "spool" / "a1.body").exists()
        seen = store.images.image(folder, FRAME)
        if path.exists() and path.read_bytes() != b"broken":
            assert seen, "a partial image appeared under its final name"
        restored = pictures.recover(folder, store.project(folder))
        assert leftovers(folder) == []
        image = store.images.image(folder, FRAME)
        assert (image is not None) == (was_spooled or seen is not None)
        assert [frame for frame, _ in restored] == ([FRAME] if was_spooled and seen is None else [])
        if image:
            assert opened(path.read_bytes()).format == "PNG"
        assert pictures.recover(folder, store.project(folder)) == []
    assert step >= 5


def test_recovery_killed_at_any_step_is_carried_on_by_the_next(
    folder: Folder,
    store: ProjectStore,
    pictures: ImageStore,
    picture: dict[str, bytes],
    crash_at: Callable[[int, bool], Folder],
) -> None:
    Journal(folder).append(INTENT)
    path = folder.path / FRAME.image_path
    for step in range(1, 8):
        path.unlink(missing_ok=True)
        pictures.spool(folder, "a1", picture["PNG"])
        with contextlib.suppress(Crash):
            pictures.recover(crash_at(step, True), store.project(folder))
        pictures.recover(folder, store.project(folder))
        assert opened(path.read_bytes()).size == (96, 54)
        assert leftovers(folder) == []


def test_a_restored_image_says_what_the_journal_knows(
    folder: Folder, store: ProjectStore, pictures: ImageStore, picture: dict[str, bytes]
) -> None:
    Journal(folder).append({**INTENT, "software": "Step 8 offline sketch", "model": "", "seed": 7, "prompt": "abcd"})
    pictures.spool(folder, "a1", picture["PNG"])
    ((frame, image),) = pictures.recover(folder, store.project(folder))
    assert frame == FRAME
    assert opened((folder.path / image.path).read_bytes()).info == {
        "Software": "Step 8 offline sketch",
        "Provider": "sketch",
        "Seed": "7",
        "Prompt digest": "abcd",
        "Attempt": "a1",
    }
    attempt = Ledger.of(Journal(folder)).attempt_of(image.version)
    assert attempt is not None and (attempt.id, attempt.result) == ("a1", AttemptResult.MADE)


def test_bytes_of_an_unknown_attempt_are_kept_for_good(
    folder: Folder, store: ProjectStore, pictures: ImageStore, picture: dict[str, bytes]
) -> None:
    Journal(folder).append({**INTENT, "attempt": "a2", "beat": "../../x"})
    pictures.spool(folder, "a1", picture["PNG"])
    pictures.spool(folder, "a2", picture["PNG"])
    assert pictures.recover(folder, store.project(folder)) == []
    assert sorted(path.name for path in (folder.state / "quarantine").iterdir()) == ["a1.orphan", "a2.orphan"]


def test_unusable_bytes_do_not_stop_the_recovery(
    folder: Folder, store: ProjectStore, pictures: ImageStore, picture: dict[str, bytes]
) -> None:
    for attempt, beat, body in (("a1", "1.1", b"<html>"), ("a2", "2.10", picture["PNG"])):
        Journal(folder).append({**INTENT, "attempt": attempt, "beat": beat})
        pictures.spool(folder, attempt, body)
    assert [frame.beat for frame, _ in pictures.recover(folder, store.project(folder))] == ["2.10"]
    results = [attempt.result for attempt in Ledger.of(Journal(folder)).attempts]
    assert results == [AttemptResult.NO_IMAGE, AttemptResult.MADE], "nothing that is known is left open"


def test_leftovers_of_unfinished_writes_are_swept_and_nothing_else(
    folder: Folder, store: ProjectStore, pictures: ImageStore
) -> None:
    shot = folder.path / "generated_images/illustration/Shot_1"
    swept = [
        folder.path / ".image_progress_clear.json.0123456789abcdef.tmp",
        folder.path / "prompts/.prompts-clear.js.0123456789abcdef.tmp",
        shot / "Beat_1.1.png.a1.tmp",
        shot / "Beat_1.1.png.claim.tmp",
        folder.state / "spool/a9.part",
    ]
    kept = [folder.path / "notes.tmp", shot / "my.tmp", shot / "Beat_1.1.png.bak", folder.path / ".hidden.tmp"]
    for path in (*swept, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    pictures.recover(folder, store.project(folder))
    assert [path for path in swept if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []


# thumbnails


def test_a_thumbnail_is_made_once_for_each_version(folder: Folder, store: ProjectStore, pictures: ImageStore) -> None:
    noise = Pillow.effect_noise((1376, 768), 30).convert("RGB")
    pictures.spool(folder, "a1", encoded(noise))
    image = pictures.publish(folder, FRAME, "a1", {})
    path = pictures.thumbnail(folder, FRAME)
    assert path == folder.state / f"thumbs/consistent-2-2_10.{image.version}.webp"
    small = opened(path.read_bytes())
    assert (small.format, small.width) == ("WEBP", 320)
    made = path.stat().st_mtime_ns
    assert pictures.thumbnail(folder, FRAME) == path
    assert path.stat().st_mtime_ns == made
    (folder.path / FRAME.image_path).write_bytes(encoded(noise.resize((640, 400))))
    newer = pictures.thumbnail(folder, FRAME)
    assert newer and newer != path
    assert list((folder.state / "thumbs").iterdir()) == [newer]


def test_a_picture_is_published_with_its_thumbnail_and_the_one_of_what_it_replaces_is_gone(
    folder: Folder, pictures: ImageStore, picture: dict[str, bytes]
) -> None:
    pictures.spool(folder, "a1", picture["PNG"])
    first = pictures.publish(folder, FRAME, "a1", {})
    thumb = folder.state / f"thumbs/{FRAME.id}.{first.version}.webp"
    assert opened(thumb.read_bytes()).format == "WEBP"
    body = encoded(Pillow.effect_noise((640, 360), 30).convert("RGB"))
    pictures.spool(folder, "a2", body)
    second = pictures.publish(folder, FRAME, "a2", {}, first.version, body)
    assert [path.name for path in (folder.state / "thumbs").iterdir()] == [f"{FRAME.id}.{second.version}.webp"]
    assert pictures.thumbnail(folder, FRAME) == folder.state / f"thumbs/{FRAME.id}.{second.version}.webp"


def test_a_thumbnail_that_a_power_failure_cut_off_is_made_again(
    folder: Folder, pictures: ImageStore, picture: dict[str, bytes]
) -> None:
    pictures.spool(folder, "a1", picture["PNG"])
    pictures.publish(folder, FRAME, "a1", {})
    thumb = pictures.thumbnail(folder, FRAME)
    assert thumb is not None
    thumb.write_bytes(thumb.read_bytes()[:-20])
    assert pictures.thumbnail(folder, FRAME) == thumb
    assert opened(thumb.read_bytes()).format == "WEBP"


def test_a_missing_cut_or_undecodable_image_has_no_thumbnail(
    folder: Folder, pictures: ImageStore, picture: dict[str, bytes]
) -> None:
    assert pictures.thumbnail(folder, FRAME) is None
    assert pictures.thumbnail(folder, Frame("illustration", "2", "2.1")) is None
    body = bytearray(picture["PNG"])
    body[60:80] = bytes(20)
    path = folder.path / FRAME.image_path
    path.parent.mkdir(parents=True)
    path.write_bytes(body)
    assert pictures.thumbnail(folder, FRAME) is None


def test_after_the_start_no_picture_loads_another_module_of_pillow() -> None:
    """Native threads that import one module at the same time could wait for each other for ever."""
    program = """
import sys
from webapp.process.gevent_patch import patch
patch()
from webapp.core.image_request import ImageRequest
from webapp.disk.images import codec, image_store
from webapp.providers.sketch.drawing.panel import draw
image_store.ImageStore()
before = set(sys.modules)
body = draw(ImageRequest("a", "clear", "1.1", "phrase", "a lighthouse", 1))
import io, PIL.Image
with PIL.Image.open(io.BytesIO(body)) as picture:
    picture.save(io.BytesIO(), "WEBP")
    picture.save(io.BytesIO(), "JPEG")
print([name for name in set(sys.modules) - before if name.startswith("PIL")])
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_recovery_leaves_a_probe_alone_that_another_machine_may_be_at_and_takes_an_old_one_away(
    folder: Folder, store: ProjectStore, pictures: ImageStore
) -> None:
    fresh, old = (folder.path / name for name in (".probe-0123abcd-2.tmp", ".probe-abcd0123"))
    for file in (fresh, old):
        file.write_bytes(b"one")
    os.utime(old, (1.0, 1.0))
    pictures.recover(folder, store.project(folder))
    assert fresh.exists() and not old.exists()
