"""Import of prompts: files or pasted text are read as a whole, previewed, and written after a confirmation.

The project keeps what was read until then; the confirmation names it, and the prompts it was compared with. Of several
forms of one style, as they lie in a v1 folder, the one that counts first is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from webapp.core.datafiles.source_text import decode
from webapp.core.project import STYLE_NAME, order_styles
from webapp.core.prompts.edits import Entries, Key, joined
from webapp.core.prompts.import_diff import Difference, difference
from webapp.core.prompts.tables import SUFFIXES, form_of, read_storyboard
from webapp.disk.files.folder import Folder
from webapp.disk.files.native_threads import run_native
from webapp.disk.prompts import pending_imports
from webapp.disk.prompts.changes import CurrentStyle
from webapp.errors import BadFile, BadInput, Outdated, Step8Error
from webapp.web.projects.uploads import by_style, label, style_in
from webapp.web.prompts.layout import (
    PromptsQuery,
    address,
    digest_of,
    page,
)
from webapp.web.prompts.views import ImportForm, ImportLine, ImportPreview
from webapp.web.services import services

pages = Blueprint("importing", __name__)

MOST_BYTES = 20_000_000
MOST_FILES = 60
MOST_NAMED = 12
PASTED = "pasted text"

Found = dict[str, list[Any]]
Answer = Response | tuple[str, int] | str


@pages.post("/p/<project:project>/prompts")
def preview(project: str) -> Answer:
    """Read the input and show what it would change. Writes no prompts."""
    folder, form = services().library.find(project), request.form
    typed = ImportForm(form.get("text", ""), form.get("into", "").strip(), "replace" in form)
    view = page(folder, PromptsQuery())
    try:
        found = read(request.files.getlist("prompts"), typed.text, typed.style)
        kept = {"styles": found, "replace": typed.replace}
        changes = compare(folder, found, typed.replace)
        shown = _preview(changes, pending_imports.put(folder, kept), typed.replace, set(view.styles))
    except Step8Error as error:
        refused = replace(view, importing=replace(typed, problem=str(error)))
        return render_template("prompts/page.html", page=refused), error.status
    return render_template("prompts/page.html", page=replace(view, importing=typed, preview=shown))


@pages.post("/p/<project:project>/prompts/import")
def agree(project: str) -> Answer:
    """Write a previewed import. Refused when the prompts have changed since."""
    folder, form = services().library.find(project), request.form
    try:
        kept = pending_imports.get(folder, form.get("import", ""))
        take(folder, kept["styles"], kept["replace"], form.get("digest", ""))
    except Step8Error as error:
        view = page(folder, PromptsQuery())
        return render_template(
            "prompts/page.html", page=replace(view, importing=ImportForm(problem=str(error)))
        ), error.status
    return redirect(address(folder, PromptsQuery(), done="saved"), 303)


def compare(folder: Folder, found: Found, whole: bool) -> list[Difference]:
    """Compare an import with the prompts, style by style. Writes nothing.

    Raises BadFile: an entry cannot be used.
    """
    seen: list[Difference] = []

    def look(current: Mapping[str, CurrentStyle]) -> Mapping[str, Entries]:
        seen.extend(_differences(current, found, whole))
        return {}

    services().store.change_prompts(folder, "", look)
    return seen


def take(folder: Folder, found: Found, whole: bool, seen: str | None = None) -> list[Difference]:
    """Write an import. ``seen``: digest of the prompts it was compared with, if that is to be checked.

    Raises BadFile: an entry cannot be used. Outdated: the prompts have changed. Nothing was written then.
    """
    changes: list[Difference] = []

    def decide(current: Mapping[str, CurrentStyle]) -> Mapping[str, Entries]:
        if seen is not None and seen != digest_of((name, each.digest) for name, each in current.items()):
            raise Outdated("The prompts were changed since this was shown. Nothing was written; import it again.")
        changes.extend(_differences(current, found, whole))
        return {each.style: each.entries for each in changes}

    services().store.change_prompts(folder, f"Imported {joined(order_styles(found))}", decide)
    return changes


def read(files: Iterable[FileStorage], text: str, style: str) -> Found:
    """Read the entries of files and pasted text, by style. ``style``: for entries that name none, "" for the file's.

    Raises BadInput: there is nothing, too much, or no style for it. BadFile: something cannot be used; with line and
    reason.
    """
    chosen = [file for file in files if file.filename]
    if not chosen and not text.strip():
        raise BadInput("Choose a file or paste a text to import.")
    if len(chosen) > MOST_FILES:
        raise BadInput(f"These are more than {MOST_FILES} files. Choose the prompt files only.")
    if style and not STYLE_NAME.match(style):
        raise BadInput("Name the style with Latin letters, digits, - and _ only, a letter or digit first.")
    found: Found = {}
    for file in by_style(chosen, SUFFIXES).values():
        name = label(file.filename or "")
        body = file.stream.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise BadFile(name, f"larger than {MOST_BYTES // 1_000_000} MB. Check that it is the right file.")
        _take(found, run_native(_rows, decode(body, name), name), style or style_in(name, SUFFIXES), name)
    if text.strip():
        _take(found, run_native(_rows, text, f"{PASTED}{form_of(text)}"), style, PASTED)
    return found


def _rows(text: str, name: str) -> list[tuple[str, dict[str, Any]]]:
    try:
        return [(row.style, row.entry) for row in read_storyboard(text, name)]
    except BadFile as error:
        shown = PASTED if name.startswith(PASTED) else name
        raise BadFile(shown, error.reason, error.line) from error


def _take(found: Found, rows: Sequence[tuple[str, dict[str, Any]]], style: str, name: str) -> None:
    for named, entry in rows:
        if not (named or style):
            raise BadInput(f"Nothing in {name} says which style it is for. Name the style, or add a column for it.")
        found.setdefault(named or style, []).append(entry)


def _differences(current: Mapping[str, CurrentStyle], found: Found, whole: bool) -> list[Difference]:
    there = {name: each.entries for name, each in current.items()}
    names = order_styles(found)
    return [difference(name, there.get(name, []), found[name], f"prompts-{name}", whole) for name in names]


def _preview(changes: Sequence[Difference], name: str, whole: bool, known: set[str]) -> ImportPreview:
    prompts = sum(len(each.added) + len(each.changed) + len(each.removed) for each in changes)
    brought = sum(len(each.added) + len(each.changed) for each in changes)
    words = f"Import {brought} prompt{'s' * (brought != 1)}" if brought else "Apply"
    lines = tuple(
        ImportLine(
            style=each.style,
            new=each.style not in known,
            added=len(each.added),
            changed=len(each.changed),
            same=each.same,
            removed=len(each.removed),
            details=tuple(
                f"{word}: {_named(keys)}"
                for word, keys in (("New", each.added), ("Changed", each.changed), ("Removed", each.removed))
                if keys
            )
            + (("The beats are put in another order.",) if each.moved else ()),
        )
        for each in changes
    )
    moved = any(each.moved for each in changes)
    return ImportPreview(name, lines, whole, prompts or int(moved), words)


def _named(keys: Sequence[Key]) -> str:
    more = len(keys) - MOST_NAMED
    return ", ".join(number for _, number in keys[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
