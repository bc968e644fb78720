"""Routes of Step 8: the page, more rows of a long matrix, the details of a frame."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Blueprint, render_template, request

from webapp.core.project import Project
from webapp.disk.files.folder import Folder
from webapp.disk.images.history import ImageHistory
from webapp.disk.images.trash import ImageTrash
from webapp.errors import NotFound
from webapp.state.folder_snapshot import FolderSnapshot
from webapp.state.project_state import ProjectState
from webapp.state.remaining_work import RunResources
from webapp.web import session_state, urls
from webapp.web.images import banner as banners
from webapp.web.images import controls, long_matrix, matrix, run_figures, run_panel
from webapp.web.images.frame_details import FramePast, frame_page
from webapp.web.images.matrix_views import Rows
from webapp.web.images.run_figures import summary_line
from webapp.web.images.views import FrameDetails, ImagesPage
from webapp.web.layout.command_result import ResultView
from webapp.web.layout.htmx import is_htmx
from webapp.web.layout.page_frame import shell
from webapp.web.layout.widgets import Banner
from webapp.web.services import services
from webapp.web.session_state import connected

MOST_BLOCKS = 20
"""Blocks of rows that one request may ask for."""

NUMBER = re.compile(r"[0-9]{1,6}\Z", re.ASCII)

pages = Blueprint("images", __name__)


@pages.get("/p/<project:project>/images")
def page(project: str) -> str:
    """Show all of Step 8. Of a long matrix the rows around the row ``at``, or ``all``."""
    return whole(services().library.find(project))


@pages.get("/p/<project:project>/images/rows")
def rows(project: str) -> str:
    """Return some blocks of a long matrix."""
    numbers = [int(text) for text in request.args.getlist("block")[:MOST_BLOCKS] if NUMBER.match(text)]
    folder = services().library.find(project)
    state = services().state.read(folder)
    asked = Rows(state.live, long_matrix.filled(state, numbers))
    return render_template("images/matrix/_row_blocks.html", rows=asked, columns=len(state.project.styles))


@pages.get("/p/<project:project>/frames/<frame>")
def details(project: str, frame: str) -> str:
    """Show one frame: its details for HTMX, a page of its own otherwise."""
    folder = services().library.find(project)
    number = request.args.get("compare", "")
    compare = int(number) if number.isascii() and number.isdecimal() and len(number) < 8 else 0
    did = session_state.take() if not is_htmx() else ()
    view = frame_view(folder, frame, did[0] if did else None, compare=compare)
    if is_htmx():
        return render_template("images/frame/_frame_details.html", frame=view)
    return render_template("images/frame/page.html", frame=view, shell=shell(folder, "images"))


def whole(folder: Folder, banner: Banner | None = None) -> str:
    """Render all of Step 8; ``banner`` replaces its banner."""
    reader = services().state
    files = reader.snapshot(folder)
    state = reader.state(files)
    view = _page(files, state)
    summary = summary_line(reader.summary(files, state.run))
    return render_template("images/page.html", page=replace(view, banner=banner) if banner else view, summary=summary)


def frame_view(
    folder: Folder, ident: str, done: ResultView | None = None, *, problem: str = "", compare: int = 0
) -> FrameDetails:
    """The details of a frame, after a command that did this or met a problem. ``compare`` is the number of an image of
    its history to be seen beside the one in use.

    Raises:
        NotFound: the prompts have no such frame.
    """
    reader = services().state
    files = reader.snapshot(folder)
    state = reader.state(files)
    frame = state.by_id.get(ident)
    beat = state.project.beat(frame) if frame else None
    if frame is None or beat is None:
        raise NotFound("This beat is not in the project’s prompts any more. Go back to Step 8.")
    image, ledger = files.images.image(folder, frame), reader.ledger(files)
    past = FramePast(ImageHistory().kept(folder, frame), ImageTrash().deleted(folder, frame), image)
    return frame_page(state, frame, beat, past, ledger, done, problem=problem, compare=compare)


def _page(files: FolderSnapshot, state: ProjectState) -> ImagesPage:
    """The view of all of Step 8. Of a long matrix it has the rows around the row ``at``, or all of them."""
    folder, now, live = files.folder, services().clock(), connected(files.folder)
    resources = services().state.resources(files)
    whole = "all" in request.args or not long_matrix.is_long(state)
    groups, more = (matrix.groups(state), None) if whole else long_matrix.part(state, request.args.get("at", ""))
    return ImagesPage(
        shell=shell(folder, "images", live, state),
        live=state.live,
        events=urls.events(folder.name, state.live) if live else "",
        beats=len(state.project.rows()),
        source=run_panel.source_line(resources.sources),
        offline=run_panel.offline_tag(resources.sources),
        controls=controls.controls(state, live),
        banner=banners.banner(state, live, now),
        stats=run_figures.stats(state, resources, now, services().state.remaining(files, state, resources)),
        heads=matrix.heads(state),
        groups=groups,
        long=more,
        log=tuple(run_panel.log_line(line) for line in state.log),
        problems=tuple(str(problem) for problem in state.project.problems),
        speed=run_panel.speed(folder.name, resources.overview),
        budget=run_panel.budget_form(folder.name, resources),
        notes=_reference_notes(files, state.project, resources),
        queue=matrix.queue(state),
        marked=matrix.marked(state),
        done=session_state.take(),
    )


def _reference_notes(files: FolderSnapshot, project: Project, resources: RunResources) -> tuple[str, ...]:
    """A sentence for images that will go without the style reference they should have."""
    makers = services().makers
    everywhere = makers.choices.settings(files.folder, files).references
    if not everywhere and not any(beat.hard_cut for style in project.styles for beat in style.beats):
        return ()
    reference = makers.overviews.reference(files.folder, files)
    return run_panel.reference_notes(project, everywhere, reference, resources.sources)
