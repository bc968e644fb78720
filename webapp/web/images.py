"""Step 8: the page, its commands, and the details of a frame.

A command is a form. HTMX gets the parts that changed; everyone else is sent back to the page.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import replace

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.settings import ProjectSettings
from webapp.disk.folder import Folder
from webapp.errors import BadInput, IllegalMove, PriceUnknown, Step8Error
from webapp.web import addresses, long, sheets, starting
from webapp.web.chair_views import Done
from webapp.web.frame_actions import sheet_answer, tell, told
from webapp.web.limit_fields import budget_in, limits_in
from webapp.web.matrix_views import Rows
from webapp.web.parts import Parts
from webapp.web.services import services
from webapp.web.shell import shell
from webapp.web.summaries import summary_line
from webapp.web.viewing import connected, disconnect, reconnect
from webapp.web.views import Banner, Button

HTML = "text/html; charset=utf-8"
MOST_BLOCKS = 20
"""Blocks of rows that one request may ask for."""

NUMBER = re.compile(r"[0-9]{1,6}\Z", re.ASCII)


def pages(parts: Parts) -> Blueprint:
    """The blueprint; ``parts`` renders what the answer to a click replaces."""
    views = Blueprint("images", __name__)

    def answer(
        folder: Folder,
        *,
        problem: str = "",
        remedy: Button | None = None,
        switch: bool = False,
        done: Done | None = None,
    ) -> Response:
        """What a command answers: the changed parts for HTMX, the page for everyone else."""
        if "HX-Request" not in request.headers:
            if done:
                tell(done)
            return redirect(addresses.step(folder.name, "images"), 303)
        live = connected(folder.id, services().control.run(folder).id)
        shown = parts.answer(folder, live, problem=problem, remedy=remedy, switch=switch, done=done)
        return Response(shown, content_type=HTML)

    def change(project: str, changed: Callable[[ProjectSettings], ProjectSettings]) -> Response:
        """Change the project's settings, also those of a run that is there."""
        folder = services().library.find(project)
        services().control.tune(folder, changed)
        return answer(folder)

    def asked(folder: Folder, question: PriceUnknown, left: bool) -> Response:
        """The question whether a model without a known price may be used, with the button that says yes."""
        yes = starting.agreement(folder, question)
        if "HX-Request" in request.headers:
            return answer(folder, problem=str(question), remedy=yes, switch=left)
        return make_response(_page(folder, Banner("error", f"✗ Error: {question}", button=yes)), question.status)

    @views.get("/p/<project:project>/images")
    def page(project: str) -> str:
        """All of Step 8, as it stands now. Of a long matrix the rows around the row ``at``, or ``all``."""
        return _page(services().library.find(project))

    @views.get("/p/<project:project>/images/rows")
    def rows(project: str) -> str:
        """Some blocks of a long matrix."""
        numbers = [int(text) for text in request.args.getlist("block")[:MOST_BLOCKS] if NUMBER.match(text)]
        folder = services().library.find(project)
        standing = services().snapshots.at_a_glance(folder).standing(folder)
        asked = Rows(standing.live, long.filled(standing, numbers))
        return render_template("rows.html", rows=asked, columns=len(standing.project.styles))

    @views.post("/p/<project:project>/images/start")
    def start(project: str) -> Response:
        """Start, or attach to the run that is there. A new run is followed live.

        A model without a known price is only used once somebody agreed to that, with the field ``accept``. A run that
        the budget is not enough for is asked about once; ``again`` names a run that was for some frames only.
        """
        folder = services().library.find(project)
        if question := _question(folder):
            return question
        left = reconnect(folder.id)
        again = request.form.get("again", "")
        try:
            scope = services().store.plan(folder).scope(again) if again else None
            starting.start(folder, {request.form.get("accept", "")}, scope)
        except PriceUnknown as error:
            return asked(folder, error, left)
        except Step8Error as error:
            if "HX-Request" not in request.headers:
                raise
            return answer(folder, problem=str(error), switch=left)
        return answer(folder, switch=left)

    @views.post("/p/<project:project>/images/speed")
    def speed(project: str) -> Response:
        """Set pace and calls at once; an empty one is the usual one again."""
        try:
            wanted = limits_in(request.form, ("perMinute", "parallel"))
        except BadInput as error:
            return refused(project, error)
        return change(project, lambda settings: settings.with_restraint(**wanted))

    @views.post("/p/<project:project>/images/budget")
    def budget(project: str) -> Response:
        """Set the budget, or remove it."""
        try:
            cap = budget_in(request.form.get("budget"))
        except BadInput as error:
            return refused(project, error)
        return change(project, lambda settings: settings.with_restraint(budget=cap))

    def refused(project: str, error: BadInput) -> Response:
        """The sentence as the page's banner; without HTMX as a page of its own."""
        if "HX-Request" not in request.headers:
            raise error
        return answer(services().library.find(project), problem=str(error))

    @views.post("/p/<project:project>/images/stop")
    def stop(project: str) -> Response:
        """Stop the run the page showed. Pressed twice, or too late, it only shows how things stand."""
        folder = services().library.find(project)
        done = None
        with contextlib.suppress(IllegalMove):
            run = services().control.stop(folder, request.args.get("run"))
            start = addresses.command(folder.name, "start")
            done = Done(run.id, "Generation stopped.", start, (("again", run.id), ("sure", "1")), "Start again")
        return answer(folder, done=done)

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
        except PriceUnknown as error:
            return asked(folder, error, left)
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
        number = request.args.get("compare", "")
        compare = int(number) if number.isascii() and number.isdecimal() and len(number) < 8 else 0
        did = told() if "HX-Request" not in request.headers else ()
        view = services().snapshots.at_a_glance(folder).frame(folder, frame, did[0] if did else None, compare=compare)
        if "HX-Request" in request.headers:
            return render_template("partials/_frame.html", frame=view)
        return render_template("frame.html", frame=view, shell=shell(folder, "images"))

    _ = (page, rows, start, speed, budget, stop, pause, resume, leave, come_back, details)
    return views


def _page(folder: Folder, banner: Banner | None = None) -> str:
    """All of Step 8; with a ``banner`` in the place of the one that would stand there."""
    live = connected(folder.id, services().control.run(folder).id)
    snapshots = services().snapshots.at_a_glance(folder)
    standing = snapshots.standing(folder)
    at = None if "all" in request.args else request.args.get("at", "")
    view = snapshots.page(folder, shell(folder, "images", live, standing), live, standing, told(), at)
    summary = summary_line(snapshots.summary(folder, standing.run))
    return render_template("images.html", page=replace(view, banner=banner) if banner else view, summary=summary)


def _question(folder: Folder) -> Response | None:
    """The question before a run that the budget is not enough for, unless it was answered or there is a run."""
    run = services().control.run(folder)
    if "sure" in request.form or run.open:
        return None
    standing = services().snapshots.standing(folder)
    asks = sheets.budget_question(standing)
    return sheet_answer(folder, standing, asks) if asks else None
