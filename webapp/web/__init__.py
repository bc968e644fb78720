"""The web: every page and every JSON answer. `register` puts it all into an app."""

from __future__ import annotations

from flask import Blueprint, Flask, has_request_context

from webapp.web import (
    activity,
    activity_api,
    answers,
    assets,
    chair_api,
    costs,
    dialog,
    doorway,
    export_api,
    exports,
    frame_actions,
    frame_api,
    guard,
    headers,
    health,
    images,
    large,
    open_runs,
    packing,
    pictures,
    project_api,
    project_care,
    projects,
    prompt_api,
    prompt_drawer,
    prompt_import,
    prompts,
    proxies,
    run_actions,
    run_api,
    select,
    selection_api,
    session,
    settings_api,
    setup,
    setup_keys,
    setup_reference,
    sign_in,
    steps,
)
from webapp.web.services import Services

API = {
    activity_api.api,
    chair_api.api,
    export_api.api,
    frame_api.api,
    project_api.api,
    prompt_api.api,
    run_api.api,
    selection_api.api,
    settings_api.api,
}
"""One blueprint, to which several modules add their addresses."""

BLUEPRINTS: tuple[Blueprint, ...] = (
    health.pages,
    sign_in.pages,
    projects.pages,
    project_care.pages,
    exports.pages,
    setup.pages,
    prompts.pages,
    prompt_import.pages,
    prompt_drawer.pages,
    setup_reference.pages,
    select.pages,
    steps.pages,
    pictures.pages,
    costs.pages,
    activity.pages,
    open_runs.pages,
    images.pages,
    run_actions.pages,
    dialog.pages,
    frame_actions.pages,
    *API,
)
"""The views that need nothing but the services."""


def register(app: Flask) -> None:
    """Give ``app`` its guard, its error answers, its session and all views.

    Needs the services in ``app.extensions["step8"]`` and the URL converter ``project``.
    """
    parts: Services = app.extensions["step8"]
    config = parts.config
    doorway.Doorway(config.capacity.requests).watch(app)
    session.use_sessions(app, config.data_dir)
    if config.trusted_proxies:
        app.wsgi_app = proxies.BehindProxies(app.wsgi_app, config.trusted_proxies)  # type: ignore[method-assign]
    app.extensions["sign-in failures"] = sign_in.Failures()
    large.allow_archives(app)
    guard.protect(app)
    headers.guard_answers(app)
    packing.pack_answers(app)
    assets.serve_assets(app)
    answers.answer_errors(app)
    app.context_processor(_known_to_templates)
    for blueprint in (*BLUEPRINTS, setup_keys.pages(setup.page_with_keys)):
        app.register_blueprint(blueprint)
    app.register_blueprint(parts.hub)


def _known_to_templates() -> dict[str, object]:
    """``signed_in``: whether signing out is of any use on this page."""
    return {"signed_in": has_request_context() and sign_in.needed() and sign_in.signed_in()}
