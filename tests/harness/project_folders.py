"""Project folders to try the disk's side on: real ones, copied for each test."""

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image

from webapp.disk.files.folder import Folder
from webapp.disk.library import Library
from webapp.disk.project_store import ProjectStore

DATA = Path(__file__).parent.parent / "data"
NOW = 1_735_689_600.0  # 2025-01-01T00:00:00Z


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A projects root with the half-finished v1.0 project and the malformed one."""
    root = tmp_path / "projects"
    root.mkdir()
    shutil.copytree(DATA / "v1_half_finished", root / "lighthouse")
    shutil.copytree(DATA / "malformed", root / "malformed")
    return Library(root)


@pytest.fixture
def folder(library: Library) -> Folder:
    """The half-finished project of v1.0."""
    return library.find("lighthouse")


@pytest.fixture
def store() -> ProjectStore:
    return ProjectStore(lambda: NOW)


@pytest.fixture(scope="session")
def picture() -> dict[str, bytes]:
    """One picture in each format, noisy enough to have some length."""
    noise = Image.effect_noise((96, 54), 60).convert("RGB")
    return {format: _encoded(noise, format) for format in ("PNG", "JPEG", "WEBP")}


def _encoded(image: Image.Image, format: str) -> bytes:
    out = io.BytesIO()
    image.save(out, format)
    return out.getvalue()
