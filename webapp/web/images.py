"""Step 8: the page, its commands, and the details of a frame.

A command is a form. HTMX gets the parts that changed; everyone else is sent back to the page.
"""

from __future__ import annotations

import contextlib

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core import values
from webapp.disk.folder import Folder
from webapp.errors import BadInput, IllegalMove, Step8Error
from webapp.web import addresses
from webapp.web.parts import Parts
from webapp.web.services import services
from webapp.web.shell import shell
from webapp.web.viewing import connected, disconnect, reconnect

HTML = "text/html; charset=utf-8"


def pages(parts: Parts) -> Blueprint:
    """The blueprint; ``parts`` renders what the answer to a click replaces."""
    views = Blueprint("images", __name__)

    def answer(folder: Folder, *, problem: str = "", switch: bool = False) -> Response:
        """What a command answers: the changed parts for HTMX, the page for everyone else."""
        if "HX-Request" not in request.headers:
            return redirect(addresses.step(folder.name, "images"), 303)
        live = connected(folder.id, services().control.run(folder).id)
        return Response(parts.answer(folder, live, problem=problem, switch=switch), content_type=HTML)

    @views.get("/p/<project:project>/images")
    def page(project: str) -> str:
        """All of Step 8, as it stands now."""
        folder = services().library.find(project)
        live = connected(folder.id, services().control.run(folder).id)
        view = services().snapshots.page(folder, shell(folder, "images"), live)
        return render_template("images.html", page=view)

    @views.post("/p/<project:project>/images/start")
    def start(project: str) -> Response:
        """Start, or attach to the run that is there. A new run is followed live."""
        folder = services().library.find(project)
        left = reconnect(folder.id)
        try:
            services().control.start(folder)
        except Step8Error as error:
            if "HX-Request" not in request.headers:
                raise
            return answer(folder, problem=str(error), switch=left)
        return answer(folder, switch=left)

    @views.post("/p/<project:project>/images/stop")
    def stop(project: str) -> Response:
        """Stop the run the page showed. Pressed twice, or too late, it only shows how things stand."""
        folder = services().library.find(project)
        with contextlib.suppress(IllegalMove):
            services().control.stop(folder, request.args.get("run"))
        return answer(folder)

    @views.post("/p/<project:project>/images/pause")
    def pause(project: str) -> Response:
        """Pause the run the page showed. Pressed twice, or too late, it only shows how things stand."""
        folder = services().library.find(project)
        with contextlib.suppress(IllegalMove):
            services().control.pause(folder, request.args.get("run"))
        return answer(folder)

    @views.post("/p/<project:project>/images/resume")
    def resume(project: str) -> Response:
        """Go on with the paused run, with another budget if one was asked for."""
        folder = services().library.find(project)
        left = reconnect(folder.id)
        try:
            with contextlib.suppress(IllegalMove):
                services().control.resume(folder, request.args.get("run"), budget_in(request.form.get("budget")))
        except Step8Error as error:
            if "HX-Request" not in request.headers:
                raise
            return answer(folder, problem=str(error), switch=left)
        return answer(folder, switch=left)

    @views.post("/p/<project:project>/images/disconnect")
    def leave(project: str) -> Response:
        """Close this viewer's stream; the run goes on."""
        folder = services().library.find(project)
        disconnect(folder.id, services().control.run(folder).id)
        return answer(folder, switch=True)

    @views.post("/p/<project:project>/images/reconnect")
    def come_back(project: str) -> Response:
        """Follow the run live again."""
        folder = services().library.find(project)
        reconnect(folder.id)
        return answer(folder, switch=True)

    @views.get("/p/<project:project>/frames/<frame>")
    def details(project: str, frame: str) -> str:
        """One frame: the drawer for HTMX, a page of its own otherwise."""
        folder = services().library.find(project)
        view = services().snapshots.frame(folder, frame)
        if "HX-Request" in request.headers:
            return render_template("partials/_frame.html", frame=view)
        return render_template("frame.html", frame=view, shell=shell(folder, "images"))

    _ = (page, start, stop, pause, resume, leave, come_back, details)
    return views


def budget_in(text: str | None) -> int | None:
    """A budget in US dollars as a form sends it, in micro-dollars; ``None`` when there is none.

    Raises:
        BadInput: it is no amount.
    """
    if not text or not text.strip():
        return None
    try:
        return values.dollars(text.strip().removeprefix("$").replace(",", "."))
    except ValueError as error:
        raise BadInput(f"Budget: {error}") from None
