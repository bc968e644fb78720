"""Files of a project reach a browser typed, bounded, cacheable, and only the known ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.web_app import (
    HOST,
    WebApp,
    draw,
    image,
)
from webapp.core.project import Frame
from webapp.web.middleware.security_headers import FILE_POLICY

FRAME = "clear-1-1_1"


def version(site: WebApp) -> str:
    """The version of the first picture, as pages name it."""
    found = site.services.store.images.image(site.services.library.find("demo"), Frame("clear", "1", "1.1"))
    assert found is not None
    return found.version


def test_a_finished_image_is_sent_as_what_it_is(site: WebApp) -> None:
    file = draw(image(site.project(), "clear", "1.1"))
    answer = site.get(f"/p/demo/image/{FRAME}")
    assert answer.data == file.read_bytes()
    assert answer.mimetype == "image/png"
    assert answer.headers["Content-Security-Policy"] == FILE_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_jpeg_that_an_old_version_called_png_is_sent_as_jpeg(site: WebApp) -> None:
    draw(image(site.project(), "clear", "1.1"), kind="JPEG")
    assert site.get(f"/p/demo/image/{FRAME}").mimetype == "image/jpeg"


def test_only_the_address_with_the_right_version_is_kept_for_ever(site: WebApp) -> None:
    draw(image(site.project(), "clear", "1.1"))
    for kind in ("image", "thumb"):
        right = site.get(f"/p/demo/{kind}/{FRAME}?v={version(site)}")
        assert right.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        for wrong in ("", "?v=", "?v=000000000000"):
            assert site.get(f"/p/demo/{kind}/{FRAME}{wrong}").headers["Cache-Control"] == "private, no-cache"


def test_a_browser_that_has_it_is_not_sent_it_again(site: WebApp) -> None:
    file = draw(image(site.project(), "clear", "1.1"))
    tag = site.get(f"/p/demo/image/{FRAME}").headers["ETag"]
    again = site.get(f"/p/demo/image/{FRAME}", If_None_Match=tag)
    assert (again.status_code, again.data) == (304, b"")
    file.unlink()
    draw(file, "red")
    changed = site.get(f"/p/demo/image/{FRAME}", If_None_Match=tag)
    assert (changed.status_code, changed.data) == (200, file.read_bytes())


def test_an_incomplete_image_is_not_sent(site: WebApp) -> None:
    file = draw(image(site.project(), "clear", "1.1"))
    file.write_bytes(file.read_bytes()[:-20])
    for kind in ("image", "thumb"):
        assert site.get(f"/p/demo/{kind}/{FRAME}").status_code == 404
    assert site.get(f"/api/serve-image?path={file}").status_code == 404


def test_a_thumbnail_is_small_and_webp(site: WebApp) -> None:
    draw(image(site.project(), "clear", "1.1"))
    answer = site.get(f"/p/demo/thumb/{FRAME}")
    assert answer.mimetype == "image/webp"


@pytest.mark.parametrize("frame", ["clear-1-9_9", "nothing", "clear-1-1.1", "CLEAR-1-1_1", "clear-1-1_1.png"])
def test_a_frame_nobody_prompted_is_not_there(site: WebApp, frame: str) -> None:
    draw(image(site.project(), "clear", "1.1"))
    draw(image(site.root / "demo", "clear", "9.9"))
    assert site.get(f"/p/demo/image/{frame}").status_code == 404


def test_a_player_gets_the_part_it_asks_for(site: WebApp) -> None:
    sound = b"RIFF\x00\x00\x00\x00WAVEfmt " + bytes(1000)
    (site.project() / "voiceover").mkdir()
    (site.root / "demo" / "voiceover" / "1 intro.wav").write_bytes(sound)
    whole = site.get("/p/demo/files/voiceover/1%20intro.wav")
    assert (whole.status_code, whole.mimetype, whole.data) == (200, "audio/wav", sound)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = site.get("/p/demo/files/voiceover/1%20intro.wav", Range="bytes=8-11")
    assert (part.status_code, part.data) == (206, b"WAVE")
    assert part.headers["Content-Range"] == f"bytes 8-11/{len(sound)}"
    beyond = site.get("/p/demo/files/voiceover/1%20intro.wav", Range="bytes=5000-")
    assert beyond.status_code == 416
    assert site.client.head("/p/demo/files/voiceover/1%20intro.wav", headers={"Host": HOST}).content_length == len(
        sound
    )


@pytest.mark.parametrize(
    "path",
    [
        "prompts/prompts-clear.json",
        "book.txt",
        ".step8/run.json",
        "voiceover/segments.json",
        "voiceover/a.html",
        "voiceover/page.wav",
        "voiceover/link.wav",
        "voiceover/inner/1.wav",
        "voiceover/../prompts/1.wav",
        "selected_images/Beat_1.1.png.html",
        "selected_images/secret.png",
        "generated_images/clear/Shot_1/Beat_9.8.png",
        "generated_images/clear/Beat_9.9.png",
        "generated_images/clear/Shot_1/secret.png",
        "voiceover",
        "voiceover/",
    ],
)
def test_nothing_but_known_files_is_sent(site: WebApp, tmp_path: Path, path: str) -> None:
    folder = site.project()
    (folder / "book.txt").write_text("a canary")
    (folder / "voiceover").mkdir()
    (folder / "voiceover" / "page.wav").write_text("<script>a canary</script>")
    (folder / "voiceover" / "a.html").write_text("a canary")
    draw(tmp_path / "secret.png")
    (folder / "voiceover" / "link.wav").symlink_to(tmp_path / "secret.png")
    draw(folder / "selected_images" / "secret.png")
    draw(image(folder, "clear", "9.9"))
    draw(folder / "generated_images/clear/Shot_1/secret.png")
    draw(folder / "generated_images/clear/Beat_9.9.png")
    answer = site.get(f"/p/demo/files/{path}")
    assert answer.status_code == 404
    assert "canary" not in answer.text


def test_a_selected_image_is_sent(site: WebApp) -> None:
    draw(site.project() / "selected_images" / "Beat_1.1_flagged.png")
    assert site.get("/p/demo/files/selected_images/Beat_1.1_flagged.png").mimetype == "image/png"
