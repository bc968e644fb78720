"""A project as exports see it at one moment: its scenes, complete images and recordings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, BinaryIO

from webapp.core.datafiles.source_text import decode
from webapp.core.project import Frame, Project
from webapp.disk.files.folder import Folder
from webapp.disk.images.completeness import Image
from webapp.disk.project_store import ProjectStore
from webapp.errors import BadFile, BadInput
from webapp.exports.scenes import Scene, beats_of, scenes
from webapp.exports.timeline import Voice, voices

SEGMENTS = "voiceover/segments.json"
MAX_SEGMENTS = 8_000_000


@dataclass(frozen=True, slots=True)
class Story:
    """One moment of a project. ``images`` are the complete ones."""

    folder: Folder
    project: Project
    images: dict[Frame, Image]
    scenes: tuple[Scene, ...]
    voices: tuple[Voice, ...] = ()

    def open(self, frame: Frame) -> BinaryIO | None:
        """Open the frame's image; ``None`` when it is gone meanwhile."""
        try:
            handle = self.folder.files.open(self.images[frame].path)
        except (BadFile, KeyError):
            return None
        return None if handle is None else open(handle, "rb", closefd=True)


def read_story(store: ProjectStore, folder: Folder) -> Story:
    """Read the project as it is now.

    Raises:
        BadInput: it has no prompts, so there is no story.
    """
    project = store.project(folder)
    if not project.total:
        raise BadInput("There is nothing to export yet: the project has no prompts. Import them in Step 7.")
    images = store.images.of_project(folder, project)
    segments = _segments(folder)
    made = scenes(project, images, store.selections.read(folder), segments)
    return Story(folder, project, images, made, voices(beats_of(made), segments))


def _segments(folder: Folder) -> Any:
    try:
        data = folder.files.read(SEGMENTS, MAX_SEGMENTS)
        return json.loads(decode(data, SEGMENTS)) if data is not None else None
    except (BadFile, ValueError, RecursionError):
        return None
