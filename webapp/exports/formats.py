"""What somebody wants exported, how far that is, and what the result is called."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from webapp.core.json_values import fits
from webapp.core.project import Frame, beat_number, free_name
from webapp.errors import BadInput
from webapp.exports.scenes import ALL, SELECTED, Scene

IMAGES, SHEET, FILM, PROJECT = "images", "sheet", "film", "project"
KINDS = (IMAGES, SHEET, FILM, PROJECT)
SUFFIXES = {IMAGES: "zip", SHEET: "pdf", FILM: "mp4", PROJECT: "zip"}
ENDS = {IMAGES: "images", SHEET: "contact-sheet", FILM: "animatic", PROJECT: "project"}
LABELS = {IMAGES: "Images", SHEET: "Contact sheet", FILM: "Animatic", PROJECT: "Whole project"}

BURNED, TRACK, NONE = "burned", "track", "none"
SUBTITLES = (TRACK, BURNED, NONE)

RUNNING, DONE, FAILED, CANCELLED, INTERRUPTED = "running", "done", "failed", "cancelled", "interrupted"
SILENT = 60.0
"""Seconds without a sign of life after which an export's process is taken for gone."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is wanted. ``pictures`` is "all", "selected" or a style; ``prompts``: they may be in the result."""

    kind: str
    pictures: str = ALL
    prompts: bool = False
    subtitles: str = TRACK

    @classmethod
    def of(cls, asked: Mapping[str, Any], styles: Collection[str]) -> ExportRequest:
        """What a form or a program asks for.

        Raises:
            BadInput: there is no such export.
        """
        kind, pictures = asked.get("kind"), asked.get("pictures") or ALL
        prompts, subtitles = asked.get("prompts", False), asked.get("subtitles") or TRACK
        if kind not in KINDS:
            raise BadInput(f"There is no such export. Ask for one of: {', '.join(KINDS)}.")
        if pictures not in (ALL, SELECTED) and pictures not in styles:
            raise BadInput("There are no such pictures. Ask for all, selected, or the name of a style.")
        if subtitles not in SUBTITLES:
            raise BadInput(f"There are no such subtitles. Ask for one of: {', '.join(SUBTITLES)}.")
        if prompts not in (True, False, "1", ""):
            raise BadInput("prompts must be true or false.")
        return cls(str(kind), str(pictures), bool(prompts), str(subtitles))


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One export as it is kept. Times are epoch seconds; ``file`` is the result's name as it is offered."""

    id: str
    wish: ExportRequest
    state: str = RUNNING
    done: int = 0
    total: int = 0
    note: str = ""
    started_at: float = 0.0
    touched_at: float = 0.0
    file: str = ""
    size: int = 0

    @property
    def percent(self) -> int:
        """How much of it is done, rounded down."""
        if self.state == DONE:
            return 100
        return min(100, 100 * self.done // self.total) if self.total > 0 else 0

    def seen(self, now: float) -> ExportJob:
        """As it is to be told: a running one whose process is silent for a minute is interrupted."""
        if self.state == RUNNING and not -SILENT < now - self.touched_at < SILENT:
            return replace(self, state=INTERRUPTED, note="The app was stopped meanwhile. Start the export again.")
        return self

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Any) -> ExportJob | None:
        """Read what `to_json` wrote; ``None`` for anything else."""
        try:
            wish = ExportRequest(**data["wish"])
            job = cls(**{**data, "wish": wish})
        except (TypeError, KeyError):
            return None
        texts = (job.id, job.state, job.note, job.file, wish.kind, wish.pictures, wish.subtitles)
        numbers = (job.done, job.total, job.started_at, job.touched_at, job.size)
        sound = all(fits(text, "") for text in texts) and all(fits(number, 0.0) for number in numbers)
        return job if sound and wish.kind in KINDS else None


def file_name(title: str, kind: str) -> str:
    """What a result is called when it is downloaded."""
    return f"{free_name(title, ())}-{ENDS[kind]}.{SUFFIXES[kind]}"


def picture_names(story: Sequence[Scene], which: str) -> list[tuple[Frame, str]]:
    """Each picture with its name in the ZIP, without its suffix: ``Beat_1.1``, in a folder of its style when all are
    wanted, with its shot where two shots share the number. The plan is never a path that leads elsewhere."""
    shots: dict[str, set[str]] = {}
    for scene in story:
        shots.setdefault(scene.beat, set()).add(scene.shot)
    names = []
    for scene in story:
        for frame in scene.pictures(which):
            if beat_number(frame.beat) != frame.beat:
                continue
            name = f"Beat_{frame.beat}" if len(shots[scene.beat]) == 1 else f"Shot_{frame.shot}_Beat_{frame.beat}"
            flag = "_flagged" if which == SELECTED and scene.flagged else ""
            names.append((frame, f"{frame.style}/{name}" if which == ALL else f"{name}{flag}"))
    return names
