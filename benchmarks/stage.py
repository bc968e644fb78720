"""What a row works with: the real app in a folder of its own, projects in it, and one run watched to its end."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from benchmarks.service import Service
from tests.harness.app_process import AppProcess, Apps
from tests.harness.scripted_answers import picture

STYLES = ("illustration", "clear", "consistent")
LONGEST = 300.0
"""Seconds after which a run that says nothing more is given up."""


@contextmanager
def stage() -> Iterator[Apps]:
    """Apps in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="step8-bench-") as home, Apps(Path(home)) as apps:
        yield apps


def make_project(root: Path, beats: int, name: str = "film", styles: tuple[str, ...] = STYLES) -> Path:
    """A project with so many beats in each style, ten to a shot."""
    folder = root / name
    (folder / "prompts").mkdir(parents=True)
    for style in styles:
        entries = [
            {
                "shot_number": 1 + n // 10,
                "beat_number": f"{1 + n // 10}.{n % 10 + 1}",
                "script_phrase": f"And so the story goes on, with its phrase number {n}.",
                "transition_type": "S",
                "ai_prompt": f"{style} prompt number {n} of {name}: the harbour at dusk, boats, a lamp in one window.",
            }
            for n in range(beats)
        ]
        (folder / "prompts" / f"prompts-{style}.json").write_text(json.dumps(entries), encoding="utf-8")
    return folder


def fill(folder: Path, beats: int, missing: int = 0) -> None:
    """Give a project all its pictures but the last ones of the last style, with the journal."""
    (folder / ".step8").mkdir()
    image = folder / "picture.png"
    image.write_bytes(picture("a harbour"))
    with (folder / ".step8" / "journal.jsonl").open("w") as journal:
        for number in range(beats * len(STYLES) - missing):
            style, beat = STYLES[number // beats], number % beats
            shot, name = 1 + beat // 10, f"{1 + beat // 10}.{beat % 10 + 1}"
            path = folder / "generated_images" / style / f"Shot_{shot}" / f"Beat_{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(image, path)
            for record in _records(number, style, shot, name):
                journal.write(json.dumps(record, separators=(",", ":")) + "\n")
    image.unlink()


def _records(number: int, style: str, shot: int, beat: str) -> list[dict[str, object]]:
    """What the journal holds of one frame."""
    attempt = f"{number:016x}"
    same = {"attempt": attempt, "run": "0123456789ab"}
    intent = {
        "what": "intent",
        "at": 1.7e9 + number,
        **same,
        "token": 1,
        "style": style,
        "shot": str(shot),
        "beat": beat,
    }
    more = {
        "provider": "openai",
        "model": "m",
        "software": "Step 8",
        "key": "",
        "price": 0,
        "seed": number,
        "prompt": attempt,
    }
    saved = {
        "what": "saved",
        "at": 1.7e9 + number + 1,
        **same,
        "seconds": 1.0,
        "cost": 0,
        "version": attempt[:12],
        "model": "m",
    }
    return [intent | more, saved]


def open_app(apps: Apps, service: Service, projects: Mapping[str, int], **settings: str) -> AppProcess:
    """The app, answering, with these projects (name: beats in each style) and the service as its image server, which
    sets no pace and takes no key."""
    given = {"IMAGE_PROVIDER": "openai", "OPENAI_BASE_URL": f"{service.url}/v1", **settings}
    app = apps.prepare(**given)
    for name, beats in projects.items():
        make_project(app.projects_root, beats, name)
    app.start()
    app.wait_until_ready()
    return app


@dataclass(frozen=True, slots=True)
class Watched:
    """A run as a v1.1 client saw it: when Start was sent and the end came (monotonic), and the last event."""

    began: float
    ended: float
    end: dict[str, object]

    @property
    def seconds(self) -> float:
        """From Start to the end."""
        return self.ended - self.began

    @property
    def complete(self) -> bool:
        """Whether every image exists."""
        return self.end["type"] == "complete"


def start(app: AppProcess, project: str = "film") -> None:
    """Start a run as a v1.1 client does, and leave."""
    url, body = f"{app.url}/api/generate-images", {"projectPath": project}
    with requests.post(url, json=body, timeout=LONGEST, stream=True) as answer:
        answer.raise_for_status()
        next(answer.iter_lines())


def stop(app: AppProcess, project: str = "film") -> None:
    """Stop the run; when this returns, no call begins any more."""
    command(app, "stop-generation", project)


def command(app: AppProcess, name: str, project: str = "film", **body: object) -> None:
    """Give a command of the API, and take its answer."""
    sent = {"projectPath": project, **body}
    requests.post(f"{app.url}/api/{name}", json=sent, timeout=60).raise_for_status()


def generating(app: AppProcess, project: str = "film") -> bool:
    """Whether the project's run is active."""
    answer = requests.get(f"{app.url}/api/generation-status/{project}", timeout=60)
    return bool(answer.json()["isGenerating"])


def run(app: AppProcess, project: str = "film") -> Watched:
    """Start a run and watch it to its end."""
    began = time.monotonic()
    url, body = f"{app.url}/api/generate-images", {"projectPath": project}
    last: dict[str, object] = {"type": "error", "error": "The stream said nothing."}
    with requests.post(url, json=body, timeout=LONGEST, stream=True) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            if line.startswith(b"data: "):
                last = json.loads(line.removeprefix(b"data: "))
    return Watched(began, time.monotonic(), last)
