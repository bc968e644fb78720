"""Voiceover of the animatic: every recording decoded to its place in one raw file."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

from webapp.disk.files.native_threads import run_native
from webapp.disk.project_tree import PIECE, pour
from webapp.errors import BadFile
from webapp.exports.contract import ExportProgress
from webapp.exports.story import Story
from webapp.exports.timeline import Voice

VOICE = "voice.raw"
RATE = 44_100
RAW = ("-f", "s16le", "-ar", str(RATE), "-ac", "1")
"""Options of ffmpeg for the raw file: 16 bits, one channel."""

RECORDING = re.compile(r"[^/\x00-\x1f\x7f]{1,200}\.(?i:wav|mp3)\Z")


def record(program: str, story: Story, work: str, progress: ExportProgress) -> bool:
    """Write the recordings into the folder ``work`` as one file. Call it in a greenlet.

    Returns whether there is any sound.

    A recording that is missing, a link, or cannot be decoded is left out; its place stays silent.

    Raises:
        Cancelled: by ``progress``.
        DiskTrouble: the disk refuses.
    """
    files, heard = story.folder.files, False
    with files.writing(f"{work}/{VOICE}") as raw:
        for voice in story.voices:
            progress(len(story.scenes), 2 * len(story.scenes), "The voiceover is laid out")
            if not run_native(_fetch, story, voice, work):
                continue
            raw.seek(2 * round(voice.at * RATE))
            for piece in _decoded(program, story, work):
                raw.write(piece)
                heard = True
    return heard


def _fetch(story: Story, voice: Voice, work: str) -> bool:
    """Copy a recording to where ffmpeg works, so that it is given no path of the project."""
    files, path = story.folder.files, f"{work}/recording"
    files.remove(path)
    if not RECORDING.match(voice.file):
        return False
    try:
        handle = files.open(f"voiceover/{voice.file}")
    except BadFile:
        return False
    if handle is None:
        return False
    with open(handle, "rb", closefd=True) as old, files.writing(path) as new:
        pour(old, new)
    return True


def _decoded(program: str, story: Story, work: str) -> Iterator[bytes]:
    call = [program, "-nostdin", "-hide_banner", "-loglevel", "quiet", "-protocol_whitelist", "file,pipe"]
    call += ["-i", "recording", "-vn", *RAW, "pipe:1"]
    process = subprocess.Popen(
        call, cwd=story.folder.path / work, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        while piece := process.stdout.read(PIECE):
            yield piece
        process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
