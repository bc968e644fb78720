"""The addresses of the JSON API that change a project's limits, and the one that tells how the keys are."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from webapp.core.limits.key_states import AccountView
from webapp.errors import BadInput
from webapp.generation.makers.key_list import HeldKey
from webapp.operations.limits import FIELDS, budget_in, limit_in
from webapp.providers.table import PROVIDERS
from webapp.web.api.request import body_in, folder_in
from webapp.web.api.v1 import api
from webapp.web.services import services

__all__ = ["api"]

NAMES = {"requestsPerMinute": "perMinute", "parallel": "parallel", "attempts": "attempts", "timeout": "timeout"}
"""What a limit is called here, and in `FIELDS`."""


@api.post("/set-limits")
def set_limits() -> Response:
    """Change the limits that are sent; one that is null is the usual one again."""
    body = body_in()
    folder = folder_in(body)
    sent = {FIELDS[name]: body[key] for key, name in NAMES.items() if key in body}
    if not sent:
        raise BadInput(f"Send at least one of {', '.join(NAMES)}.")
    wanted = {field.setting: limit_in(field, value) for field, value in sent.items()}
    services().control.tune(folder, lambda settings: settings.with_restraint(**wanted))
    return jsonify({"success": True, "message": "Limits saved"})


@api.post("/set-budget")
def set_budget() -> Response:
    """Set the budget in US dollars; null removes the project's own."""
    body = body_in()
    folder = folder_in(body)
    if "budgetUsd" not in body:
        raise BadInput("budgetUsd is missing. Send an amount of US dollars, or null for none.")
    cap = dollars_in(body["budgetUsd"])
    services().control.tune(folder, lambda settings: settings.with_restraint(budget=cap))
    return jsonify({"success": True, "message": "Budget saved"})


@api.get("/keys")
def keys() -> Response:
    """Every key by its last four characters, with what is known of it."""
    held = [entry for provider in PROVIDERS for entry in services().makers.keys.held(provider)]
    views = services().makers.keys.account_views(held)
    return jsonify({"success": True, "keys": [_told(*pair) for pair in zip(held, views, strict=True)]})


def dollars_in(sent: Any) -> int | None:
    """A budget as JSON sends it, in micro-dollars.

    Raises:
        BadInput: it is no amount.
    """
    if sent is None:
        return None
    if isinstance(sent, bool) or not isinstance(sent, (int, float, str)):
        raise BadInput("budgetUsd must be an amount of US dollars, such as 5 or 2.50.")
    return budget_in(str(sent))


def _told(held: HeldKey, view: AccountView) -> dict[str, Any]:
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
