"""The web: pages, JSON API, live streams. Registers all of them in a Flask app; may import everything below it."""

from __future__ import annotations

from flask import Blueprint, Flask, has_request_context

from webapp.web import api, health, media_files
from webapp.web.activity import page as activity_page
from webapp.web.all_runs import page as all_runs_page
from webapp.web.costs import page as costs_page
from webapp.web.exports import page as exports_page
from webapp.web.images import dialogs, frame_forms, run_forms
from webapp.web.images import page as images_page
from webapp.web.images.banner import CLIENT_BANNERS
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
from webapp.web.projects import page as projects_page
from webapp.web.prompts import frame_prompt, importing
from webapp.web.prompts import page as prompts_page
from webapp.web.select import page as select_page
from webapp.web.services import EXTENSION, Services
from webapp.web.setup import keys, reference
from webapp.web.setup import page as setup_page
from webapp.web.steps import page as steps_page

BLUEPRINTS: tuple[Blueprint, ...] = (
    health.pages,
    sign_in.pages,
    projects_page.pages,
    manage.pages,
    exports_page.pages,
    setup_page.pages,
    prompts_page.pages,
    importing.pages,
    frame_prompt.pages,
    reference.pages,
    select_page.pages,
    steps_page.pages,
    media_files.pages,
    costs_page.pages,
    activity_page.pages,
    all_runs_page.pages,
    images_page.pages,
    run_forms.pages,
    dialogs.pages,
    frame_forms.pages,
    api.blueprint,
)
"""Views that need nothing but the services."""


def register(app: Flask) -> None:
    """Register the middleware, the error pages, the session and all views in ``app``.

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
    app.jinja_env.globals["client_banners"] = CLIENT_BANNERS
    for blueprint in (*BLUEPRINTS, keys.pages(setup_page.page_with_keys)):
        app.register_blueprint(blueprint)
    app.register_blueprint(parts.live.hub)


def _known_to_templates() -> dict[str, object]:
    """``signed_in``: whether the page offers to sign out."""
    return {"signed_in": has_request_context() and sign_in.required() and sign_in.signed_in()}
