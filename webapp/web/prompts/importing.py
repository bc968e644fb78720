"""Pages for importing prompts: files or pasted text are previewed, and written after a confirmation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import BinaryIO, cast

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.prompts.edits import Key
from webapp.core.prompts.import_diff import Difference
from webapp.errors import Step8Error
from webapp.operations.prompt_imports import UploadedFile, read
from webapp.web.prompts.layout import PromptsQuery, address, page
from webapp.web.prompts.views import ImportForm, ImportLine, ImportPreview
from webapp.web.services import operations, services

pages = Blueprint("importing", __name__)

MOST_NAMED = 12

Answer = Response | tuple[str, int] | str


@pages.post("/p/<project:project>/prompts")
def preview(project: str) -> Answer:
    """Read the input and show what it would change. Writes no prompts."""
    folder, form = services().library.find(project), request.form
    typed = ImportForm(form.get("text", ""), form.get("into", "").strip(), "replace" in form)
    view = page(folder, PromptsQuery())
    try:
        found = read(_uploaded(), typed.text, typed.style)
        changes, name = operations().prompt_imports.prepare(folder, found.styles, typed.replace)
        shown = replace(_preview(changes, name, typed.replace, set(view.styles)), notes=found.notes)
    except Step8Error as error:
        refused = replace(view, importing=replace(typed, problem=str(error)))
        return render_template("prompts/page.html", page=refused), error.status
    return render_template("prompts/page.html", page=replace(view, importing=typed, preview=shown))


@pages.post("/p/<project:project>/prompts/import")
def agree(project: str) -> Answer:
    """Write a previewed import. Refused when the prompts have changed since."""
    folder, form = services().library.find(project), request.form
    try:
        operations().prompt_imports.accept(folder, form.get("import", ""), form.get("digest", ""))
    except Step8Error as error:
        view = page(folder, PromptsQuery())
        return render_template(
            "prompts/page.html", page=replace(view, importing=ImportForm(problem=str(error)))
        ), error.status
    return redirect(address(folder, PromptsQuery(), done="saved"), 303)


def _uploaded() -> list[UploadedFile]:
    return [UploadedFile(file.filename or "", cast(BinaryIO, file.stream)) for file in request.files.getlist("prompts")]


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
