"""Pace, images at once, tries, timeout and budget in Project Setup: what a project sets, and what holds otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.core.money.prices import dollars
from webapp.disk.files.folder import Folder
from webapp.errors import BadInput
from webapp.web import panel
from webapp.web.limit_fields import FIELDS, budget_in, limit_in
from webapp.web.services import services
from webapp.web.setup_choices import place_of
from webapp.web.setup_views import SetupField

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
    outlook = services().outlooks.of(folder)
    speed, own, usual = panel.speed(folder.name, outlook), outlook.own, outlook.usual
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
    value = panel.plain_dollars(own.budget) if own.budget is not None else ""
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
    if default == panel.NO_LIMIT:
        return f"Default: {whose}."
    return f"Default {default}, {whose}." if whose else f"Default {default}."
