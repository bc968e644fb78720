"""Routes of step 7: edit, search and replace, add, remove and reorder beats, the styles' wording, undo.

Every command is a form that carries what it was based on. If the files have changed it is refused with a sentence,
nothing is written, and what was typed stays in the form. HTMX gets the list and the editor, other clients the page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from webapp.core.project import Project, beat_number, shot_number
from webapp.core.prompts.checks import usable
from webapp.core.prompts.edits import (
    Entries,
    Key,
    NewBeat,
    Replacement,
    place_of,
    plain,
    with_beat,
)
from webapp.core.prompts.wording import StyleWording, read_wording
from webapp.disk.files.folder import Folder
from webapp.disk.prompts.changes import CurrentStyle
from webapp.errors import BadFile, BadInput, NotFound, Outdated, Step8Error
from webapp.operations.beat_edit import BeatEdit
from webapp.operations.prompts import SearchReplace
from webapp.web.layout.htmx import is_htmx, respond
from webapp.web.prompts.layout import (
    PromptsQuery,
    TypedEdit,
    address,
    key_in,
    page,
)
from webapp.web.prompts.views import (
    AddForm,
    PromptsPage,
    ReplaceForm,
    WordingLine,
)
from webapp.web.services import operations, services

pages = Blueprint("prompts", __name__)

DONE = {
    "saved": "Saved. {}.",
    "undone": "Undone. {}.",
    "redone": "Made again. {}.",
    "wording": "Saved. New images use this wording.",
    "same": "Nothing to save: the files say this already.",
}
"""What a page says after a command; the change it was is told by its history, never by the address."""

Answer = Response | str | tuple[str, int]


@pages.get("/p/<project:project>/prompts")
def show(project: str) -> str:
    """Show the page; for HTMX the list and the editor of a beat."""
    folder = services().library.find(project)
    view = page(folder, PromptsQuery.of(request.args))
    return _render(replace(view, message=_message(view, request.args.get("done", ""))))


@pages.post("/p/<project:project>/prompts/save")
def save(project: str) -> Answer:
    """Save the prompts of one beat in all styles shown, then do what the pressed button says.

    That is: move the beat, remove it, or restore its prompt in one style from before the newest change.
    """
    folder, form = services().library.find(project), request.form.to_dict()
    asked = PromptsQuery.of(form)
    known = services().store.project(folder)
    key = key_in(known.rows(), asked.beat)
    if key is None:
        view = replace(page(folder, asked), problem="This beat is not in the prompts any more.")
        return _refused(view, 404)
    edit = BeatEdit(known, key, form)
    try:
        verb, _, style = edit.action.partition(":")
        if verb == "back":
            edit.texts[style] = _earlier(folder, key, style)
        changed = operations().prompts.edit_beat(folder, edit)
    except Step8Error as error:
        typed = TypedEdit(edit.texts, edit.problems, form.get("phrase"), form.get("transition"))
        view = replace(page(folder, asked, typed), problem=str(error))
        return _refused(view, error.status)
    target = replace(asked, beat=edit.target or asked.beat)
    return _done(folder, target, "saved" if changed else "" if edit.target else "same")


@pages.post("/p/<project:project>/prompts/add")
def add(project: str) -> Answer:
    """Add a beat, behind the one shown, to all styles shown."""
    folder, form = services().library.find(project), request.form
    asked = PromptsQuery.of(form)
    known = services().store.project(folder)
    typed = AddForm(
        *(form.get(f"new-{name}", "").strip() for name in ("shot", "number", "phrase", "transition", "prompt"))
    )
    try:
        beat = _new_beat(typed)
        rows, after = known.rows(), key_in(known.rows(), asked.beat)
        names = _styles(known, asked.style) or (_first_style(form.get("first", "")),)

        def decide(current: Mapping[str, CurrentStyle]) -> Mapping[str, Entries]:
            there = {name: current[name].entries if name in current else [] for name in names}
            return {name: with_beat(entries, beat, rows, after) for name, entries in there.items()}

        services().store.prompts.change(folder, f"Added beat {beat.number}", decide)
    except Step8Error as error:
        return _refused(replace(page(folder, asked), add=replace(typed, problem=str(error))), error.status)
    return _done(folder, replace(asked, beat="-".join(beat.key), find="", show="all"), "saved")


@pages.post("/p/<project:project>/prompts/replace")
def search_and_replace(project: str) -> Answer:
    """Count the places, or replace them when the count was seen."""
    folder, form = services().library.find(project), request.form
    asked = PromptsQuery.of(form)
    typed = ReplaceForm(
        plain(form.get("find", "")), plain(form.get("put", "")), form.get("in", ""), form.get("case") == "1"
    )
    wanted = SearchReplace(typed.find, typed.put, typed.style, typed.case)
    try:
        if form.get("do") == "replace":
            operations().prompts.replace_all(folder, wanted, form.get("digest", ""))
            return _done(folder, asked, "saved")
        found = operations().prompts.count(folder, wanted)
    except Step8Error as error:
        return _refused(replace(page(folder, asked), replace=replace(typed, problem=str(error))), error.status)
    total = sum(each.places for each in found.values())
    return _render(replace(page(folder, asked), replace=replace(typed, counted=total, result=_counted(found))))


@pages.post("/p/<project:project>/prompts/wording")
def wording(project: str) -> Answer:
    """Save the words before and behind every prompt of each style."""
    folder, form = services().library.find(project), request.form
    asked = PromptsQuery.of(form)
    names = [style.name for style in services().store.project(folder).styles]
    asked_for = {
        name: (form[f"prefix.{name}"], form.get(f"suffix.{name}", "")) for name in names if f"prefix.{name}" in form
    }
    try:
        kept: dict[str, StyleWording] = {name: read_wording(name, *texts) for name, texts in asked_for.items()}
    except BadInput as error:
        view = page(folder, asked)
        lines = tuple(WordingLine(w.style, *asked_for.get(w.style, (w.prefix, w.suffix))) for w in view.wording)
        return _refused(replace(view, wording=lines, wording_problem=str(error)), error.status)
    services().store.records.save_wording(folder, kept)
    return _done(folder, asked, "wording")


@pages.post("/p/<project:project>/prompts/undo")
def undo(project: str) -> Answer:
    """Undo the newest change, or redo the one undone last. The form names the change it showed."""
    folder, form = services().library.find(project), request.form
    asked, forward = PromptsQuery.of(form), form.get("do") == "redo"
    seq = form.get("seq", "")
    try:
        if not seq.isascii() or not seq.isdecimal() or len(seq) > 9:
            raise BadInput("There is nothing to undo.")
        services().store.prompts.undo(folder, int(seq), forward)
    except Outdated:  # pressed twice, or in two tabs: the page shows how things stand
        return _done(folder, asked, "")
    except (BadInput, BadFile) as error:
        return _refused(replace(page(folder, asked), problem=str(error)), error.status)
    return _done(folder, asked, "redone" if forward else "undone")


@pages.post("/p/<project:project>/prompts/repair")
def repair(project: str) -> Answer:
    """Leave out the entries of a style that cannot be used. It can be undone."""
    folder, form = services().library.find(project), request.form
    asked, style = PromptsQuery.of(form), form.get("in", "")
    store = services().store
    try:
        kept, left_out = usable(store.prompts.loose_entries(folder, style))
        if not kept:
            raise BadInput(f"Nothing in {style} can be used. Import its prompts anew.")
        store.prompts.change(folder, f"Left {len(left_out)} entries of {style} out", lambda _: {style: kept})
    except Step8Error as error:
        return _refused(replace(page(folder, asked), problem=str(error)), error.status)
    return _done(folder, asked, "saved")


def _earlier(folder: Folder, key: Key, style: str) -> str:
    """The prompt before its newest change.

    Raises NotFound: it is not kept any more.
    """
    store = services().store
    change = store.prompts.history(folder).edits().get((style, "-".join(key)))
    entries = store.prompts.entries_before(folder, change.seq, style) if change else []
    place = place_of(entries, key)
    if place is None:
        raise NotFound(f"What this prompt was before is not kept any more in {style}.")
    return str(entries[place].get("ai_prompt", ""))


def _new_beat(typed: AddForm) -> NewBeat:
    number = beat_number(typed.number)
    if number is None:
        raise BadInput("Write the number of the beat, such as 2.4.")
    shot = shot_number(typed.shot or number.partition(".")[0])
    if shot is None:
        raise BadInput("Write the number of the shot, such as 2, or leave it empty.")
    return NewBeat(shot, number, plain(typed.phrase), typed.transition, typed.prompt)


def _styles(project: Project, style: str) -> tuple[str, ...]:
    names = tuple(each.name for each in project.styles)
    if style and style not in names:
        raise NotFound("The project has no such style any more. Load the page again.")
    return (style,) if style else names


def _first_style(name: str) -> str:
    return name.strip() or "illustration"


def _counted(found: Mapping[str, Replacement]) -> str:
    places, prompts = sum(each.places for each in found.values()), sum(len(each.beats) for each in found.values())
    if not places:
        return "It is in no prompt."
    styles = ", ".join(f"{style} {each.places}" for style, each in found.items() if each.places)
    return f"{places} place{'s' * (places != 1)} in {prompts} prompt{'s' * (prompts != 1)}: {styles}."


def _message(view: PromptsPage, done: str) -> str:
    change = view.redo if done == "undone" else view.undo
    text = DONE.get(done, "")
    return "" if "{}" in text and change is None else text.format(change[1] if change else "")


def _render(view: PromptsPage) -> str:
    return render_template("prompts/_content.html" if is_htmx() else "prompts/page.html", page=view)


def _refused(view: PromptsPage, status: int) -> Answer:
    return _render(view) if is_htmx() else (_render(view), status)


def _done(folder: Folder, asked: PromptsQuery, done: str) -> Answer:
    def partial() -> str:
        view = page(folder, asked)
        return _render(replace(view, message=_message(view, done)))

    return respond(partial, address(folder, asked, done=done))
