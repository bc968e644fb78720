"""Routes of Step 8: the page, more rows of a long matrix, the details of a frame."""

from __future__ import annotations

import re
from dataclasses import replace

from flask import Blueprint, render_template, request

from webapp.disk.files.folder import Folder
from webapp.web import session_state
from webapp.web.images import long_matrix
from webapp.web.images.matrix_views import Rows
from webapp.web.images.run_figures import summary_line
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
    state = services().snapshots.at_a_glance(folder).standing(folder)
    asked = Rows(state.live, long_matrix.filled(state, numbers))
    return render_template("images/_row_blocks.html", rows=asked, columns=len(state.project.styles))


@pages.get("/p/<project:project>/frames/<frame>")
def details(project: str, frame: str) -> str:
    """Show one frame: its details for HTMX, a page of its own otherwise."""
    folder = services().library.find(project)
    number = request.args.get("compare", "")
    compare = int(number) if number.isascii() and number.isdecimal() and len(number) < 8 else 0
    did = session_state.take() if not is_htmx() else ()
    view = services().snapshots.at_a_glance(folder).frame(folder, frame, did[0] if did else None, compare=compare)
    if is_htmx():
        return render_template("images/_frame_details.html", frame=view)
    return render_template("images/frame_page.html", frame=view, shell=shell(folder, "images"))


def whole(folder: Folder, banner: Banner | None = None) -> str:
    """Render all of Step 8; ``banner`` replaces its banner."""
    live = connected(folder)
    snapshots = services().snapshots.at_a_glance(folder)
    state = snapshots.standing(folder)
    at = None if "all" in request.args else request.args.get("at", "")
    view = snapshots.page(folder, shell(folder, "images", live, state), live, state, session_state.take(), at)
    summary = summary_line(snapshots.summary(folder, state.run))
    return render_template("images/page.html", page=replace(view, banner=banner) if banner else view, summary=summary)
