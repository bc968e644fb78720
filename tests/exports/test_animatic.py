"""The animatic: laid out here, encoded by ffmpeg."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.harness.export_film import PHRASES, program, quiet
from webapp.errors import BadInput, Cancelled, DiskTrouble
from webapp.exports.animatic import command, write_film
from webapp.exports.requests import ExportRequest
from webapp.exports.story import Story
from webapp.exports.timeline import Voice
from webapp.exports.voice_track import RATE, record
from webapp.fonts import font_for

OUT = ".step8/exports/0011223344556677.mp4"


def leftovers(story: Story) -> list[str]:
    """What lies among the exports."""
    return sorted(path.name for path in (story.folder.path / ".step8/exports").iterdir())


def test_each_beat_is_seen_for_its_time(story: Story, tmp_path: Path) -> None:
    ticks: list[int] = []
    write_film(
        story,
        ExportRequest("film"),
        OUT,
        lambda done, total, note: ticks.append(done),
        font_for,
        lambda: program(tmp_path),
    )
    assert (story.folder.path / OUT).read_bytes() == b"film of 3"
    called = (story.folder.path / ".step8/called.txt").read_text()
    assert "file 00001.jpg\nduration 2.400\nfile 00002.jpg\nduration 2.000\nfile 00003.jpg" in called
    assert leftovers(story) == ["0011223344556677.mp4"]
    assert ticks == sorted(ticks)


def test_no_text_of_the_project_is_on_the_command_line(story: Story, tmp_path: Path) -> None:
    write_film(story, ExportRequest("film"), OUT, quiet, font_for, lambda: program(tmp_path))
    called = (story.folder.path / ".step8/called.txt").read_text()
    assert not any(phrase in called for phrase in PHRASES) and "lamp" not in called.lower()
    assert str(story.folder.path) not in called


def test_without_ffmpeg_the_offer_says_what_is_missing(story: Story) -> None:
    with pytest.raises(BadInput, match="needs the program ffmpeg"):
        write_film(story, ExportRequest("film"), OUT, quiet, font_for, lambda: None)


def test_what_ffmpeg_complains_of_is_found_and_nothing_stays(story: Story, tmp_path: Path) -> None:
    with pytest.raises(DiskTrouble, match="Disk quota exceeded"):
        write_film(story, ExportRequest("film"), OUT, quiet, font_for, lambda: program(tmp_path, fails=True))
    assert leftovers(story) == []


def test_cancelling_ends_ffmpeg_at_once(story: Story, tmp_path: Path) -> None:
    (story.folder.path / ".step8/hold").touch()

    def stop(done: int, total: int, note: str) -> None:
        if note == "The film is encoded":
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        write_film(story, ExportRequest("film"), OUT, stop, font_for, lambda: program(tmp_path))
    assert leftovers(story) == []


def test_the_encoder_and_the_track_are_what_the_machine_and_the_user_have() -> None:
    assert "libx264" in command("ffmpeg", "libx264", track=True, voice=True)
    plain = command("ffmpeg", "mpeg4", track=False, voice=False)
    assert "mpeg4" in plain and "subtitles.srt" not in plain and "voice.raw" not in plain


def test_recordings_stand_where_their_beats_are(story: Story, tmp_path: Path) -> None:
    sound, secret = story.folder.path / "voiceover", tmp_path / "secret.mp3"
    sound.mkdir()
    secret.write_bytes(b"xxxx")
    (sound / "a.mp3").write_bytes(b"12")
    (sound / "link.mp3").symlink_to(secret)
    voices = (Voice(0.5, "a.mp3"), Voice(1.0, "link.mp3"), Voice(1.5, "../a.mp3"), Voice(2.0, "none.wav"))
    spoken = Story(story.folder, story.project, story.images, story.scenes, voices)
    assert record(program(tmp_path), spoken, ".step8/work", quiet)
    raw = (story.folder.path / ".step8/work/voice.raw").read_bytes()
    assert raw == bytes(RATE) + b"abab"
    silent = Story(story.folder, story.project, story.images, story.scenes, voices[1:])
    assert not record(program(tmp_path), silent, ".step8/other", quiet)


@pytest.mark.parametrize("subtitles", ["track", "burned", "none"])
@pytest.mark.skipif(not shutil.which("ffmpeg") or not shutil.which("ffprobe"), reason="ffmpeg is not installed")
def test_the_real_ffmpeg_makes_a_film_of_the_right_length(story: Story, subtitles: str) -> None:
    write_film(story, ExportRequest("film", options={"subtitles": subtitles}), OUT, quiet, font_for)
    asked = ["ffprobe", "-v", "error", "-show_entries", "stream=codec_type:format=duration", "-of", "csv=p=0"]
    found = subprocess.run([*asked, str(story.folder.path / OUT)], capture_output=True, text=True, check=True).stdout
    assert ("subtitle" in found) == (subtitles == "track")
    assert "video" in found and 6.3 < float(found.split()[-1]) < 6.6
