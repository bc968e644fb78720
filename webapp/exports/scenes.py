"""Scenes of a story: each beat with its phrase, time, images and the one that was chosen, also as CSV, JSON and SRT."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.core.csv_cells import plain_cell
from webapp.core.project import Frame, Project, beat_number
from webapp.exports.timeline import Span, spans

ALL, SELECTED = "all", "selected"
"""Which images: of every style, or the ones chosen in Step 9. Anything else is the name of a style."""


@dataclass(frozen=True, slots=True)
class Scene:
    """One beat. ``frames`` are those that have an image, in the order of the styles; ``prompts`` is by style."""

    shot: str
    beat: str
    phrase: str
    transition: str
    span: Span
    frames: tuple[Frame, ...]
    prompts: Mapping[str, str]
    chosen: Frame | None = None
    chosen_style: str = ""
    flagged: bool = False

    def images(self, which: str) -> tuple[Frame, ...]:
        """Its images of this choice."""
        if which == ALL:
            return self.frames
        if which == SELECTED:
            return (self.chosen,) if self.chosen else ()
        return tuple(frame for frame in self.frames if frame.style == which)

    def image(self, which: str) -> Frame | None:
        """The one image that stands for it: of this choice, else the chosen one, else the first there is."""
        return next(iter((*self.images(which), *self.images(SELECTED), *self.frames)), None)


def scenes(
    project: Project, there: Collection[Frame], selections: Mapping[str, Any], segments: Any = None
) -> tuple[Scene, ...]:
    """The project's scenes in story order. ``there`` are the frames with a complete image."""
    choices = {beat_number(written) or written: choice for written, choice in selections.items()}
    entries = {(frame.shot, frame.beat, frame.style): project.beat(frame) for frame in project.frames()}
    rows = project.rows()
    found = []
    for shot, number in rows:
        beats = {style.name: entries.get((shot, number, style.name)) for style in project.styles}
        known = {name: beat for name, beat in beats.items() if beat is not None}
        found.append((shot, number, known, next((beat.phrase for beat in known.values() if beat.phrase.strip()), "")))
    times = spans([(number, phrase) for _, number, _, phrase in found], segments)
    made: list[Scene] = []
    for (shot, number, known, phrase), span in zip(found, times, strict=True):
        frames = tuple(frame for style in known if (frame := Frame(style, shot, number)) in there)
        style, flagged = _choice(choices.get(number))
        made.append(
            Scene(
                shot=shot,
                beat=number,
                phrase=" ".join(phrase.split()),
                transition=next((beat.transition for beat in known.values() if beat.transition), ""),
                span=span,
                frames=frames,
                prompts={name: beat.prompt for name, beat in known.items()},
                chosen=next((frame for frame in frames if frame.style == style), None),
                chosen_style=style,
                flagged=flagged,
            )
        )
    return tuple(made)


def beats_of(story: Sequence[Scene]) -> list[tuple[str, str]]:
    """The scenes as `webapp.exports.timeline` takes them: number and phrase."""
    return [(scene.beat, scene.phrase) for scene in story]


def as_json(project: Project, story: Sequence[Scene], made_at: str, *, prompts: bool) -> str:
    """The storyboard as a JSON text. Prompts only where they were asked for."""
    beats = []
    for scene in story:
        entry: dict[str, Any] = {
            "shot_number": scene.shot,
            "beat_number": scene.beat,
            "script_phrase": scene.phrase,
            "transition_type": scene.transition,
            "start": scene.span.start,
            "seconds": scene.span.seconds,
            "spoken": scene.span.spoken,
            "selected": {"style": scene.chosen_style, "isFlagged": scene.flagged} if scene.chosen_style else None,
            "images": {frame.style: frame.image_path for frame in scene.frames},
        }
        beats.append({**entry, "prompts": dict(scene.prompts)} if prompts else entry)
    styles = [style.name for style in project.styles]
    whole = {"title": project.title, "madeAt": made_at, "styles": styles, "beats": beats}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def as_csv(project: Project, story: Sequence[Scene], *, prompts: bool) -> str:
    """The storyboard as a table for spreadsheets, one beat a line. Prompts only where they were asked for.

    Cells are no formulas: see `plain_cell`.
    """
    styles = [style.name for style in project.styles]
    head = ["shot", "beat", "phrase", "transition", "start", "seconds", "selected_style", "flagged"]
    head += [f"image_{style}" for style in styles]
    head += [f"prompt_{style}" for style in styles] if prompts else []
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(head)
    for scene in story:
        paths = {frame.style: frame.image_path for frame in scene.frames}
        row = [scene.shot, scene.beat, scene.phrase, scene.transition]
        row += [f"{scene.span.start:.2f}", f"{scene.span.seconds:.2f}", scene.chosen_style]
        row += ["yes" if scene.flagged else "", *(paths.get(style, "") for style in styles)]
        row += [scene.prompts.get(style, "") for style in styles] if prompts else []
        table.writerow([plain_cell(cell) for cell in row])
    return "\ufeff" + out.getvalue()


def as_srt(story: Sequence[Scene]) -> str:
    """The phrases as subtitles. A beat without a phrase has none."""
    blocks: list[str] = []
    for scene in story:
        if scene.phrase:
            times = f"{_clock(scene.span.start)} --> {_clock(scene.span.end)}"
            blocks.append(f"{len(blocks) + 1}\n{times}\n{scene.phrase.replace('-->', '→')}\n")
    return "\n".join(blocks)


def _choice(choice: Any) -> tuple[str, bool]:
    if not isinstance(choice, Mapping) or not isinstance(choice.get("style"), str):
        return "", False
    return choice["style"], choice.get("isFlagged") is True


def _clock(seconds: float) -> str:
    whole, rest = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d},{rest:03d}"
