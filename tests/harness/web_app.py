"""A whole app for tests of its pages: real folders, real Redis; no worker and no server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image as Picture
from werkzeug.test import TestResponse

from webapp.app import create_app
from webapp.config import load
from webapp.web.services import EXTENSION, Services

HOST = "127.0.0.1:8000"
OURS = {"Host": HOST, "Sec-Fetch-Site": "same-origin"}
"""The headers of a request that our own page sends."""

HTMX = {**OURS, "HX-Request": "true"}


class Browser(FlaskClient):
    """A client that reads every answer to its end, as a browser does."""

    def open(self, *args: Any, buffered: bool = True, **kwargs: Any) -> TestResponse:
        """Send a request."""
        return super().open(*args, buffered=buffered, **kwargs)


class WebApp:
    """One app over a folder of its own. ``settings`` are environment variables."""

    def __init__(self, home: Path, redis_url: str, **settings: str) -> None:
        self.root = home / "projects"
        self.data = home / "var"
        self.root.mkdir(exist_ok=True)
        environ = {"PROJECTS_ROOT": str(self.root), "DATA_DIR": str(self.data), "REDIS_URL": redis_url, **settings}
        self.app: Flask = create_app(load(environ, home))
        self.app.test_client_class = Browser
        self.client: FlaskClient = self.app.test_client()

    @property
    def services(self) -> Services:
        """The app's parts."""
        services: Services = self.app.extensions[EXTENSION]
        return services

    def get(self, path: str, **headers: str) -> TestResponse:
        """A GET by somebody who typed the address."""
        return self.client.get(path, headers={"Host": HOST, **_named(headers)})

    def post(self, path: str, data: Any = None, **headers: str) -> TestResponse:
        """A form of our own page."""
        return self.client.post(path, data=data, headers={**OURS, **_named(headers)})

    def call(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        """A JSON request by a program on this machine."""
        return self.client.post(f"/api/{path}", json=body, headers={"Host": HOST, **_named(headers)})

    def project(self, name: str = "demo", styles: Sequence[str] = ("illustration", "clear"), beats: int = 3) -> Path:
        """A project folder with prompts and nothing else."""
        folder = self.root / name
        (folder / "prompts").mkdir(parents=True)
        for style in styles:
            (folder / "prompts" / f"prompts-{style}.json").write_text(json.dumps(entries(beats)))
        return folder


def entries(beats: int, prompt: str = "A lake") -> list[dict[str, Any]]:
    """So many entries of a prompts file, all in shot 1."""
    return [
        {
            "shot_number": 1,
            "beat_number": f"1.{n}",
            "script_phrase": f"Phrase {n}",
            "transition_type": "h",
            "ai_prompt": f"{prompt} {n}",
        }
        for n in range(1, beats + 1)
    ]


def draw(file: Path, color: str = "navy", kind: str = "PNG") -> Path:
    """A real, complete picture at that place."""
    file.parent.mkdir(parents=True, exist_ok=True)
    Picture.new("RGB", (64, 36), color).save(file, kind)
    return file


def image(folder: Path, style: str, beat: str, shot: str = "1") -> Path:
    """Where a frame's image lies."""
    return folder / "generated_images" / style / f"Shot_{shot}" / f"Beat_{beat}.png"


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
