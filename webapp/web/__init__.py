"""The web: every page and every JSON answer. `register` puts it all into an app."""

from __future__ import annotations

from flask import Blueprint, Flask, has_request_context

from webapp.web import health, media_files
from webapp.web.activity import page as activity
from webapp.web.all_runs import page as all_runs
from webapp.web.api import activity as activity_api
from webapp.web.api import costs as costs_api
from webapp.web.api import exports as exports_api
from webapp.web.api import frame_info as frame_info_api
from webapp.web.api import frames as frames_api
from webapp.web.api import projects as projects_api
from webapp.web.api import prompts as prompts_api
from webapp.web.api import runs as runs_api
from webapp.web.api import selections as selections_api
from webapp.web.api import settings as settings_api
from webapp.web.costs import page as costs
from webapp.web.exports import page as exports
from webapp.web.images import dialogs, frame_forms, run_forms
from webapp.web.images import page as images
from webapp.web.middleware import (
    compression,
    error_pages,
    proxies,
    request_guard,
    request_limits,
    security_headers,
    sessions,
    sign_in,
    static_files,
)
from webapp.web.projects import manage
from webapp.web.projects import page as projects
from webapp.web.prompts import frame_prompt, importing
from webapp.web.prompts import page as prompts
from webapp.web.select import page as select
from webapp.web.services import EXTENSION, Services
from webapp.web.setup import keys, reference
from webapp.web.setup import page as setup
from webapp.web.steps import page as steps

API = {
    activity_api.api,
    costs_api.api,
    exports_api.api,
    frame_info_api.api,
    frames_api.api,
    projects_api.api,
    prompts_api.api,
    runs_api.api,
    selections_api.api,
    settings_api.api,
}
"""One blueprint, to which several modules add their addresses."""

BLUEPRINTS: tuple[Blueprint, ...] = (
    health.pages,
    sign_in.pages,
    projects.pages,
    manage.pages,
    exports.pages,
    setup.pages,
    prompts.pages,
    importing.pages,
    frame_prompt.pages,
    reference.pages,
    select.pages,
    steps.pages,
    media_files.pages,
    costs.pages,
    activity.pages,
    all_runs.pages,
    images.pages,
    run_forms.pages,
    dialogs.pages,
    frame_forms.pages,
    *API,
)
"""The views that need nothing but the services."""


def register(app: Flask) -> None:
    """Give ``app`` its guard, its error answers, its session and all views.

    Needs the services in ``app.extensions["step8"]`` and the URL converter ``project``.
    """
    parts: Services = app.extensions[EXTENSION]
    config = parts.config
    request_limits.RequestLimit(config.capacity.requests).limit(app)
    sessions.use_sessions(app, config.data_dir)
    if config.trusted_proxies:
        app.wsgi_app = proxies.BehindProxies(app.wsgi_app, config.trusted_proxies)  # type: ignore[method-assign]
    app.extensions["sign-in failures"] = sign_in.SignInFailures()
    request_limits.allow_large_uploads(app)
    request_guard.guard_requests(app)
    security_headers.add_security_headers(app)
    compression.compress_responses(app)
    static_files.serve_static_files(app)
    error_pages.handle_errors(app)
    app.context_processor(_known_to_templates)
    for blueprint in (*BLUEPRINTS, keys.pages(setup.page_with_keys)):
        app.register_blueprint(blueprint)
    app.register_blueprint(parts.live.hub)


def _known_to_templates() -> dict[str, object]:
    """``signed_in``: whether signing out is of any use on this page."""
    return {"signed_in": has_request_context() and sign_in.required() and sign_in.signed_in()}
