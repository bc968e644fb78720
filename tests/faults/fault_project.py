"""A project of a fault test: made as v1.1 leaves it after Step 7, run over the JSON API, read from its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from tests.harness.app_process import AppProcess, until
from tests.harness.provider_double import Call, ProviderDouble
from webapp.core.project import Frame

STYLES = ("illustration", "clear")
END = 60.0
"""Seconds after which work that did not go on by itself counts as stuck."""


class FaultProject:
    """One project below ``root``, with so many beats in each style. Its prompts name it, so its calls are its own."""

    def __init__(self, root: Path, double: ProviderDouble, name: str = "film", beats: int = 3) -> None:
        self.name, self.double, self.path = name, double, root / name
        self.beats = [f"{1 + n // 3}.{n % 3 + 1}" for n in range(beats)]
        (self.path / "prompts").mkdir(parents=True)
        for style in STYLES:
            entries = [self._entry(style, beat) for beat in self.beats]
            (self.path / "prompts" / f"prompts-{style}.json").write_text(json.dumps(entries), encoding="utf-8")

    @property
    def frames(self) -> list[Frame]:
        """Every frame, in story order."""
        return [Frame(style, beat[0], beat) for style in STYLES for beat in self.beats]

    def prompt(self, frame: Frame) -> str:
        """The words a frame's calls ask for; what comes first names the project too."""
        return f"{self.name}: {frame.style} beat {frame.beat};"

    def image(self, frame: Frame) -> Path:
        """Where the frame's image belongs."""
        return self.path / frame.image_path

    @property
    def calls(self) -> list[Call]:
        """The calls that were made for this project so far."""
        return [call for call in list(self.double.calls) if call.prompt.startswith(f"{self.name}: ")]

    def images(self) -> list[Frame]:
        """The frames with a file of their name, whatever is in it."""
        return [frame for frame in self.frames if self.image(frame).exists()]

    def claimed(self) -> set[Frame]:
        """The frames whose beat a progress file says is complete."""
        return {frame for frame in self.frames if frame.beat in self.progress(frame.style)}

    def progress(self, style: str) -> list[str]:
        """The beats that the style's progress file lists."""
        try:
            text = (self.path / f"image_progress_{style}.json").read_text("utf-8")
        except FileNotFoundError:
            return []
        return [str(beat) for beat in json.loads(text)["completedBeats"]]

    def journal(self) -> Iterator[dict[str, Any]]:
        """The records of the journal; a torn line is passed over."""
        try:
            lines = (self.path / ".step8/journal.jsonl").read_bytes().splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                yield json.loads(line)
            except ValueError:
                continue

    # over the API

    def start(self, app: AppProcess) -> int:
        """Press Start as a v1.1 client does, and leave at once: that must not end the run. Answers the status."""
        body = {"projectPath": self.name}
        with requests.post(f"{app.url}/api/generate-images", json=body, timeout=30, stream=True) as answer:
            if answer.status_code == 200:
                next(answer.iter_lines())
            return answer.status_code

    def run(self) -> dict[str, Any]:
        """The newest run as the folder keeps it."""
        try:
            return dict(json.loads((self.path / ".step8/run.json").read_text("utf-8")))
        except FileNotFoundError:
            return {}

    def told(self, app: AppProcess) -> dict[str, Any] | None:
        """What the API says of the run; ``None`` while the app does not answer."""
        try:
            answer = requests.get(f"{app.url}/api/generation-status/{self.name}", timeout=30)
            return dict(answer.json()) if answer.status_code == 200 else None
        except (requests.RequestException, ValueError):
            return None

    def ended(self, app: AppProcess) -> bool:
        """Whether the folder and the app say that nothing is being generated."""
        if self.run().get("state") in ("starting", "generating", "pausing", "stopping"):
            return False
        told = self.told(app)
        return told is not None and not told["isGenerating"]

    def wait_for_end(self, app: AppProcess, patience: float = END) -> None:
        """Wait until the run has ended."""
        until(lambda: self.ended(app), patience, says=lambda: f"{len(self.images())} images.\n{app.log()}")

    def page(self, app: AppProcess) -> str:
        """The project's page of images."""
        return requests.get(f"{app.url}/p/{self.name}/images", timeout=30).text

    def shown(self, app: AppProcess) -> set[Frame]:
        """The frames that the API shows with an image."""
        answer = requests.post(f"{app.url}/api/get-generated-images", json={"projectPath": self.name}, timeout=30)
        images: dict[str, dict[str, str]] = answer.json()["images"]
        return {frame for frame in self.frames if frame.beat in images.get(frame.style, {})}

    def _entry(self, style: str, beat: str) -> dict[str, Any]:
        frame = Frame(style, beat[0], beat)
        return {
            "shot_number": int(beat[0]),
            "beat_number": beat,
            "script_phrase": f"Phrase {beat}",
            "transition_type": "S",
            "ai_prompt": self.prompt(frame),
        }
