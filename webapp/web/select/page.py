"""Routes of step 9. Every command is a form: HTMX gets a part of the page, other clients a redirect."""

from __future__ import annotations

from flask import Blueprint, flash, get_flashed_messages, render_template, request, session
from werkzeug.wrappers import Response

from webapp.core.project import beat_number
from webapp.core.selections import SHOWN, Selection
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, NotFound, Step8Error
from webapp.web import urls
from webapp.web.images.banner import error_banner
from webapp.web.layout import project_files
from webapp.web.layout.htmx import html, is_htmx, respond
from webapp.web.layout.page_frame import shell
from webapp.web.layout.step_catalog import SELECTED
from webapp.web.select.layout import SelectLayout, change_text, strays_note
from webapp.web.select.views import SelectPage, UndoView
from webapp.web.services import services

pages = Blueprint("select", __name__)

MESSAGE = "chosen"
STAY = "stay at the beat"
"""In the session: this viewer does not want to go on to the next beat after choosing."""


@pages.get("/p/<project:project>/select")
def show(project: str) -> str:
    """Show the page at the beat of the URL, or the first open one."""
    folder = services().library.find(project)
    messages = [str(text) for text in get_flashed_messages(category_filter=[MESSAGE])]
    asked = request.args.get("beat", "")
    return render_template(
        "select/page.html", page=_page(folder, asked, _shown(request.args.get("show")), messages=messages)
    )


@pages.post("/p/<project:project>/select/choose")
def choose(project: str) -> Response:
    """Choose a style for a beat, then advance to the next one unless the viewer wants to stay. A flag is kept."""
    folder, beat, which = _command(project)
    style = request.form.get("style", "")
    _remember_stay(stay="advance" not in request.form)
    try:
        before = _selection(folder)
        known = before.choices.get(beat)
        services().store.selections.select(folder, beat, style, bool(known and known.flagged), services().clock())
    except Step8Error as error:
        return _refused(folder, beat, which, error)
    onward = _onward(before, beat, which) if "advance" in request.form else None
    return _answer(folder, onward or beat, which, f"Beat {beat}: {style} chosen.")


@pages.post("/p/<project:project>/select/flag")
def flag(project: str) -> Response:
    """Set or remove the flag of a choice, as ``flagged`` says; idempotent."""
    folder, beat, which = _command(project)
    flagged = request.form.get("flagged") == "1"
    try:
        services().store.selections.flag(folder, beat, flagged, services().clock())
    except Step8Error as error:
        return _refused(folder, beat, which, error)
    return _answer(folder, beat, which, f"Beat {beat}: {'flagged' if flagged else 'no longer flagged'}.")


@pages.post("/p/<project:project>/select/clear")
def clear(project: str) -> Response:
    """Clear the choice for a beat with its copy."""
    folder, beat, which = _command(project)
    try:
        services().store.selections.clear(folder, beat, services().clock())
    except Step8Error as error:
        return _refused(folder, beat, which, error)
    return _answer(folder, beat, which, f"Beat {beat}: no choice.")


@pages.post("/p/<project:project>/select/all")
def choose_all(project: str) -> Response:
    """Choose one style for all open beats: as many as the button said, or none."""
    folder, beat, which = _command(project)
    style, count = request.form.get("style", ""), request.form.get("count", "")
    try:
        if not count.isdecimal() or len(count) > 6:
            raise BadInput("The number of beats is missing. Load the page again, then choose.")
        chosen = services().store.selections.select_open(folder, style, int(count), services().clock())
    except Step8Error as error:
        return _refused(folder, beat, which, error)
    return _answer(folder, beat, which, f"{change_text('many', style, chosen)}.")


@pages.post("/p/<project:project>/select/undo")
def undo(project: str) -> Response:
    """Undo the change that the page showed and show its beat. Idempotent."""
    folder, beat, which = _command(project)
    try:
        change = services().store.selections.undo(folder, request.form.get("change", ""), services().clock())
    except Step8Error as error:
        return _refused(folder, beat, which, error)
    if change is None:
        return _answer(folder, beat, which, "There is nothing to undo any more.")
    first = next(iter(change.beats))
    return _answer(folder, first, which, f"Undone. {change_text(change.what, change.style, change.beats)}: taken back.")


def _command(project: str) -> tuple[Folder, str, str]:
    folder = services().library.find(project)
    beat = beat_number(request.form.get("beat", ""))
    known = _selection(folder).numbers
    if beat is None or beat not in known:
        raise NotFound("This beat is not in the project’s prompts any more. Load the page again.")
    return folder, beat, _shown(request.form.get("show"))


def _shown(which: str | None) -> str:
    return which if which in SHOWN else "all"


def _selection(folder: Folder) -> Selection:
    return Selection.of(services().store.project(folder), services().store.selections.read(folder))


def _onward(selection: Selection, beat: str, which: str) -> str | None:
    return selection.next_open(beat) if which == "open" else selection.beside(beat, which)[1]


def _remember_stay(*, stay: bool) -> None:
    if stay:
        session[STAY] = True
    else:
        session.pop(STAY, None)


def _refused(folder: Folder, beat: str, which: str, error: Step8Error) -> Response:
    page = _page(folder, beat, which, problem=str(error))
    if is_htmx():
        return html(render_template("select/_content.html", page=page))
    return html(render_template("select/page.html", page=page), error.status)


def _answer(folder: Folder, beat: str, which: str, message: str) -> Response:
    if not is_htmx():
        get_flashed_messages()  # unread messages give way: a cookie holds 4 KB
        flash(message, MESSAGE)
    shown = f"&show={which}" if which != "all" else ""
    return respond(
        lambda: render_template("select/_content.html", page=_page(folder, beat, which, messages=[message])),
        f"{urls.step(folder.name, 'select')}?beat={beat}{shown}",
    )


def _page(
    folder: Folder, asked: str, which: str, *, messages: list[str] | None = None, problem: str = ""
) -> SelectPage:
    """Build the page. ``messages``: what was just done; ``problem``: why it was not."""
    store, state = services().store, services().state.read(folder)
    selection = Selection.of(state.project, store.selections.read(folder))
    choosing = SelectLayout(state, selection, set(project_files.listed(folder, "selected_images", SELECTED)), which)
    number, notes = _beat_on_screen(choosing, asked), [strays_note(selection)]
    if asked and number and beat_number(asked) != number:
        notes.append("The beat of this address is not in the project’s prompts.")
    chosen = selection.choices.get(number or "")
    there = number and chosen and choosing.copy(number) and choosing.image(chosen.style, number)
    changed = bool(
        there and chosen and not store.selections.is_current(folder, state.project, there.beat, chosen.style)
    )
    beat = choosing.beat(number, changed=changed) if number else None
    change = store.selections.last_change(folder)
    message = " ".join([*(messages or []), f"Beat {number}." if number and messages else ""]).strip()
    return SelectPage(
        shell=shell(folder, "select", known=state),
        action=urls.step(folder.name, "select"),
        show=which,
        total=len(selection.numbers),
        chosen=selection.chosen,
        flagged=len(selection.shown("flagged")),
        advance=not session.get(STAY),
        beat=beat,
        film=choosing.film(number) if number else (),
        filters=choosing.filters(number) if number else (),
        bulk=choosing.bulk(),
        undo=UndoView(change.id, change_text(change.what, change.style, change.beats)) if change else None,
        banner=error_banner(problem) if problem else None,
        message=message,
        notes=tuple(note for note in notes if note),
        problems=tuple(str(trouble) for trouble in state.project.problems),
        ahead=choosing.images(selection.beside(number, which)[1]) if number else (),
        live=state.run.active,
    )


def _beat_on_screen(choosing: SelectLayout, asked: str) -> str | None:
    numbers = choosing.selection.numbers
    number = beat_number(asked)
    if number in numbers:
        return number
    shown = choosing.selection.shown(choosing.show) or numbers
    is_open = [each for each in choosing.selection.shown("open") if each in shown]
    ready = (each for each in is_open if any(choosing.image(style, each) for style in choosing.styles))
    return next(ready, None) or next(iter(shown), None)
