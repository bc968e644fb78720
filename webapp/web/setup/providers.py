"""Providers in Project Setup: for the project, and for each style that differs from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from webapp.core.image_request import Address
from webapp.core.project import Project
from webapp.core.settings.project_settings import (
    Field,
    ProjectSettings,
    ProviderChoice,
    read_fields,
)
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput, ProviderError
from webapp.providers.contract import ProviderEntry
from webapp.providers.environment import ENVIRONMENT
from webapp.providers.table import PROVIDERS
from webapp.web.services import services
from webapp.web.setup.views import ProviderOption, SetupField, StyleChoice

AS_PROJECT = "As the project"
LABELS = {
    "model": "Model when none is chosen",
    "base_url": "Service address",
    "urls": "Servers",
    "workflow": "Workflow",
}
"""What the environment may set for a provider besides keys, by the attribute of `ProviderSettings`."""


def choice_in(form: Mapping[str, str], before: ProjectSettings, problems: dict[str, str]) -> ProviderChoice:
    """Read the project's choice from a form. The options of providers that were not chosen stay as they are.

    What cannot be used is put into ``problems``, by the control's name.

    Raises:
        BadInput: there is no such provider.
    """
    entry = PROVIDERS.get(form.get("provider", ""))
    if entry is None:
        raise BadInput("Choose who makes the images.")
    options: dict[str, Any] = {}
    for field in entry.fields:
        control = f"{entry.name}.{field.name}"
        text = form.get(control, "0" if field.kind == "check" else None)  # a box that is not ticked is not sent
        options |= _read(field, control, text, problems)
    return ProviderChoice(entry.name, {**before.choice.options, entry.name: options})


def styles_in(
    form: Mapping[str, str],
    before: ProjectSettings,
    choice: ProviderChoice,
    names: Iterable[str],
    problems: dict[str, str],
) -> dict[str, ProviderChoice]:
    """Read what the styles choose for themselves, of which only what differs from the project's ``choice`` is kept.

    A style that the form does not send keeps what it has.

    Raises:
        BadInput: there is no such provider.
    """
    kept = dict(before.styles)
    for style in names:
        control = f"style.{style}.provider"
        if control not in form:
            continue
        kept.pop(style, None)
        if not form[control]:
            continue
        entry = PROVIDERS.get(form[control])
        if entry is None:
            raise BadInput(f"Choose who makes the images of {style}.")
        options: dict[str, Any] = {}
        for field in entry.fields:
            name = f"style.{style}.{entry.name}.{field.name}"
            text = form.get(name, "").strip()
            options |= _read(field, name, text, problems) if text else {}
        usual = choice.options.get(entry.name, {})
        own = {name: value for name, value in options.items() if name not in usual or usual[name] != value}
        if own or entry.name != choice.provider:
            kept[style] = ProviderChoice(entry.name, {entry.name: own} if own else {})
    return kept


def _read(field: Field, control: str, text: str | None, problems: dict[str, str]) -> dict[str, Any]:
    try:
        return read_fields((field,), {field.name: text})
    except BadInput as error:
        problems[control] = str(error)
        return {}


def project_choices(
    folder: Folder, project: Project, problems: Mapping[str, str], form: Mapping[str, str] | None
) -> tuple[ProviderOption, ...]:
    """Every provider for the project, the chosen one with what was typed where that was refused."""
    chosen = services().makers.choices.settings(folder).choice.provider
    if form is not None and form.get("provider") in PROVIDERS:
        chosen = form["provider"]
    choices = []
    for entry in PROVIDERS.values():
        values = services().makers.choices.values(folder, entry.name)
        typed = form if entry.name == chosen else None
        fields = tuple(_field(entry, field, values[field.name], problems, typed) for field in entry.fields)
        choices.append(
            ProviderOption(
                name=entry.name,
                label=entry.label,
                note=entry.note,
                chosen=entry.name == chosen,
                fields=(*fields, *_fixed(entry)),
                problem=_obstacle(entry, values, project),
            )
        )
    return tuple(choices)


def style_choices(
    folder: Folder, project: Project, problems: Mapping[str, str], form: Mapping[str, str] | None
) -> tuple[StyleChoice, ...]:
    """The same for each style, whose first choice is whatever the project has chosen."""
    settings = services().makers.choices.settings(folder)
    values = {entry.name: services().makers.choices.values(folder, entry.name) for entry in PROVIDERS.values()}
    found = []
    for style in project.styles:
        own, control = settings.styles.get(style.name, ProviderChoice()), f"style.{style.name}.provider"
        chosen = own.provider if form is None else form.get(control, own.provider)
        choices = [ProviderOption("", AS_PROJECT, "The same provider with the same settings.", not chosen)]
        for entry in PROVIDERS.values():
            stored = own.options.get(entry.name, {}) if entry.name == own.provider else {}
            fields = tuple(
                _style_field(f"style.{style.name}.{entry.name}.", field, stored, values[entry.name], problems, form)
                for field in entry.fields
            )
            choices.append(ProviderOption(entry.name, entry.label, entry.note, entry.name == chosen, fields))
        label = next((choice.label for choice in choices if choice.chosen), AS_PROJECT)
        found.append(StyleChoice(style.name, control, tuple(choices), label))
    return tuple(found)


def _field(
    entry: ProviderEntry, field: Field, stored: Any, problems: Mapping[str, str], typed: Mapping[str, str] | None
) -> SetupField:
    """One of a provider's own settings as a control, with what was typed where that was refused."""
    control = f"{entry.name}.{field.name}"
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


def _style_field(
    prefix: str,
    field: Field,
    stored: Mapping[str, Any],
    usual: Mapping[str, Any],
    problems: Mapping[str, str],
    form: Mapping[str, str] | None,
) -> SetupField:
    """The same for a style: empty is what the project has."""
    control, default = f"{prefix}{field.name}", _text(usual[field.name])
    value = _text(stored[field.name]) if field.name in stored else ""
    if form is not None:
        value = form.get(control, value)
    choices = tuple((choice, choice) for choice in field.choices)
    if field.kind == "check":
        choices, default = (("1", "On"), ("0", "Off")), "on" if default == "1" else "off"
    if choices:
        choices = (("", f"{AS_PROJECT} ({default})"), *choices)
    return SetupField(
        name=control,
        label=field.label,
        kind="choice" if choices else field.kind,
        value=value,
        minimum=field.minimum,
        maximum=field.maximum,
        choices=choices,
        unit=field.unit,
        problem=problems.get(control, ""),
        placeholder="" if choices else default or AS_PROJECT,
    )


def _obstacle(entry: ProviderEntry, values: Mapping[str, Any], project: Project) -> str:
    """Why no run could use this provider as it is set, in plain words; "" when one could."""
    try:
        needs_key = services().makers.choices.provider(entry.name, values).needs_key
    except ProviderError as error:
        return str(error)
    chain = services().makers.keys
    without = [style.name for style in project.styles if not chain.pool(entry.name, style.name)]
    nothing = not any(not held.off for held in chain.held(entry.name))
    if not needs_key or not (nothing or without):
        return ""
    styles = "" if nothing else f" for {', '.join(without)}"
    return f"No API key is set{styles}. Add one below, under API keys."


def _fixed(entry: ProviderEntry) -> tuple[SetupField, ...]:
    """What the environment sets for a provider, to be seen here and changed there."""
    config = services().config
    known = config.providers[entry.name]
    return tuple(
        SetupField(
            name=f"env.{variable}",
            label=LABELS[attribute],
            kind="text",
            value=_env_text(getattr(known, attribute)),
            set_by_env=variable,
            set_in=place_of(variable),
        )
        for attribute, variable in ENVIRONMENT[entry.name].shown.items()
        if variable in config.origin and getattr(known, attribute)
    )


def _env_text(value: str | Path | tuple[Address, ...]) -> str:
    return ", ".join(address.url for address in value) if isinstance(value, tuple) else str(value)


def place_of(variable: str) -> str:
    """Where a variable that is set was set, in words: “the environment” or “.env”."""
    origin = services().config.origin[variable]
    return "the environment" if origin == "environment" else origin


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return f"{value:g}" if isinstance(value, float) else str(value)
