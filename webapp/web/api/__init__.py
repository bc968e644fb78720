"""JSON API under /api: one module for each noun, all registered here by name; `request` reads what is sent.

``projectPath`` is absolute or relative to the projects folder. Every error is
``{"success": false, "error": "<sentence>"}`` with a fitting status. With APP_PASSWORD set, send
``Authorization: Bearer <password>``; the session cookie of the pages does as well. Other origins may call these
addresses when CORS_ORIGINS names them.
"""

from __future__ import annotations

from flask import Blueprint

from webapp.web.api import (
    activity,
    costs,
    exports,
    frame_info,
    frames,
    projects,
    prompts,
    runs,
    selections,
    settings,
    v1,
    v1_other_steps,
)

NOUNS = (
    v1,
    runs,
    selections,
    projects,
    prompts,
    frames,
    frame_info,
    settings,
    exports,
    costs,
    activity,
    v1_other_steps,
)

blueprint = Blueprint("api", __name__, url_prefix="/api")
for _noun in NOUNS:
    blueprint.register_blueprint(_noun.routes)
