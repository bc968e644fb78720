"""JSON API of a project's limits and budget, and of the keys' states."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from webapp.core.limits.key_states import AccountView
from webapp.errors import BadInput
from webapp.generation.makers.key_list import HeldKey
from webapp.operations.limits import FIELDS, limit_in
from webapp.providers.table import PROVIDERS
from webapp.web.api.request import body_in, dollars_in, folder_in
from webapp.web.services import services

routes = Blueprint("settings", __name__)

NAMES = {"requestsPerMinute": "perMinute", "parallel": "parallel", "attempts": "attempts", "timeout": "timeout"}
"""What a limit is called here, and in `FIELDS`."""


@routes.post("/set-limits")
def set_limits() -> Response:
    """Set the limits that are sent; null restores the default."""
    body = body_in()
    folder = folder_in(body)
    sent = {FIELDS[name]: body[key] for key, name in NAMES.items() if key in body}
    if not sent:
        raise BadInput(f"Send at least one of {', '.join(NAMES)}.")
    wanted = {field.setting: limit_in(field, value) for field, value in sent.items()}
    services().control.tune(folder, lambda settings: settings.with_restraint(**wanted))
    return jsonify({"success": True, "message": "Limits saved"})


@routes.post("/set-budget")
def set_budget() -> Response:
    """Set the budget in US dollars; null removes the project's own."""
    body = body_in()
    folder = folder_in(body)
    if "budgetUsd" not in body:
        raise BadInput("budgetUsd is missing. Send an amount of US dollars, or null for none.")
    cap = dollars_in(body["budgetUsd"])
    services().control.tune(folder, lambda settings: settings.with_restraint(budget=cap))
    return jsonify({"success": True, "message": "Budget saved"})


@routes.get("/keys")
def keys() -> Response:
    """List every key by its last four characters, with its state."""
    held = [entry for provider in PROVIDERS for entry in services().makers.keys.held(provider)]
    views = services().makers.keys.account_views(held)
    return jsonify({"success": True, "keys": [_key_json(*pair) for pair in zip(held, views, strict=True)]})


def _key_json(held: HeldKey, view: AccountView) -> dict[str, Any]:
    return {
        "provider": held.provider,
        "style": held.style or None,
        "account": held.account or None,
        "key": held.key.secret.masked,
        "setBy": held.variable or None,
        "state": "off" if held.off else view.state.value,
        "wait": round(view.wait, 1),
        "running": view.in_flight,
        "reason": view.reason,
    }
