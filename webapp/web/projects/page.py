"""Routes of the start page: the projects, the archived and the deleted ones, create and import."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import BinaryIO, cast

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.money.amounts import dollars
from webapp.core.money.ledger import Ledger
from webapp.core.project import Frame, Project, free_name
from webapp.core.run.states import Run, RunState
from webapp.disk.files.folder import Folder
from webapp.disk.images.completeness import Image
from webapp.disk.project_trash import DeletedProject
from webapp.errors import BadInput, Step8Error
from webapp.operations.projects import checked_title
from webapp.web import urls
from webapp.web.layout.htmx import is_htmx
from webapp.web.layout.page_frame import done_steps
from webapp.web.layout.step_catalog import step_states
from webapp.web.layout.words import ago
from webapp.web.middleware import request_limits
from webapp.web.projects import uploads
from webapp.web.projects.undo_notice import notice
from webapp.web.projects.views import (
    ListedProject,
    Prefill,
    ProjectCard,
    ProjectList,
    TrashedCard,
)
from webapp.web.services import operations, services

pages = Blueprint("projects", __name__)

THUMBS = 3
ORDERS = ("changed", "title", "done")
VIEWS = ("", "archived", "trash")


@pages.get("/")
def start() -> str:
    """Show the list of projects; ``?show=`` the archived or the deleted ones, ``?q=`` words to find, ``?sort=``."""
    return render_template("projects/page.html", page=page())


@pages.post("/projects")
def create() -> Response | tuple[str, int]:
    """Create a project: empty, or with the chosen prompt files. An unusable file means no project."""
    title = request.form.get("title", "")
    try:
        folder = _create(title)
    except Step8Error as error:
        if is_htmx():
            raise
        return render_template("projects/page.html", page=page(Prefill(title, str(error)))), error.status
    slug = "images" if services().store.project(folder).total else "setup"
    return redirect(urls.step(folder.name, slug), 303)


@pages.post("/projects/import")
def take_in() -> Response | tuple[str, int]:
    """Import a project from a ZIP, whole or not at all."""
    try:
        title, file = request.form.get("title", ""), request.files.get("archive")
    except OSError as error:
        raise request_limits.not_stored(error) from error
    try:
        if file is None or not file.filename:
            raise BadInput("No file was chosen. Choose the ZIP of a project's folder.")
        folder = operations().projects.import_zip(cast(BinaryIO, file.stream), title, file.filename)
    except Step8Error as error:
        if is_htmx():
            raise
        return render_template("projects/page.html", page=page(import_form=Prefill(title, str(error)))), error.status
    return redirect(urls.step(folder.name, "images"), 303)


def page(form: Prefill | None = None, import_form: Prefill | None = None) -> ProjectList:
    """Build the page."""
    show = _one_of(VIEWS, request.args.get("show", ""))
    sort = _one_of(ORDERS, request.args.get("sort", ""))
    query = " ".join(request.args.get("q", "").split())[:200]
    listed = [entry(name, query) for name in services().library.names()]
    trash = [_trashed(item, query) for item in services().trash.entries()]
    archived = sum(1 for item in listed if item.archived)
    entries = sorted((e for e in listed if e.archived == (show == "archived")), key=lambda e: _order(e.card, sort))
    return ProjectList(
        projects=tuple(item.card for item in entries),
        generating=sum(1 for item in listed if item.card.badge and item.card.badge[0] == "live"),
        root=str(services().library.root),
        form=form or Prefill(),
        entries=() if show == "trash" else tuple(entries),
        show=show,
        query=query,
        sort=sort,
        trash=tuple(trash) if show == "trash" else (),
        counts={"": len(listed) - archived, "archived": archived, "trash": len(trash)},
        notice=notice(request.args),
        import_form=import_form,
    )


def entry(name: str, query: str = "") -> ListedProject:
    """Build one entry of the list."""
    shown = card(name)
    archived, cost = False, "–"
    with contextlib.suppress(Step8Error):  # the card says what is wrong with it
        folder = services().library.find(name)
        archived = services().store.records.archived(folder)
        cost = _cost(services().store.ledger(folder))
    return ListedProject(shown, urls.project(name), archived, not _has(f"{shown.title} {shown.name}", query), cost)


def card(name: str) -> ProjectCard:
    """Build the card of one project. An unreadable project is shown too, with the reason."""
    try:
        folder = services().library.find(name)
        return _card(folder)
    except Step8Error as error:
        href = urls.step(name, "setup")
        todo = ("todo",) * 13
        return ProjectCard(name, name, href, (), todo, "", "–", "–", 0.0, ("warn", "Needs attention"), 0, str(error))


def _card(folder: Folder) -> ProjectCard:
    project = services().store.project(folder)
    images = services().store.images.of_project(folder, project)
    run = services().control.run(folder)
    steps, now = step_states(done_steps(folder, project))
    changed = _changed(folder, run)
    return ProjectCard(
        name=folder.name,
        title=project.title,
        href=urls.step(folder.name, "images"),
        thumbs=_thumbs(folder, project, images),
        steps=steps,
        step_text=f"Step {now.no}: {now.name}" if now else "Finished",
        images=f"{len(images)} / {project.total}" if project.total else "–",
        changed=ago(changed, services().clock()),
        changed_at=changed,
        badge=_badge(run, len(images), project),
        failed=run.failed if run.state is RunState.PARTIAL else 0,
        problem=str(project.problems[0]) if project.problems else "",
    )


def _badge(run: Run, made: int, project: Project) -> tuple[str, str] | None:
    if run.pausing:
        return "warn", "Paused"
    if run.active:
        return "live", "Stopping" if run.state is RunState.STOPPING else "Generating"
    if project.problems or (run.state in (RunState.FAILED, RunState.PARTIAL) and made < project.total):
        return "warn", "Needs attention"
    return ("ok", "Images done") if 0 < project.total == made else None


def _thumbs(folder: Folder, project: Project, images: dict[Frame, Image]) -> tuple[str, ...]:
    there = [frame for frame in project.frames() if frame in images]
    places = sorted({0, len(there) // 2, len(there) - 1}) if there else []
    return tuple(urls.thumb(folder.name, there[place], images[there[place]].version) for place in places[:THUMBS])


def _changed(folder: Folder, run: Run) -> float:
    times = [run.changed_at]
    for path in (folder.path, folder.path / "prompts", folder.path / "selected_images"):
        try:
            times.append(path.lstat().st_mtime)
        except OSError:
            continue
    return max(times)


def _cost(ledger: Ledger) -> str:
    if not ledger.total.attempts:
        return "–"
    return dollars(ledger.spent) if ledger.spent else "Free"


def _trashed(item: DeletedProject, query: str) -> TrashedCard:
    now, until = services().clock(), datetime.fromtimestamp(item.until)
    return TrashedCard(
        title=item.title,
        name=item.name,
        deleted=ago(item.deleted_at, now),
        until=f"{until.day} {until:%b}",
        restore=urls.restore(item.entry),
        hidden=not _has(f"{item.title} {item.name}", query),
    )


def _has(text: str, query: str) -> bool:
    return query.casefold() in text.casefold()


def _order(card: ProjectCard, sort: str) -> tuple[float, str]:
    first = {"changed": -card.changed_at, "done": -card.steps.count("done")}.get(sort, 0.0)
    return first, card.title.casefold()


def _one_of(known: tuple[str, ...], value: str) -> str:
    return value if value in known else known[0]


def _create(title: str) -> Folder:
    title = checked_title(title)
    files = [file for file in request.files.getlist("prompts") if file.filename]
    found = uploads.read(files) if files else {}
    folder = services().library.create(free_name(title, services().library.names()), title)
    uploads.save(folder, found)
    return folder
