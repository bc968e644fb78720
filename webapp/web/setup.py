"""Step 1, Project Setup: the title, who makes the images, and how.

What the environment fixes is shown beside it with the variable's name, keys only by their last four characters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.money import dollars
from webapp.core.project import Project
from webapp.core.provider_settings import ProviderSettings
from webapp.core.request import Key
from webapp.core.settings import Choice, Field, read_fields
from webapp.disk.folder import Folder
from webapp.errors import BadInput, ProviderError
from webapp.providers import PROVIDERS, Kind
from webapp.web import addresses
from webapp.web.care import title_in
from webapp.web.services import services
from webapp.web.setup_views import ProviderChoice, SetupField, SetupPage
from webapp.web.shell import shell

pages = Blueprint("setup", __name__)

VALUES: tuple[tuple[str, str, Callable[[ProviderSettings], str]], ...] = (
    ("MODEL", "Model when none is chosen", lambda settings: settings.model),
    ("BASE_URL", "Service address", lambda settings: settings.base_url),
    ("URLS", "Servers", lambda settings: ", ".join(address.url for address in settings.urls)),
    ("WORKFLOW", "Workflow", lambda settings: str(settings.workflow or "")),
)
"""What the environment may set for a provider besides keys: the end of the variable's name, its label, its value."""


@pages.get("/p/<project:project>/setup")
def show(project: str) -> str:
    """The page."""
    folder = services().library.find(project)
    return render_template("setup.html", page=_page(folder, {}, saved="saved" in request.args))


@pages.post("/p/<project:project>/setup")
def save(project: str) -> Response | tuple[str, int]:
    """Keep title and settings, or nothing when one of them cannot be used. A run that is going on keeps its own."""
    folder = services().library.find(project)
    form = request.form
    problems: dict[str, str] = {}
    try:
        title = title_in(form.get("title", ""))
        settings = _settings(folder, form, problems)
    except BadInput as error:
        page = _page(folder, problems, form=form, problem=str(error))
        return render_template("setup.html", page=page), error.status
    store = services().store
    store.change_settings(folder, lambda before: replace(before, choice=settings))
    if title != store.title(folder):
        store.set_title(folder, title)
    return redirect(f"{addresses.step(folder.name, 'setup')}?saved=1", 303)


def _settings(folder: Folder, form: Mapping[str, str], problems: dict[str, str]) -> Choice:
    """The choice a form asks for. The options of providers that were not chosen stay as they are."""
    name = form.get("provider", "")
    kind = PROVIDERS.get(name)
    if kind is None:
        raise BadInput("Choose who makes the images.")
    values: dict[str, Any] = {}
    for field in kind.fields:
        control = _control(kind, field)
        text = form.get(control, "0" if field.kind == "check" else None)  # a box that is not ticked is not sent
        try:
            values |= read_fields((field,), {field.name: text})
        except BadInput as error:
            problems[control] = str(error)
    if problems:
        raise BadInput("Nothing was saved. " + " ".join(problems.values()))
    before = services().equipper.settings(folder).choice
    return Choice(name, {**before.options, name: values})


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
    chosen = services().equipper.settings(folder).choice.provider
    if form is not None and form.get("provider") in PROVIDERS:
        chosen = form["provider"]
    choices = []
    for kind in PROVIDERS.values():
        values = services().equipper.values(folder, kind.name)
        typed = form if kind.name == chosen else None
        fields = tuple(_field(kind, field, values[field.name], problems, typed) for field in kind.fields)
        choices.append(
            ProviderChoice(
                name=kind.name,
                label=kind.label,
                note=kind.note,
                chosen=kind.name == chosen,
                fields=(*fields, *_fixed(kind)),
                problem=_obstacle(kind, values, project),
            )
        )
    return SetupPage(
        shell=frame,
        action=addresses.step(folder.name, "setup"),
        upload=addresses.step(folder.name, "prompts"),
        title=frame.title if form is None else form.get("title", ""),
        providers=tuple(choices),
        saved=saved,
        problem=problem,
        problems=tuple(str(trouble) for trouble in project.problems),
    )


def _field(
    kind: Kind, field: Field, stored: Any, problems: Mapping[str, str], typed: Mapping[str, str] | None
) -> SetupField:
    """One of a provider's own settings as a control, with what was typed where that was refused."""
    control = _control(kind, field)
    value = _text(stored) if typed is None else typed.get(control, "0" if field.kind == "check" else "")
    return SetupField(
        name=control,
        label=field.label,
        kind=field.kind,
        value=value,
        minimum=field.minimum,
        maximum=field.maximum,
        choices=tuple((choice, choice) for choice in field.choices),
        hint=field.hint,
        unit=field.unit,
        problem=problems.get(control, ""),
    )


def _obstacle(kind: Kind, values: Mapping[str, Any], project: Project) -> str:
    """Why no run could use this provider as it is set, in plain words; "" when one could."""
    try:
        needs_key = services().equipper.provider(kind.name, values).needs_key
    except ProviderError as error:
        return str(error)
    config = services().config
    known = config.providers[kind.name]
    without = [style.name for style in project.styles if not config.pool(kind.name, style.name)]
    nothing = not known.keys and not known.style_keys
    if not needs_key or not (nothing or without):
        return ""
    styles = "" if nothing else f" for {', '.join(without)}"
    return f"No API key is set{styles}. Set {kind.name.upper()}_API_KEYS and start the app again."


def _fixed(kind: Kind) -> tuple[SetupField, ...]:
    """What the environment sets for a provider, to be seen here and changed there."""
    config = services().config
    known, own = config.providers[kind.name], kind.name.upper()
    shown = [
        ("REQUESTS_PER_MINUTE", "Pace", f"{config.requests_per_minute or 0:g} a minute"),
        ("MAX_PARALLEL", "Images at once", str(config.max_parallel or "")),
        ("MAX_ATTEMPTS", "Tries for each image", str(config.max_attempts)),
        ("REQUEST_TIMEOUT", "Seconds for one call", f"{config.request_timeout:g}"),
        ("BUDGET_USD", "Budget", dollars(config.budget) if config.budget is not None else ""),
        (f"{own}_API_KEYS", "API keys", _masked(known.keys)),
        *(
            (f"{own}_API_KEYS_{style.upper()}", f"API keys for {style}", _masked(keys))
            for style, keys in known.style_keys.items()
        ),
        *((f"{own}_{end}", label, value(known)) for end, label, value in VALUES),
    ]
    return tuple(
        SetupField(
            f"env.{variable}",
            label,
            "text",
            value,
            set_by_env=variable,
            set_in="the environment" if config.origin[variable] == "environment" else config.origin[variable],
        )
        for variable, label, value in shown
        if variable in config.origin and value
    )


def _masked(keys: Sequence[Key]) -> str:
    return ", ".join(key.secret.masked for key in keys)


def _control(kind: Kind, field: Field) -> str:
    return f"{kind.name}.{field.name}"


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:g}" if isinstance(value, float) else str(value)
