"""The choices of step 9 for programs: choose an image for a beat, take it back, undo. A part of the JSON API."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from webapp.errors import BadInput
from webapp.web.api.request import body_in, folder_in, style_in
from webapp.web.api.v1 import api
from webapp.web.services import services

__all__ = ["api"]  # with what is added to it here


@api.post("/get-image-selections")
def get_image_selections() -> Response:
    """The choices of step 9."""
    return jsonify({"success": True, "selections": services().store.selections.read(folder_in(body_in()))})


@api.post("/save-image-selection")
def save_image_selection() -> Response:
    """Choose an image for a beat; it is copied to selected_images."""
    body = body_in()
    folder = folder_in(body)
    flagged = body.get("isFlagged", False)
    if not isinstance(flagged, bool):
        raise BadInput("isFlagged must be true or false.")
    services().store.selections.select(folder, _number(body), style_in(body), flagged, services().clock())
    return jsonify({"success": True, "message": "Image selection saved"})


@api.post("/clear-image-selection")
def clear_image_selection() -> Response:
    """Take back what is chosen for a beat, its copy in selected_images too. Harmless when nothing is chosen."""
    body = body_in()
    folder = folder_in(body)
    there = services().store.selections.clear(folder, _number(body), services().clock())
    return jsonify({"success": True, "message": "Image selection cleared" if there else "Nothing was selected"})


@api.post("/save-open-image-selections")
def save_open_image_selections() -> Response:
    """Choose one style for every beat that has no choice yet and has an image in it."""
    body = body_in()
    folder = folder_in(body)
    chosen = services().store.selections.select_open(folder, style_in(body), None, services().clock())
    return jsonify({"success": True, "message": f"{len(chosen)} selected", "beatNumbers": list(chosen)})


@api.post("/undo-image-selection")
def undo_image_selection() -> Response:
    """Take back the last change of the choices, once."""
    undone = services().store.selections.undo(folder_in(body_in()), None, services().clock())
    if undone is None:
        return jsonify({"success": False, "error": "There is nothing to undo"})
    return jsonify({"success": True, "message": "Undone", "beatNumbers": list(undone.beats)})


def _number(body: dict[str, Any]) -> str:
    number = body.get("beatNumber")
    if isinstance(number, bool) or not isinstance(number, (str, int, float)) or number == "":
        raise BadInput("beatNumber is missing. Send it as the prompts file writes it.")
    return str(number)
