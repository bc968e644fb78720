"""The start page: every project with its progress, and how to make a new one."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.naming import free_name
from webapp.core.project import Frame, Project
from webapp.core.run import Run, State
from webapp.disk.folder import Folder
from webapp.disk.store import Image
from webapp.errors import Step8Error
from webapp.web import addresses, uploads
from webapp.web.services import services
from webapp.web.setup import title_in
from webapp.web.shell import done_steps, standing
from webapp.web.times import ago
from webapp.web.views import Prefill, ProjectCard, ProjectsPage

pages = Blueprint("projects", __name__)

THUMBS = 3


@pages.get("/")
def start() -> str:
    """The list of projects."""
    return render_template("projects.html", page=page())


@pages.post("/projects")
def create() -> Response | tuple[str, int]:
    """Make a project: empty, or with the prompt files that were chosen. A file that cannot be used means no project."""
    title = request.form.get("title", "")
    try:
        folder = _create(title)
    except Step8Error as error:
        if "HX-Request" in request.headers:
            raise
        return render_template("projects.html", page=page(Prefill(title, str(error)))), error.status
    slug = "images" if services().store.project(folder).total else "setup"
    return redirect(addresses.step(folder.name, slug), 303)


def page(form: Prefill | None = None) -> ProjectsPage:
    """The start page's values, newest project first."""
    cards = [card(name) for name in services().library.names()]
    cards.sort(key=lambda card: -card.changed_at)
    generating = sum(1 for card in cards if card.badge and card.badge[0] == "live")
    return ProjectsPage(tuple(cards), generating, str(services().library.root), form or Prefill())


def card(name: str) -> ProjectCard:
    """One project on the start page. A project that cannot be read is shown too, with the reason."""
    try:
        folder = services().library.find(name)
        return _card(folder)
    except Step8Error as error:
        href = addresses.step(name, "setup")
        todo = ("todo",) * 13
        return ProjectCard(name, name, href, (), todo, "", "–", "–", 0.0, ("warn", "Needs attention"), 0, str(error))


def _card(folder: Folder) -> ProjectCard:
    project = services().store.project(folder)
    images = services().store.images(folder, project)
    run = services().control.run(folder)
    steps, now = standing(done_steps(folder, project))
    changed = _changed(folder, run)
    return ProjectCard(
        name=folder.name,
        title=project.title,
        href=addresses.step(folder.name, "images"),
        thumbs=_thumbs(folder, project, images),
        steps=steps,
        step_text=f"Step {now.no}: {now.name}" if now else "Finished",
        images=f"{len(images)} / {project.total}" if project.total else "–",
        changed=ago(changed, services().clock()),
        changed_at=changed,
        badge=_badge(run, len(images), project),
        failed=run.failed if run.state is State.PARTIAL else 0,
        problem=str(project.problems[0]) if project.problems else "",
    )


def _badge(run: Run, made: int, project: Project) -> tuple[str, str] | None:
    if run.pausing:
        return "warn", "Paused"
    if run.active:
        return "live", "Stopping" if run.state is State.STOPPING else "Generating"
    if project.problems or (run.state in (State.FAILED, State.PARTIAL) and made < project.total):
        return "warn", "Needs attention"
    return ("ok", "Images done") if 0 < project.total == made else None


def _thumbs(folder: Folder, project: Project, images: dict[Frame, Image]) -> tuple[str, ...]:
    """The first, the middle and the last picture of the story so far."""
    there = [frame for frame in project.frames() if frame in images]
    places = sorted({0, len(there) // 2, len(there) - 1}) if there else []
    return tuple(addresses.thumb(folder.name, there[place], images[there[place]].version) for place in places[:THUMBS])


def _changed(folder: Folder, run: Run) -> float:
    """When anything of the project last changed: its folder, the folders in it, its run."""
    times = [run.changed_at]
    for path in (folder.path, folder.path / "prompts", folder.path / "selected_images"):
        try:
            times.append(path.lstat().st_mtime)
        except OSError:
            continue
    return max(times)


def _create(title: str) -> Folder:
    title = title_in(title)
    files = [file for file in request.files.getlist("prompts") if file.filename]
    found = uploads.read(files) if files else {}
    folder = services().library.create(free_name(title, services().library.names()), title)
    uploads.save(folder, found)
    return folder
