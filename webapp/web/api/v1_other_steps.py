"""JSON API of the other steps of v1.1, which this app does not carry out: each is answered with one sentence."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

routes = Blueprint("v1_other_steps", __name__)

ENDPOINTS = (
    "beats",
    "generate-voiceover",
    "save-beats",
    "save-script",
    "save-summary",
    "select-image",
    "storyboard",
)
SENTENCE = "This app carries out Steps 7 to 9. Use v1.1 for this step, and open the project’s folder here afterwards."


def not_carried_out() -> tuple[Response, int]:
    """Say that the step is not carried out here."""
    return jsonify({"success": False, "error": SENTENCE}), 501


for _endpoint in ENDPOINTS:
    routes.add_url_rule(f"/{_endpoint}", _endpoint, not_carried_out, methods=["GET", "POST"])
