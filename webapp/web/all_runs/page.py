"""All runs on one page: how each stands, and pausing or resuming them together."""

from __future__ import annotations

import contextlib

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.money.ledger import Ledger
from webapp.core.money.run_summary import summary
from webapp.core.run.states import RunState
from webapp.disk.files.folder import Folder
from webapp.errors import BadFile, BadInput, CoordinationDown, IllegalMove, Step8Error
from webapp.state.remaining_work import remaining
from webapp.web.all_runs.views import OpenRun, open_run, open_runs_page
from webapp.web.services import operations, services

pages = Blueprint("open_runs", __name__)


@pages.get("/runs")
def page() -> str:
    """Every run that goes on, waits for somebody, or was interrupted."""
    return render_template("all_runs/page.html", page=open_runs_page(rows()))


@pages.post("/runs/pause-all")
def pause_every_run() -> Response | str:
    """Pause everything that goes on."""
    try:
        number = pause_all()
    except Step8Error as error:
        return _answer(problem=str(error))
    return _answer(said=f"{_runs(number)} paused." if number else "Nothing is running.")


@pages.post("/runs/resume-all")
def resume_every_run() -> Response | str:
    """Let everything that is paused go on, one run after the other."""
    try:
        number = resume_all()
    except Step8Error as error:
        return _answer(problem=str(error))
    if not number:
        return _answer(said="Nothing is paused that could simply go on.")
    return _answer(said=f"{_runs(number)} will go on, one each second.")


@pages.post("/runs/<any(pause, resume, stop):verb>")
def command(verb: str) -> Response | str:
    """One run's button; ``project`` and ``run`` say which. Pressed twice or too late it only shows how things stand."""
    folder = services().library.find(request.form.get("project", ""))
    runs, run = operations().runs, request.form.get("run", "")
    try:
        with contextlib.suppress(IllegalMove):
            {"pause": runs.pause, "resume": runs.resume, "stop": runs.stop}[verb](folder, run)
    except Step8Error as error:
        return _answer(problem=f"{folder.name}: {error}")
    return _answer()


def rows() -> list[OpenRun]:
    """Every run that is open or was interrupted, those that go on first."""
    found = [row for folder in folders() if (row := _row(folder))]
    return sorted(found, key=lambda row: (_ORDER.index(row.state), row.title.casefold()))


def folders() -> list[Folder]:
    """Every project that can be found: those of the projects folder, and deeper ones that are active."""
    names = set(services().library.names())
    with contextlib.suppress(CoordinationDown):
        names |= services().live.state.active()
    found = []
    for name in sorted(names):
        with contextlib.suppress(BadInput):
            found.append(services().library.find(name))
    return found


def pause_all() -> int:
    """Pause every run that goes on; how many were."""
    return operations().runs.pause_all(folders())


def resume_all() -> int:
    """Let every paused run go on, one after the other; how many will."""
    return operations().runs.resume_all(folders())


_ORDER = (
    RunState.GENERATING,
    RunState.STARTING,
    RunState.STOPPING,
    RunState.PAUSING,
    RunState.PAUSED,
    RunState.INTERRUPTED,
)


def _row(folder: Folder) -> OpenRun | None:
    try:
        if services().control.run(folder).state not in _ORDER:
            return None
        reader, now = services().state, services().clock()
        files = reader.snapshot(folder)
        standing = reader.state(files)
        if standing.run.state not in _ORDER:
            return None
        means = reader.resources(files)
        ahead = reader.remaining(files, standing, means)
        left = remaining(standing, ahead, means, now) if ahead else None
        return open_run(standing, summary(reader.ledger(files), standing.run), left, now)
    except Step8Error:  # it cannot be read; the start page says why
        return None


def _ledger(folder: Folder) -> Ledger:
    try:
        return services().store.ledger(folder)
    except BadFile:
        return Ledger()


def _answer(*, said: str = "", problem: str = "") -> Response | str:
    """The list as it is now for HTMX; everyone else goes back to the page, or sees why something did not work."""
    if "HX-Request" in request.headers:
        return render_template("all_runs/_run_list.html", page=open_runs_page(rows(), said=said, problem=problem))
    if problem:
        return render_template("all_runs/page.html", page=open_runs_page(rows(), problem=problem))
    return redirect("/runs", 303)


def _runs(number: int) -> str:
    return f"{number} run{'' if number == 1 else 's'}"
