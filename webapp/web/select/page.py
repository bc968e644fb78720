"""Step 9: choose one image for each beat. Every command is a form: HTMX gets the page's part, others are sent back."""

from __future__ import annotations

from flask import Blueprint, Response, flash, get_flashed_messages, redirect, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from webapp.core.project import beat_number
from webapp.core.selections import SHOWN, Selection
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, NotFound, Step8Error
from webapp.web import urls
from webapp.web.layout import project_files
from webapp.web.layout.page_frame import SELECTED, shell
from webapp.web.layout.widgets import Banner
from webapp.web.select.layout import SelectLayout, said_of, strays_note
from webapp.web.select.views import SelectPage, UndoView
from webapp.web.services import services

pages = Blueprint("select", __name__)

SAID = "chosen"
STAY = "stay at the beat"
"""In the session: this viewer does not want to go on to the next beat after choosing."""


@pages.get("/p/<project:project>/select")
def show(project: str) -> str:
    """The page, at the beat of the address or the first one that is open."""
    folder = services().library.find(project)
    said = [str(text) for text in get_flashed_messages(category_filter=[SAID])]
    asked = request.args.get("beat", "")
    return render_template("select/page.html", page=_page(folder, asked, _shown(request.args.get("show")), told=said))


@pages.post("/p/<project:project>/select/choose")
def choose(project: str) -> AnyResponse:
    """Choose a style for a beat, then go on to the next one unless the viewer wants to stay. A flag stays."""
    folder, beat, which = _command(project)
    style = request.form.get("style", "")
    _remember_stay(stay="advance" not in request.form)
    try:
        before = _selection(folder)
        known = before.choices.get(beat)
        services().store.select(folder, beat, style, bool(known and known.flagged), services().clock())
    except Step8Error as error:
        return _refused(folder, beat, which, error)
    onward = _onward(before, beat, which) if "advance" in request.form else None
    return _answer(folder, onward or beat, which, f"Beat {beat}: {style} chosen.")


@pages.post("/p/<project:project>/select/flag")
def flag(project: str) -> AnyResponse:
    """Flag what is chosen for a beat, or take the flag off: ``flagged`` says which, so that twice is once."""
    folder, beat, which = _command(project)
    flagged = request.form.get("flagged") == "1"
    try:
        services().store.flag(folder, beat, flagged, services().clock())
    except Step8Error as error:
        return _refused(folder, beat, which, error)
    return _answer(folder, beat, which, f"Beat {beat}: {'flagged' if flagged else 'no longer flagged'}.")


@pages.post("/p/<project:project>/select/clear")
def clear(project: str) -> AnyResponse:
    """Take back what is chosen for a beat, its copy too."""
    folder, beat, which = _command(project)
    try:
        services().store.clear_selection(folder, beat, services().clock())
    except Step8Error as error:
        return _refused(folder, beat, which, error)
    return _answer(folder, beat, which, f"Beat {beat}: no choice.")


@pages.post("/p/<project:project>/select/all")
def choose_all(project: str) -> AnyResponse:
    """Choose one style for all open beats: as many as the button said, or none."""
    folder, beat, which = _command(project)
    style, count = request.form.get("style", ""), request.form.get("count", "")
    try:
        if not count.isdecimal() or len(count) > 6:
            raise BadInput("The number of beats is missing. Load the page again, then choose.")
        chosen = services().store.select_open(folder, style, int(count), services().clock())
    except Step8Error as error:
        return _refused(folder, beat, which, error)
    return _answer(folder, beat, which, f"{said_of('many', style, chosen)}.")


@pages.post("/p/<project:project>/select/undo")
def undo(project: str) -> AnyResponse:
    """Take back the change the page showed and go to its beat. Pressed twice it only shows how things stand."""
    folder, beat, which = _command(project)
    try:
        change = services().store.undo_selection(folder, request.form.get("change", ""), services().clock())
    except Step8Error as error:
        return _refused(folder, beat, which, error)
    if change is None:
        return _answer(folder, beat, which, "There is nothing to undo any more.")
    first = next(iter(change.beats))
    return _answer(folder, first, which, f"Undone. {said_of(change.what, change.style, change.beats)}: taken back.")


def _command(project: str) -> tuple[Folder, str, str]:
    """The project, the beat on screen and the filter of a command."""
    folder = services().library.find(project)
    beat = beat_number(request.form.get("beat", ""))
    known = _selection(folder).numbers
    if beat is None or beat not in known:
        raise NotFound("This beat is not in the project’s prompts any more. Load the page again.")
    return folder, beat, _shown(request.form.get("show"))


def _shown(which: str | None) -> str:
    return which if which in SHOWN else "all"


def _selection(folder: Folder) -> Selection:
    return Selection.of(services().store.project(folder), services().store.selections(folder))


def _onward(selection: Selection, beat: str, which: str) -> str | None:
    """Where choosing leads: the next beat shown; among open ones the first again after the last."""
    return selection.next_open(beat) if which == "open" else selection.beside(beat, which)[1]


def _remember_stay(*, stay: bool) -> None:
    if stay:
        session[STAY] = True
    else:
        session.pop(STAY, None)


def _refused(folder: Folder, beat: str, which: str, error: Step8Error) -> AnyResponse:
    """Nothing was changed: the page as it stands, and why."""
    if "HX-Request" not in request.headers:
        page = _page(folder, beat, which, problem=str(error))
        return Response(render_template("select/page.html", page=page), error.status)
    return Response(render_template("select/_content.html", page=_page(folder, beat, which, problem=str(error))))


def _answer(folder: Folder, beat: str, which: str, said: str) -> AnyResponse:
    if "HX-Request" in request.headers:
        return Response(render_template("select/_content.html", page=_page(folder, beat, which, told=[said])))
    get_flashed_messages()  # what nobody came to read gives way: a cookie holds 4 KB
    flash(said, SAID)
    shown = f"&show={which}" if which != "all" else ""
    return redirect(f"{urls.step(folder.name, 'select')}?beat={beat}{shown}", 303)


def _page(folder: Folder, asked: str, which: str, *, told: list[str] | None = None, problem: str = "") -> SelectPage:
    """The page's values. ``told`` is what was just done, ``problem`` why it was not."""
    store, standing = services().store, services().state.read(folder)
    selection = Selection.of(standing.project, store.selections(folder))
    choosing = SelectLayout(standing, selection, set(project_files.listed(folder, "selected_images", SELECTED)), which)
    number, notes = _beat_on_screen(choosing, asked), [strays_note(selection)]
    if asked and number and beat_number(asked) != number:
        notes.append("The beat of this address is not in the project’s prompts.")
    chosen = selection.choices.get(number or "")
    there = number and chosen and choosing.copy(number) and choosing.picture(chosen.style, number)
    changed = bool(
        there and chosen and not store.selection_is_current(folder, standing.project, there.beat, chosen.style)
    )
    beat = choosing.beat(number, changed=changed) if number else None
    change = store.last_selection(folder)
    said = " ".join([*(told or []), f"Beat {number}." if number and told else ""]).strip()
    return SelectPage(
        shell=shell(folder, "select", known=standing),
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
        undo=UndoView(change.id, said_of(change.what, change.style, change.beats)) if change else None,
        banner=Banner("error", f"✗ Error: {problem}") if problem else None,
        said=said,
        notes=tuple(note for note in notes if note),
        problems=tuple(str(trouble) for trouble in standing.project.problems),
        ahead=choosing.pictures(selection.beside(number, which)[1]) if number else (),
        live=standing.run.active,
    )


def _beat_on_screen(choosing: SelectLayout, asked: str) -> str | None:
    """The beat asked for, else the first open one with an image, else the first; ``None`` without beats."""
    numbers = choosing.selection.numbers
    number = beat_number(asked)
    if number in numbers:
        return number
    shown = choosing.selection.shown(choosing.show) or numbers
    is_open = [each for each in choosing.selection.shown("open") if each in shown]
    ready = (each for each in is_open if any(choosing.picture(style, each) for style in choosing.styles))
    return next(ready, None) or next(iter(shown), None)
