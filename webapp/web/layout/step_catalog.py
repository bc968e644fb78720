"""The 13 steps of a project, the names of the files they show, and their states in the stepper. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.core.frames import Counts
from webapp.web import urls
from webapp.web.layout.widgets import Step


@dataclass(frozen=True, slots=True)
class StepEntry:
    """One of the 13 steps: number, slug in the URL, name."""

    no: int
    slug: str
    name: str


STEPS = tuple(
    StepEntry(no, slug, name)
    for no, (slug, name) in enumerate(
        (
            ("setup", "Project Setup"),
            ("summarize", "Summarize"),
            ("scripting", "Scripting"),
            ("voiceover", "Voiceover"),
            ("beats", "Beats"),
            ("storyboard", "Storyboard"),
            ("prompts", "Prompts"),
            ("images", "Images"),
            ("select", "Select"),
            ("svg-convert", "SVG Convert"),
            ("transcription", "Transcription"),
            ("pre-edit-scan", "Pre-Edit Scan"),
            ("video-edit", "Video Edit"),
        ),
        1,
    )
)


BY_SLUG = {kind.slug: kind for kind in STEPS}


RECORDING = re.compile(r"[^/\x00-\x1f\x7f]{1,200}\.(?i:wav|mp3)")


STORYBOARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.(?:json|md)")


SELECTED = re.compile(r"Beat_[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}[A-Za-z]?(?:_flagged)?\.png")


def images_step(name: str, counts: Counts) -> Step:
    """Build Step 8 in the stepper of its own page, for the live update."""
    kind = BY_SLUG["images"]
    return Step(kind.no, kind.name, urls.step(name, kind.slug), "active", progress_note(counts))


def progress_note(counts: Counts) -> str:
    """The percentage of images done, "" for none and for all."""
    return f"{counts.percent}%" if 0 < counts.done < counts.total else ""


def step_states(ready: frozenset[str]) -> tuple[tuple[str, ...], StepEntry | None]:
    """Tell "done", "active" or "todo" for each step, and the active one: the first not done after the last done.

    So a project made from prompt files alone is at Images, although it has no summary.
    """
    last = max((kind.no for kind in STEPS if kind.slug in ready), default=0)
    now = STEPS[last] if last < len(STEPS) else None
    states: Sequence[str] = ["done" if kind.slug in ready else "active" if kind is now else "todo" for kind in STEPS]
    return tuple(states), now
