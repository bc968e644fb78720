"""What every page of a project has around its content: the 13 steps and the run pill."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from webapp.core.frames import Counts
from webapp.core.project import Project
from webapp.core.selections import Selection
from webapp.disk.files.folder import Folder
from webapp.state.project_state import ProjectState
from webapp.web import urls
from webapp.web.images import banner
from webapp.web.layout import project_files
from webapp.web.layout.widgets import Shell, Step
from webapp.web.services import services


@dataclass(frozen=True, slots=True)
class StepEntry:
    """One of the 13 steps: its number, its word in the address, its name."""

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


def shell(folder: Folder, active_slug: str, connected: bool = True, known: ProjectState | None = None) -> Shell:
    """The frame of a page of this project. ``active_slug`` is the step shown, "" for none.

    ``connected`` is whether this viewer follows the run live, for the pill's words. A page that has read how the
    project stands hands it over as ``known``.
    """
    standing = known or services().state.read(folder)
    counts = standing.counts()
    ready = done_steps(folder, standing.project, len(standing.versions))
    steps = tuple(
        Step(
            no=kind.no,
            name=kind.name,
            href=urls.step(folder.name, kind.slug),
            state="active" if kind.slug == active_slug else "done" if kind.slug in ready else "todo",
            note=_note(counts) if kind.slug == "images" else "",
        )
        for kind in STEPS
    )
    return Shell(folder.name, folder.id, standing.project.title, steps, banner.pill(standing, connected))


def images_step(name: str, counts: Counts) -> Step:
    """Step 8 in the stepper of its own page, for the live update."""
    kind = BY_SLUG["images"]
    return Step(kind.no, kind.name, urls.step(name, kind.slug), "active", _note(counts))


def _note(counts: Counts) -> str:
    """How far the images are, only while that says more than "none" or "all"."""
    return f"{counts.percent}%" if 0 < counts.done < counts.total else ""


def done_steps(folder: Folder, project: Project, made: int | None = None) -> frozenset[str]:
    """The steps whose result lies in the project folder. ``made`` is how many images there are, if that is known."""
    images = len(services().store.images(folder, project)) if made is None else made
    selection = Selection.of(project, services().store.selections(folder))
    done = {
        "setup": True,
        "summarize": project_files.has(folder, "summary.txt"),
        "scripting": project_files.has(folder, "script.md"),
        "voiceover": project_files.has(folder, "voiceover/segments.json")
        or bool(project_files.listed(folder, "voiceover", RECORDING)),
        "beats": project_files.has(folder, "beats.json") or project_files.has(folder, "beats.md"),
        "storyboard": bool(project_files.listed(folder, "storyboards", STORYBOARD)),
        "prompts": project.total > 0,
        "images": 0 < project.total == images,
        "select": 0 < selection.chosen == len(selection.numbers),
    }
    return frozenset(slug for slug, there in done.items() if there)


def standing(ready: frozenset[str]) -> tuple[tuple[str, ...], StepEntry | None]:
    """The 13 steps as "done", "active" or "todo", and the active one: the first not done after the last done.

    A project made from prompt files alone stands at Images, although nobody wrote a summary for it.
    """
    last = max((kind.no for kind in STEPS if kind.slug in ready), default=0)
    now = STEPS[last] if last < len(STEPS) else None
    states: Sequence[str] = ["done" if kind.slug in ready else "active" if kind is now else "todo" for kind in STEPS]
    return tuple(states), now
