"""Routes of the page of all runs: show, pause and resume them, one or together."""

from __future__ import annotations

import contextlib

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from webapp.core.money.run_summary import summary
from webapp.core.run.states import RunState
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, CoordinationDown, IllegalMove, Step8Error
from webapp.state.remaining_work import remaining
from webapp.web.all_runs.views import OpenRun, open_run, open_runs_page
from webapp.web.layout.htmx import is_htmx, respond
from webapp.web.services import operations, services

pages = Blueprint("all_runs", __name__)

_ORDER = (
    RunState.GENERATING,
    RunState.STARTING,
    RunState.STOPPING,
    RunState.PAUSING,
    RunState.PAUSED,
    RunState.INTERRUPTED,
)


@pages.get("/runs")
def page() -> str:
    """Show every open or interrupted run."""
    return render_template("all_runs/page.html", page=open_runs_page(rows()))


@pages.post("/runs/pause-all")
def pause_every_run() -> Response | str:
    """Pause all runs."""
    try:
        number = pause_all()
    except Step8Error as error:
        return _answer(problem=str(error))
    return _answer(message=f"{_runs(number)} paused." if number else "Nothing is running.")


@pages.post("/runs/resume-all")
def resume_every_run() -> Response | str:
    """Resume all paused runs, one after the other."""
    try:
        number = resume_all()
    except Step8Error as error:
        return _answer(problem=str(error))
    if not number:
        return _answer(message="Nothing is paused that could simply go on.")
    return _answer(message=f"{_runs(number)} will go on, one each second.")


@pages.post("/runs/<any(pause, resume, stop):verb>")
def command(verb: str) -> Response | str:
    """Pause, resume or stop one run; ``project`` and ``run`` say which. Does nothing when that has ended."""
    folder = services().library.find(request.form.get("project", ""))
    runs, run = operations().runs, request.form.get("run", "")
    try:
        with contextlib.suppress(IllegalMove):
            {"pause": runs.pause, "resume": runs.resume, "stop": runs.stop}[verb](folder, run)
    except Step8Error as error:
        return _answer(problem=f"{folder.name}: {error}")
    return _answer()


def rows() -> list[OpenRun]:
    """Build the rows of all open or interrupted runs, active ones first."""
    found = [row for folder in folders() if (row := _row(folder))]
    return sorted(found, key=lambda row: (_ORDER.index(row.state), row.title.casefold()))


def folders() -> list[Folder]:
    """Find every project: those of the projects folder, and deeper ones that are active."""
    names = set(services().library.names())
    with contextlib.suppress(CoordinationDown):
        names |= services().live.state.active()
    found = []
    for name in sorted(names):
        with contextlib.suppress(BadInput):
            found.append(services().library.find(name))
    return found


def pause_all() -> int:
    """Pause every run. Returns how many were paused."""
    return operations().runs.pause_all(folders())


def resume_all() -> int:
    """Resume every paused run, one after the other. Returns how many will be."""
    return operations().runs.resume_all(folders())


def _row(folder: Folder) -> OpenRun | None:
    try:
        if services().control.run(folder).state not in _ORDER:
            return None
        reader, now = services().state, services().clock()
        files = reader.snapshot(folder)
        state = reader.state(files)
        if state.run.state not in _ORDER:
            return None
        means = reader.resources(files)
        ahead = reader.remaining(files, state, means)
        left = remaining(state, ahead, means, now) if ahead else None
        return open_run(state, summary(reader.ledger(files), state.run), left, now)
    except Step8Error:  # it cannot be read; the start page says why
        return None


def _answer(*, message: str = "", problem: str = "") -> Response | str:
    if problem and not is_htmx():
        return render_template("all_runs/page.html", page=open_runs_page(rows(), problem=problem))

    def partial() -> str:
        return render_template("all_runs/_run_list.html", page=open_runs_page(rows(), message=message, problem=problem))

    return respond(partial, "/runs")


def _runs(number: int) -> str:
    return f"{number} run{'' if number == 1 else 's'}"
