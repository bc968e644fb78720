"""Addresses of step 1, Project Setup: title, providers, limits, style reference, keys.

What the environment sets is shown beside it with the variable's name, keys only by their last four characters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.money.amounts import dollars
from webapp.core.settings.project_settings import ProjectSettings
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.operations.limits import FIELDS, budget_in, limit_in
from webapp.operations.projects import checked_title
from webapp.web import urls
from webapp.web.images import run_panel
from webapp.web.layout.page_frame import shell
from webapp.web.services import services
from webapp.web.setup import keys as setup_keys
from webapp.web.setup.providers import (
    choice_in,
    place_of,
    project_choices,
    style_choices,
    styles_in,
)
from webapp.web.setup.reference import everywhere, reference_panel
from webapp.web.setup.views import KeysPanel, SetupField, SetupPage

pages = Blueprint("setup", __name__)


@pages.get("/p/<project:project>/setup")
def show(project: str) -> str:
    """The page."""
    folder = services().library.find(project)
    return render_template("setup/page.html", page=_page(folder, {}, saved="saved" in request.args))


@pages.post("/p/<project:project>/setup")
def save(project: str) -> Response | tuple[str, int]:
    """Keep title and settings, or nothing when one of them cannot be used. A run keeps to new limits at once."""
    folder = services().library.find(project)
    form = request.form
    problems: dict[str, str] = {}
    try:
        title = checked_title(form.get("title", ""))
        settings_in(form, services().makers.choices.settings(folder), _styles(folder), problems)
    except BadInput as error:
        page = _page(folder, problems, form=form, problem=str(error))
        return render_template("setup/page.html", page=page), error.status
    if title != services().store.records.title(folder):
        services().store.records.set_title(folder, title)
    styles = _styles(folder)
    services().control.tune(folder, lambda before: settings_in(form, before, styles, {}))
    return redirect(f"{urls.step(folder.name, 'setup')}?saved=1", 303)


def settings_in(
    form: Mapping[str, str], before: ProjectSettings, styles: list[str], problems: dict[str, str]
) -> ProjectSettings:
    """The settings a form asks for; what it does not send stays.

    Raises:
        BadInput: something cannot be used; what and where is in ``problems``, by the control's name.
    """
    choice = choice_in(form, before, problems)
    own = styles_in(form, before, choice, styles, problems)
    limits = restraint_in(form, problems)
    if problems:
        raise BadInput("Nothing was saved. " + " ".join(problems.values()))
    references = before.references
    if "references" in form:  # boxes that are not ticked are not sent, so the list itself is sent
        references = tuple(style for style in styles if form.get(f"everywhere.{style}") == "1")
    return replace(before.with_restraint(**limits), choice=choice, styles=own, references=references)


def page_with_keys(folder: Folder, keys: KeysPanel) -> str:
    """Render the page with the outcome of a click among the keys."""
    return render_template("setup/page.html", page=replace(_page(folder, {}), keys=keys))


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
    references = services().makers.choices.settings(folder).references
    if form is not None and "references" in form:
        references = tuple(style.name for style in project.styles if form.get(f"everywhere.{style.name}") == "1")
    return SetupPage(
        shell=frame,
        action=urls.step(folder.name, "setup"),
        upload=urls.step(folder.name, "prompts"),
        title=frame.title if form is None else form.get("title", ""),
        providers=project_choices(folder, project, problems, form),
        styles=style_choices(folder, project, problems, form),
        limits=fields(folder, problems, form),
        everywhere=everywhere(project, references),
        reference=reference_panel(folder, project),
        keys=setup_keys.keys_panel(folder),
        saved=saved,
        problem=problem,
        problems=tuple(str(trouble) for trouble in project.problems),
    )


VARIABLES = {
    "perMinute": ("REQUESTS_PER_MINUTE", "for each account"),
    "parallel": ("MAX_PARALLEL", "images"),
    "attempts": ("MAX_ATTEMPTS", "tries"),
    "timeout": ("REQUEST_TIMEOUT", "s"),
}
"""What sets each limit for all projects, and the unit behind it."""


def restraint_in(form: Mapping[str, str], problems: dict[str, str]) -> dict[str, Any]:
    """The limits a form sends, as the settings keep them; what it does not send is left out.

    What cannot be used is put into ``problems``, by the control's name.
    """
    found: dict[str, Any] = {}
    for name, field in FIELDS.items():
        if name in form:
            try:
                found[field.setting] = limit_in(field, form[name])
            except BadInput as error:
                problems[name] = str(error)
    if "budget" in form:
        try:
            found["budget"] = budget_in(form["budget"])
        except BadInput as error:
            problems["budget"] = str(error)
    return found


def fields(folder: Folder, problems: Mapping[str, str], form: Mapping[str, str] | None) -> tuple[SetupField, ...]:
    """The limits as controls, each with what holds while it is empty."""
    outlook = services().makers.overviews.of(folder)
    speed, own, usual = run_panel.speed(folder.name, outlook), outlook.own, outlook.usual
    shown = {
        "perMinute": (speed.per_minute, speed.usual_per_minute, "the provider’s own"),
        "parallel": (speed.parallel, speed.usual_parallel, "the provider’s own"),
        "attempts": (str(own.attempts or ""), str(usual.attempts), ""),
        "timeout": (f"{own.timeout:g}" if own.timeout else "", f"{usual.timeout:g}", ""),
    }
    made = []
    for name, (value, default, whose) in shown.items():
        variable, unit = VARIABLES[name]
        made.append(
            SetupField(
                name=name,
                label=FIELDS[name].label,
                kind="text",
                value=_typed(form, name, value),
                hint=_hint(default, variable, whose),
                unit=unit,
                problem=problems.get(name, ""),
                placeholder=default,
            )
        )
    cap = "none" if usual.budget is None else dollars(usual.budget)
    value = run_panel.plain_dollars(own.budget) if own.budget is not None else ""
    made.append(
        SetupField(
            name="budget",
            label="Budget",
            kind="text",
            value=_typed(form, "budget", value),
            hint=f"For all runs of this project together. {_hint(cap, 'BUDGET_USD', '')}",
            unit="US dollars",
            problem=problems.get("budget", ""),
            placeholder=cap.removeprefix("$"),
        )
    )
    return tuple(made)


def _typed(form: Mapping[str, str] | None, name: str, stored: str) -> str:
    return stored if form is None else form.get(name, stored)


def _hint(default: str, variable: str, whose: str) -> str:
    """What holds while the field is empty, and where that comes from."""
    if variable in services().config.origin:
        return f"Default {default}, {variable} in {place_of(variable)}."
    if default == run_panel.NO_LIMIT:
        return f"Default: {whose}."
    return f"Default {default}, {whose}." if whose else f"Default {default}."
