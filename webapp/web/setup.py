"""Step 1, Project Setup: the title, who makes the images, and how.

What the environment fixes is shown beside it with the variable's name, keys only by their last four characters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.core.money import dollars
from webapp.core.request import Key
from webapp.core.settings import Field, ProjectSettings, read_fields
from webapp.disk.folder import Folder
from webapp.errors import BadInput
from webapp.providers import PROVIDERS, Kind
from webapp.web import addresses
from webapp.web.services import services
from webapp.web.shell import shell
from webapp.web.views import ProviderChoice, SetupField, SetupPage

pages = Blueprint("setup", __name__)

LONGEST_TITLE = 120
NOTES = {
    "sketch": "Drawn on this machine from the words of each beat. Free, needs no key, and is not AI output.",
    "gemini": "Google’s image models. Every image costs money.",
}


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
    store.write_settings(folder, {**store.settings(folder), **settings.to_json()})
    if title != store.title(folder):
        store.set_title(folder, title)
    return redirect(f"{addresses.step(folder.name, 'setup')}?saved=1", 303)


def title_in(text: str) -> str:
    """A title as a form sends it, blanks put right.

    Raises:
        BadInput: it is empty or too long.
    """
    title = " ".join(text.split())
    if not title:
        raise BadInput("Give the project a title.")
    if len(title) > LONGEST_TITLE:
        raise BadInput(f"The title is longer than {LONGEST_TITLE} characters. Shorten it.")
    return title


def _settings(folder: Folder, form: Mapping[str, str], problems: dict[str, str]) -> ProjectSettings:
    """The settings a form asks for. The options of providers that were not chosen stay as they are."""
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
    before = ProjectSettings.from_json(services().store.settings(folder))
    return ProjectSettings(name, {**before.options, name: values})


def _page(
    folder: Folder,
    problems: Mapping[str, str],
    *,
    form: Mapping[str, str] | None = None,
    saved: bool = False,
    problem: str = "",
) -> SetupPage:
    """The page's values: what is stored, or what was typed when that was refused."""
    frame = shell(folder, "setup")
    chosen = services().equipper.settings(folder).provider
    if form is not None and form.get("provider") in PROVIDERS:
        chosen = form["provider"]
    choices = tuple(_choice(folder, kind, kind.name == chosen, problems, form) for kind in PROVIDERS.values())
    return SetupPage(
        shell=frame,
        action=addresses.step(folder.name, "setup"),
        upload=addresses.step(folder.name, "prompts"),
        title=frame.title if form is None else form.get("title", ""),
        providers=choices,
        saved=saved,
        problem=problem,
        problems=tuple(str(trouble) for trouble in services().store.project(folder).problems),
    )


def _choice(
    folder: Folder, kind: Kind, chosen: bool, problems: Mapping[str, str], form: Mapping[str, str] | None
) -> ProviderChoice:
    values = services().equipper.values(folder, kind.name)
    fields = []
    for field in kind.fields:
        control = _control(kind, field)
        value = _text(values[field.name])
        if form is not None and chosen:
            value = form.get(control, "0" if field.kind == "check" else "")
        fields.append(_field(field, control, value, problems.get(control, "")))
    missing = kind.name == "gemini" and not services().config.gemini_keys and not services().config.gemini_style_keys
    return ProviderChoice(
        name=kind.name,
        label=kind.label,
        note=NOTES.get(kind.name, ""),
        chosen=chosen,
        fields=(*fields, *_fixed(kind.name)),
        problem="No API key is set. Set GEMINI_API_KEYS and start the app again." if missing else "",
    )


def _field(field: Field, control: str, value: str, problem: str) -> SetupField:
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
        problem=problem,
    )


def _fixed(provider: str) -> tuple[SetupField, ...]:
    """What the environment sets for a provider, to be seen here and changed there."""
    config = services().config
    shown = [
        ("REQUESTS_PER_MINUTE", "Pace", f"{config.requests_per_minute or 0:g} a minute"),
        ("MAX_PARALLEL", "Images at once", str(config.max_parallel or "")),
        ("MAX_ATTEMPTS", "Tries for each image", str(config.max_attempts)),
        ("REQUEST_TIMEOUT", "Seconds for one call", f"{config.request_timeout:g}"),
        ("BUDGET_USD", "Budget", dollars(config.budget) if config.budget is not None else ""),
    ]
    if provider == "gemini":
        shown += [
            ("GEMINI_API_KEYS", "API keys", _masked(config.gemini_keys)),
            *(
                (f"GEMINI_API_KEYS_{style.upper()}", f"API keys for {style}", _masked(keys))
                for style, keys in config.gemini_style_keys.items()
            ),
            ("GEMINI_BASE_URL", "Service address", config.gemini_base_url),
        ]
    return tuple(
        SetupField(f"env.{variable}", label, "text", value, set_by_env=variable)
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
