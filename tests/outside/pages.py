"""The pages of a project: which there are, and writing them down."""

from __future__ import annotations

import time
from collections.abc import Iterable

from tests.outside.record import Record
from tests.outside.visitor import Visitor

STEPS = (
    "setup", "summarize", "scripting", "voiceover", "beats", "storyboard", "prompts", "images", "select",
    "svg-convert", "transcription", "pre-edit-scan", "video-edit",
)  # fmt: skip
OTHERS = ("manage", "export", "costs", "activity")
TEXTS = (
    "costs.csv", "activity.txt", "activity.jsonl", "export/storyboard.csv", "export/storyboard.json",
    "export/storyboard.json?prompts=1", "export/subtitles.srt",
)  # fmt: skip
DIALOGS = (
    "images/queue", "images/sheet?style=clear", "images/sheet?shot=1", "images/sheet?beat=1.1",
    "images/ask?do=regenerate&style=clear", "images/ask?do=delete&style=clear&only=made", "images/ask?do=nothing",
)  # fmt: skip
PARTS = (
    *DIALOGS, "images/queue?part=line", "images/rows?block=0", "export/job", "manage?part=rename",
    "manage?part=delete", "prompts", "prompts?beat=1-1.2&style=clear", "prompts?q=sea&show=edited",
)  # fmt: skip
LIVE = ("images", "select", "prompts", "setup", "activity", "costs", "images/queue", "frames/clear-1-1_3")
"""What changes while a run goes on."""


def record_pages(record: Record, visitor: Visitor, place: str, project: str, pages: Iterable[str]) -> None:
    """Write pages of a project below ``pages/place``."""
    for page in pages:
        record.answer(f"pages/{place}/{page or 'entry'}", visitor.get(f"/p/{project}/{page}"))


def record_parts(record: Record, visitor: Visitor, place: str, project: str, parts: Iterable[str] = PARTS) -> None:
    """Write what HTMX gets."""
    for part in parts:
        record.answer(f"pages/{place}/part/{part}", visitor.get(f"/p/{project}/{part}", htmx=True))


def record_all(record: Record, visitor: Visitor, place: str, project: str, frames: Iterable[str] = ()) -> None:
    """Write every page of a project and its parts."""
    details = [f"frames/{frame}" for frame in frames]
    record_pages(record, visitor, place, project, ("", *STEPS, *OTHERS, *TEXTS, *DIALOGS, *details))
    record_parts(record, visitor, place, project, (*PARTS, *details))


def settle(record: Record, visitor: Visitor, project: str, still: float = 0.5) -> None:
    """Wait until a project has told the same for so many seconds: what is told a moment later has come."""
    watcher = Visitor(visitor.url)  # a session of its own: what was just done is told a session once
    before, since = "", time.monotonic()
    while time.monotonic() - since < still:
        answers = (watcher.get(f"/p/{project}/{page}") for page in ("images", "activity.jsonl", "costs.csv"))
        told = record.noise.out_of("\n".join(answer.text for answer in answers))
        if told != before:
            before, since = told, time.monotonic()
        time.sleep(0.15)
