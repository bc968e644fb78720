"""Commands for a run as forms: start, stop, pause, resume, speed, budget, follow live or not.

HTMX gets the parts that changed, every other client a redirect to the page.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, make_response, request
from werkzeug.wrappers import Response

from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, IllegalMove, PriceUnknown, Step8Error
from webapp.operations.limits import budget_in, limits_in
from webapp.web import session_state, urls
from webapp.web.images import dialogs, offered_actions
from webapp.web.images import page as images
from webapp.web.images.banner import error_banner
from webapp.web.layout.command_result import ResultView, result_view
from webapp.web.layout.htmx import is_htmx, respond
from webapp.web.layout.widgets import Button
from webapp.web.services import operations, services
from webapp.web.session_state import connected, disconnect, reconnect

pages = Blueprint("run_forms", __name__)


@pages.post("/p/<project:project>/images/start")
def start(project: str) -> Response:
    """Start a run, or follow the open one.

    A model without a known price needs consent (the field ``accept``); a run beyond the budget is asked about once.
    ``again`` names an earlier run whose frames are meant.
    """
    folder = services().library.find(project)
    if question := _question(folder):
        return question

    def command() -> None:
        form = request.form
        operations().runs.start(folder, {form.get("accept", "")}, form.get("again", ""))

    return _going(folder, command)


@pages.post("/p/<project:project>/images/speed")
def speed(project: str) -> Response:
    """Set pace and parallel calls; an empty field restores the default."""
    return _restrain(project, lambda form: limits_in(form, ("perMinute", "parallel")))


@pages.post("/p/<project:project>/images/budget")
def budget(project: str) -> Response:
    """Set the budget, or remove it."""
    return _restrain(project, lambda form: {"budget": budget_in(form.get("budget"))})


@pages.post("/p/<project:project>/images/stop")
def stop(project: str) -> Response:
    """Stop the run that the page showed. Does nothing when that has ended."""
    folder = services().library.find(project)
    done = None
    with contextlib.suppress(IllegalMove):
        done = result_view(folder.name, operations().runs.stop(folder, request.args.get("run")))
    return _answer(folder, done=done)


@pages.post("/p/<project:project>/images/pause")
def pause(project: str) -> Response:
    """Pause the run that the page showed. Does nothing when that has ended."""
    folder = services().library.find(project)
    with contextlib.suppress(IllegalMove):
        operations().runs.pause(folder, request.args.get("run"))
    return _answer(folder)


@pages.post("/p/<project:project>/images/resume")
def resume(project: str) -> Response:
    """Resume the paused run, with another budget if one was asked for."""
    folder = services().library.find(project)

    def command() -> None:
        with contextlib.suppress(IllegalMove):
            budget = budget_in(request.form.get("budget"))
            operations().runs.resume(folder, request.args.get("run"), budget)

    return _going(folder, command)


@pages.post("/p/<project:project>/images/disconnect")
def leave(project: str) -> Response:
    """Close this viewer's live stream; the run goes on."""
    folder = services().library.find(project)
    disconnect(folder)
    return _answer(folder, switch=True)


@pages.post("/p/<project:project>/images/reconnect")
def come_back(project: str) -> Response:
    """Follow the run live again."""
    folder = services().library.find(project)
    reconnect(folder)
    return _answer(folder, switch=True)


def _going(folder: Folder, command: Callable[[], None]) -> Response:
    """Resume or start by ``command`` and follow the run live."""
    left = reconnect(folder)
    try:
        command()
    except PriceUnknown as error:
        return _without_price(folder, error, left)
    except Step8Error as error:
        if not is_htmx():
            raise
        return _answer(folder, problem=str(error), switch=left)
    return _answer(folder, switch=left)


def _restrain(project: str, limits: Callable[[Mapping[str, str]], dict[str, Any]]) -> Response:
    """Set the limits of the form, for an open run too."""
    try:
        wanted = limits(request.form)
    except BadInput as error:
        if not is_htmx():
            raise
        return _answer(services().library.find(project), problem=str(error))
    folder = services().library.find(project)
    operations().runs.set_limits(folder, **wanted)
    return _answer(folder)


def _answer(
    folder: Folder,
    *,
    problem: str = "",
    remedy: Button | None = None,
    switch: bool = False,
    done: ResultView | None = None,
) -> Response:
    if done and not is_htmx():
        session_state.keep(done)

    def parts() -> str:
        live = connected(folder)
        return services().live.parts.answer(folder, live, problem=problem, remedy=remedy, switch=switch, done=done)

    return respond(parts, urls.step(folder.name, "images"))


def _without_price(folder: Folder, question: PriceUnknown, left: bool) -> Response:
    start = urls.command(folder.name, "start")
    yes = Button("Start without a known price", start, icon="play", hidden=("accept", question.model))
    if is_htmx():
        return _answer(folder, problem=str(question), remedy=yes, switch=left)
    page = images.whole(folder, error_banner(str(question), button=yes))
    return make_response(page, question.status)


def _question(folder: Folder) -> Response | None:
    run = services().control.run(folder)
    if "sure" in request.form or run.open:
        return None
    state = services().state.read(folder)
    asks = offered_actions.budget_question(state)
    return dialogs.show(folder, state, asks) if asks else None
