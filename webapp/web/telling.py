"""What a command for frames says of itself: to whoever gave it, and to all who watch."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterable, Sequence

from webapp.core.frames import FrameNews, Status
from webapp.core.project import Frame
from webapp.disk.files.folder import Folder
from webapp.errors import CoordinationDown, DiskTrouble
from webapp.state.project_state import ProjectState
from webapp.web.images.views import CommandResult
from webapp.web.services import services

Fields = tuple[tuple[str, str], ...]


def names(frames: Sequence[Frame]) -> str:
    """Frames as a sentence names them: one by style and beat, more by their number."""
    if len(frames) == 1:
        return f"[{frames[0].style}] Beat {frames[0].beat}"
    return f"{len(frames)} images"


def verb(frames: Sequence[Frame], one: str, several: str) -> str:
    """The word that fits `_names`."""
    return one if len(frames) == 1 else several


def done(text: str, action: str = "", fields: Fields = ()) -> CommandResult:
    return CommandResult(secrets.token_hex(4), text, action, fields)


def tell_images(folder: Folder, standing: ProjectState, frames: Iterable[Frame], text: str) -> None:
    """Put the progress files right and tell everybody which images are there now."""
    parts, frames = services(), list(frames)
    project = parts.store.project(folder)
    there = parts.store.images(folder, project)
    for style in dict.fromkeys(frame.style for frame in frames):
        parts.store.write_progress(folder, project, style, [frame for frame in there if frame.style == style])
    news = []
    for frame in frames:
        image = there.get(frame)
        status, version = (Status.EXISTS, image.version) if image else (Status.PENDING, "")
        news.append(FrameNews(frame.style, frame.shot, frame.beat, status, run=standing.run.id, image=version))
    nudge(folder)
    say(folder, text, news)


def nudge(folder: Folder) -> None:
    """Whoever drives the project looks at it again. Without Redis nobody does, and the folder tells the next one."""
    with contextlib.suppress(CoordinationDown):
        services().control.arrange(folder, lambda plan: plan)


def say(folder: Folder, text: str, news: Iterable[FrameNews] = ()) -> None:
    """Add a line of activity, by which every open page looks again. Without Redis pages are right when loaded anew."""
    line = {"at": services().clock(), "kind": "info", "text": text}
    with contextlib.suppress(DiskTrouble):  # the command itself told, if it could not be kept
        services().diaries.write(folder, [line])
    with contextlib.suppress(CoordinationDown):
        services().board.post(folder.id, frames=news, log=[line])
