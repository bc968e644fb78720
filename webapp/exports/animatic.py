"""Export format: the animatic, an MP4 of each beat's image for as long as its phrase takes, with the voiceover.

The images are laid out here; ffmpeg, a program of its own, only encodes them. It gets no path but names in a folder
made for it, and no text of the project on its command line.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from webapp.disk import project_tree
from webapp.disk.files.native_threads import run_native
from webapp.disk.files.os_calls import sync
from webapp.disk.files.writer import FolderWriter
from webapp.disk.images import codec
from webapp.errors import BadInput, DiskTrouble
from webapp.exports.contract import ExportProgress, ExportTask, ExportTools, FindProgram, Format
from webapp.exports.drawn_text import drawn
from webapp.exports.requests import ExportOption, ExportRequest
from webapp.exports.scenes import Scene, as_srt
from webapp.exports.story import Story
from webapp.exports.voice_track import RAW, VOICE, record
from webapp.fonts import FontFor

MISSING = (
    "The animatic needs the program ffmpeg, which is not installed on this machine. "
    "Install it (Debian and Ubuntu: apt install ffmpeg, macOS: brew install ffmpeg), then try again."
)
TRACK, BURNED, NONE = "track", "burned", "none"
SUBTITLES = ExportOption(
    "subtitles",
    "Subtitles",
    ((TRACK, "as a track that can be switched off"), (BURNED, "in the picture"), (NONE, "none")),
)

RATE = 25
LETTERS = 26
LINES = 2
QUOTED = 300


def installed() -> str | None:
    """Where this machine has ffmpeg, ``None`` when it has none."""
    return shutil.which("ffmpeg")


def write_film(
    story: Story,
    request: ExportRequest,
    path: str,
    progress: ExportProgress,
    font_for: FontFor,
    find: FindProgram = installed,
) -> None:
    """Write the animatic to this path of the project. Call it in a greenlet, not in a native thread.

    Raises:
        BadInput: there is no ffmpeg, or no image.
        Cancelled: by ``progress``; ffmpeg is ended.
        DiskTrouble: the disk, or ffmpeg, refuses.
    """
    program = find()
    if program is None:
        raise BadInput(MISSING)
    if not story.images:
        raise BadInput("There is no picture yet. Make some in Step 8 first.")
    work = f"{path.rpartition('.')[0]}.work"
    steps = 2 * len(story.scenes)
    try:
        run_native(_lay_out, story, request, work, progress, font_for)
        track = request.chosen(SUBTITLES) == TRACK and any(scene.phrase for scene in story.scenes)
        spoken = record(program, story, work, progress)
        call = command(program, _encoder(program), track=track, voice=spoken)
        for part in _encode(call, story.folder.path / work, story.scenes[-1].span.end):
            progress(len(story.scenes) + round(part * len(story.scenes)), steps, "The film is encoded")
        run_native(_publish, story.folder.files, f"{work}/film.mp4", path)
    finally:
        with contextlib.suppress(DiskTrouble):
            run_native(project_tree.remove, story.folder.files, work)


def _lay_out(story: Story, request: ExportRequest, work: str, progress: ExportProgress, font_for: FontFor) -> None:
    """Write every image as a JPEG of one size, the list of how long each is seen, and the subtitles."""
    files = story.folder.files
    project_tree.remove(files, work)
    size = _size(story)
    rows = ["ffconcat version 1.0"]
    for position, scene in enumerate(story.scenes):
        progress(position, 2 * len(story.scenes), f"Beat {scene.beat} is laid out")
        name = f"{position + 1:05d}.jpg"
        files.write_new(f"{work}/{name}", codec.jpeg(_slide(story, scene, request, size, font_for), 90))
        rows += [f"file {name}", f"duration {scene.span.seconds:.3f}"]
    rows.append(rows[-2])  # ffmpeg passes over the length of the last one unless it comes again
    files.write_new(f"{work}/list.txt", "\n".join(rows).encode("ascii"))
    files.write_new(f"{work}/subtitles.srt", as_srt(story.scenes).encode("utf-8", "replace"))


def _size(story: Story) -> tuple[int, int]:
    first = next(iter(story.images.values()))
    if first.width > first.height * 1.1:
        return 1280, 720
    return (720, 1280) if first.height > first.width * 1.1 else (960, 960)


def _slide(story: Story, scene: Scene, request: ExportRequest, size: tuple[int, int], font_for: FontFor) -> Image.Image:
    slide = Image.new("RGB", size, (24, 24, 27))
    frame = scene.image(request.images)
    image = story.open(frame) if frame else None
    if image is not None:
        with image:
            small = codec.fitted(image, *size)
        if small is not None:
            scale = min(size[0] / small.width, size[1] / small.height)
            small = small.resize((round(small.width * scale), round(small.height * scale)))
            slide.paste(small, ((size[0] - small.width) // 2, (size[1] - small.height) // 2))
    if frame is None:
        _write(slide, f"Beat {scene.beat}", size[1] // 2, font_for)
    if request.chosen(SUBTITLES) == BURNED:
        _write(slide, scene.phrase, size[1] - 24, font_for)
    return slide


def _write(slide: Image.Image, text: str, bottom: int, font_for: FontFor) -> None:
    """The text in white on a dark strip, its lowest line ending at ``bottom``."""
    found = drawn(text, LETTERS, slide.width * 0.86, LINES, font_for)
    if not found:
        return
    step = round(LETTERS * 1.4)
    wide = max(line.ink.width for line in found)
    box = (
        (slide.width - wide) // 2 - 14,
        bottom - step * len(found) - 12,
        (slide.width + wide) // 2 + 14,
        bottom + 4,
    )
    strip = Image.new("L", (box[2] - box[0], box[3] - box[1]), 175)
    slide.paste((0, 0, 0), box, strip)
    for place, line in enumerate(found):
        left, top = (slide.width - line.ink.width) // 2, bottom - step * (len(found) - place)
        slide.paste((255, 255, 255), (left, top - 6), line.ink)


def _publish(files: FolderWriter, made: str, path: str) -> None:
    """ffmpeg writes without syncing: a power failure must not leave half a film under a finished name."""
    handle = files.open(made)
    if handle is None:
        raise DiskTrouble("ffmpeg made no film. Check the disk, then start the export again.")
    with open(handle, "rb", closefd=True):
        sync(handle)
    files.move(made, path)


def _encoder(program: str) -> str:
    known = subprocess.run([program, "-hide_banner", "-encoders"], capture_output=True, text=True, check=False).stdout
    return "libx264" if re.search(r"\blibx264\b", known) else "mpeg4"


def command(program: str, encoder: str, *, track: bool, voice: bool) -> list[str]:
    """The call of ffmpeg, with or without subtitles and the voiceover. Nothing of the project's text is in it."""
    quality = ["-preset", "veryfast", "-tune", "stillimage", "-crf", "20"] if encoder == "libx264" else ["-q:v", "4"]
    return [
        *(program, "-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
        *("-protocol_whitelist", "file", "-f", "concat", "-safe", "1", "-i", "list.txt"),
        *(("-f", "srt", "-i", "subtitles.srt") if track else ()),
        *((*RAW, "-i", VOICE) if voice else ()),
        *("-map", "0:v"),
        *(("-map", "1:s", "-c:s", "mov_text") if track else ()),
        *(("-map", f"{1 + track}:a", "-c:a", "aac", "-b:a", "128k") if voice else ()),
        *("-vf", f"fps={RATE},format=yuv420p", "-c:v", encoder, *quality),
        *("-movflags", "+faststart", "-progress", "pipe:1", "-nostats", "film.mp4"),
    ]


def _encode(call: list[str], place: Path, seconds: float) -> Iterator[float]:
    """Run ffmpeg there; yields how much it has done, from 0 to 1. Closing the iterator ends it."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(call, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                name, _, value = line.decode("ascii", "replace").strip().partition("=")
                if name in ("out_time_us", "out_time_ms") and value.isdecimal():
                    yield min(1.0, int(value) / 1e6 / max(seconds, 0.001))
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if process.returncode:
            errors.seek(0)
            reason = " ".join(errors.read(QUOTED).decode("utf-8", "replace").split())
            raise DiskTrouble(f"ffmpeg could not make the film: {reason or 'no reason given'}")


def _obstacle(tools: ExportTools) -> str:
    return "" if tools.find_ffmpeg() else MISSING


def _make(task: ExportTask) -> None:
    tools = task.tools
    write_film(task.story(), task.request, task.path, task.progress, tools.font_for, tools.find_ffmpeg)


FORMAT = Format(
    label="Animatic",
    noun="animatic",
    note="An MP4 that shows, with the voiceover if there is one, each picture for as long as its phrase takes{length}.",
    suffix="mp4",
    mime="video/mp4",
    make=_make,
    one_image=True,
    options=(SUBTITLES,),
    hint="A beat without such a picture shows the one selected, else the first there is.",
    obstacle=_obstacle,
)
