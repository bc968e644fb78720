"""Frame of a project's pages: title, the 13 steps, the run pill."""

from __future__ import annotations

from webapp.core.project import Project
from webapp.core.selections import Selection
from webapp.disk.files.folder import Folder
from webapp.state.project_state import ProjectState
from webapp.web import urls
from webapp.web.layout import project_files, run_pill
from webapp.web.layout.step_catalog import RECORDING, STEPS, STORYBOARD, progress_note
from webapp.web.layout.widgets import Shell, Step
from webapp.web.services import services


def shell(folder: Folder, active_slug: str, connected: bool = True, known: ProjectState | None = None) -> Shell:
    """Build the frame of a page. ``active_slug`` is the step shown, "" for none.

    ``connected``: this viewer follows the run live. ``known`` is the project's state if it was read already.
    """
    state = known or services().state.read(folder)
    counts = state.counts()
    ready = done_steps(folder, state.project, len(state.versions))
    steps = tuple(
        Step(
            no=kind.no,
            name=kind.name,
            href=urls.step(folder.name, kind.slug),
            state="active" if kind.slug == active_slug else "done" if kind.slug in ready else "todo",
            note=progress_note(counts) if kind.slug == "images" else "",
        )
        for kind in STEPS
    )
    return Shell(folder.name, folder.id, state.project.title, steps, run_pill.pill(state, connected))


def done_steps(folder: Folder, project: Project, made: int | None = None) -> frozenset[str]:
    """The steps whose result is in the project folder. ``made`` is the number of images, if known."""
    images = len(services().store.images.of_project(folder, project)) if made is None else made
    selection = Selection.of(project, services().store.selections.read(folder))
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
