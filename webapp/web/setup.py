"""Step 1, Project Setup: the title, who makes the images and how, limits, the style reference, keys.

What the environment sets is shown beside it with the variable's name, keys only by their last four characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.settings.project_settings import ProjectSettings
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.web import addresses, setup_keys, setup_limits
from webapp.web.care import title_in
from webapp.web.services import services
from webapp.web.setup_choices import choice_in, project_choices, style_choices, styles_in
from webapp.web.setup_reference import everywhere, reference_panel
from webapp.web.setup_views import KeysPanel, SetupPage
from webapp.web.shell import shell

pages = Blueprint("setup", __name__)


@pages.get("/p/<project:project>/setup")
def show(project: str) -> str:
    """The page."""
    folder = services().library.find(project)
    return render_template("setup.html", page=_page(folder, {}, saved="saved" in request.args))


@pages.post("/p/<project:project>/setup")
def save(project: str) -> Response | tuple[str, int]:
    """Keep title and settings, or nothing when one of them cannot be used. A run keeps to new limits at once."""
    folder = services().library.find(project)
    form = request.form
    problems: dict[str, str] = {}
    try:
        title = title_in(form.get("title", ""))
        settings_in(form, services().choices.settings(folder), _styles(folder), problems)
    except BadInput as error:
        page = _page(folder, problems, form=form, problem=str(error))
        return render_template("setup.html", page=page), error.status
    if title != services().store.title(folder):
        services().store.set_title(folder, title)
    styles = _styles(folder)
    services().control.tune(folder, lambda before: settings_in(form, before, styles, {}))
    return redirect(f"{addresses.step(folder.name, 'setup')}?saved=1", 303)


def settings_in(
    form: Mapping[str, str], before: ProjectSettings, styles: list[str], problems: dict[str, str]
) -> ProjectSettings:
    """The settings a form asks for; what it says nothing of stays.

    Raises:
        BadInput: something cannot be used; what and where is in ``problems``, by the control's name.
    """
    choice = choice_in(form, before, problems)
    own = styles_in(form, before, choice, styles, problems)
    limits = setup_limits.restraint_in(form, problems)
    if problems:
        raise BadInput("Nothing was saved. " + " ".join(problems.values()))
    references = before.references
    if "references" in form:  # boxes that are not ticked are not sent, so the list says that it is there
        references = tuple(style for style in styles if form.get(f"everywhere.{style}") == "1")
    return replace(before.with_restraint(**limits), choice=choice, styles=own, references=references)


def page_with_keys(folder: Folder, keys: KeysPanel) -> str:
    """The page around what a click among the keys came to."""
    return render_template("setup.html", page=replace(_page(folder, {}), keys=keys))


def _styles(folder: Folder) -> list[str]:
    return [style.name for style in services().store.project(folder).styles]


def _page(
    folder: Folder,
    problems: Mapping[str, str],
    *,
    form: Mapping[str, str] | None = None,
    saved: bool = False,
    problem: str = "",
) -> SetupPage:
    """The page's values: what is stored, or what was typed when that was refused."""
    frame, project = shell(folder, "setup"), services().store.project(folder)
    references = services().choices.settings(folder).references
    if form is not None and "references" in form:
        references = tuple(style.name for style in project.styles if form.get(f"everywhere.{style.name}") == "1")
    return SetupPage(
        shell=frame,
        action=addresses.step(folder.name, "setup"),
        upload=addresses.step(folder.name, "prompts"),
        title=frame.title if form is None else form.get("title", ""),
        providers=project_choices(folder, project, problems, form),
        styles=style_choices(folder, project, problems, form),
        limits=setup_limits.fields(folder, problems, form),
        everywhere=everywhere(project, references),
        reference=reference_panel(folder, project),
        keys=setup_keys.keys_panel(folder),
        saved=saved,
        problem=problem,
        problems=tuple(str(trouble) for trouble in project.problems),
    )
