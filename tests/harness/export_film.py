"""A small film with pictures, a journal full of secrets, and a program in the place of ffmpeg."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from webapp.disk.files.folder import Folder
from webapp.disk.library import Library
from webapp.disk.project_store import ProjectStore
from webapp.exports.story import Story, read_story

PROMPT = "a very private prompt"
KEY = "AIzaSecretKeyThatMustNeverLeave"

PHRASES = ("On a rock stood a lighthouse.", "Маяк стоял на скале.", "灯台の少女")

PROGRAM = """#!{python}
import pathlib, sys, time
if "-encoders" in sys.argv:
    print(" V..... {encoder}")
    sys.exit()
here = pathlib.Path(".")
if sys.argv[-1] == "pipe:1":
    sys.stdout.buffer.write(b"ab" * len((here / "recording").read_bytes()))
    sys.exit()
(here / "../../called.txt").write_text(repr(sys.argv[1:]) + (here / "list.txt").read_text())
print("out_time_us=1000000", flush=True)
while (here / "../../hold").exists():
    time.sleep(0.02)
    print("out_time_us=1500000", flush=True)
if {fails}:
    sys.exit("Disk quota exceeded")
(here / "film.mp4").write_bytes(b"film of " + str(len(list(here.glob("*.jpg")))).encode())
print("progress=end", flush=True)
"""


@pytest.fixture
def film(tmp_path: Path) -> Folder:
    """Three beats in two styles; the last picture of "ink" is missing; beat 1.2 is chosen in "ink"."""
    home = tmp_path / "projects" / "film"
    (home / "prompts").mkdir(parents=True)
    entries = [
        {"shot_number": 1, "beat_number": f"1.{n}", "script_phrase": phrase, "ai_prompt": f"{PROMPT} {n}"}
        for n, phrase in enumerate(PHRASES, 1)
    ]
    info = PngInfo()
    info.add_text("Prompt", PROMPT)
    for style, color in (("clear", "navy"), ("ink", "gray")):
        (home / f"prompts/prompts-{style}.json").write_text(json.dumps(entries), "utf-8")
        shot = home / f"generated_images/{style}/Shot_1"
        shot.mkdir(parents=True)
        for n in range(1, 4 if style == "clear" else 3):
            Image.new("RGB", (64, 36), color).save(shot / f"Beat_1.{n}.png", pnginfo=info)
    (home / "image_selections.json").write_text(json.dumps({"1.2": {"style": "ink", "isFlagged": True}}))
    state = home / ".step8"
    state.mkdir()
    (state / "project.json").write_text('{"title": "The Lamp"}')
    (state / "settings.json").write_text(json.dumps({"note": KEY}))
    (state / "journal.jsonl").write_text(json.dumps({"key": KEY}) + "\n")
    (home / ".env").write_text(KEY)
    return Library(tmp_path / "projects").find("film")


@pytest.fixture
def story(film: Folder) -> Story:
    return read_story(ProjectStore(), film)


def program(place: Path, *, encoder: str = "libx264", fails: bool = False) -> str:
    """A program that behaves like ffmpeg; it waits while a file "hold" lies beside the exports."""
    place.mkdir(parents=True, exist_ok=True)
    file = place / "ffmpeg"
    file.write_text(PROGRAM.format(python=sys.executable, encoder=encoder, fails=fails))
    os.chmod(file, 0o755)
    return str(file)


def quiet(done: int, total: int, note: str) -> None:
    """A tick that nobody listens to."""
